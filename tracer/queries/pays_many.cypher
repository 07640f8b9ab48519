// en: Which accounts pay the most different accounts?
// zh: 哪些账户有最多不同的收款方？
// param: limit int = 20 -- how many
// columns: account text, payees int, payments int
MATCH (a:Tracer) WHERE a.case = $case AND a.noun = 'Account' AND a.id > ''
MATCH (a)-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(p:Account) WHERE t.case = $case
  AND t.reversed_by IS NULL AND t.elsewhere_out IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal }
RETURN a.key AS account, count(DISTINCT p) AS payees, count(*) AS payments ORDER BY payees DESC, payments DESC, account LIMIT $limit

// en: Which accounts are paid by the most different accounts?
// zh: 哪些账户有最多不同的付款方？
// param: limit int = 20 -- how many
// columns: account text, payers int, payments int
MATCH (a:Tracer) WHERE a.case = $case AND a.noun = 'Account' AND a.id > ''
MATCH (p:Account)-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(a) WHERE t.case = $case
  AND t.reversed_by IS NULL AND t.elsewhere_in IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal }
RETURN a.key AS account, count(DISTINCT p) AS payers, count(*) AS payments ORDER BY payers DESC, payments DESC, account LIMIT $limit

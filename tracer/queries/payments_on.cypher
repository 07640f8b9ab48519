// en: Which transfers fall between two days?
// zh: 两个日期之间有哪些转账？
// param: since day -- first day
// param: until day -- last day
// columns: day day, payer text, payee text, amount money/currency, transfer text, note text, returns text
MATCH (t:Transaction) WHERE t.case = $case AND t.noun = 'transfer' AND t.day >= $since AND t.day <= $until
RETURN t.day AS day, coalesce(t.debit_account, '') AS payer, coalesce(t.credit_account, '') AS payee,
       t.amount_out AS amount, coalesce(t.currency_out, '') AS currency, t.id AS transfer,
       CASE WHEN t.reversed_by IS NOT NULL THEN 'reversed' WHEN EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } THEN 'reversal' WHEN coalesce(t.returns, '') <> '' THEN 'return' ELSE coalesce(t.part, '') END AS note, coalesce(t.returns, '') AS returns
ORDER BY day, transfer

// en: Which transfers of one currency are the largest?
// zh: 某一货币中金额最大的转账有哪些？
// param: currency currency -- three letters
// param: limit int = 20 -- how many
// columns: day day, amount money/currency, payer text, payee text, transfer text
MATCH (t:Tracer) WHERE t.case = $case AND t.noun = 'transfer' AND t.id >= '' AND t.reversed_by IS NULL AND t.elsewhere IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND t.currency_out = $currency AND t.amount_out IS NOT NULL
RETURN t.day AS day, t.amount_out AS amount, t.currency_out AS currency, coalesce(t.debit_account, '') AS payer,
       coalesce(t.credit_account, '') AS payee, t.id AS transfer
ORDER BY amount DESC, transfer LIMIT $limit

// en: Which transfers are a whole multiple of a round amount?
// zh: 哪些转账金额为整数金额的整倍数？
// param: unit money = USD 10000.00 -- the round amount
// columns: day day, amount money/currency, payer text, payee text, transfer text
MATCH (t:Tracer) WHERE t.case = $case AND t.noun = 'transfer' AND t.id >= '' AND t.reversed_by IS NULL AND t.elsewhere IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND t.currency_out = $unit_currency
  AND t.amount_out > 0 AND $unit > 0 AND t.amount_out % $unit = 0
RETURN t.day AS day, t.amount_out AS amount, t.currency_out AS currency, coalesce(t.debit_account, '') AS payer,
       coalesce(t.credit_account, '') AS payee, t.id AS transfer
ORDER BY day, transfer

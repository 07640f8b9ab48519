// en: Where did another amount or another currency arrive than had left?
// zh: 哪些转账到账金额或货币与转出时不同？
// columns: day day, left_as money/currency_out, arrived_as money/currency_in, payer text, payee text, transfer text
MATCH (t:Tracer) WHERE t.case = $case AND t.noun = 'transfer' AND t.id >= '' AND t.reversed_by IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND t.amount_out IS NOT NULL AND t.amount_in IS NOT NULL
  AND (t.amount_out <> t.amount_in OR t.currency_out <> t.currency_in)
RETURN t.day AS day, t.amount_out AS left_as, t.currency_out AS currency_out, t.amount_in AS arrived_as, t.currency_in AS currency_in,
       coalesce(t.debit_account, '') AS payer, coalesce(t.credit_account, '') AS payee, t.id AS transfer ORDER BY day, transfer

// en: Where did another amount or another currency arrive than had left (of a side that nobody shows: the original amount that the other side's line prints)?
// zh: 哪些转账到账金额或货币与转出时不同（未见记录的一方，以对方记账所载原币金额为准）？
// columns: day day, left_as money/currency_out, arrived_as money/currency_in, payer text, payee text, transfer text
MATCH (t:Tracer) WHERE t.case = $case AND t.noun = 'transfer' AND t.id >= '' AND t.reversed_by IS NULL AND t.elsewhere IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal }
OPTIONAL MATCH (t)-[:SHOWN_BY]->(p:Posting) WHERE p.id IN [t.debit, t.credit] AND t.sole AND p.original_amount IS NOT NULL AND p.original_currency IS NOT NULL
WITH t, CASE WHEN p IS NOT NULL AND t.debit IS NULL THEN abs(p.original_amount) ELSE t.amount_out END AS left_as,
     CASE WHEN p IS NOT NULL AND t.debit IS NULL THEN p.original_currency ELSE t.currency_out END AS currency_out,
     CASE WHEN p IS NOT NULL AND t.credit IS NULL THEN abs(p.original_amount) ELSE t.amount_in END AS arrived_as,
     CASE WHEN p IS NOT NULL AND t.credit IS NULL THEN p.original_currency ELSE t.currency_in END AS currency_in
WHERE left_as IS NOT NULL AND arrived_as IS NOT NULL AND (left_as <> arrived_as OR currency_out <> currency_in)
RETURN t.day AS day, left_as, currency_out, arrived_as, currency_in,
       coalesce(t.debit_account, '') AS payer, coalesce(t.credit_account, '') AS payee, t.id AS transfer ORDER BY day, transfer

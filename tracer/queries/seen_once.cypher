// en: Which large transfers does only one side's record show, so that the other side's bank should be asked?
// zh: 哪些大额转账仅有一方记录可证，因而应向另一方银行索取记录？
// param: least money = USD 100000.00 -- smallest amount
// columns: day day, amount money/currency, payer text, payee text, side text, transfer text
MATCH (t:Tracer) WHERE t.case = $case AND t.noun = 'transfer' AND t.id >= '' AND t.reversed_by IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND t.currency_out = $least_currency AND t.amount_out >= $least
  AND (t.debit IS NULL) <> (t.credit IS NULL) AND coalesce(t.sides, '') <> 'both'
RETURN t.day AS day, t.amount_out AS amount, t.currency_out AS currency, coalesce(t.debit_account, '') AS payer,
       coalesce(t.credit_account, '') AS payee, CASE WHEN t.debit IS NULL THEN 'payee' ELSE 'payer' END AS side, t.id AS transfer
ORDER BY amount DESC, transfer

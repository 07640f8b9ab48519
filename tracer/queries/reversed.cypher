// en: Which transfers were reversed, and by what?
// zh: 哪些转账被冲正，由何者冲正？
// columns: day day, amount money/currency, payer text, payee text, transfer text, reversed_by text
MATCH (t:Tracer) WHERE t.case = $case AND t.noun = 'transfer' AND t.id >= '' AND t.reversed_by IS NOT NULL
RETURN t.day AS day, t.amount_out AS amount, coalesce(t.currency_out, '') AS currency, coalesce(t.debit_account, '') AS payer,
       coalesce(t.credit_account, '') AS payee, t.id AS transfer, t.reversed_by AS reversed_by ORDER BY day, transfer

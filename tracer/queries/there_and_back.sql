SELECT t.debit_account AS payer, t.credit_account AS payee, coalesce(t.date_out, t.date_in) AS paid, t.amount_out AS amount,
       t.currency_out AS currency, coalesce(u.date_out, u.date_in) AS back, u.amount_out AS returned,
       u.currency_out AS back_currency, t.id AS transfer, u.id AS back_transfer
FROM transfer t JOIN transfer u ON u.debit_account = t.credit_account AND u.credit_account = t.debit_account
WHERE t.debit_account <> '' AND t.credit_account <> '' AND t.debit_account <> t.credit_account
AND coalesce(t.reversed_by, '') = '' AND coalesce(u.reversed_by, '') = ''
AND coalesce(u.date_out, u.date_in) >= coalesce(t.date_in, t.date_out)
AND coalesce(u.date_out, u.date_in) <= coalesce(t.date_in, t.date_out) + $days::INTEGER
ORDER BY paid, transfer, back_transfer

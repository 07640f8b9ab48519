SELECT t.credit_account AS through, coalesce(t.date_in, t.date_out) AS came, t.amount_in AS came_in, t.currency_in,
       coalesce(u.date_out, u.date_in) AS "left", u.amount_out AS went_out, u.currency_out AS currency, t.id AS first_transfer,
       u.id AS second_transfer
FROM transfer t JOIN transfer u ON u.debit_account = t.credit_account
WHERE t.debit_account = $payer AND u.credit_account = $payee AND t.credit_account <> '' AND coalesce(t.reversed_by, '') = ''
AND coalesce(u.reversed_by, '') = '' AND coalesce(u.date_out, u.date_in) >= coalesce(t.date_in, t.date_out)
ORDER BY came, "left", first_transfer, second_transfer

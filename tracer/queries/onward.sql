SELECT coalesce(t.date_in, t.date_out) AS came, t.amount_in AS came_in, t.currency_in, t.credit_account AS through,
       coalesce(u.date_out, u.date_in) AS "left", u.amount_out AS went_out, u.currency_out AS currency, u.credit_account AS payee,
       u.id AS transfer
FROM transfer t JOIN transfer u ON u.debit_account = t.credit_account
WHERE t.debit_account = $account AND t.credit_account <> '' AND coalesce(t.reversed_by, '') = '' AND coalesce(u.reversed_by, '') = ''
AND coalesce(u.date_out, u.date_in) >= coalesce(t.date_in, t.date_out)
AND coalesce(u.date_out, u.date_in) <= coalesce(t.date_in, t.date_out) + $days::INTEGER
ORDER BY came, "left", transfer, t.id

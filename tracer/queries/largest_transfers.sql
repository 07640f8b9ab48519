SELECT coalesce(date_out, date_in) AS day, amount_out AS amount, currency_out AS currency, debit_account AS payer,
       credit_account AS payee, id AS transfer
FROM transfer WHERE currency_out = $currency AND amount_out IS NOT NULL ORDER BY amount DESC, transfer LIMIT $limit

SELECT coalesce(date_out, date_in) AS day, amount_out AS amount, currency_out AS currency, debit_account AS payer,
       credit_account AS payee, CASE WHEN debit = '' THEN 'payee' ELSE 'payer' END AS side, id AS transfer
FROM transfer WHERE currency_out = $least_currency AND amount_out >= $least AND (debit = '') <> (credit = '')
ORDER BY amount DESC, transfer

SELECT coalesce(date_out, date_in) AS day, amount_out AS amount, currency_out AS currency, debit_account AS payer,
       credit_account AS payee, id AS transfer
FROM transfer WHERE currency_out = $unit_currency AND amount_out > 0 AND $unit > 0 AND amount_out % nullif($unit, 0) = 0
ORDER BY day, transfer

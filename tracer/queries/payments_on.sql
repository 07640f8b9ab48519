SELECT coalesce(date_out, date_in) AS day, debit_account AS payer, credit_account AS payee, amount_out AS amount,
       currency_out AS currency, id AS transfer
FROM transfer WHERE coalesce(date_out, date_in) >= $since AND coalesce(date_out, date_in) <= $until ORDER BY day, transfer

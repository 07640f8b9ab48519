SELECT coalesce(date_out, date_in) AS day, amount_out AS amount, currency_out AS currency, debit_account AS payer,
       credit_account AS payee, id AS transfer, reversed_by FROM transfer WHERE coalesce(reversed_by, '') <> '' ORDER BY day, transfer

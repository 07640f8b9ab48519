SELECT coalesce(date_out, date_in) AS day, debit_account AS payer, credit_account AS payee, amount_out AS amount,
       currency_out AS currency, amount_in AS arrived, currency_in, id AS transfer
FROM transfer WHERE (debit_account = $one AND credit_account = $other) OR (debit_account = $other AND credit_account = $one)
ORDER BY day, transfer

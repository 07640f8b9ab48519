SELECT coalesce(date_out, date_in) AS day, amount_out AS left_as, currency_out, amount_in AS arrived_as, currency_in,
       debit_account AS payer, credit_account AS payee, id AS transfer
FROM transfer WHERE amount_out <> amount_in OR (currency_out <> currency_in AND amount_out IS NOT NULL AND amount_in IS NOT NULL)
ORDER BY day, transfer

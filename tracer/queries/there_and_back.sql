WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
payment AS (SELECT * FROM transfer WHERE coalesce(reversed_by, '') = '' AND id NOT IN (SELECT id FROM undone))
SELECT t.debit_account AS payer, t.credit_account AS payee, coalesce(t.date_out, t.date_in) AS paid, t.amount_out AS amount,
       t.currency_out AS currency, coalesce(u.date_out, u.date_in) AS back, u.amount_out AS returned,
       u.currency_out AS back_currency, t.id AS transfer, u.id AS back_transfer
FROM payment t JOIN payment u ON u.debit_account = t.credit_account AND u.credit_account = t.debit_account
WHERE t.debit_account <> '' AND t.credit_account <> '' AND t.debit_account <> t.credit_account
AND coalesce(u.date_out, u.date_in) >= coalesce(t.date_in, t.date_out)
AND coalesce(u.date_out, u.date_in) <= coalesce(t.date_in, t.date_out) + $days::INTEGER
ORDER BY paid, transfer, back_transfer

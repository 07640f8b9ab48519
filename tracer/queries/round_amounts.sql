WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
payment AS (SELECT * FROM transfer WHERE coalesce(reversed_by, '') = '' AND id NOT IN (SELECT id FROM undone) AND NOT elsewhere)
SELECT coalesce(date_out, date_in) AS day, amount_out AS amount, currency_out AS currency, debit_account AS payer,
       credit_account AS payee, id AS transfer
FROM payment WHERE currency_out = $unit_currency AND amount_out > 0 AND $unit > 0 AND amount_out % nullif($unit, 0) = 0
ORDER BY day, transfer

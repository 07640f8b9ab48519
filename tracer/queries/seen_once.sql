WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
payment AS (SELECT * FROM transfer WHERE coalesce(reversed_by, '') = '' AND id NOT IN (SELECT id FROM undone))
SELECT coalesce(date_out, date_in) AS day, amount_out AS amount, currency_out AS currency, debit_account AS payer,
       credit_account AS payee, CASE WHEN debit = '' THEN 'payee' ELSE 'payer' END AS side, id AS transfer
FROM payment WHERE currency_out = $least_currency AND amount_out >= $least AND (debit = '') <> (credit = '') AND sides <> 'both'
ORDER BY amount DESC, transfer

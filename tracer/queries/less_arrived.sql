WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
payment AS (SELECT * FROM transfer WHERE coalesce(reversed_by, '') = '' AND id NOT IN (SELECT id FROM undone))
SELECT coalesce(date_out, date_in) AS day, amount_out AS left_as, currency_out, amount_in AS arrived_as, currency_in,
       debit_account AS payer, credit_account AS payee, id AS transfer
FROM payment WHERE amount_out <> amount_in OR (currency_out <> currency_in AND amount_out IS NOT NULL AND amount_in IS NOT NULL)
ORDER BY day, transfer

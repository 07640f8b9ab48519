WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
payment AS (SELECT * FROM transfer WHERE coalesce(reversed_by, '') = '' AND id NOT IN (SELECT id FROM undone) AND NOT elsewhere),
sides AS (
    SELECT t.*, CASE WHEN p.id IS NOT NULL AND debit = '' THEN abs(p.original_amount) ELSE amount_out END AS left_as,
           CASE WHEN p.id IS NOT NULL AND debit = '' THEN p.original_currency ELSE t.currency_out END AS left_in,
           CASE WHEN p.id IS NOT NULL AND credit = '' THEN abs(p.original_amount) ELSE amount_in END AS arrived_as,
           CASE WHEN p.id IS NOT NULL AND credit = '' THEN p.original_currency ELSE t.currency_in END AS arrived_in
    FROM payment t LEFT JOIN posting p ON p.id = t.debit || t.credit AND t.sole
    AND p.original_amount IS NOT NULL AND p.original_currency <> ''
)
SELECT coalesce(date_out, date_in) AS day, left_as, left_in AS currency_out, arrived_as, arrived_in AS currency_in,
       debit_account AS payer, credit_account AS payee, id AS transfer
FROM sides WHERE left_as IS NOT NULL AND arrived_as IS NOT NULL AND (left_as <> arrived_as OR left_in <> arrived_in)
ORDER BY day, transfer

WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
)
SELECT coalesce(date_out, date_in) AS day, debit_account AS payer, credit_account AS payee, amount_out AS amount,
       currency_out AS currency, id AS transfer,
       CASE WHEN coalesce(reversed_by, '') <> '' THEN 'reversed' WHEN id IN (SELECT id FROM undone) THEN 'reversal' WHEN returns <> '' THEN 'return' ELSE part END AS note, returns
FROM transfer WHERE coalesce(date_out, date_in) >= $since AND coalesce(date_out, date_in) <= $until ORDER BY day, transfer

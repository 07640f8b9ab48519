WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
payment AS (SELECT * FROM transfer WHERE coalesce(reversed_by, '') = '' AND id NOT IN (SELECT id FROM undone))
SELECT debit_account AS payer, currency_in AS currency, count(*) AS payments, coalesce(sum(amount_in), 0)::BIGINT AS total,
       min(coalesce(date_out, date_in)) AS first, max(coalesce(date_out, date_in)) AS last
FROM payment WHERE credit_account = $account
GROUP BY payer, currency ORDER BY total DESC, payer, currency

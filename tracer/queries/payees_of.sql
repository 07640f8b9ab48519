WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
payment AS (SELECT * FROM transfer WHERE coalesce(reversed_by, '') = '' AND id NOT IN (SELECT id FROM undone))
SELECT credit_account AS payee, currency_out AS currency, count(*) AS payments, coalesce(sum(amount_out), 0)::BIGINT AS total,
       min(coalesce(date_out, date_in)) AS first, max(coalesce(date_out, date_in)) AS last
FROM payment WHERE debit_account = $account
GROUP BY payee, currency ORDER BY total DESC, payee, currency

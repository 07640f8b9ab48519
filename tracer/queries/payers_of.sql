WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
payment AS (SELECT * FROM transfer WHERE coalesce(reversed_by, '') = '' AND id NOT IN (SELECT id FROM undone))
SELECT debit_account AS payer, coalesce(p.original_currency, currency_in) AS currency, count(*) AS payments, coalesce(sum(coalesce(abs(p.original_amount), amount_in)), 0)::BIGINT AS total,
       min(coalesce(date_out, date_in)) AS first, max(coalesce(date_out, date_in)) AS last
FROM payment LEFT JOIN posting p ON p.id = payment.debit AND payment.credit = '' AND payment.sole AND p.original_amount IS NOT NULL AND p.original_currency <> ''
WHERE credit_account = $account AND NOT elsewhere_in
GROUP BY 1, 2 ORDER BY total DESC, payer, currency

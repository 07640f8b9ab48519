WITH shown AS (SELECT id AS transfer, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer),
counted AS (
    SELECT coalesce(s.transfer, p.id) AS movement, p.account_key AS account, p.currency, p.amount,
           min(coalesce(p.booked, p.value_date)) AS day
    FROM posting p LEFT JOIN shown s ON s.line = p.id WHERE p.status = 'booked' GROUP BY ALL
)
SELECT account, currency, count(*) AS lines, min(day) AS first, max(day) AS last, sum(greatest(amount, 0))::BIGINT AS came_in,
       sum(greatest(-amount, 0))::BIGINT AS went_out
FROM counted GROUP BY account, currency ORDER BY account, currency

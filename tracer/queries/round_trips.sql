WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
payment AS (SELECT * FROM transfer WHERE coalesce(reversed_by, '') = '' AND id NOT IN (SELECT id FROM undone))
SELECT t.debit_account AS start, u.debit_account AS second, v.debit_account AS third, min(coalesce(t.date_out, t.date_in)) AS set_out,
       max(coalesce(v.date_in, v.date_out)) AS came_back, count(*) AS ways
FROM payment t JOIN payment u ON u.debit_account = t.credit_account
JOIN payment v ON v.debit_account = u.credit_account AND v.credit_account = t.debit_account
WHERE t.debit_account <> '' AND u.debit_account <> '' AND v.debit_account <> '' AND t.debit_account <> u.debit_account
AND u.debit_account <> v.debit_account AND t.debit_account <> v.debit_account
AND coalesce(u.date_out, u.date_in) >= coalesce(t.date_in, t.date_out)
AND coalesce(v.date_out, v.date_in) >= coalesce(u.date_in, u.date_out)
GROUP BY ALL ORDER BY start, second, third

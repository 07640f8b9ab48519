WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
payment AS (SELECT * FROM transfer WHERE coalesce(reversed_by, '') = '' AND id NOT IN (SELECT id FROM undone) AND NOT elsewhere),
dealt AS (
    SELECT debit_account AS holder, credit_account AS account FROM payment WHERE debit_account <> '' AND credit_account <> ''
    UNION ALL SELECT credit_account, debit_account FROM payment WHERE debit_account <> '' AND credit_account <> ''
)
SELECT account, count(*) FILTER (holder = $one) AS with_one, count(*) FILTER (holder = $other) AS with_other FROM dealt
WHERE account NOT IN ($one, $other) GROUP BY account HAVING with_one > 0 AND with_other > 0 ORDER BY account

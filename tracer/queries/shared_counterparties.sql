WITH dealt AS (
    SELECT debit_account AS holder, credit_account AS account FROM transfer WHERE debit_account <> '' AND credit_account <> ''
    UNION ALL SELECT credit_account, debit_account FROM transfer WHERE debit_account <> '' AND credit_account <> ''
)
SELECT account, count(*) FILTER (holder = $one) AS with_one, count(*) FILTER (holder = $other) AS with_other FROM dealt
WHERE account NOT IN ($one, $other) GROUP BY account HAVING with_one > 0 AND with_other > 0 ORDER BY account

WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
payment AS (SELECT * FROM transfer WHERE coalesce(reversed_by, '') = '' AND id NOT IN (SELECT id FROM undone))
SELECT debit_account AS account, count(DISTINCT credit_account) AS payees, count(*) AS payments FROM payment
WHERE credit_account <> '' AND debit_account <> '' AND NOT elsewhere_out GROUP BY account ORDER BY payees DESC, payments DESC, account LIMIT $limit

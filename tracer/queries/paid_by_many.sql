WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
payment AS (SELECT * FROM transfer WHERE coalesce(reversed_by, '') = '' AND id NOT IN (SELECT id FROM undone))
SELECT credit_account AS account, count(DISTINCT debit_account) AS payers, count(*) AS payments FROM payment
WHERE credit_account <> '' AND debit_account <> '' AND NOT elsewhere_in GROUP BY account ORDER BY payers DESC, payments DESC, account LIMIT $limit

WITH RECURSIVE undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
payment AS (SELECT * FROM transfer WHERE coalesce(reversed_by, '') = '' AND id NOT IN (SELECT id FROM undone)),
walk(account, hop, arrived) AS (
    SELECT $account::VARCHAR, 0::BIGINT, $since::DATE
    UNION
    SELECT t.credit_account, w.hop + 1, coalesce(t.date_in, t.date_out)
    FROM walk w JOIN payment t ON t.debit_account = w.account
    WHERE w.hop < 3 AND coalesce(t.date_out, t.date_in) >= w.arrived AND t.credit_account <> ''
)
SELECT account, min(hop)::BIGINT AS hops, min(arrived) AS earliest FROM walk WHERE account <> $account GROUP BY account ORDER BY hops, account

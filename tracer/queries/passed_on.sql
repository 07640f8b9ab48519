WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
payment AS (SELECT * FROM transfer WHERE coalesce(reversed_by, '') = '' AND id NOT IN (SELECT id FROM undone))
SELECT i.credit_account AS account, coalesce(i.date_in, i.date_out) AS came, i.amount_in AS came_in, i.currency_in AS currency,
       coalesce(o.date_out, o.date_in) AS "left", o.amount_out AS went_out, i.id AS from_transfer, o.id AS to_transfer
FROM payment i JOIN payment o ON o.debit_account = i.credit_account AND i.currency_in = o.currency_out
WHERE i.credit_account <> '' AND i.amount_in >= o.amount_out
AND o.amount_out::HUGEINT * 100 >= i.amount_in::HUGEINT * $percent
AND coalesce(o.date_out, o.date_in) >= coalesce(i.date_in, i.date_out)
AND coalesce(o.date_out, o.date_in) <= coalesce(i.date_in, i.date_out) + $days::INTEGER
ORDER BY came, account, from_transfer, to_transfer

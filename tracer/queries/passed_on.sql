WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
payment AS (SELECT * FROM transfer WHERE coalesce(reversed_by, '') = '' AND id NOT IN (SELECT id FROM undone)),
shown AS (
    SELECT s.id AS transfer, p.statement, p.line FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS one FROM transfer) s
    JOIN posting p ON p.id = s.one WHERE p.statement <> '' AND NOT contains(p.marks, '"unproven"')
),
pair AS (
    SELECT i.credit_account AS account, coalesce(i.date_in, i.date_out) AS came, coalesce(abs(p.original_amount), i.amount_in) AS came_in,
           coalesce(p.original_currency, i.currency_in) AS currency,
           coalesce(o.date_out, o.date_in) AS "left", coalesce(abs(q.original_amount), o.amount_out) AS went_out, i.id AS from_transfer, o.id AS to_transfer,
           coalesce(o.date_out, o.date_in) = coalesce(i.date_in, i.date_out) AS one_day
    FROM payment i JOIN payment o ON o.debit_account = i.credit_account
    LEFT JOIN posting p ON p.id = i.debit AND i.credit = '' AND i.sole AND p.original_amount IS NOT NULL AND p.original_currency <> ''
    LEFT JOIN posting q ON q.id = o.credit AND o.debit = '' AND o.sole AND q.original_amount IS NOT NULL AND q.original_currency <> ''
    WHERE i.credit_account <> '' AND o.id <> i.id AND NOT i.elsewhere_in AND NOT o.elsewhere_out AND coalesce(p.original_currency, i.currency_in) = coalesce(q.original_currency, o.currency_out)
    AND coalesce(abs(p.original_amount), i.amount_in) >= coalesce(abs(q.original_amount), o.amount_out)
    AND coalesce(abs(q.original_amount), o.amount_out)::HUGEINT * 100 >= coalesce(abs(p.original_amount), i.amount_in)::HUGEINT * $percent
    AND coalesce(o.date_out, o.date_in) >= coalesce(i.date_in, i.date_out)
    AND coalesce(o.date_out, o.date_in) <= coalesce(i.date_in, i.date_out) + $days::INTEGER
),
told AS (
    SELECT p.from_transfer, p.to_transfer, bool_or(x.line < y.line) AS forward, bool_or(x.line > y.line) AS backward
    FROM pair p JOIN shown x ON x.transfer = p.from_transfer JOIN shown y ON y.transfer = p.to_transfer AND y.statement = x.statement
    WHERE p.one_day GROUP BY ALL
)
SELECT account, came, came_in, currency, "left", went_out, from_transfer, to_transfer,
       CASE WHEN NOT one_day THEN 'days' WHEN forward AND NOT backward THEN 'statement' ELSE 'same day; the records do not order the two' END AS told_by
FROM pair LEFT JOIN told USING (from_transfer, to_transfer) WHERE NOT coalesce(backward AND NOT forward, false)
ORDER BY came, account, from_transfer, to_transfer

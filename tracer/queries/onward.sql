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
    SELECT coalesce(t.date_in, t.date_out) AS came, coalesce(abs(p.original_amount), t.amount_in) AS came_in, coalesce(p.original_currency, t.currency_in) AS currency_in, t.credit_account AS through,
           coalesce(u.date_out, u.date_in) AS "left", coalesce(abs(q.original_amount), u.amount_out) AS went_out, coalesce(q.original_currency, u.currency_out) AS currency, u.credit_account AS payee,
           t.id AS from_transfer, u.id AS transfer, coalesce(u.date_out, u.date_in) = coalesce(t.date_in, t.date_out) AS one_day
    FROM payment t JOIN payment u ON u.debit_account = t.credit_account
    LEFT JOIN posting p ON p.id = t.debit AND t.credit = '' AND t.sole AND p.original_amount IS NOT NULL AND p.original_currency <> ''
    LEFT JOIN posting q ON q.id = u.credit AND u.debit = '' AND u.sole AND q.original_amount IS NOT NULL AND q.original_currency <> ''
    WHERE t.debit_account = $account AND t.credit_account <> '' AND u.id <> t.id AND NOT t.elsewhere_in AND NOT u.elsewhere_out
    AND coalesce(u.date_out, u.date_in) >= coalesce(t.date_in, t.date_out)
    AND coalesce(u.date_out, u.date_in) <= coalesce(t.date_in, t.date_out) + $days::INTEGER
),
told AS (
    SELECT p.from_transfer, p.transfer, bool_or(x.line < y.line) AS forward, bool_or(x.line > y.line) AS backward
    FROM pair p JOIN shown x ON x.transfer = p.from_transfer JOIN shown y ON y.transfer = p.transfer AND y.statement = x.statement
    WHERE p.one_day GROUP BY ALL
)
SELECT came, came_in, currency_in, through, "left", went_out, currency, payee, from_transfer, transfer,
       CASE WHEN NOT one_day THEN 'days' WHEN forward AND NOT backward THEN 'statement' ELSE 'same day; the records do not order the two' END AS told_by
FROM pair LEFT JOIN told USING (from_transfer, transfer) WHERE NOT coalesce(backward AND NOT forward, false)
ORDER BY came, "left", transfer, from_transfer

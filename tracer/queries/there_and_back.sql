WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
payment AS (SELECT * FROM transfer WHERE coalesce(reversed_by, '') = '' AND id NOT IN (SELECT id FROM undone) AND NOT elsewhere_out),
shown AS (
    SELECT s.id AS transfer, p.statement, p.line FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS one FROM transfer) s
    JOIN posting p ON p.id = s.one WHERE p.statement <> '' AND NOT contains(p.marks, '"unproven"')
),
pair AS (
    SELECT t.debit_account AS payer, t.credit_account AS payee, coalesce(t.date_out, t.date_in) AS paid, coalesce(abs(p.original_amount), t.amount_out) AS amount,
           coalesce(p.original_currency, t.currency_out) AS currency, coalesce(u.date_out, u.date_in) AS back, coalesce(abs(q.original_amount), u.amount_out) AS returned,
           coalesce(q.original_currency, u.currency_out) AS back_currency, t.id AS transfer, u.id AS back_transfer,
           coalesce(u.date_out, u.date_in) = coalesce(t.date_in, t.date_out) AS one_day
    FROM payment t JOIN payment u ON u.debit_account = t.credit_account AND u.credit_account = t.debit_account
    LEFT JOIN posting p ON p.id = t.credit AND t.debit = '' AND t.sole AND p.original_amount IS NOT NULL AND p.original_currency <> ''
    LEFT JOIN posting q ON q.id = u.credit AND u.debit = '' AND u.sole AND q.original_amount IS NOT NULL AND q.original_currency <> ''
    WHERE t.debit_account <> '' AND t.credit_account <> '' AND t.debit_account <> t.credit_account
    AND coalesce(u.date_out, u.date_in) >= coalesce(t.date_in, t.date_out)
    AND coalesce(u.date_out, u.date_in) <= coalesce(t.date_in, t.date_out) + $days::INTEGER
),
told AS (
    SELECT p.transfer, p.back_transfer, bool_or(x.line < y.line) AS forward, bool_or(x.line > y.line) AS backward
    FROM pair p JOIN shown x ON x.transfer = p.transfer JOIN shown y ON y.transfer = p.back_transfer AND y.statement = x.statement
    WHERE p.one_day GROUP BY ALL
)
SELECT payer, payee, paid, amount, currency, back, returned, back_currency, transfer, back_transfer,
       CASE WHEN NOT one_day THEN 'days' WHEN forward AND NOT backward THEN 'statement' ELSE 'same day; the records do not order the two' END AS told_by
FROM pair LEFT JOIN told USING (transfer, back_transfer) WHERE NOT coalesce(backward AND NOT forward, false)
ORDER BY paid, transfer, back_transfer

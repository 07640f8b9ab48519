WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
found AS (
    SELECT *, coalesce(date_out, date_in) AS day FROM transfer
    WHERE (debit_account = $one AND credit_account = $other) OR (debit_account = $other AND credit_account = $one)
),
shown AS (
    SELECT s.day, s.id, p.statement, min(p.line) AS line
    FROM (SELECT day, id, unnest(json_extract_string(postings, '$[*]')) AS one FROM found WHERE day IS NOT NULL) s
    JOIN posting p ON p.id = s.one WHERE p.statement <> '' AND NOT contains(p.marks, '"unproven"') GROUP BY ALL
),
printed AS (SELECT day, statement, list(id ORDER BY line, id) AS listed FROM shown GROUP BY day, statement),
of_day AS (SELECT day, count(*) AS many FROM found GROUP BY day),
told AS (
    SELECT day, any_value(listed) AS listed FROM printed JOIN of_day USING (day) WHERE len(listed) = many
    GROUP BY day HAVING count(DISTINCT listed) = 1
)
SELECT f.day, debit_account AS payer, credit_account AS payee, coalesce(abs(y.original_amount), amount_out) AS amount,
       coalesce(y.original_currency, currency_out) AS currency, coalesce(abs(x.original_amount), amount_in) AS arrived, coalesce(x.original_currency, currency_in) AS currency_in, f.id AS transfer,
       CASE WHEN coalesce(reversed_by, '') <> '' THEN 'reversed' WHEN f.id IN (SELECT id FROM undone) THEN 'reversal' WHEN returns <> '' THEN 'return' ELSE part END AS note, returns,
       CASE WHEN f.day IS NULL THEN 'no record gives a day' WHEN d.many = 1 THEN 'days' WHEN told.listed IS NOT NULL THEN 'statement'
            ELSE 'same day; the records do not order them' END AS told_by
FROM found f LEFT JOIN of_day d ON d.day = f.day LEFT JOIN told ON told.day = f.day
LEFT JOIN posting y ON y.id = f.credit AND f.debit = '' AND f.sole AND y.original_amount IS NOT NULL AND y.original_currency <> ''
LEFT JOIN posting x ON x.id = f.debit AND f.credit = '' AND f.sole AND x.original_amount IS NOT NULL AND x.original_currency <> ''
ORDER BY f.day, coalesce(list_position(told.listed, f.id), 0), transfer

WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
payment AS (SELECT * FROM transfer WHERE coalesce(reversed_by, '') = '' AND id NOT IN (SELECT id FROM undone))
SELECT t.credit_account AS through, coalesce(t.date_in, t.date_out) AS came, coalesce(abs(p.original_amount), t.amount_in) AS came_in, coalesce(p.original_currency, t.currency_in) AS currency_in,
       coalesce(u.date_out, u.date_in) AS "left", coalesce(abs(q.original_amount), u.amount_out) AS went_out, coalesce(q.original_currency, u.currency_out) AS currency, t.id AS first_transfer,
       u.id AS second_transfer
FROM payment t JOIN payment u ON u.debit_account = t.credit_account
LEFT JOIN posting p ON p.id = t.debit AND t.credit = '' AND t.sole AND p.original_amount IS NOT NULL AND p.original_currency <> ''
LEFT JOIN posting q ON q.id = u.credit AND u.debit = '' AND u.sole AND q.original_amount IS NOT NULL AND q.original_currency <> ''
WHERE t.debit_account = $payer AND u.credit_account = $payee AND t.credit_account <> '' AND t.credit_account NOT IN ($payer, $payee) AND NOT t.elsewhere_in AND NOT u.elsewhere_out AND coalesce(u.date_out, u.date_in) >= coalesce(t.date_in, t.date_out)
ORDER BY came, "left", first_transfer, second_transfer

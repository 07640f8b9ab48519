SELECT i.credit_account AS account, coalesce(i.date_in, i.date_out) AS came, i.amount_in AS came_in, i.currency_in AS currency,
       coalesce(o.date_out, o.date_in) AS "left", o.amount_out AS went_out, i.id AS from_transfer, o.id AS to_transfer
FROM transfer i JOIN transfer o ON o.debit_account = i.credit_account AND i.currency_in = o.currency_out
WHERE i.credit_account <> '' AND coalesce(i.reversed_by, '') = '' AND coalesce(o.reversed_by, '') = '' AND i.amount_in >= o.amount_out
AND o.amount_out::HUGEINT * 100 >= i.amount_in::HUGEINT * $percent
AND coalesce(o.date_out, o.date_in) >= coalesce(i.date_in, i.date_out)
AND coalesce(o.date_out, o.date_in) <= coalesce(i.date_in, i.date_out) + $days::INTEGER
ORDER BY came, account, from_transfer, to_transfer

SELECT credit_account AS payee, currency_out AS currency, count(*) AS payments, coalesce(sum(amount_out), 0)::BIGINT AS total,
       min(coalesce(date_out, date_in)) AS first, max(coalesce(date_out, date_in)) AS last
FROM transfer WHERE debit_account = $account AND coalesce(reversed_by, '') = ''
GROUP BY payee, currency ORDER BY total DESC, payee, currency

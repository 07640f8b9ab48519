SELECT debit_account AS payer, currency_in AS currency, count(*) AS payments, coalesce(sum(amount_in), 0)::BIGINT AS total,
       min(coalesce(date_out, date_in)) AS first, max(coalesce(date_out, date_in)) AS last
FROM transfer WHERE credit_account = $account AND coalesce(reversed_by, '') = ''
GROUP BY payer, currency ORDER BY total DESC, payer, currency

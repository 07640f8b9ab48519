SELECT account_key AS account, currency, count(*) AS lines, min(coalesce(booked, value_date)) AS first,
       max(coalesce(booked, value_date)) AS last, sum(greatest(amount, 0))::BIGINT AS came_in,
       sum(greatest(-amount, 0))::BIGINT AS went_out
FROM posting WHERE status = 'booked' GROUP BY account_key, currency ORDER BY account, currency

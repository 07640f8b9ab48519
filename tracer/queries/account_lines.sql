SELECT coalesce(booked, value_date) AS day, amount, currency, counterparty, details, exhibit, locator
FROM posting WHERE coalesce(nullif(account_key, ''), account) = $account
AND coalesce(booked, value_date) >= $since AND coalesce(booked, value_date) <= $until
ORDER BY day, line, id

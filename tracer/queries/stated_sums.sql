SELECT payer, payee, amount, currency, number AS payments, "first" AS first_day, "last" AS last_day, reporter, record, exhibit, locator
FROM aggregate ORDER BY record, exhibit, locator

// en: Which lines does the statement of this account print, in the order of their days?
// zh: 该账户的对账单按日期载有哪些记账行？
// param: account account -- an account by its number
// param: since day = 0001-01-01 -- first day
// param: until day = 9999-12-31 -- last day
// columns: day day, amount money/currency, counterparty text, details text, exhibit text, locator text
MATCH (:Tracer {case: $case, noun: 'Account', id: $account_id})<-[:BOOKED_ON]-(p:Posting)
WITH p, coalesce(p.booked, p.value_date) AS day WHERE p.case = $case AND day >= $since AND day <= $until
RETURN day, p.amount AS amount, p.currency AS currency, coalesce(p.counterparty, '') AS counterparty,
       coalesce(p.details, '') AS details, p.exhibit AS exhibit, p.locator AS locator
ORDER BY day, p.line, p.id

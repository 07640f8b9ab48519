// en: Whom did this account pay, how often and how much in all?
// zh: 该账户向谁付款，次数与总额各为多少？
// param: account account -- an account by its number
// columns: payee text, payments int, total money/currency, first day, last day
MATCH (:Tracer {case: $case, noun: 'Account', id: $account_id})-[:PERFORMS]->(t:Transaction)
WHERE t.case = $case AND t.reversed_by IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal }
RETURN coalesce(t.credit_account, '') AS payee, coalesce(t.currency_out, '') AS currency, count(*) AS payments,
       sum(t.amount_out) AS total, min(t.day) AS first, max(t.day) AS last
ORDER BY total DESC, payee, currency

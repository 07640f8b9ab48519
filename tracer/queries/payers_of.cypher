// en: Who paid into this account, how often and how much in all?
// zh: 谁向该账户付款，次数与总额各为多少？
// param: account account -- an account by its number
// columns: payer text, payments int, total money/currency, first day, last day
MATCH (:Tracer {case: $case, noun: 'Account', id: $account_id})<-[:BENEFITS_TO]-(t:Transaction)
WHERE t.case = $case AND t.reversed_by IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal }
RETURN coalesce(t.debit_account, '') AS payer, coalesce(t.currency_in, '') AS currency, count(*) AS payments,
       sum(t.amount_in) AS total, min(t.day) AS first, max(t.day) AS last
ORDER BY total DESC, payer, currency

// en: Who paid into this account, how often and how much in all (what only the payer's line shows: the original amount it prints, if any)?
// zh: 谁向该账户付款，次数与总额各为多少（仅付款方记账可见者，以其所载原币金额为准）？
// param: account account -- an account by its number
// columns: payer text, payments int, total money/currency, first day, last day
MATCH (:Tracer {case: $case, noun: 'Account', id: $account_id})<-[:BENEFITS_TO]-(t:Transaction)
WHERE t.case = $case AND t.reversed_by IS NULL AND t.elsewhere_in IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal }
OPTIONAL MATCH (t)-[:SHOWN_BY]->(p:Posting) WHERE p.id = t.debit AND t.credit IS NULL AND t.sole AND p.original_amount IS NOT NULL AND p.original_currency IS NOT NULL
RETURN coalesce(t.debit_account, '') AS payer, coalesce(p.original_currency, t.currency_in, '') AS currency, count(*) AS payments,
       sum(coalesce(abs(p.original_amount), t.amount_in)) AS total, min(t.day) AS first, max(t.day) AS last
ORDER BY total DESC, payer, currency

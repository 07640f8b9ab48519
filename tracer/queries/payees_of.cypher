// en: Whom did this account pay, how often and how much in all (what only the payee's line shows: the original amount it prints, if any)?
// zh: 该账户向谁付款，次数与总额各为多少（仅收款方记账可见者，以其所载原币金额为准）？
// param: account account -- an account by its number
// columns: payee text, payments int, total money/currency, first day, last day
MATCH (:Tracer {case: $case, noun: 'Account', id: $account_id})-[:PERFORMS]->(t:Transaction)
WHERE t.case = $case AND t.reversed_by IS NULL AND t.elsewhere_out IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal }
OPTIONAL MATCH (t)-[:SHOWN_BY]->(p:Posting) WHERE p.id = t.credit AND t.debit IS NULL AND t.sole AND p.original_amount IS NOT NULL AND p.original_currency IS NOT NULL
RETURN coalesce(t.credit_account, '') AS payee, coalesce(p.original_currency, t.currency_out, '') AS currency, count(*) AS payments,
       sum(coalesce(abs(p.original_amount), t.amount_out)) AS total, min(t.day) AS first, max(t.day) AS last
ORDER BY total DESC, payee, currency

// en: What did two accounts pay each other, in which order?
// zh: 两个账户之间按先后相互支付了哪些款项？
// param: one account -- an account by its number
// param: other account -- another account
// columns: day day, payer text, payee text, amount money/currency, arrived money/currency_in, transfer text, note text
UNWIND [[$one_id, $other_id], [$other_id, $one_id]] AS pair
MATCH (:Tracer {case: $case, noun: 'Account', id: pair[0]})-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(:Tracer {case: $case, noun: 'Account', id: pair[1]})
RETURN DISTINCT t.day AS day, t.debit_account AS payer, t.credit_account AS payee, t.amount_out AS amount,
       coalesce(t.currency_out, '') AS currency, t.amount_in AS arrived, coalesce(t.currency_in, '') AS currency_in, t.id AS transfer,
       CASE WHEN t.reversed_by IS NOT NULL THEN 'reversed' WHEN EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } THEN 'reversal' ELSE '' END AS note
ORDER BY day, transfer

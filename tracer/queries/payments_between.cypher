// en: What did two accounts pay each other, in which order (told_by: the days, or a statement that prints all of one day)?
// zh: 两个账户之间按先后相互支付了哪些款项（先后依日期，同日依载有全部款项的对账单）？
// param: one account -- an account by its number
// param: other account -- another account
// columns: day day, payer text, payee text, amount money/currency, arrived money/currency_in, transfer text, note text, returns text, told_by text
UNWIND [[$one_id, $other_id], [$other_id, $one_id]] AS pair
MATCH (:Tracer {case: $case, noun: 'Account', id: pair[0]})-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(:Tracer {case: $case, noun: 'Account', id: pair[1]})
WITH DISTINCT t
WITH t.day AS day, collect(t) AS of_day
CALL (day, of_day) {
  UNWIND of_day AS one
  MATCH (one)-[:SHOWN_BY]->(p:Posting) WHERE day IS NOT NULL AND p.statement IS NOT NULL AND NOT coalesce(p.marks, '') CONTAINS '"unproven"'
  WITH p.statement AS statement, one.id AS id, min(p.line) AS line ORDER BY statement, line, id
  WITH statement, collect(id) AS printed WHERE size(printed) = size(of_day)
  RETURN collect(DISTINCT printed) AS orders
}
UNWIND of_day AS t
OPTIONAL MATCH (t)-[:SHOWN_BY]->(x:Posting) WHERE x.id = t.debit AND t.credit IS NULL AND t.sole AND x.original_amount IS NOT NULL AND x.original_currency IS NOT NULL
OPTIONAL MATCH (t)-[:SHOWN_BY]->(y:Posting) WHERE y.id = t.credit AND t.debit IS NULL AND t.sole AND y.original_amount IS NOT NULL AND y.original_currency IS NOT NULL
RETURN day, t.debit_account AS payer, t.credit_account AS payee, coalesce(abs(y.original_amount), t.amount_out) AS amount,
       coalesce(y.original_currency, t.currency_out, '') AS currency, coalesce(abs(x.original_amount), t.amount_in) AS arrived, coalesce(x.original_currency, t.currency_in, '') AS currency_in, t.id AS transfer,
       CASE WHEN t.reversed_by IS NOT NULL THEN 'reversed' WHEN EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } THEN 'reversal' WHEN coalesce(t.returns, '') <> '' THEN 'return' ELSE coalesce(t.part, '') END AS note, coalesce(t.returns, '') AS returns,
       CASE WHEN day IS NULL THEN 'no record gives a day' WHEN size(of_day) = 1 THEN 'days' WHEN size(orders) = 1 THEN 'statement'
            ELSE 'same day; the records do not order them' END AS told_by
ORDER BY day, CASE WHEN size(orders) = 1 THEN head([n IN range(0, size(of_day) - 1) WHERE orders[0][n] = t.id]) ELSE 0 END, transfer

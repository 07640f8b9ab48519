// en: What did the accounts paid by this account pay on, within some days of the money's arrival (what a statement prints before it is left out)?
// zh: 该账户的收款方在款项到账后数日内又向谁付款（对账单显示在到账之前者不列）？
// param: account account -- an account by its number
// param: days int = 7 -- at most so many days later
// columns: came day, came_in money/currency_in, through text, left day, went_out money/currency, payee text, from_transfer text, transfer text, told_by text
MATCH (:Tracer {case: $case, noun: 'Account', id: $account_id})-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(m:Account)-[:PERFORMS]->(u:Transaction)
WHERE t.case = $case AND u.case = $case AND t.reversed_by IS NULL AND t.elsewhere_in IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND u.reversed_by IS NULL AND u.elsewhere_out IS NULL AND NOT EXISTS { (u)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal }
  AND u.day >= t.arrived AND u.day <= t.arrived + duration({days: $days})
CALL (t, u) {
  MATCH (t)-[:SHOWN_BY]->(x:Posting) MATCH (u)-[:SHOWN_BY]->(y:Posting) WHERE t.arrived = u.day AND x.statement = y.statement AND NOT coalesce(x.marks, '') + coalesce(y.marks, '') CONTAINS '"unproven"'
  RETURN count(CASE WHEN x.line < y.line THEN 1 END) AS forward, count(CASE WHEN x.line > y.line THEN 1 END) AS backward
}
WITH m, t, u, forward, backward WHERE forward > 0 OR backward = 0
OPTIONAL MATCH (t)-[:SHOWN_BY]->(p:Posting) WHERE p.id = t.debit AND t.credit IS NULL AND t.sole AND p.original_amount IS NOT NULL AND p.original_currency IS NOT NULL
OPTIONAL MATCH (u)-[:SHOWN_BY]->(q:Posting) WHERE q.id = u.credit AND u.debit IS NULL AND u.sole AND q.original_amount IS NOT NULL AND q.original_currency IS NOT NULL
RETURN t.arrived AS came, coalesce(abs(p.original_amount), t.amount_in) AS came_in, coalesce(p.original_currency, t.currency_in, '') AS currency_in, m.key AS through, u.day AS left,
       coalesce(abs(q.original_amount), u.amount_out) AS went_out, coalesce(q.original_currency, u.currency_out, '') AS currency, coalesce(u.credit_account, '') AS payee,
       t.id AS from_transfer, u.id AS transfer,
       CASE WHEN u.day <> t.arrived THEN 'days' WHEN forward > 0 AND backward = 0 THEN 'statement'
            ELSE 'same day; the records do not order the two' END AS told_by
ORDER BY came, left, transfer, from_transfer

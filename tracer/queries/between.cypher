// en: Through which single other account could money have gone from one account to another, in order of time (of one day, in any order)?
// zh: 资金可能按时间先后经哪一个其他账户由一账户到另一账户（同日者不论先后）？
// param: payer account -- where the money was
// param: payee account -- where it arrived
// columns: through text, came day, came_in money/currency_in, left day, went_out money/currency, first_transfer text, second_transfer text
MATCH (:Tracer {case: $case, noun: 'Account', id: $payer_id})-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(m:Account)
WHERE t.case = $case AND t.reversed_by IS NULL AND t.elsewhere_in IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND NOT m.key IN [$payer, $payee]
WITH DISTINCT t, m
MATCH (m)-[:PERFORMS]->(u:Transaction)-[:BENEFITS_TO]->(b:Account)
WHERE b.key = $payee AND u.case = $case AND u.reversed_by IS NULL AND u.elsewhere_out IS NULL AND NOT EXISTS { (u)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal }
WITH DISTINCT t, m, u WHERE u.day >= t.arrived
OPTIONAL MATCH (t)-[:SHOWN_BY]->(p:Posting) WHERE p.id = t.debit AND t.credit IS NULL AND t.sole AND p.original_amount IS NOT NULL AND p.original_currency IS NOT NULL
OPTIONAL MATCH (u)-[:SHOWN_BY]->(q:Posting) WHERE q.id = u.credit AND u.debit IS NULL AND u.sole AND q.original_amount IS NOT NULL AND q.original_currency IS NOT NULL
RETURN m.key AS through, t.arrived AS came, coalesce(abs(p.original_amount), t.amount_in) AS came_in, coalesce(p.original_currency, t.currency_in, '') AS currency_in, u.day AS left,
       coalesce(abs(q.original_amount), u.amount_out) AS went_out, coalesce(q.original_currency, u.currency_out, '') AS currency, t.id AS first_transfer, u.id AS second_transfer
ORDER BY came, left, first_transfer, second_transfer

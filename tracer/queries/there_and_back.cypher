// en: Which payments were followed, within some days, by a payment back (one that a statement prints before it is left out)?
// zh: 哪些付款在数日内又有款项付回（同一对账单显示在先者不列）？
// param: days int = 30 -- at most so many days later
// columns: payer text, payee text, paid day, amount money/currency, back day, returned money/back_currency, transfer text, back_transfer text, told_by text
MATCH (a:Tracer) WHERE a.case = $case AND a.noun = 'Account' AND a.id > ''
MATCH (a)-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(b:Account)-[:PERFORMS]->(u:Transaction)-[:BENEFITS_TO]->(a)
WHERE t.case = $case AND u.case = $case AND b <> a AND t.reversed_by IS NULL AND t.elsewhere_out IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND u.reversed_by IS NULL AND u.elsewhere_out IS NULL AND NOT EXISTS { (u)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal }
  AND u.day >= t.arrived AND u.day <= t.arrived + duration({days: $days})
CALL (t, u) {
  MATCH (t)-[:SHOWN_BY]->(x:Posting) MATCH (u)-[:SHOWN_BY]->(y:Posting) WHERE t.arrived = u.day AND x.statement = y.statement AND NOT coalesce(x.marks, '') + coalesce(y.marks, '') CONTAINS '"unproven"'
  RETURN count(CASE WHEN x.line < y.line THEN 1 END) AS forward, count(CASE WHEN x.line > y.line THEN 1 END) AS backward
}
WITH a, b, t, u, forward, backward WHERE forward > 0 OR backward = 0
OPTIONAL MATCH (t)-[:SHOWN_BY]->(p:Posting) WHERE p.id = t.credit AND t.debit IS NULL AND t.sole AND p.original_amount IS NOT NULL AND p.original_currency IS NOT NULL
OPTIONAL MATCH (u)-[:SHOWN_BY]->(q:Posting) WHERE q.id = u.credit AND u.debit IS NULL AND u.sole AND q.original_amount IS NOT NULL AND q.original_currency IS NOT NULL
RETURN a.key AS payer, b.key AS payee, t.day AS paid, coalesce(abs(p.original_amount), t.amount_out) AS amount, coalesce(p.original_currency, t.currency_out) AS currency, u.day AS back,
       coalesce(abs(q.original_amount), u.amount_out) AS returned, coalesce(q.original_currency, u.currency_out) AS back_currency, t.id AS transfer, u.id AS back_transfer,
       CASE WHEN u.day <> t.arrived THEN 'days' WHEN forward > 0 AND backward = 0 THEN 'statement'
            ELSE 'same day; the records do not order the two' END AS told_by
ORDER BY paid, transfer, back_transfer

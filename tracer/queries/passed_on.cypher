// en: Which credits left the same account again within some days, whole or nearly so (a debit that the statement prints before the credit is left out)?
// zh: 哪些入账款项在数日内几乎全额自同一账户转出（对账单显示在入账之前者不列）？
// param: days int = 3 -- at most so many days later
// param: percent int = 95 -- at least so much of the credit
// columns: account text, came day, came_in money/currency, left day, went_out money/currency, from_transfer text, to_transfer text, told_by text
MATCH (a:Tracer) WHERE a.case = $case AND a.noun = 'Account' AND a.id > ''
MATCH (i:Transaction)-[:BENEFITS_TO]->(a)-[:PERFORMS]->(o:Transaction)
WHERE i.case = $case AND o.case = $case AND o.id <> i.id AND i.reversed_by IS NULL AND i.elsewhere_in IS NULL AND NOT EXISTS { (i)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND o.reversed_by IS NULL AND o.elsewhere_out IS NULL AND NOT EXISTS { (o)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal }
  AND o.day >= i.arrived AND o.day <= i.arrived + duration({days: $days})
OPTIONAL MATCH (i)-[:SHOWN_BY]->(p:Posting) WHERE p.id = i.debit AND i.credit IS NULL AND i.sole AND p.original_amount IS NOT NULL AND p.original_currency IS NOT NULL
OPTIONAL MATCH (o)-[:SHOWN_BY]->(q:Posting) WHERE q.id = o.credit AND o.debit IS NULL AND o.sole AND q.original_amount IS NOT NULL AND q.original_currency IS NOT NULL
WITH a, i, o, coalesce(abs(p.original_amount), i.amount_in) AS came_in, coalesce(p.original_currency, i.currency_in) AS currency,
     coalesce(abs(q.original_amount), o.amount_out) AS went_out, coalesce(q.original_currency, o.currency_out) AS currency_out
WHERE currency = currency_out AND came_in >= went_out AND went_out >= came_in / 100 * $percent + (came_in % 100 * $percent + 99) / 100
CALL (i, o) {
  MATCH (i)-[:SHOWN_BY]->(x:Posting) MATCH (o)-[:SHOWN_BY]->(y:Posting) WHERE i.arrived = o.day AND x.statement = y.statement AND NOT coalesce(x.marks, '') + coalesce(y.marks, '') CONTAINS '"unproven"'
  RETURN count(CASE WHEN x.line < y.line THEN 1 END) AS forward, count(CASE WHEN x.line > y.line THEN 1 END) AS backward
}
WITH a, i, o, came_in, currency, went_out, forward, backward WHERE forward > 0 OR backward = 0
RETURN a.key AS account, i.arrived AS came, came_in, currency, o.day AS left,
       went_out, i.id AS from_transfer, o.id AS to_transfer,
       CASE WHEN o.day <> i.arrived THEN 'days' WHEN forward > 0 AND backward = 0 THEN 'statement'
            ELSE 'same day; the records do not order the two' END AS told_by
ORDER BY came, account, from_transfer, to_transfer

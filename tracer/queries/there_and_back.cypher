// en: Which payments were followed, within some days, by a payment back?
// zh: 哪些付款在数日内又有款项付回？
// param: days int = 30 -- at most so many days later
// columns: payer text, payee text, paid day, amount money/currency, back day, returned money/back_currency, transfer text, back_transfer text
MATCH (a:Tracer) WHERE a.case = $case AND a.noun = 'Account' AND a.id > ''
MATCH (a)-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(b:Account)-[:PERFORMS]->(u:Transaction)-[:BENEFITS_TO]->(a)
WHERE t.case = $case AND u.case = $case AND b <> a AND t.reversed_by IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND u.reversed_by IS NULL AND NOT EXISTS { (u)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal }
  AND u.day >= t.arrived AND u.day <= t.arrived + duration({days: $days})
RETURN a.key AS payer, b.key AS payee, t.day AS paid, t.amount_out AS amount, t.currency_out AS currency, u.day AS back,
       u.amount_out AS returned, u.currency_out AS back_currency, t.id AS transfer, u.id AS back_transfer
ORDER BY paid, transfer, back_transfer

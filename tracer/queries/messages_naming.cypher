// en: Which payment messages name this institution, and in which field of the chain?
// zh: 哪些付款报文提及该金融机构，处于支付链何处？
// param: institution text -- a BIC or other code, or its beginning
// columns: day day, kind text, reference text, amount money/currency, institution text, role text, exhibit text, locator text
MATCH (i:Tracer) WHERE i.case = $case AND i.noun = 'Institution' AND i.id > '' AND i.key STARTS WITH $institution
MATCH (m:Message)-[x:NAMES]->(i) WHERE m.case = $case
RETURN m.settled_date AS day, m.kind AS kind, coalesce(m.reference, '') AS reference, m.settled AS amount,
       coalesce(m.settled_currency, '') AS currency, i.key AS institution, x.role AS role, m.exhibit AS exhibit, m.locator AS locator
ORDER BY exhibit, locator, x.seq

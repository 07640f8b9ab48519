// en: Which payment messages belong to a movement that no line of an account shows?
// zh: 哪些付款报文所属资金移动没有任何账户记账行可证？
// columns: day day, kind text, reference text, amount money/currency, transfer text, exhibit text, locator text
MATCH (t:Tracer) WHERE t.case = $case AND t.noun = 'transfer' AND t.id >= '' AND coalesce(t.sides, 'none') = 'none'
MATCH (t)-[:SHOWN_BY]->(m:Message) WHERE NOT EXISTS { (t)-[:SHOWN_BY]->(:Posting) }
RETURN m.settled_date AS day, m.kind AS kind, coalesce(m.reference, '') AS reference, m.settled AS amount,
       coalesce(m.settled_currency, '') AS currency, t.id AS transfer, m.exhibit AS exhibit, m.locator AS locator ORDER BY exhibit, locator

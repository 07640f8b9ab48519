// en: Which lines and messages of which exhibits show this transfer?
// zh: 哪些证物中的记账行与报文可证该笔转账？
// param: transfer text -- a transfer by its id, or the beginning of it
// columns: transfer text, record text, exhibit text, locator text
MATCH (t:Tracer) WHERE t.case = $case AND t.noun = 'transfer' AND t.id STARTS WITH $transfer
MATCH (t)-[:SHOWN_BY]->(f:Tracer)-[p:PRINTED_IN]->(e:Exhibit)
RETURN t.id AS transfer, f.noun AS record, e.sha256 AS exhibit, p.locator AS locator ORDER BY transfer, exhibit, locator

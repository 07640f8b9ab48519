// en: Who holds, or once held, interests in more than one entity?
// zh: 谁在一个以上实体中持有或曾持有权益？
// columns: owner text, entities int
MATCH (o:Tracer) WHERE o.case = $case AND o.noun = 'Party' AND o.id > ''
MATCH (o)-[:HOLDS]->(i:Interest)-[:IN]->(e:Party) WHERE i.case = $case
WITH o.record AS owner, count(DISTINCT e) AS entities WHERE entities > 1 RETURN owner, entities ORDER BY entities DESC, owner

// en: Which entities hold, through others, a part of themselves?
// zh: 哪些实体通过其他实体间接持有自身权益？
// columns: entity text, levels int
MATCH (e:Tracer) WHERE e.case = $case AND e.noun = 'Party' AND e.id > ''
MATCH (e)((:Party)-[:HOLDS]->(i:Interest WHERE i.case = $case)-[:IN]->(:Party)){1,6}(e)
RETURN e.record AS entity, min(size(i)) AS levels ORDER BY entity

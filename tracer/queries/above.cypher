// en: From whom do interests lead down to this entity, within six levels, whatever their dates?
// zh: 不论日期，六层以内哪些人员或实体的权益通向该实体？
// param: party party -- an entity by name or record id
// columns: owner text, levels int
MATCH (e:Tracer {case: $case, noun: 'Party', id: $party_id})
MATCH (e)((:Party)<-[:IN]-(i:Interest WHERE i.case = $case)<-[:HOLDS]-(:Party)){1,6}(o:Party)
RETURN o.record AS owner, min(size(i)) AS levels ORDER BY levels, owner

// en: What does this person or entity hold in others, as each source states it?
// zh: 按各来源所载，该人员或实体在其他实体中持有何种权益？
// param: party party -- a person or entity by name or record id
// columns: entity text, kind text, least text, most text, capacity text, from_day day, until_day day, exhibit text, locator text
MATCH (o:Tracer {case: $case, noun: 'Party', id: $party_id})-[:HOLDS]->(i:Interest)-[:IN]->(e:Party)
WHERE i.case = $case
RETURN e.record AS entity, i.kind AS kind, coalesce(i.lo, '') AS least, coalesce(i.hi, '') AS most, coalesce(i.capacity, '') AS capacity,
       i.valid_from AS from_day, i.valid_to AS until_day, i.exhibit AS exhibit, i.locator AS locator
ORDER BY entity, kind, i.id

// en: Who holds what in this entity, as each source states it?
// zh: 按各来源所载，谁在该实体中持有何种权益？
// param: party party -- an entity by name or record id
// columns: owner text, kind text, least text, most text, capacity text, from_day day, until_day day, exhibit text, locator text
MATCH (e:Tracer {case: $case, noun: 'Party', id: $party_id})<-[:IN]-(i:Interest)<-[:HOLDS]-(o:Party)
WHERE i.case = $case
RETURN o.record AS owner, i.kind AS kind, coalesce(i.lo, '') AS least, coalesce(i.hi, '') AS most, coalesce(i.capacity, '') AS capacity,
       i.valid_from AS from_day, i.valid_to AS until_day, i.exhibit AS exhibit, i.locator AS locator
ORDER BY owner, kind, i.id

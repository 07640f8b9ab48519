// en: Who stands behind this entity, by each law's own test?
// zh: 按各部法律各自的标准，谁在该实体背后？
// run: yes
// param: party party -- an entity by name or record id
// columns: person text, law text, verdict text, basis text, figures text, as_of day
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = 'Result' AND n.id STARTS WITH $run + '/verdict/' AND n.entity = $party
RETURN n.person AS person, n.law AS law, n.verdict AS verdict, coalesce(n.basis, '') AS basis, coalesce(n.figures, '') AS figures,
       n.as_of AS as_of ORDER BY law, person, as_of

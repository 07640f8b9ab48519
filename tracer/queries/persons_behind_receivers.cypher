// en: Which persons does some law name behind the holders of accounts that proceeds may have passed?
// zh: 对涉案资金可能流经账户的持有人，哪些法律认定谁在其背后？
// run: yes
// columns: person text, law text, entity text, account text, as_of day
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = 'Result' AND n.id STARTS WITH $run + '/passed/'
MATCH (n)-[:ABOUT]->(a:Account)<-[:HAS_ACCOUNT]-(e:Party)<-[:ABOUT]-(v:Result)
WHERE v.run = n.run AND v.kind = 'verdict' AND v.entity = e.record AND v.verdict = 'YES'
RETURN DISTINCT v.person AS person, v.law AS law, v.entity AS entity, a.key AS account, v.as_of AS as_of ORDER BY account, law, person, entity, as_of

// en: Which institutions do the payment messages name, and in how many messages?
// zh: 付款报文提及哪些金融机构，各见于多少份报文？
// columns: scheme text, institution text, messages int, roles text
MATCH (m:Tracer) WHERE m.case = $case AND m.noun = 'message' AND m.id >= ''
MATCH (m)-[x:NAMES]->(i:Institution)
WITH i, m, x.role AS role ORDER BY role
WITH i, count(DISTINCT m) AS messages, collect(DISTINCT role) AS roles
RETURN i.scheme AS scheme, i.key AS institution, messages,
       reduce(said = '', r IN roles | said + CASE said WHEN '' THEN '' ELSE ', ' END + r) AS roles ORDER BY messages DESC, scheme, institution

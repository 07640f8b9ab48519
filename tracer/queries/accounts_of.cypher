// en: Which accounts does this person or entity hold or run, and in which role?
// zh: 该人员或实体持有或操作哪些账户，以何种身份？
// param: party party -- a person or entity by name or record id
// columns: account text, role text
MATCH (:Tracer {case: $case, noun: 'Party', id: $party_id})-[x:HAS_ACCOUNT]->(a:Account) WHERE a.case = $case
RETURN DISTINCT a.key AS account, coalesce(x.role, '') AS role ORDER BY account, role

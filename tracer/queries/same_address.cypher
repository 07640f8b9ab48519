// en: Which different party records print the same address?
// zh: 哪些不同的当事人记录载有相同地址？
// columns: address text, record text, other text
MATCH (p:Tracer) WHERE p.case = $case AND p.noun = 'party' AND p.id >= '' AND p.address IS NOT NULL
WITH p.address AS address, collect(DISTINCT p.record) AS records WHERE size(records) > 1
UNWIND records AS record UNWIND records AS other WITH address, record, other WHERE record < other
RETURN address, record, other ORDER BY address, record, other

// en: How many records of which kind does each exhibit print?
// zh: 每件证物各载有多少条何种记录？
// columns: exhibit text, record text, number int
MATCH (f:Tracer) WHERE f.case = $case AND f.noun IN ['party', 'account', 'interest', 'asset', 'statement', 'posting', 'message', 'aggregate', 'reject'] AND f.id >= ''
RETURN f.exhibit AS exhibit, f.noun AS record, count(*) AS number ORDER BY exhibit, record

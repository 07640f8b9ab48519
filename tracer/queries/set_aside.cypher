// en: Which lines and parts of records were set aside, and why?
// zh: 哪些行或记录的部分被搁置，原因为何？
// columns: code text, field text, message text, exhibit text, locator text
MATCH (r:Tracer) WHERE r.case = $case AND r.noun = 'reject' AND r.id >= ''
RETURN r.code AS code, coalesce(r.field, '') AS field, coalesce(r.message, '') AS message, r.exhibit AS exhibit, r.locator AS locator
ORDER BY exhibit, locator, field, code

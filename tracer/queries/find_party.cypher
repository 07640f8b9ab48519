// en: Which records of persons and entities print this text in a name, and where?
// zh: 哪些人员或实体记录的名称中载有该文字，载于何处？
// param: text text -- part of a name
// columns: record text, kind text, names text, exhibit text, locator text
MATCH (p:Tracer) WHERE p.case = $case AND p.noun = 'party' AND p.id >= '' AND p.searched CONTAINS $text_folded
RETURN p.record AS record, p.kind AS kind, p.names AS names, p.exhibit AS exhibit, p.locator AS locator ORDER BY record, p.id

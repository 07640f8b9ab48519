// en: Which records of persons and entities print this text in a name, and where?
// zh: 哪些人员或实体记录的名称中载有该文字，载于何处？
// param: text text -- part of a name
// columns: record text, kind text, names text, exhibit text, locator text
MATCH (p:Tracer) WHERE p.case = $case AND p.noun = 'party' AND p.id >= '' AND p.searched CONTAINS $text_folded
/* names are JSON on a node: searched is what they print, not how they are kept */
WITH p, split(p.searched, '"text":"')[1..] AS parts
WHERE any(n IN range(0, size(parts) - 1) WHERE CASE n WHEN size(parts) - 1 THEN left(parts[n], size(parts[n]) - 3)
          ELSE split(parts[n], '"},{"kind":')[0] END CONTAINS $text_folded)
RETURN p.record AS record, p.kind AS kind, p.names AS names, p.exhibit AS exhibit, p.locator AS locator ORDER BY record, p.id

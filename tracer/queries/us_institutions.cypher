// en: Which wire names which US institution, with which grade, and what may be said of it? One row for each institution: rows are not to be added.
// zh: 哪笔电汇提及哪家美国金融机构，证明等级为何，可作何表述？（每一机构各列一行，不得相加。）
// run: yes
// columns: wire text, day day, amount money/currency, institution text, grade text, roles text, may_be_said text
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = 'Result' AND n.id STARTS WITH $run + '/grade/'
RETURN n.wire AS wire, n.day AS day, n.settled AS amount, coalesce(n.currency, '') AS currency, coalesce(n.institution, '') AS institution,
       n.grade AS grade, coalesce(n.roles, '') AS roles, coalesce(n.sentence_en, '') AS may_be_said ORDER BY wire, institution

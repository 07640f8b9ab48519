// en: Which records are missing, and what should be asked for?
// zh: 缺少哪些记录，应索取什么？
// run: yes
// columns: gap text, kind text, amount money/currency, what text, ask text
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = 'Result' AND n.id STARTS WITH $run + '/gap/'
RETURN n.gap AS gap, n.kind_of_gap AS kind, n.amount AS amount, coalesce(n.currency, '') AS currency, n.description_en AS what,
       coalesce(n.ask_en, '') AS ask ORDER BY gap

// en: How far does each missing record move which figure of which target?
// zh: 每项缺失记录对各目标的各项金额影响多大？
// run: yes
// columns: gap text, target text, figure text, least money/currency, most money/currency
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = 'Result' AND n.id STARTS WITH $run + '/effect/'
RETURN n.gap AS gap, n.target AS target, n.figure AS figure, n.least AS least, n.most AS most, n.currency AS currency
ORDER BY gap, target, figure

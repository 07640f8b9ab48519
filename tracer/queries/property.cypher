// en: What became of the proceeds: each asset, payee and balance with floor, ceiling and every rule?
// zh: 涉案资金的去向：各资产、收款方与余额的下限、上限及各规则金额为何？
// run: yes
// columns: target text, kind text, recorded money/currency, floor money/currency, ceiling money/currency, libr money/currency, fifo money/currency, lifo money/currency, pro_rata money/currency, proceeds_first money/currency
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = 'Result' AND n.id STARTS WITH $run + '/target/' AND n.ceiling > 0
RETURN n.title AS target, n.kind_of_target AS kind, n.recorded AS recorded, n.currency AS currency, n.floor AS floor,
       n.ceiling AS ceiling, n.libr AS libr, n.fifo AS fifo, n.lifo AS lifo, n.pro_rata AS pro_rata, n.proceeds_first AS proceeds_first
ORDER BY kind, ceiling DESC, target

// en: How much of the proceeds came into, went out of and stayed on each account under each rule? Money that came back counts again.
// zh: 按各规则，各账户流入、流出、留存的涉案资金为多少？（回流资金重复计入流入。）
// run: yes
// columns: account text, figure text, amount money/currency, libr money/currency, fifo money/currency, lifo money/currency, pro_rata money/currency, proceeds_first money/currency
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = 'Result' AND n.id STARTS WITH $run + '/passed/'
RETURN n.account_key AS account, n.figure AS figure, n.recorded AS amount, n.currency AS currency, n.libr AS libr, n.fifo AS fifo,
       n.lifo AS lifo, n.pro_rata AS pro_rata, n.proceeds_first AS proceeds_first ORDER BY account, currency, figure

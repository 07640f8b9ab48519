// en: Which payments carried proceeds, how much of them under each rule, in order of time? One row for each side whose account is held: rows are not to be added.
// zh: 哪些付款含有涉案资金，按各规则各含多少，按时间先后排列？（每一有记录的账户侧各列一行，不得相加。）
// run: yes
// columns: day day, account text, side text, amount money/currency, libr money/currency, fifo money/currency, lifo money/currency, pro_rata money/currency, proceeds_first money/currency, transfer text
MATCH (n:Tracer) WHERE n.case = $case AND n.noun = 'Result' AND n.id STARTS WITH $run + '/traced/'
RETURN n.day AS day, n.account_key AS account, n.side AS side, n.recorded AS amount, n.currency AS currency, n.libr AS libr,
       n.fifo AS fifo, n.lifo AS lifo, n.pro_rata AS pro_rata, n.proceeds_first AS proceeds_first, coalesce(n.transfer, '') AS transfer
ORDER BY day, account, side, n.id

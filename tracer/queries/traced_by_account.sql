SELECT account_key AS account, figure, recorded AS amount, currency, libr, fifo, lifo, pro_rata, proceeds_first FROM passed
ORDER BY account, currency, figure

SELECT day, account_key AS account, side, recorded AS amount, currency, libr, fifo, lifo, pro_rata, proceeds_first, transfer
FROM traced ORDER BY day, account, side, id

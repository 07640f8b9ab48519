SELECT n.day, n.account_key AS account, n.side, n.recorded AS amount, n.currency, n.libr, n.pro_rata, g.institution, g.grade,
       n.transfer FROM traced n JOIN grade g ON g.transfer = n.transfer WHERE g.institution <> '' AND n.transfer <> ''
ORDER BY n.day, n.transfer, n.side, g.institution, account

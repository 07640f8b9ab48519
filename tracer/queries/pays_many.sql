SELECT debit_account AS account, count(DISTINCT credit_account) AS payees, count(*) AS payments FROM transfer
WHERE credit_account <> '' AND debit_account <> '' GROUP BY account ORDER BY payees DESC, payments DESC, account LIMIT $limit

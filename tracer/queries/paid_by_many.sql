SELECT credit_account AS account, count(DISTINCT debit_account) AS payers, count(*) AS payments FROM transfer
WHERE credit_account <> '' AND debit_account <> '' GROUP BY account ORDER BY payers DESC, payments DESC, account LIMIT $limit

// en: Which transfers run between accounts of parties of whom one holds an interest in the other?
// zh: 哪些转账发生在有持股等权益关系的当事人账户之间？
// columns: day day, amount money/currency, payer text, payee text, owner text, entity text, transfer text
MATCH (o:Party)-[:HOLDS]->(i:Interest)-[:IN]->(e:Party) WHERE o.case = $case AND i.case = $case
MATCH (o)-[:HAS_ACCOUNT]->(a:Account)-[:PERFORMS|BENEFITS_TO]-(t:Transaction)-[:PERFORMS|BENEFITS_TO]-(b:Account)<-[:HAS_ACCOUNT]-(e)
WHERE t.case = $case AND a <> b
RETURN DISTINCT t.day AS day, t.amount_out AS amount, coalesce(t.currency_out, '') AS currency, t.debit_account AS payer,
       t.credit_account AS payee, o.record AS owner, e.record AS entity, t.id AS transfer ORDER BY day, transfer, owner, entity

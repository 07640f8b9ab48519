// en: Which transfers run between accounts of parties of whom one held an interest in the other on that day, as far as its dates are stated?
// zh: 哪些转账发生在当日（以所载日期为限）有持股等权益关系的当事人账户之间？
// columns: day day, amount money/currency, payer text, payee text, owner text, entity text, transfer text
MATCH (o:Tracer) WHERE o.case = $case AND o.noun = 'Party' AND o.id > ''
MATCH (o)-[:HOLDS]->(i:Interest)-[:IN]->(e:Party) WHERE i.case = $case
MATCH (o)-[:HAS_ACCOUNT]->(a:Account)-[:PERFORMS|BENEFITS_TO]-(t:Transaction)-[:PERFORMS|BENEFITS_TO]-(b:Account)<-[:HAS_ACCOUNT]-(e)
WHERE t.case = $case AND a <> b AND t.reversed_by IS NULL AND t.elsewhere IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal }
  AND (i.valid_from IS NULL OR i.valid_from <= t.day) AND (i.valid_to IS NULL OR i.valid_to > t.day)
RETURN DISTINCT t.day AS day, t.amount_out AS amount, coalesce(t.currency_out, '') AS currency, t.debit_account AS payer,
       t.credit_account AS payee, o.record AS owner, e.record AS entity, t.id AS transfer ORDER BY day, transfer, owner, entity

// en: Which accounts do the records name, and what went in and out of each? A movement that several records print counts once.
// zh: 记录中有哪些账户，各账户进出金额为多少？（多份记录载明的同一笔资金移动只计一次。）
// columns: account text, currency text, lines int, first day, last day, came_in money/currency, went_out money/currency
MATCH (p:Tracer) WHERE p.case = $case AND p.noun = 'posting' AND p.id >= '' AND p.status = 'booked'
OPTIONAL MATCH (t:Transaction)-[:SHOWN_BY]->(p) WHERE t.case = $case
WITH coalesce(t.id, p.id) AS movement, coalesce(p.account_key, '') AS account, coalesce(p.currency, '') AS currency, p.amount AS amount,
     min(coalesce(p.booked, p.value_date)) AS day
RETURN account, currency, count(*) AS lines, min(day) AS first, max(day) AS last,
       sum(CASE WHEN amount > 0 THEN amount ELSE 0 END) AS came_in, sum(CASE WHEN amount < 0 THEN -amount ELSE 0 END) AS went_out
ORDER BY account, currency

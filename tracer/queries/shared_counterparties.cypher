// en: With which accounts did two accounts both deal?
// zh: 两个账户共同的交易对方账户有哪些？
// param: one account -- an account by its number
// param: other account -- another account
// columns: account text, with_one int, with_other int
MATCH (one:Tracer {case: $case, noun: 'Account', id: $one_id}) MATCH (other:Tracer {case: $case, noun: 'Account', id: $other_id})
MATCH (one)-[:PERFORMS|BENEFITS_TO]-(t:Transaction)-[:PERFORMS|BENEFITS_TO]-(m:Account)
WHERE m.case = $case AND m <> one AND m <> other AND t.reversed_by IS NULL AND t.elsewhere IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal }
WITH other, m, count(DISTINCT t) AS with_one
MATCH (other)-[:PERFORMS|BENEFITS_TO]-(u:Transaction)-[:PERFORMS|BENEFITS_TO]-(m)
WHERE u.reversed_by IS NULL AND u.elsewhere IS NULL AND NOT EXISTS { (u)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal }
RETURN m.key AS account, with_one, count(DISTINCT u) AS with_other ORDER BY account

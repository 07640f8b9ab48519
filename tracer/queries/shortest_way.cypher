// en: By how few transfers are two accounts connected, whatever the direction and the days?
// zh: 不论方向与日期，两个账户最少经几次转账相连？
// param: one account -- an account by its number
// param: other account -- another account
// columns: transfers int, accounts text
MATCH (one:Tracer {case: $case, noun: 'Account', id: $one_id}) MATCH (other:Tracer {case: $case, noun: 'Account', id: $other_id})
WHERE one <> other
MATCH way = shortestPath((one)-[:PERFORMS|BENEFITS_TO*..20]-(other))
WHERE all(n IN nodes(way) WHERE n.reversed_by IS NULL AND NOT EXISTS { (n)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal })
RETURN length(way) / 2 AS transfers, reduce(said = '', n IN [x IN nodes(way) WHERE x:Account] | said + CASE said WHEN '' THEN '' ELSE ' - ' END + n.key) AS accounts

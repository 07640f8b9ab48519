// en: Where could money of this account be after at most three transfers in order of time (of one day, in any order)?
// zh: 按时间先后至多三次转账，该账户的资金可能到达哪些账户（同日者不论先后）？
// param: account account -- an account by its number
// param: since day = 0001-01-01 -- the day on which the money was there
// columns: account text, hops int, earliest day
MATCH (s:Tracer {case: $case, noun: 'Account', id: $account_id})
CALL (s) {
  MATCH (s)-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(b:Account)
  WHERE t.case = $case AND t.reversed_by IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND t.day >= $since
  RETURN b, 1 AS hop, min(t.arrived) AS at
  UNION ALL
  MATCH (s)-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(x:Account)
  WHERE t.case = $case AND t.reversed_by IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND t.day >= $since
  WITH x, min(t.arrived) AS at
  MATCH (x)-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(b:Account) WHERE t.reversed_by IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND t.day >= at
  RETURN b, 2 AS hop, min(t.arrived) AS at
  UNION ALL
  MATCH (s)-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(x:Account)
  WHERE t.case = $case AND t.reversed_by IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND t.day >= $since
  WITH x, min(t.arrived) AS at
  MATCH (x)-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(y:Account) WHERE t.reversed_by IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND t.day >= at
  WITH y, min(t.arrived) AS at
  MATCH (y)-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(b:Account) WHERE t.reversed_by IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND t.day >= at
  RETURN b, 3 AS hop, min(t.arrived) AS at
}
WITH b, min(hop) AS hops, min(at) AS earliest WHERE b.key <> $account
RETURN b.key AS account, hops, earliest ORDER BY hops, account

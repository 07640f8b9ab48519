// en: Through which two other accounts could money have come back to where it started, in order of time (unordered: ways with two steps of one day that no statement orders)?
// zh: 资金可能按时间先后经哪两个其他账户回到起点账户（unordered：含同日且无对账单可定先后的两步）？
// columns: start text, second text, third text, set_out day, came_back day, ways int, unordered int
MATCH (a:Tracer) WHERE a.case = $case AND a.noun = 'Account' AND a.id > ''
MATCH (a)-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(b:Account)-[:PERFORMS]->(u:Transaction)-[:BENEFITS_TO]->(c:Account)-[:PERFORMS]->(v:Transaction)-[:BENEFITS_TO]->(a)
WHERE b.case = $case AND c.case = $case AND a <> b AND b <> c AND a <> c
  AND t.reversed_by IS NULL AND t.elsewhere_out IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND u.reversed_by IS NULL AND u.elsewhere_out IS NULL AND NOT EXISTS { (u)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND v.reversed_by IS NULL AND v.elsewhere_out IS NULL AND NOT EXISTS { (v)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND u.day >= t.arrived AND v.day >= u.arrived
CALL (t, u) {
  MATCH (t)-[:SHOWN_BY]->(x:Posting) MATCH (u)-[:SHOWN_BY]->(y:Posting) WHERE t.arrived = u.day AND x.statement = y.statement AND NOT coalesce(x.marks, '') + coalesce(y.marks, '') CONTAINS '"unproven"'
  RETURN count(CASE WHEN x.line < y.line THEN 1 END) AS ab, count(CASE WHEN x.line > y.line THEN 1 END) AS ba
}
CALL (u, v) {
  MATCH (u)-[:SHOWN_BY]->(x:Posting) MATCH (v)-[:SHOWN_BY]->(y:Posting) WHERE u.arrived = v.day AND x.statement = y.statement AND NOT coalesce(x.marks, '') + coalesce(y.marks, '') CONTAINS '"unproven"'
  RETURN count(CASE WHEN x.line < y.line THEN 1 END) AS bc, count(CASE WHEN x.line > y.line THEN 1 END) AS cb
}
WITH a, b, c, t, u, v, ab, ba, bc, cb WHERE (ab > 0 OR ba = 0) AND (bc > 0 OR cb = 0)
RETURN a.key AS start, b.key AS second, c.key AS third, min(t.day) AS set_out, max(v.arrived) AS came_back, count(*) AS ways,
       count(CASE WHEN (u.day = t.arrived AND NOT (ab > 0 AND ba = 0)) OR (v.day = u.arrived AND NOT (bc > 0 AND cb = 0)) THEN 1 END) AS unordered
ORDER BY start, second, third

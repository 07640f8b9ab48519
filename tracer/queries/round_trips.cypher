// en: Through which two other accounts could money have come back to where it started, in order of time?
// zh: 资金可能按时间先后经哪两个其他账户回到起点账户？
// columns: start text, second text, third text, set_out day, came_back day, ways int
MATCH (a:Tracer) WHERE a.case = $case AND a.noun = 'Account' AND a.id > ''
MATCH (a)-[:PERFORMS]->(t:Transaction)-[:BENEFITS_TO]->(b:Account)-[:PERFORMS]->(u:Transaction)-[:BENEFITS_TO]->(c:Account)-[:PERFORMS]->(v:Transaction)-[:BENEFITS_TO]->(a)
WHERE b.case = $case AND c.case = $case AND a <> b AND b <> c AND a <> c
  AND t.reversed_by IS NULL AND NOT EXISTS { (t)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND u.reversed_by IS NULL AND NOT EXISTS { (u)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND v.reversed_by IS NULL AND NOT EXISTS { (v)-[:SHOWN_BY]->(undo:Posting) WHERE undo.reversal } AND u.day >= t.arrived AND v.day >= u.arrived
RETURN a.key AS start, b.key AS second, c.key AS third, min(t.day) AS set_out, max(v.arrived) AS came_back, count(*) AS ways
ORDER BY start, second, third

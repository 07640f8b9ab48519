// en: Which records did a person or a rule judge to be one, or not, and why?
// zh: 哪些记录被人员或规则判定为同一或非同一，理由为何？
// columns: subject text, decision text, by text, on text, rung int, reason text, left text, right text
MATCH (j:Tracer) WHERE j.case = $case AND j.noun = 'judgement' AND j.id >= ''
RETURN j.subject AS subject, j.decision AS decision, coalesce(j.by, '') AS by, coalesce(j.on, '') AS on, j.rung AS rung,
       coalesce(j.reason, '') AS reason, coalesce(j.left, '') AS left, coalesce(j.right, '') AS right ORDER BY rung, left, right, j.id

WITH named AS (
    SELECT m.id, json_extract_string(a.agent, '$.scheme') AS scheme, json_extract_string(a.agent, '$.id') AS institution,
           json_extract_string(a.agent, '$.role') AS role
    FROM message m, unnest(json_extract(m.agents, '$[*]')) AS a(agent)
)
SELECT scheme, institution, count(DISTINCT id) AS messages, string_agg(DISTINCT role, ', ' ORDER BY role) AS roles
FROM named WHERE institution <> '' GROUP BY scheme, institution ORDER BY messages DESC, scheme, institution

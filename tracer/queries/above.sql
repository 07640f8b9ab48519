WITH RECURSIVE up(party, level) AS (
    SELECT $party::VARCHAR, 0::BIGINT
    UNION
    SELECT i.owner, u.level + 1 FROM up u JOIN interest i ON i.subject = u.party WHERE u.level < 6 AND i.owner <> '' AND i.subject <> ''
)
SELECT party AS owner, min(level)::BIGINT AS levels FROM up WHERE level > 0 GROUP BY party ORDER BY levels, owner

WITH printed AS (
    SELECT exhibit, 'party' AS record FROM party UNION ALL SELECT exhibit, 'account' FROM account
    UNION ALL SELECT exhibit, 'interest' FROM interest UNION ALL SELECT exhibit, 'asset' FROM asset
    UNION ALL SELECT exhibit, 'statement' FROM statement UNION ALL SELECT exhibit, 'posting' FROM posting
    UNION ALL SELECT exhibit, 'message' FROM message UNION ALL SELECT exhibit, 'aggregate' FROM aggregate UNION ALL SELECT exhibit, 'reject' FROM reject
)
SELECT exhibit, record, count(*) AS number FROM printed GROUP BY exhibit, record ORDER BY exhibit, record

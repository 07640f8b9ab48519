SELECT owner, count(DISTINCT subject) AS entities FROM interest WHERE owner <> '' AND subject <> ''
GROUP BY owner HAVING entities > 1 ORDER BY entities DESC, owner

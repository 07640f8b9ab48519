SELECT DISTINCT a.address, a.record, b.record AS other FROM party a JOIN party b ON a.address = b.address AND a.record < b.record
WHERE a.address <> '' ORDER BY a.address, a.record, other

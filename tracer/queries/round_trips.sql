WITH undone AS (
    SELECT DISTINCT s.id FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS line FROM transfer) s
    JOIN posting p ON p.id = s.line WHERE p.reversal
),
payment AS (SELECT * FROM transfer WHERE coalesce(reversed_by, '') = '' AND id NOT IN (SELECT id FROM undone) AND NOT elsewhere_out),
shown AS (
    SELECT s.id AS transfer, p.statement, p.line FROM (SELECT id, unnest(json_extract_string(postings, '$[*]')) AS one FROM transfer) s
    JOIN posting p ON p.id = s.one WHERE p.statement <> '' AND NOT contains(p.marks, '"unproven"')
),
way AS (
    SELECT t.debit_account AS start, u.debit_account AS second, v.debit_account AS third, coalesce(t.date_out, t.date_in) AS set_out,
           coalesce(v.date_in, v.date_out) AS came_back, t.id AS a, u.id AS b, v.id AS c,
           coalesce(u.date_out, u.date_in) = coalesce(t.date_in, t.date_out) AS ab_one_day,
           coalesce(v.date_out, v.date_in) = coalesce(u.date_in, u.date_out) AS bc_one_day
    FROM payment t JOIN payment u ON u.debit_account = t.credit_account
    JOIN payment v ON v.debit_account = u.credit_account AND v.credit_account = t.debit_account
    WHERE t.debit_account <> '' AND u.debit_account <> '' AND v.debit_account <> '' AND t.debit_account <> u.debit_account
    AND u.debit_account <> v.debit_account AND t.debit_account <> v.debit_account
    AND coalesce(u.date_out, u.date_in) >= coalesce(t.date_in, t.date_out)
    AND coalesce(v.date_out, v.date_in) >= coalesce(u.date_in, u.date_out)
),
pair AS (SELECT a AS one, b AS next FROM way WHERE ab_one_day UNION SELECT b, c FROM way WHERE bc_one_day),
told AS (
    SELECT p.one, p.next, bool_or(x.line < y.line) AS forward, bool_or(x.line > y.line) AS backward
    FROM pair p JOIN shown x ON x.transfer = p.one JOIN shown y ON y.transfer = p.next AND y.statement = x.statement GROUP BY ALL
)
SELECT start, second, third, min(set_out) AS set_out, max(came_back) AS came_back, count(*) AS ways,
       count(*) FILTER ((ab_one_day AND NOT coalesce(ab.forward AND NOT ab.backward, false))
                        OR (bc_one_day AND NOT coalesce(bc.forward AND NOT bc.backward, false))) AS unordered
FROM way LEFT JOIN told ab ON ab.one = a AND ab.next = b LEFT JOIN told bc ON bc.one = b AND bc.next = c
WHERE NOT coalesce(ab.backward AND NOT ab.forward, false) AND NOT coalesce(bc.backward AND NOT bc.forward, false)
GROUP BY start, second, third ORDER BY start, second, third

// en: Which checks of statements do not tie, and by how much?
// zh: 哪些对账单核对不平，差额为多少？
// columns: account text, check text, expected figure/currency, found figure/currency, difference figure/currency, exhibit text, locator text
MATCH (r:Tracer) WHERE r.case = $case AND r.noun = 'reconciliation' AND r.id >= '' AND r.outcome = 'off'
RETURN coalesce(r.account, '') AS account, r.check AS check, r.expected AS expected, r.found AS found, r.difference AS difference,
       coalesce(r.currency, '') AS currency, r.exhibit AS exhibit, r.locator AS locator ORDER BY exhibit, locator, check

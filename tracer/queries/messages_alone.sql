SELECT m.settled_date AS day, m.kind, m.reference, m.settled AS amount, m.settled_currency AS currency, t.id AS transfer,
       m.exhibit, m.locator
FROM transfer t JOIN message m ON contains(t.messages, m.id) WHERE t.postings = '[]' AND t.sides IN ('', 'none') ORDER BY m.exhibit, m.locator

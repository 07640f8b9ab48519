WITH shown AS (SELECT 'posting' AS record, id, exhibit, locator FROM posting UNION ALL SELECT 'message', id, exhibit, locator FROM message)
SELECT t.id AS transfer, s.record, s.exhibit, s.locator FROM transfer t JOIN shown s
ON contains(t.postings, s.id) OR contains(t.messages, s.id) WHERE starts_with(t.id, $transfer) ORDER BY transfer, s.exhibit, s.locator

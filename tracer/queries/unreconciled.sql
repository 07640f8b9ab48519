SELECT account, "check", expected, found, difference, currency, exhibit, locator FROM reconciliation WHERE outcome = 'off'
ORDER BY exhibit, locator, "check"

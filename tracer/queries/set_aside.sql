SELECT code, field, message, exhibit, locator FROM reject ORDER BY exhibit, locator, field, code

SELECT record, kind, names, exhibit, locator FROM party WHERE contains(lower(names), lower($text)) ORDER BY record, id

SELECT subject AS entity, kind, coalesce(lo, '') AS least, coalesce(hi, '') AS most, capacity, valid_from AS from_day,
       valid_to AS until_day, exhibit, locator FROM interest WHERE owner = $party AND subject <> '' ORDER BY entity, kind, id

SELECT wire, day, settled AS amount, currency, institution, grade, roles, sentence_en AS may_be_said FROM grade ORDER BY wire, institution

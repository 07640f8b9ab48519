SELECT subject, decision, "by", "on", rung, reason, "left", "right" FROM judgement ORDER BY rung, "left", "right", id

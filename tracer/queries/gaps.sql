SELECT gap, kind_of_gap AS kind, amount, currency, description_en AS what, ask_en AS ask FROM gap ORDER BY gap

SELECT title AS target, kind_of_target AS kind, recorded, currency, "floor", "ceiling", libr, fifo, lifo, pro_rata, proceeds_first
FROM target WHERE "ceiling" > 0 ORDER BY kind, "ceiling" DESC, target

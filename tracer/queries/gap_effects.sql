SELECT gap, target, figure, least, most, currency FROM effect ORDER BY gap, target, figure

SELECT person, law, verdict, basis, figures, as_of FROM verdict WHERE entity = $party ORDER BY law, person, as_of

"""From words to values: dates, counts, actors, places."""

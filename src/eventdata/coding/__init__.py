"""From report text to events: clean, scan, clauses, acts, evidence, status, events."""

"""Rules as data: which rows are accepted, which are rejected, and why."""

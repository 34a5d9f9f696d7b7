"""From an archive's own columns to the event table, driven by tables."""

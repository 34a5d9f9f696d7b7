"""Counts what was repaired, and keeps the rows that cannot be used with their reason."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cache

import polars as pl

from eventdata.seeds import load_seed


@cache
def repair_messages() -> dict[str, str]:
    """What each repair, warning and reject rule of reading and harmonising says."""
    return dict(load_seed("repairs", "repair").select("repair", "message").iter_rows())


@dataclass
class Tally:
    """Repairs and warnings by id, and bad rows: the first rule that a row breaks."""

    counts: Counter[str] = field(default_factory=Counter)
    bad: dict[int, tuple[str, str, str | None]] = field(default_factory=dict)

    def count(self, rule: str, rows: int) -> None:
        """Add `rows` applications of a repair or warning."""
        if rows:
            self.counts[rule] += int(rows)

    def reject(self, mask: pl.Series, rule: str, column: str, values: pl.Series) -> None:
        """Mark the rows of `mask` as bad, each with the value that breaks the rule."""
        for row in mask.arg_true():
            self.bad.setdefault(row, (rule, column, values[row]))

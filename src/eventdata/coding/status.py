"""Did it happen: the status of each clause, from the cues before its trigger and the date it names.

Denied, planned and hypothetical acts are told apart from those that occurred; a known past (anniversaries, court cases, years
gone by) is background. A threat, promise, demand or refusal is itself an act that occurred.
"""

import polars as pl

from eventdata.coding.evidence import Marks
from eventdata.coding.neighbours import last_before, next_after

_NEGATION_REACH, _PLAN_REACH, _MODAL_REACH, _AFTER_REACH = 22, 34, 24, 60  # bytes
_BACKGROUND_DAYS = 330  # an act dated that long before the report is no news of the day


def clause_status(clauses: pl.DataFrame, marks: Marks) -> pl.DataFrame:
    """Add `status` (null: hypothetical, to be left out) from the cues around each trigger."""
    groups, start, end = marks.sentences, marks.start, marks.end
    at = clauses["mark"].to_numpy()

    def before(name: str, reach: int) -> pl.Series:
        found = last_before(marks.cue(name), groups, at)
        return pl.Series((found >= 0) & (start[at] - end[found] <= reach))

    comma = last_before(marks.cue("comma"), groups, at)
    condition = last_before(marks.cue("condition"), groups, at)
    background = last_before(marks.cue("background"), groups, at)
    modal_after = next_after(marks.cue("modal"), groups, at)
    ing = marks.ing[at]
    no_operator = pl.col("operator") == 0
    hypothetical = (
        pl.Series((condition >= 0) & (comma < condition))
        | before("modal", _MODAL_REACH)
        | pl.Series(ing & (modal_after >= 0) & (start[modal_after] - end[at] <= _AFTER_REACH))
    )
    return clauses.with_columns(
        status=pl.when(~no_operator)
        .then(pl.lit("occurred"))
        .when(before("negation", _NEGATION_REACH))
        .then(pl.lit("denied"))
        .when(hypothetical)
        .then(None)
        .when(before("plan", _PLAN_REACH))
        .then(pl.lit("planned"))
        .when(pl.Series((background >= 0) & (start[at] - end[background] <= 90)))
        .then(pl.lit("background"))
        .when(before("ongoing", 40))
        .then(pl.lit("ongoing"))
        .otherwise(pl.lit("occurred"))
    )


def date_status() -> pl.Expr:
    """`status`, and `background` for an act that its own date puts long before the day of publication."""
    gone = (pl.col("published") - pl.coalesce("event_date_end", "event_date")).dt.total_days() > _BACKGROUND_DAYS
    explicit = ~pl.col("date_anchor").is_in(["assumed", "none"])
    return (
        pl.when((gone & explicit).fill_null(value=False) & pl.col("status").is_in(["occurred", "ongoing"]))
        .then(pl.lit("background"))
        .otherwise("status")
        .alias("status")
    )

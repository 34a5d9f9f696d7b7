"""Did it happen: the status of each clause, from the cues before its trigger and the date it names.

Denied, planned and hypothetical acts are told apart from those that occurred; a known past (anniversaries, court cases, years
gone by) is background. A threat, promise, demand or refusal is itself an act that occurred.
"""

import numpy as np
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
    goal = last_before(marks.cue("goal"), groups, np.maximum(at, clauses["label_mark"].to_numpy()))
    wished = pl.Series(goal >= 0) & (pl.col("label") >= 0)
    no_operator = pl.col("operator") == 0
    in_condition = pl.Series((condition >= 0) & (comma < condition))
    conditional = in_condition | pl.Series((condition >= 0) & (condition == groups.first[at]))
    hypothetical = (
        in_condition
        | wished
        | before("modal", _MODAL_REACH)
        | pl.Series(ing & (modal_after >= 0) & (start[modal_after] - end[at] <= _AFTER_REACH))
    )
    return clauses.with_columns(
        status=pl.when((conditional | wished) & pl.col("label").ge(0) & ~no_operator)
        .then(None)
        .when(~no_operator)
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


def past_status(clauses: pl.DataFrame, expressions: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """`status` by what the clause's sentence says of time: `planned` what lies ahead, `background` what is long gone.

    Long gone is an act with a date of its own of more than `_BACKGROUND_DAYS` before publication, an act without one in a
    sentence that names only such dates ("unstable since a coup in 1991"), and a total over a period ("since January more than
    2,500 people have been killed"). Adds `is_total` for the last.
    """
    spoken = (
        expressions.filter(pl.col("date_start").is_not_null())
        .group_by("sent")
        .agg(_latest=pl.max_horizontal(pl.col("date_start"), pl.coalesce("date_end", "date_start")).max())
    )
    tolls = counts.filter(pl.col("kind").is_in(["killed", "injured", "displaced"]))
    since = expressions.filter(pl.col("issue") == "open-interval")["sent"].unique()
    totals = tolls.filter((pl.col("scope") == "period") | pl.col("sent").is_in(since.implode()))[
        "sent"
    ].unique()
    x = clauses.join(spoken, on="sent", how="left", validate="m:1", maintain_order="left").with_columns(
        is_total=pl.col("sent").is_in(totals.implode())
    )
    own = ~pl.col("date_anchor").is_in(["assumed", "none"])
    last = pl.when(own).then(pl.coalesce("event_date_end", "event_date")).otherwise("_latest")
    gone = ((pl.col("published") - last).dt.total_days() > _BACKGROUND_DAYS).fill_null(value=False)
    ahead = (own & (pl.col("event_date") > pl.col("published"))).fill_null(value=False)
    happened = pl.col("status").is_in(["occurred", "ongoing"])
    acled = pl.col("sub_event_type").is_not_null()
    return x.with_columns(
        status=pl.when(happened & (gone | pl.col("is_total")))
        .then(pl.lit("background"))
        .when(happened & ahead & acled)
        .then(pl.lit("planned"))
        .otherwise("status")
    ).drop("_latest")

"""Did it happen: the status of each clause, from the cues before its trigger and the date it names.

Denied, planned and hypothetical acts are told apart from those that occurred; a known past (anniversaries, court cases, years
gone by) is background. A threat, promise, demand or refusal is itself an act that occurred.
"""

import numpy as np
import polars as pl

from eventdata.coding.around import Around, Bools, Ints, is_cue
from eventdata.coding.evidence import Marks
from eventdata.coding.neighbours import last_before

_NEGATION_REACH, _PLAN_REACH, _MODAL_REACH, _AFTER_REACH = 22, 34, 24, 60  # bytes
_BACKGROUND_REACH, _ONGOING_REACH = 90, 40
_BACKGROUND_DAYS = 330  # an act dated that long before the report is no news of the day


def clause_status(clauses: pl.DataFrame, marks: Marks) -> pl.DataFrame:
    """Add `status` (null: hypothetical, to be left out) from the cues around each trigger."""
    start, end = marks.start, marks.end
    trigger = clauses["mark"].to_numpy()
    cues = Around(marks, trigger, "negation", "modal", "plan", "ongoing", "condition", "background")

    def before(name: str, reach: int) -> pl.Series:
        return pl.Series(near(cues.before(name), reach))

    def near(found: Ints, reach: int) -> Bools:
        is_near = found >= 0
        is_near[is_near] = start[trigger[is_near]] - end[found[is_near]] <= reach
        return is_near

    comma = last_before(marks.cue("comma"), marks.sentences, trigger)
    condition = cues.before("condition")
    background = _without_asides(cues.before("background"), comma, marks)
    modal_after = cues.behind("modal")
    main = np.maximum(trigger, clauses["label_mark"].to_numpy())
    wished = pl.Series(last_before(marks.cue("goal"), marks.sentences, main) >= 0) & (pl.col("label") >= 0)
    no_operator = pl.col("operator") == 0
    in_condition = pl.Series((condition >= 0) & (comma < condition))
    conditional = in_condition | pl.Series((condition >= 0) & (condition == marks.sentences.first[trigger]))
    # "bombing the town would ..."
    imagined = marks.ing[trigger] & (modal_after >= 0)
    imagined[imagined] = start[modal_after[imagined]] - end[trigger[imagined]] <= _AFTER_REACH
    hypothetical = in_condition | wished | before("modal", _MODAL_REACH) | pl.Series(imagined)
    return clauses.with_columns(
        status=pl.when((conditional | wished) & pl.col("label").ge(0) & ~no_operator)
        .then(None)
        .when(~no_operator)
        .then(pl.lit("occurred"))
        .when(before("negation", _NEGATION_REACH) | pl.Series(is_cue(marks, trigger, "nothing")))
        .then(pl.lit("denied"))
        .when(hypothetical)
        .then(None)
        .when(before("plan", _PLAN_REACH))
        .then(pl.lit("planned"))
        .when(pl.Series(near(background, _BACKGROUND_REACH)))
        .then(pl.lit("background"))
        .when(before("ongoing", _ONGOING_REACH))
        .then(pl.lit("ongoing"))
        .otherwise(pl.lit("occurred"))
    )


def _without_asides(background: Ints, comma: Ints, marks: Marks) -> Ints:
    """Cues of the past, -1 in place of those in a relative clause: "rebels, whose leader died last year, attacked"."""
    some = np.flatnonzero((background >= 0) & (comma > background))
    told = background[some]
    relative = last_before(marks.cue("relative"), marks.sentences, told)
    aside = (relative >= 0) & (last_before(marks.cue("comma"), marks.sentences, told) < relative)
    kept = background.copy()
    kept[some[aside]] = -1
    return kept


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

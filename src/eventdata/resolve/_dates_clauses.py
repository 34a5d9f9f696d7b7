"""Gives each clause its date: that beside it, else of its sentence, else of its paragraph, else the day of the report."""

import numpy as np
import polars as pl

from eventdata.resolve._dates_find import Texts

_BACKGROUND = (
    r"\b(?i:after|following|since|when|while|who|whom|whose|which|where|because|amid|despite|although|anniversary|compared|"
    r"unlike|previously|formerly|earlier|came|comes|days?|weeks?|months?|years?)\b"
)
"""Words between a clause and a date that begin another clause: the date beyond them is likely that of what happened before."""
_CROSSING, _UNDATED, _RELATIVE_TO, _OPEN = 400, 250, 120, 10_000
"""Bytes of distance that such a word, an expression without a date, "before" or "after", and "since" are worth."""
BACKGROUND_DAYS = 60
"""A date beyond such a word and so long before publication is left to the other clause."""
_NO_DATE_RULES = ("duration", "set", "age", "unparsed")
_LEFT = 60
"""Bytes before a date in which such a word makes it background."""
WEEK_DAYS, MONTH_DAYS = 7, 31

_c = pl.col
CLAUSE_DATES = pl.Schema(
    {
        "event_date": pl.Date, "event_date_end": pl.Date, "time_precision": pl.Int64, "date_precision": pl.String,
        "date_anchor": pl.String, "date_text": pl.String, "date_issue": pl.String, "date_start": pl.UInt32, "date_end": pl.UInt32,
        "date_rule": pl.String,
    }
)  # fmt: skip


# "fought with the army since launching their offensive last week", "since the raid of May 3": the date of another act
_OTHER_ACT = (
    r"\b(?:after|before|following|while) [a-z]+ing\b|\bsince +(?i-u:the|its|their|his|her|an?|[a-z]+ing)\b"
)


def event_dates(clauses: pl.DataFrame, expressions: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """The date of each clause, in the order of `clauses`.

    A date after publication is none for what has occurred: a weekday is then that of the week before, anything else is passed
    over. "Since 2011" begins an interval without a last day. Where the text names no day, the day of publication stands in, with
    anchor `assumed` and time precision 2 (it happened in the days before).

    Args:
        clauses: `row`, `sent`, `start`, `end` (bytes of the clause or its trigger); `para` where known; `status`, by which
            what is planned may lie ahead (default: it has occurred).
        expressions: What `date_expressions` returned for the same batch.
        reports: `row`, `published`, and `text` or `clean`.

    Returns:
        One row per clause: `event_date`, `event_date_end` (inclusive, null where open), `time_precision` (ACLED: 1 day, 2 week,
        3 month, else null), `date_precision`, `date_anchor`, `date_text`, `date_issue`, `date_start`, `date_end` (bytes of the
        words; null where assumed), `date_rule`.
    """
    para = _c("para") if "para" in clauses.columns else pl.lit(None, pl.UInt32)
    status = _c("status").cast(pl.String) if "status" in clauses.columns else pl.lit("occurred")
    known = clauses.select(
        "row", "sent", para.alias("para"), from_=_c("start").cast(pl.Int64), to=_c("end").cast(pl.Int64),
        ahead=status.is_in(["planned", "denied"]).fill_null(False),
    ).with_row_index("clause")  # fmt: skip
    texts = Texts(reports)
    published = texts.ordered(reports)["published"].gather(texts.places(known["row"].to_numpy()))
    known = known.with_columns(published=published)
    dates = _datable(expressions)
    beside = _nearest_in_sentence(known.join(dates.drop("row", "para"), on="sent", how="inner"), texts)
    left_over = known.join(beside.filter(_c("date_first").is_not_null()), on="clause", how="anti")
    before = _named_before(left_over, dates, texts)
    chosen = pl.concat([beside.join(before, on="clause", how="anti"), before], how="diagonal_relaxed")
    return _with_default(
        known.select("clause", "published").join(chosen, on="clause", how="left", maintain_order="left")
    )


def _datable(expressions: pl.DataFrame) -> pl.DataFrame:
    # "two days after they took the port" says nothing that is known of the day
    beside_another_act = (_c("rule") == "shift") & (_c("issue") == "vague").fill_null(False)
    kept = (
        ~_c("rule").is_in(_NO_DATE_RULES)
        & (_c("direction") != "dateline").fill_null(True)
        & ~beside_another_act
    )
    return expressions.filter(kept).select(
        "row", "sent", "para", _c("start").cast(pl.Int64), _c("end").cast(pl.Int64), "direction", "rule",
        date_first="date_start", date_last="date_end", date_text="text", date_precision="precision", date_anchor="anchor",
        date_issue="issue",
    )  # fmt: skip


def _reachable(pairs: pl.DataFrame) -> pl.DataFrame:
    """Leave out what cannot date the clause; move a weekday ahead of publication to the week before."""
    late = (_c("date_first") > _c("published")) & ~_c("ahead")
    week_back = late & (_c("rule") == "weekday")
    pairs = pairs.with_columns(
        date_first=pl.when(week_back).then(_c("date_first").dt.offset_by("-7d")).otherwise("date_first"),
        date_last=pl.when(week_back).then(_c("date_last").dt.offset_by("-7d")).otherwise("date_last"),
    )
    # an interval that goes on after publication ("this year") ends with it, for what has occurred
    goes_on = (_c("date_last") > _c("published")) & (_c("date_first") <= _c("published")) & ~_c("ahead")
    pairs = pairs.with_columns(date_last=pl.when(goes_on).then("published").otherwise("date_last"))
    return pairs.filter(~((_c("date_first") > _c("published")) & ~_c("ahead")).fill_null(False))


def _nearest_in_sentence(pairs: pl.DataFrame, texts: Texts) -> pl.DataFrame:
    """For each clause the nearest expression of its sentence; one without a date only where there is no other."""
    pairs = _reachable(pairs)
    if pairs.is_empty():
        return pairs.select("clause", *_CHOSEN)
    after = _c("start") >= _c("to")
    pairs = pairs.with_columns(
        gap_from=pl.when(after).then("to").otherwise(pl.min_horizontal("end", "from_")),
        gap_to=pl.when(after).then("start").otherwise("from_"),
    )
    pairs = pairs.with_columns(
        between=texts.cut(pairs["row"].to_numpy(), pairs["gap_from"].to_numpy(), pairs["gap_to"].to_numpy())
    )
    pairs = pairs.filter(~_c("between").str.contains(_OTHER_ACT))
    if pairs.is_empty():
        return pairs.select("clause", *_CHOSEN)
    pairs = pairs.with_columns(crosses=_c("between").str.contains(_BACKGROUND))
    # "attacked the base, which was built in 2011": the date of what came long before
    old = (_c("published") - _c("date_last")).dt.total_days() > BACKGROUND_DAYS
    pairs = pairs.filter(~(_c("crosses") & old.fill_null(False)))
    opens = (_c("date_issue") == "open-interval").fill_null(False)
    distance = (
        (_c("gap_to") - _c("gap_from")).clip(lower_bound=0)
        + _CROSSING * _c("crosses").cast(pl.Int64)
        + _UNDATED * _c("date_first").is_null().cast(pl.Int64)
        + _RELATIVE_TO * _c("direction").is_in(["before", "after"]).fill_null(False).cast(pl.Int64)
        + _OPEN * opens.cast(pl.Int64)
    )
    best = (
        pairs.with_columns(distance=distance)
        .sort("clause", "distance", "start")
        .unique("clause", keep="first", maintain_order=True)
    )
    # "since 2011": what goes on from then, with no last day
    return best.with_columns(date_last=pl.when(~opens).then("date_last")).select("clause", *_CHOSEN)


def _named_before(clauses: pl.DataFrame, dates: pl.DataFrame, texts: Texts) -> pl.DataFrame:
    """The last day that the paragraph names before the clause, for what happened and not for what led up to it."""
    day = (
        _c("date_first").is_not_null()
        & _c("date_precision").is_in(["day", "range", "week"])
        & _c("date_issue").is_null()
    )
    pairs = clauses.join(dates.filter(day).drop("row", "sent"), on="para", how="inner").filter(
        _c("end") <= _c("from_")
    )
    pairs = _reachable(pairs)
    if pairs.is_empty():
        return pairs.select("clause", *_CHOSEN)
    start = pairs["start"].to_numpy()
    pairs = pairs.with_columns(left=texts.cut(pairs["row"].to_numpy(), np.maximum(start - _LEFT, 0), start))
    background = _c("left").str.replace(r"(?s)^.*[.!?] +", "").str.contains(_BACKGROUND)
    pairs = pairs.with_columns(background=background)
    best = pairs.sort(["clause", "background", "start"], descending=[False, False, True])
    return best.unique("clause", keep="first", maintain_order=True).select("clause", *_CHOSEN)


_CHOSEN = (
    "date_first", "date_last", "date_text", "date_precision", "date_anchor", "date_issue", "start", "end", "rule",
)  # fmt: skip


def _with_default(chosen: pl.DataFrame) -> pl.DataFrame:
    """The day of publication for what has no date; an own expression that names none ("recently") keeps the event open."""
    said_nothing = _c("date_text").is_null() | (
        _c("date_first").is_null()
        & ~_c("date_issue").is_in(
            [
                "other-calendar",
                "impossible-date",
                "out-of-range",
                "no-published",
                "vague",
                "ambiguous-order",
            ]
        )
    )
    assumed = (said_nothing & _c("published").is_not_null()).fill_null(False)
    nothing = (said_nothing & _c("published").is_null()).fill_null(False)
    width = (_c("date_last") - _c("date_first")).dt.total_days() + 1
    precision = _c("date_precision")
    by_width = pl.when(width == 1).then(1).when(width <= WEEK_DAYS).then(2).when(width <= MONTH_DAYS).then(3)
    return chosen.select(
        event_date=pl.when(assumed).then("published").otherwise("date_first"),
        event_date_end=pl.when(assumed).then("published").otherwise("date_last"),
        time_precision=pl.when(assumed).then(2).otherwise(by_width).cast(pl.Int64),
        date_precision=pl.when(assumed)
        .then(pl.lit("day"))
        .when(~nothing & _c("date_first").is_not_null())
        .then(precision),
        date_anchor=pl.when(assumed)
        .then(pl.lit("assumed"))
        .when(nothing | _c("date_first").is_null())
        .then(pl.lit("none"))
        .otherwise("date_anchor"),
        date_text=pl.when(~nothing).then("date_text"),
        date_issue=pl.when(nothing & _c("date_issue").is_null())
        .then(pl.lit("no-published"))
        .otherwise("date_issue"),
        date_start=_c("start").cast(pl.UInt32),
        date_end=_c("end").cast(pl.UInt32),
        date_rule=_c("rule"),
    )

"""Walks along the expressions of a report: the one before, the year that a story is in, chains of relative dates."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.resolve._dates_calendar import add_intervals
from eventdata.resolve._dates_parts import Base, Op, Unit

ASIDE_YEARS = 12
"""A year that differs by more from those named around it is an aside, and no anchor of a narrative."""
ROUNDS = 6
"""Longest chain of expressions counted from each other ("two days later ... the next morning ...") that is followed."""

_c = pl.col
_NAMED = "previous"


def last_before(
    wanted: npt.NDArray[np.bool_], group: npt.NDArray[np.generic], *, inclusive: bool = False
) -> npt.NDArray[np.int64]:
    """Index of the last wanted row before each row, in the same group; -1 where there is none. Groups are runs of rows."""
    index = np.maximum.accumulate(np.where(wanted, np.arange(len(wanted)), -1))
    if not inclusive:
        index = np.concatenate([[-1], index[:-1]]) if len(index) else index
    found: npt.NDArray[np.int64] = np.where((index >= 0) & (group[index] == group), index, -1)
    return found


def first_after(wanted: npt.NDArray[np.bool_], group: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    """Index of the next wanted row after each row, in the same group; -1 where there is none."""
    back = last_before(wanted[::-1], group[::-1])
    found: npt.NDArray[np.int64] = np.where(back >= 0, len(wanted) - 1 - back, -1)[::-1]
    return found


def taken(column: pl.Series, index: npt.NDArray[np.int64]) -> pl.Series:
    """The values at `index`, null where it is -1."""
    return column.gather(pl.Series(index, dtype=pl.Int64).set(pl.Series(index < 0), None))


def main_years(part: pl.DataFrame) -> pl.DataFrame:
    """Forget years far from those around them ("the largest since 1813"): the story goes on without such an aside.

    Before the first year named, a narrative is in that year.
    """
    told = part.filter(_c("told").is_not_null())
    usual = _c("told").rolling_median(9, min_samples=1, center=True).over("story")
    main = told.filter((_c("told") - usual).abs() <= ASIDE_YEARS).select("i", "story", "told")
    first = main.group_by("story").agg(first_told=_c("told").first())
    opening = pl.when(_c("story") != _c("story").shift(fill_value=-1)).then("first_told")
    return (
        part.drop("told")
        .join(main.select("i", "told"), on="i", how="left", maintain_order="left", validate="1:1")
        .join(first, on="story", how="left", maintain_order="left", validate="m:1")
        .with_columns(told=pl.coalesce("told", opening))
    )


_RANK = {
    "day": 0,
    "range": 1,
    "week": 1,
    "month": 2,
    "quarter": 3,
    "season": 3,
    "year": 4,
    "decade": 5,
    "century": 6,
}
_UNIT_RANK = {
    Unit.WEEK: 1,
    Unit.WEEKEND: 1,
    Unit.MONTH: 2,
    Unit.QUARTER: 3,
    Unit.HALF: 3,
    Unit.YEAR: 4,
    Unit.DECADE: 5,
    Unit.CENTURY: 6,
}


def anchored(frame: pl.DataFrame, *, narrative: bool) -> pl.DataFrame:
    """Fill `first`, `last` and `anchor_name`: what counts from the day of the report, then what counts from another date."""
    fixed, none, clock = _c("op") == Op.FIXED, _c("op") == Op.NONE, _c("op") == Op.CLOCK
    year_known = _c("year").is_not_null() & ~fixed
    from_day = (_c("base") == Base.PUBLICATION) & (pl.lit(not narrative) | _c("rule").is_in(["day", "ago"]))
    frame = frame.with_columns(
        waits=~(fixed | none | clock | year_known | from_day),
        anchor=pl.when("dateline").then("published").otherwise(pl.coalesce("dateline_day", "published")),
        anchor_name=pl.when(_c("dateline")).then(pl.lit("dateline"))
        .when(fixed | _c("shared")).then(pl.lit("explicit"))
        .when(_c("continued") & year_known).then(pl.lit(_NAMED))
        .when(_c("dateline_day").is_not_null()).then(pl.lit("dateline"))
        .otherwise(pl.lit("publication")),
    )  # fmt: skip
    ready = ~_c("waits") & ~clock
    frame = _in_place(frame, ready, lambda some: add_intervals(some, narrative=narrative))
    if frame["waits"].any():
        waiting = _c("row").is_in(frame.filter("waits")["row"].unique().to_list())
        frame = _in_place(frame, waiting, lambda some: _follow_chain(some, narrative))
    if (frame["op"] == Op.CLOCK).any():
        frame = _clock_days(frame)
    return frame.drop("waits")


def _in_place(
    frame: pl.DataFrame, chosen: pl.Expr, change: Callable[[pl.DataFrame], pl.DataFrame]
) -> pl.DataFrame:
    """Change some rows, keep the others, keep the order."""
    is_chosen = frame.select(chosen.fill_null(False).alias("chosen")).to_series()
    if is_chosen.all():
        return change(frame)
    if not is_chosen.any():
        return frame
    numbered = frame.with_row_index("place")
    changed = change(numbered.filter(is_chosen))
    return (
        pl.concat([numbered.filter(~is_chosen), changed.select(numbered.columns)]).sort("place").drop("place")
    )


def _follow_chain(frame: pl.DataFrame, narrative: bool) -> pl.DataFrame:
    """Resolve what counts from the date named before, in rounds: each takes the next link of every chain."""
    row, para = frame["row"].to_numpy(), frame["para"].to_numpy()
    usable = (frame["op"] != Op.CLOCK) & ~frame["dateline"]
    for turn in range(ROUNDS):
        waits = frame["waits"].to_numpy()
        said = last_before((usable & frame["first"].is_not_null()).to_numpy(), row)
        now = waits if turn == ROUNDS - 1 else waits & (said >= last_before(waits, row))
        if not now.any():
            break
        links = frame.filter(now).with_columns(
            said_day=taken(frame["first"], said[now]),
            said_last=taken(frame["last"], said[now]),
            said_rank=taken(frame["precision"], said[now]).replace_strict(
                _RANK, default=None, return_dtype=pl.Int64
            ),
            said_near=pl.Series(para[said[now]] == para[now]),
        )
        resolved = _resolve_links(links, narrative)
        place = pl.Series(np.flatnonzero(now))
        frame = frame.with_columns(
            frame[name].scatter(place, resolved[name])
            for name in ("first", "last", "precision", "anchor", "anchor_name", "issue", "waits")
        )
    return frame


def _resolve_links(links: pl.DataFrame, narrative: bool) -> pl.DataFrame:
    near = (_c("base") != Base.NEARBY) | _c("said_near") | pl.lit(narrative)
    said = _c("said_day").is_not_null() & near
    unit_rank = _c("unit").replace_strict(_UNIT_RANK, default=0, return_dtype=pl.Int64)
    in_unit = _c("op").is_in([Op.UNIT, Op.SPAN])
    in_year = _c("op").is_in([Op.MONTH, Op.SEASON, Op.PART])
    rank = pl.when(in_unit).then(unit_rank).when(in_year).then(_RANK["year"]).otherwise(_RANK["month"])
    coarse = said & (_c("said_rank") > rank)
    back = (_c("n").fill_null(0) <= 0) & (_c("op") != Op.DOM)
    links = links.with_columns(
        anchor=pl.when(said & ~coarse).then("said_day").when(~said & back).then("anchor"),
        anchor_name=pl.when(said).then(pl.lit(_NAMED)).otherwise("anchor_name"),
        issue=pl.when(coarse | (~said & ~back)).then(pl.lit("vague")).otherwise("issue"),
        waits=pl.lit(False),
    )
    return _same_quarter(add_intervals(links, narrative=narrative))


def _same_quarter(links: pl.DataFrame) -> pl.DataFrame:
    """ "A year earlier" than a quarter is that quarter of the other year."""
    quarter = (
        (_c("unit") == Unit.YEAR)
        & (_c("base") == Base.NEARBY)
        & (_c("said_rank") == _RANK["quarter"])
        & _c("first").is_not_null()
    )
    moved = {
        name: _c(day)
        .cast(pl.Int32)
        .cast(pl.Date)
        .dt.offset_by(pl.concat_str(_c("n").cast(pl.String), pl.lit("y")))
        .cast(pl.Int32)
        for name, day in (("first", "said_day"), ("last", "said_last"))
    }
    return links.with_columns(
        *(pl.when(quarter).then(moved[name].cast(pl.Int64)).otherwise(name).alias(name) for name in moved),
        precision=pl.when(quarter).then(pl.lit("quarter")).otherwise("precision"),
    )


def _clock_days(frame: pl.DataFrame) -> pl.DataFrame:
    """An hour is of the day named beside it in the sentence or before it in the paragraph, else of the day of the report."""
    is_day = (_c("precision") == "day") & (_c("op") != Op.CLOCK) & _c("first").is_not_null() & ~_c("dateline")
    known = frame.select(is_day.fill_null(False)).to_series().to_numpy()
    sent, para = frame["sent"].to_numpy(), frame["para"].to_numpy()
    before, after, above = last_before(known, sent), first_after(known, sent), last_before(known, para)
    # "5 a.m. on Tuesday": what follows at once, else what the sentence named before
    joined = frame["right"].str.contains(r"^,? *(?i:on +)?(?i:the +)?$").to_numpy()
    windows = frame["window_id"].to_numpy()
    following = first_after(known, windows)
    joined &= following == np.arange(len(known)) + 1
    beside = np.where(joined, following, np.where(before >= 0, before, np.where(after >= 0, after, above)))
    clock = _c("op") == Op.CLOCK
    frame = frame.with_columns(beside=taken(frame["first"], beside))
    day = pl.coalesce("beside", "anchor")
    return frame.with_columns(
        first=pl.when(clock).then(day).otherwise("first"),
        last=pl.when(clock).then(day).otherwise("last"),
        anchor_name=pl.when(clock & _c("beside").is_not_null()).then(pl.lit(_NAMED)).otherwise("anchor_name"),
    ).drop("beside")

"""Walks along the expressions of a report: the one before, the year that a story is in, chains of relative dates."""

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.resolve._dates_calendar import first_day, intervals, month_of, one_of
from eventdata.resolve._dates_parts import Base, Op, Unit
from eventdata.resolve._dates_table import (
    NULL,
    PRECISIONS,
    RULES,
    Bools,
    Dates,
    Ints,
    anchor,
    issue,
    precision,
)

ASIDE_YEARS = 12
"""A year that differs by more from those named around it is an aside, and no anchor of a narrative."""
ROUNDS = 6
"""Longest chain of expressions counted from each other ("two days later ... the next morning ...") that is followed."""

_NAMED = anchor("previous")


def last_before(wanted: Bools, group: npt.NDArray[np.generic], *, inclusive: bool = False) -> Ints:
    """Index of the last wanted row before each row, in the same group; -1 where there is none. Groups are runs of rows."""
    index = np.maximum.accumulate(np.where(wanted, np.arange(len(wanted)), -1))
    if not inclusive:
        index = np.concatenate([[-1], index[:-1]]) if len(index) else index
    found: Ints = np.where((index >= 0) & (group[index] == group), index, -1)
    return found


def first_after(wanted: Bools, group: npt.NDArray[np.generic]) -> Ints:
    """Index of the next wanted row after each row, in the same group; -1 where there is none."""
    back = last_before(wanted[::-1], group[::-1])
    found: Ints = np.where(back >= 0, len(wanted) - 1 - back, -1)[::-1]
    return found


def main_years(told: Ints, story: npt.NDArray[np.generic]) -> Ints:
    """Forget years far from those around them ("the largest since 1813"): the story goes on without such an aside.

    Before the first year named, a narrative is in that year.
    """
    at = np.flatnonzero(told != NULL)
    years = pl.DataFrame({"told": told[at], "story": story[at]})
    usual = years.select(
        pl.col("told").rolling_median(9, min_samples=1, center=True).over("story")
    ).to_series()
    main = at[np.abs(told[at] - usual.to_numpy()) <= ASIDE_YEARS]
    kept = np.full(len(told), NULL)
    kept[main] = told[main]
    opens = np.ones(len(told), dtype=np.bool_)
    opens[1:] = story[1:] != story[:-1]
    first = first_after(kept != NULL, story)
    fill = opens & (kept == NULL) & (first >= 0)
    kept[fill] = kept[first[fill]]
    return kept


_RANKS = {
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
_NO_RANK = -1
_RANK = np.array([_RANKS.get(name, _NO_RANK) for name in (*PRECISIONS, "")])
_UNIT_RANKS = {
    Unit.WEEK: 1, Unit.WEEKEND: 1, Unit.MONTH: 2, Unit.QUARTER: 3, Unit.HALF: 3, Unit.YEAR: 4, Unit.DECADE: 5, Unit.CENTURY: 6,
}  # fmt: skip


def anchored(dates: Dates, *, narrative: bool) -> None:
    """Fill `first`, `last` and `anchor_name`: what counts from the day of the report, then what counts from another date."""
    fixed, none, clock = dates.op == Op.FIXED, dates.op == Op.NONE, dates.op == Op.CLOCK
    year_known = (dates.year != NULL) & ~fixed
    from_day = dates.base == Base.PUBLICATION
    if narrative:
        from_day &= one_of(dates.rule, RULES.index("day"), RULES.index("ago"))
    waits = ~(fixed | none | clock | year_known | from_day)
    by_dateline = dates.dateline_day != NULL
    dates.anchor = np.where(by_dateline & ~dates.dateline, dates.dateline_day, dates.published)
    dates.anchor_name = np.select(
        [dates.dateline, fixed | dates.shared, dates.continued & year_known, by_dateline],
        [anchor("dateline"), anchor("explicit"), _NAMED, anchor("dateline")],
        anchor("publication"),
    )
    ready = np.flatnonzero(~(waits | clock | fixed | none))
    dates.first[ready], dates.last[ready] = intervals(dates, ready, narrative=narrative)
    if waits.any():
        _follow_chain(dates, waits, narrative)
    if clock.any():
        _clock_days(dates)


def _follow_chain(dates: Dates, waits: Bools, narrative: bool) -> None:
    """Resolve what counts from the date named before, in rounds: each takes the next link of every chain."""
    usable = (dates.op != Op.CLOCK) & ~dates.dateline
    for turn in range(ROUNDS):
        said = last_before(usable & (dates.first != NULL), dates.row)
        now = waits if turn == ROUNDS - 1 else waits & (said >= last_before(waits, dates.row))
        links = np.flatnonzero(now)
        if not len(links):
            break
        _resolve_links(dates, links, said[links], narrative)
        waits = waits & ~now


def _resolve_links(dates: Dates, links: Ints, before: Ints, narrative: bool) -> None:
    para = dates.words["para"].to_numpy()
    has_before = before >= 0
    near = (dates.base[links] != Base.NEARBY) | (para[before] == para[links]) | narrative
    said = has_before & near
    said_day, said_last = dates.first[before], dates.last[before]
    said_rank = np.where(
        has_before, _RANK[np.where(dates.precision[before] == NULL, -1, dates.precision[before])], _NO_RANK
    )
    op, n, unit = dates.op[links], dates.n[links], dates.unit[links]
    unit_rank = np.zeros(len(links), dtype=np.int64)
    for of_unit, value in _UNIT_RANKS.items():
        unit_rank[unit == of_unit] = value
    rank = np.where(
        one_of(op, Op.UNIT, Op.SPAN),
        unit_rank,
        np.where(one_of(op, Op.MONTH, Op.SEASON, Op.PART), _RANKS["year"], _RANKS["month"]),
    )
    coarse = said & (said_rank > rank)
    back = ((n == NULL) | (n <= 0)) & (op != Op.DOM)
    own = np.where(~said & back, dates.anchor[links], NULL)
    dates.anchor[links] = np.where(said & ~coarse, said_day, own)
    dates.anchor_name[links[said]] = _NAMED
    dates.issue[links[coarse | (~said & ~back)]] = issue("vague")
    dates.first[links], dates.last[links] = intervals(dates, links, narrative=narrative)
    quarter = (unit == Unit.YEAR) & (dates.base[links] == Base.NEARBY) & (said_rank == _RANKS["quarter"])
    quarter &= dates.first[links] != NULL
    if quarter.any():
        _same_quarter(dates, links[quarter], said_day[quarter], said_last[quarter])


def _same_quarter(dates: Dates, links: Ints, first: Ints, last: Ints) -> None:
    """ "A year earlier" than a quarter is that quarter of the other year."""
    months = 12 * dates.n[links]
    dates.first[links] = first_day(month_of(first) + months)
    dates.last[links] = first_day(month_of(last) + months + 1) - 1
    dates.precision[links] = precision("quarter")


def _clock_days(dates: Dates) -> None:
    """An hour is of the day named beside it in the sentence or before it in the paragraph, else of the day of the report."""
    known = (
        (dates.precision == precision("day"))
        & (dates.op != Op.CLOCK)
        & (dates.first != NULL)
        & ~dates.dateline
    )
    sent, para = dates.words["sent"].to_numpy(), dates.words["para"].to_numpy()
    before, after, above = last_before(known, sent), first_after(known, sent), last_before(known, para)
    # "5 a.m. on Tuesday": what follows at once, else what the sentence named before
    following = first_after(known, dates.window)
    clock = dates.op == Op.CLOCK
    joined = clock & (following == np.arange(len(known)) + 1)
    asked = np.flatnonzero(joined)
    if len(asked):
        joined[asked] = (
            dates.words["right"][asked].str.contains(r"^,? *(?i-u:on +)?(?i-u:the +)?$").to_numpy()
        )
    beside = np.where(joined, following, np.where(before >= 0, before, np.where(after >= 0, after, above)))
    has_day = clock & (beside >= 0)
    day = np.where(has_day, dates.first[beside], dates.anchor)
    dates.first[clock], dates.last[clock] = day[clock], day[clock]
    dates.anchor_name[has_day] = _NAMED

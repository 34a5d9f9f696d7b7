"""From what an expression says and the day it is counted from to an interval of days: sums over whole columns.

Days are numbers since 1970-01-01 and months numbers since 1970-01, numpy's own calendar. An interval is either days counted
from a day or some days of some months; the functions below settle the months, and `intervals` turns them into days.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from eventdata.resolve._dates_parts import Base, Edge, Op, Unit
from eventdata.resolve._dates_table import NULL, RULES, Dates

NEAR_DAYS = 60
"""A day of a month that lies at most so many days ahead is of this year; so is one so many days back under a future verb."""
FUTURE_WEEKDAYS = 4
"""A weekday at most so many days ahead is ahead, if the verb beside it is about the future."""

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_NUMBERS = ("month", "day", "month2", "day2", "weekday", "n", "year", "years", "anchor")
_CODES = ("op", "unit", "edge", "base", "tense")
_BY_MONTH = (Op.MONTHDAY, Op.MONTH, Op.SEASON, Op.PART, Op.DOM)
_UNITS = (Op.UNIT, Op.SPAN)
_FROM_YEAR = (Op.MONTHDAY, Op.MONTH, Op.SEASON)


def month_of(day: Ints) -> Ints:
    """Month that a day lies in."""
    return day.astype("M8[D]").astype("M8[M]").astype(np.int64)


def first_day(month: Ints) -> Ints:
    """First day of a month."""
    return month.astype("M8[M]").astype("M8[D]").astype(np.int64)


def month_number(year: Ints, month: Ints) -> Ints:
    return (year - 1970) * 12 + month - 1


def weekday_of(day: Ints) -> Ints:
    """Monday is 0."""
    result: Ints = (day + 3) % 7
    return result


def _choose(*cases: tuple[Bools, Ints], otherwise: Ints) -> Ints:
    """The value of the first condition that holds."""
    result = otherwise
    for condition, value in reversed(cases):
        result = np.where(condition, value, result)
    return result


def one_of(codes: Ints, *wanted: int) -> Bools:
    """`np.isin` for a few codes, without its overhead."""
    result: Bools = codes == wanted[0]
    for code in wanted[1:]:
        result |= codes == code
    return result


@dataclass(frozen=True)
class _Said:
    """What some expressions say, 0 where null, with masks for the nulls that matter, and the anchor taken apart."""

    op: Ints
    unit: Ints
    edge: Ints
    base: Ints
    tense: Ints
    anchor: Ints
    month: Ints
    day: Ints
    month2: Ints
    day2: Ints
    weekday: Ints
    n: Ints
    year: Ints
    years: Ints
    has_n: Bools
    has_year: Bools
    has_years: Bools
    has_weekday: Bools
    has_anchor: Bools
    is_the_unit: Bools
    narrative: bool

    @cached_property
    def anchor_month(self) -> Ints:
        return month_of(self.anchor)

    @cached_property
    def anchor_year(self) -> Ints:
        return self.anchor_month // 12 + 1970

    @cached_property
    def monday(self) -> Ints:
        return self.anchor - weekday_of(self.anchor)

    def said_n(self, value: int) -> Bools:
        """The expression has a "last" (-1), "this" (0) or "next" (1)."""
        result: Bools = self.has_n & (self.n == value)
        return result

    def take(self, at: Ints) -> "_Said":
        arrays = {name: value[at] for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return _Said(**{name: arrays[name] for name in _ARRAYS}, narrative=self.narrative)


_ARRAYS = [name for name in _Said.__dataclass_fields__ if name != "narrative"]


def _said(dates: Dates, at: Ints, narrative: bool) -> _Said:
    raw = {name: getattr(dates, name)[at] for name in _NUMBERS}
    has = {f"has_{name}": raw[name] != NULL for name in ("n", "year", "years", "weekday", "anchor")}
    filled = {name: np.where(value == NULL, 0, value) for name, value in raw.items()}
    codes = {name: getattr(dates, name)[at] for name in _CODES}
    is_the_unit = dates.rule[at] == RULES.index("the-unit")
    return _Said(**filled, **codes, **has, is_the_unit=is_the_unit, narrative=narrative)


def intervals(dates: Dates, at: Ints, *, narrative: bool = False) -> tuple[Ints, Ints]:
    """First and last day of the expressions at these places, counted from `anchor`.

    `tense`: 1 the nearest verb is about the future, -1 about the past, else 0. Both days are `NULL` where there is no anchor, and
    where the calendar lacks the day. A fixed expression keeps its days.
    """
    first, last = dates.first[at], dates.last[at]
    counted = np.flatnonzero((dates.op[at] != Op.FIXED) & (dates.op[at] != Op.NONE))
    if not len(counted):
        return first, last
    x = _said(dates, at[counted], narrative)
    by_month = one_of(x.op, *_BY_MONTH) | (one_of(x.op, *_UNITS) & (x.unit > 0))
    begins, ends = np.empty(len(counted), dtype=np.int64), np.empty(len(counted), dtype=np.int64)
    bad = ~x.has_anchor & ~(x.has_year & one_of(x.op, *_FROM_YEAR))
    months, days = np.flatnonzero(by_month), np.flatnonzero(~by_month)
    if len(months):
        some = x.take(months)
        month = _first_month(some)
        last_month = _last_month(some, month)
        begins[months], ends[months] = _towards_anchor(some, *_month_days(some, month, last_month))
        bad[months] |= ~_exists(some, month, last_month)
    if len(days):
        some = x.take(days)
        day = _day(some)
        begins[days], ends[days] = _towards_anchor(some, day, day + _width(some))
    first[counted], last[counted] = np.where(bad, NULL, begins), np.where(bad, NULL, ends)
    return first, last


def _exists(x: _Said, begin: Ints, end: Ints) -> Bools:
    """False for February 29 of a year without one, and for the 31st of a month of 30 days."""
    dated = (x.op == Op.MONTHDAY) | (x.op == Op.DOM)
    fits = (x.day <= first_day(begin + 1) - first_day(begin)) & (
        x.day2 <= first_day(end + 1) - first_day(end)
    )
    result: Bools = ~dated | fits
    return result


def _year_of_month(x: _Said) -> Ints:
    """The year of "May 3" and "May": the one said, else by tense, else the past unless it lies close ahead."""
    year = x.anchor_year
    lies = first_day(month_number(year, np.maximum(x.month, 1))) + x.day - 1 - x.anchor
    ahead = x.month - (x.anchor_month % 12 + 1)
    future, past = x.tense == 1, x.tense == -1
    monthday = _choose(
        ((lies > NEAR_DAYS) & ~future, year - 1),
        ((lies < -300) & ~past, year + 1),
        ((lies < -NEAR_DAYS) & future, year + 1),
        otherwise=year,
    )
    month = _choose(
        (x.said_n(-1), year - (ahead >= 0)),
        (x.said_n(1), year + (ahead <= 0)),
        (x.said_n(0), year),
        ((ahead > 0) & future, year),
        ((ahead < -3) & future, year + 1),
        ((ahead > 2) | ((ahead > 0) & past), year - 1),
        otherwise=year,
    )
    # "Tuesday, May 3": of the years around, the one in which that day is a Tuesday
    near = [monthday, year, year - 1, year + 1]
    weekdays = [weekday_of(first_day(month_number(y, np.maximum(x.month, 1))) + x.day - 1) for y in near]
    by_weekday = _choose(
        *((w == x.weekday, y) for w, y in zip(weekdays, near, strict=True)), otherwise=monthday
    )
    return _choose(
        (x.has_year, x.year),
        (x.has_years, year + x.years),
        ((x.op == Op.MONTHDAY) & x.has_weekday, by_weekday),
        (x.op == Op.MONTHDAY, monthday),
        otherwise=month,
    )


def _first_month(x: _Said) -> Ints:
    now = x.anchor_month
    length = np.maximum(x.unit, 1)
    this_year = month_number(x.anchor_year, x.month)
    begun = this_year - 12 * (this_year > now)
    running = begun + 2 >= now
    future = x.tense == 1
    # A winter is named after the year it begins in
    season = _choose(
        (x.has_year, month_number(x.year, x.month)),
        (x.has_years, this_year + 12 * x.years),
        (x.said_n(-1), begun - 12 * running),
        (x.said_n(1), begun + 12),
        (running, begun),
        (x.said_n(0), this_year),
        (future, begun + 12),
        otherwise=this_year if x.narrative else begun,
    )
    part = _choose(
        (x.has_year, month_number(x.year, x.month)),
        (x.has_years, this_year + 12 * x.years),
        (~future, begun),
        otherwise=this_year,
    )
    since_year_0 = now + 1970 * 12
    unit = (since_year_0 // length + x.n) * length - 1970 * 12
    begin = _choose(
        (x.op == Op.SEASON, season),
        (x.op == Op.PART, part),
        (x.op == Op.UNIT, unit),
        (x.op == Op.SPAN, now + x.n * length),
        otherwise=now + x.n,  # a day of a month
    )
    named = np.flatnonzero((x.op == Op.MONTHDAY) | (x.op == Op.MONTH))
    if len(named):
        some = x.take(named)
        begin[named] = month_number(_year_of_month(some), some.month)
    return begin


def _last_month(x: _Said, begin: Ints) -> Ints:
    return _choose(
        (x.op == Op.MONTHDAY, begin + (x.month2 - x.month) % 12),
        (x.op == Op.SEASON, begin + 2),
        ((x.op == Op.PART) | (x.op == Op.UNIT), begin + np.maximum(x.unit, 1) - 1),
        otherwise=begin,
    )


def _month_days(x: _Said, begin: Ints, end: Ints) -> tuple[Ints, Ints]:
    """First and last day of the months, or the days or the third of the month that is said."""
    first, last = first_day(begin), first_day(end + 1) - 1
    third = (x.op == Op.MONTH) | ((x.op == Op.UNIT) & (x.unit == Unit.MONTH))
    by_day = (x.op == Op.MONTHDAY) | (x.op == Op.DOM)
    day2 = np.where(x.op == Op.DOM, x.day, x.day2)
    return (
        _choose(
            (by_day, first + x.day - 1),
            (third & (x.edge == Edge.MID), first + 10),
            (third & (x.edge == Edge.LATE), first + 20),
            otherwise=first,
        ),
        _choose(
            (by_day, first_day(end) + day2 - 1),
            (third & (x.edge == Edge.EARLY), first + 9),
            (third & (x.edge == Edge.MID), first + 19),
            otherwise=last,
        ),
    )


def _day(x: _Said) -> Ints:
    """First day of what is counted in days from the anchor: weekdays, days, weeks, weekends."""
    ahead = (x.weekday - weekday_of(x.anchor)) % 7
    to_previous = x.base != Base.PUBLICATION
    # The window from 5 days before the anchor to 1 day after; up to 4 days after under a verb about the future.
    # The anchor's own weekday is that same day.
    weekday = _choose(
        (x.unit == Unit.WEEK, x.monday + 7 * x.n + x.weekday),
        (x.said_n(-1), x.anchor + ahead - 7),
        (x.said_n(1), x.anchor + np.where(ahead == 0, 7, ahead)),
        (x.said_n(0) & ~to_previous, x.monday + x.weekday),
        (to_previous | x.narrative, x.anchor + ahead),
        ((ahead <= 1) | ((x.tense == 1) & (ahead <= FUTURE_WEEKDAYS)), x.anchor + ahead),
        otherwise=x.anchor + ahead - 7,
    )
    # "Over the weekend" in a report of Monday to Friday is the one that has passed
    gone = x.is_the_unit & (weekday_of(x.anchor) < 5) & (x.tense < 1)
    week = np.where(x.op == Op.SPAN, x.anchor + 7 * x.n, x.monday + 7 * x.n)
    return _choose(
        (x.op == Op.WEEKDAY, weekday),
        (x.op == Op.CLOCK, x.anchor),
        (x.unit == Unit.DAY, x.anchor + x.n),
        (x.unit == Unit.WEEK, week),
        otherwise=x.monday + 5 + 7 * (x.n - gone),
    )


def _width(x: _Said) -> Ints:
    unit = x.op == Op.UNIT
    return _choose(
        (unit & (x.unit == Unit.WEEK), np.full_like(x.n, 6)),
        (unit & (x.unit == Unit.WEEKEND), np.ones_like(x.n)),
        otherwise=np.zeros_like(x.n),
    )


def _towards_anchor(x: _Said, first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """ "Earlier this week" ends on the anchor, "later this week" begins on it; "the last three months" lie beside it."""
    day_of_month = x.anchor - first_day(x.anchor_month)
    other = np.where(x.unit > 0, np.minimum(first + day_of_month, last), first)
    span = x.op == Op.SPAN
    up_to, on_from = x.edge == Edge.TO_DATE, x.edge == Edge.FROM_DATE
    return (
        _choose(
            (span, np.minimum(x.anchor, other)),
            (on_from, np.maximum(first, np.minimum(x.anchor, last))),
            otherwise=first,
        ),
        _choose(
            (span, np.maximum(x.anchor, other)),
            (up_to, np.minimum(last, np.maximum(x.anchor, first))),
            otherwise=last,
        ),
    )

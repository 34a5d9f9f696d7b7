"""Whether the verb beside a date is about the past or the future, asked only where the answer changes the date."""

import numpy as np
import polars as pl

from eventdata.coding.scan import bytes_of
from eventdata.resolve._dates_calendar import (
    FUTURE_WEEKDAYS,
    NEAR_DAYS,
    first_day,
    month_number,
    month_of,
    one_of,
    weekday_of,
)
from eventdata.resolve._dates_find import Texts
from eventdata.resolve._dates_grammar import cue_pattern
from eventdata.resolve._dates_parts import Base, Op, Unit
from eventdata.resolve._dates_table import NULL, RULES, Bools, Dates, Ints

_BEFORE, _AFTER = 100, 70
"""Bytes on either side in which the verb is looked for."""
_RIGHT_FARTHER = 10
"""So many characters nearer must a verb after the date be than one before it ("broke off on Friday resume on Tuesday")."""
_CONTINUES = 0x80  # the two highest bits of a byte inside of a character
_FUTURE, _PAST = "\x1d", "\x1c"


def add_tense(dates: Dates, texts: Texts, *, narrative: bool) -> None:
    """Fill `tense` where it decides: 1 the nearest verb is about the future, -1 about the past, 0 neither or not asked."""
    asked = np.flatnonzero(_is_asked(dates, narrative))
    if not len(asked):
        return
    start, end = dates.words["start"].to_numpy()[asked], dates.words["end"].to_numpy()[asked]
    before = texts.cut(dates.row[asked], np.maximum(start - _BEFORE, 0), start)
    after = texts.cut(dates.row[asked], end, end + _AFTER)
    dates.tense[asked] = tense_of(dates.words["text"][asked], before, after)


def _is_asked(dates: Dates, narrative: bool) -> Bools:
    day = np.where(dates.dateline_day != NULL, dates.dateline_day, dates.published)
    known = day != NULL
    day = np.where(known, day, 0)
    ahead = (dates.weekday - weekday_of(day)) % 7
    weekday = (dates.op == Op.WEEKDAY) & (dates.n == NULL) & (ahead >= 2) & (ahead <= FUTURE_WEEKDAYS) & known
    yearless = (dates.year == NULL) & (dates.years == NULL) & (dates.n == NULL)
    in_year = yearless & one_of(dates.op, Op.MONTHDAY, Op.MONTH, Op.SEASON, Op.PART)
    if not narrative:
        in_year &= ~_is_settled(dates, day) | (dates.base != Base.PUBLICATION) | ~known
    weekend = (dates.rule == RULES.index("the-unit")) & (dates.unit == Unit.WEEKEND)
    asked: Bools = weekday | in_year | weekend
    return asked


def _is_settled(dates: Dates, day: Ints) -> Bools:
    """Days and months that lie so that they are of this year, whatever the verb says (`_dates_calendar`)."""
    month = np.where(dates.month == NULL, 1, dates.month)
    now = month_of(day)
    lies = first_day(month_number(now // 12 + 1970, month)) + dates.day - 1 - day
    ahead = month - (now % 12 + 1)
    settled: Bools = ((dates.op == Op.MONTHDAY) & (lies <= NEAR_DAYS) & (lies >= -NEAR_DAYS)) | (
        (dates.op == Op.MONTH) & (ahead <= 0) & (ahead >= -3)
    )
    return settled


def tense_of(said: pl.Series, before: pl.Series, after: pl.Series) -> Ints:
    """1 where the nearest verb in `before` or `after` is about the future, -1 past, 0 where there is none in the sentence."""
    cue = rf"(?i-u:\b(?:{cue_pattern('past', 'says')}|[a-z]+ed)\b)"
    ahead = rf"(?i-u:\b(?:{cue_pattern('future')})\b)"
    # "will be held": the verb after an auxiliary is no past, so all of it becomes one sign
    verb = r"(?: +not)?(?: +[a-z]+ly)?(?: +be| +have)*(?: +[a-z]+)?"
    auxiliary = rf"(?i-u:\b(?:{cue_pattern('auxiliary')}){verb}\b)"
    left = _left(said, before, auxiliary).str.replace_all(ahead, _FUTURE)
    owner = _is_owner(said)
    # "a strike for Friday" lies ahead
    strikes = np.flatnonzero(left.str.contains(r"\bfor +(?:the +)?$").to_numpy() & ~owner)
    if len(strikes):
        left = left.scatter(strikes, left[strikes].str.replace(r"\bfor +(?:the +)?$", _FUTURE))
    right = _right(after).str.replace_all(auxiliary, _FUTURE).str.replace_all(ahead, _FUTURE)
    left_sign, _, left_gap = _signs(left.str.replace_all(cue, _PAST))
    right_sign, right_gap, _ = _signs(right.str.replace_all(cue, _PAST), first=True)
    use_left = (left_sign != 0) & ((right_sign == 0) | (left_gap <= right_gap + _RIGHT_FARTHER))
    return np.where(use_left, left_sign, right_sign)


def _signs(texts: pl.Series, *, first: bool = False) -> tuple[Ints, Ints, Ints]:
    """The last sign of each text, or the first (1 future, -1 past, 0 none), and the characters before and after it."""
    body, begin = bytes_of(texts)
    at = np.flatnonzero((body == ord(_PAST)) | (body == ord(_FUTURE)))
    bounds = np.searchsorted(at, begin)
    low, high = bounds[:-1], bounds[1:]
    none = low == high
    if none.all():
        zero = np.zeros(len(texts), dtype=np.int64)
        return zero, zero, zero
    place = at[np.minimum(low if first else high - 1, len(at) - 1)]
    sign = np.where(none, 0, np.where(body[place] == ord(_FUTURE), 1, -1))
    letters = np.concatenate([[0], np.cumsum((body & 0xC0) != _CONTINUES)])
    return sign, letters[place] - letters[begin[:-1]], letters[begin[1:]] - letters[place] - 1


def _is_owner(said: pl.Series) -> Bools:
    """ "Friday's vote": the verb before it is about something else."""
    owner: Bools = (said.str.ends_with("'s") | said.str.ends_with("’s")).to_numpy()
    return owner


def _left(said: pl.Series, before: pl.Series, auxiliary: str) -> pl.Series:
    """The sentence before the date, its auxiliaries turned into signs; beside an owner they and who says so are left out."""
    sentence = before.str.split("\n").list.last()
    sentence = sentence.str.replace(r"^(?s:.*)[a-z0-9\")][.!?][\"”]? +", "")
    left = sentence.str.replace_all(auxiliary, _FUTURE)
    owner = np.flatnonzero(_is_owner(said))
    if len(owner):
        says = rf"(?i-u:\b(?:{cue_pattern('says')})\b)"
        left = left.scatter(owner, sentence[owner].str.replace_all(auxiliary, "").str.replace_all(says, ""))
    return left


def _right(after: pl.Series) -> pl.Series:
    """The sentence after the date without ", officials said" and "that ...", which are no clauses of the date."""
    says = rf"(?i-u:\b(?:{cue_pattern('says')})\b)"
    return after.str.replace(r"(?s)(?:[.!?] +[A-Z\"]|\n|\bthat\b).*$", "").str.replace(
        rf"(?s), [^,.]{{0,50}}{says}[^,.]{{0,20}}(?:[.,].*)?$", ""
    )

"""What the words around an expression decide: whether it is a date at all, its year, the dateline.

Every function takes the expressions of a batch, sorted by row and start, and fills in some of their numbers.
"""

from typing import Literal

import numpy as np
import polars as pl

from eventdata.resolve._dates_calendar import intervals, one_of
from eventdata.resolve._dates_find import Texts
from eventdata.resolve._dates_grammar import counted_pattern
from eventdata.resolve._dates_parts import Op, Unit
from eventdata.resolve._dates_story import last_before, main_years
from eventdata.resolve._dates_table import NEEDS, NULL, Bools, Dates, Ints, issue, precision

Mode = Literal["news", "narrative"]
DateOrder = Literal["dmy", "mdy"]

PAST_DAYS = 180
"""A paragraph of news that names a date longer ago than this is about the past: months in it are of that time."""

_c = pl.col


def matches(words: pl.Series, pattern: str) -> Bools:
    """Which of the texts hold the pattern."""
    found: Bools = words.str.contains(pattern).to_numpy()
    return found


def each_match(words: pl.DataFrame, *asked: tuple[str, str]) -> list[Bools]:
    """`matches` for several pairs of a column and a pattern, in one pass."""
    found = words.select(
        _c(name).str.contains(pattern).alias(str(i)) for i, (name, pattern) in enumerate(asked)
    )
    return [column.to_numpy() for column in found]


_PREPOSITION = (
    r"\b(?i-u:in|since|of|by|from|until|till|to|between|and|or|during|last|next|this|early|late|mid|before|after|through|"
    r"throughout|for|year|around|about|circa|on|as of)(?: +(?i-u:the|early|late|about))? *$|[-–—,(] *$|\bmid-$"
)
_SEASON_PREPOSITION = (
    r"\b(?i-u:in|since|of|by|until|during|throughout|through|last|next|this|every|spent)"
    r"(?: +(?i-u:early|late|mid))? *$"
)
_COUNT_BEFORE = (
    r"(?:\$|£|€|#|No\.|[0-9][.,]|[0-9]-) *$|\b(?i-u:some|nearly|almost|than|least|over|up to|killed|injured|wounded|arrested|"
    r"another|total of|as many as|worth|estimated|all|roughly|approximately|flight|resolution|route|highway|point|hill|bill|"
    r"unit|article|room|road|order|squadron) +$"
)
_IN_YEAR = r"\b(?i-u:in|since|during|until) +$"
_NAMES = (
    r"^ +(?:Times|Telegraph|Mail|Mirror|Express|Post|Tribune|Herald|Sun|Star|Revolution|Movement|Brigade|Brigades|Martyrs|"
    r"Accord|Accords|Agreement)\b"
)
"""Words that make a name of the date before them: "the Sunday Times", "the October Revolution"."""
_MEASURE_AFTER = (
    "-(?:strong|pound|man|member|foot|seat|kilogram|kg|mile|km|metre|meter|ton|tonne|bed|"
    "page|person|acre|hectare|plus)"
)


def is_date(words: pl.DataFrame, said: dict[str, Ints]) -> Bools:
    """False where the words beside it show that an expression is none: "May said", "2000 people", "fall of the city"."""
    needs = said["needs"]
    good = np.ones(words.height, dtype=np.bool_)
    for code, name in enumerate(NEEDS):
        asked = np.flatnonzero(needs == code)
        if len(asked):
            some = words[asked]
            good[asked] = _TESTS[name](some, said["year"][asked])
    quarters = np.flatnonzero(words["text"].str.len_bytes().to_numpy() == len("quarters"))
    if len(quarters):
        good[quarters] &= (words["text"][quarters].str.to_lowercase() != "quarters").to_numpy()
    named = one_of(said["op"], Op.WEEKDAY, Op.MONTH) & (said["n"] == NULL) & (needs == NULL)
    named = np.flatnonzero(named & matches(words["right"], _NAMES)) if named.any() else np.flatnonzero(named)
    if len(named):
        good[named] = matches(words["left"][named], r"\b(?i-u:on|in|since|until|by) +$")
    good &= words["marked"].to_numpy() | (needs == NEEDS.index("dom"))
    # the pattern ends at ASCII letters only
    cut = words.select(
        (_c("right").cast(pl.Binary).bin.head(1) >= b"\x80")
        | (_c("left").cast(pl.Binary).bin.tail(1) >= b"\x80")
    ).to_series()
    other = np.flatnonzero(cut.to_numpy())
    if len(other):
        good[other] &= ~(matches(words["right"][other], r"^\p{L}") | matches(words["left"][other], r"\p{L}$"))
    return good


def _is_year(words: pl.DataFrame, year: Ints) -> Bools:
    beside = rf"^(?:[.,]?[0-9]|%|[a-z]|{_MEASURE_AFTER}|(?: +[a-z]+)? +(?:{counted_pattern()})\b)"
    before, after, in_year, preposition = each_match(
        words, ("left", _COUNT_BEFORE), ("right", beside), ("left", _IN_YEAR), ("left", _PREPOSITION)
    )
    # "In 2011 rebels seized the town", but "by 1500 rebels"
    in_year = in_year & (year > 1900) & (year % 100 != 0)
    # 1600, 1900, 1650: more often a number of people than a year
    rounded = ((year % 100 == 0) & (year != 2000)) | (year < 1700)
    good: Bools = (~(before | after) | in_year) & (~rounded | preposition)
    return good


def _is_month(words: pl.DataFrame, _: Ints) -> Bools:
    preposition, speaks = each_match(
        words, ("left", _PREPOSITION), ("right", r"^ +[A-Z][a-z]+ +(?:said|told|has|was)")
    )
    return preposition & ~speaks


def _is_season(words: pl.DataFrame, _: Ints) -> Bools:
    preposition, article, capital, followed, of = each_match(
        words,
        ("left", _SEASON_PREPOSITION),
        ("text", r"^(?i-u:the|early|late)\b"),
        ("text", "[A-Z][a-z]+$"),
        ("right", "^ +[A-Z]"),
        ("right", "^ +of +[^0-9]"),
    )
    # "Spring Valley" is a name
    return (preposition | article) & ~of & ~(capital & followed)


def _is_weekday(words: pl.DataFrame, _: Ints) -> Bools:
    return matches(words["left"], r"\b(?i-u:on|since|by|until|last|next|this) +$")


def _is_clock(words: pl.DataFrame, _: Ints) -> Bools:
    return matches(words["left"], r"\b(?i-u:in|at|before|after|around|by|until|since|from) +(?i-u:the +)?$")


def _is_day_of_month(words: pl.DataFrame, _: Ints) -> Bools:
    # "on the 20th he left", but "on the 20th anniversary"
    before, after = each_match(
        words,
        ("left", r"\b(?i-u:on|until|by|since) +$"),
        ("right", rf"^(?: *[^A-Za-z ]| *$| +(?:{_CLAUSE_WORDS})\b)"),
    )
    return before & after


_CLAUSE_WORDS = (
    "he|she|it|they|we|the|a|an|his|her|its|their|this|these|some|all|both|another|two|three|four|five|six|and|but|when|while|as|"
    "after|before|at|by|from|in|with|without|there|was|were|had"
)


_TESTS = {
    "year": _is_year, "month": _is_month, "season": _is_season, "weekday": _is_weekday, "clock": _is_clock,
    "dom": _is_day_of_month,
}  # fmt: skip


def open_clauses(dates: Dates) -> None:
    """ "Two days after the vote" counts from an event whose day nobody has named here: left open."""
    units = np.flatnonzero(dates.op == Op.UNIT)
    units = units[matches(dates.words["text"][units], r"(?i-u)(?:before|after|afterwards)$")]
    units = units[matches(dates.words["right"][units], "^ +[A-Za-z0-9]")]
    dates.op[units] = Op.NONE
    dates.issue[units] = issue("vague")


def order_numbers(dates: Dates, date_order: DateOrder | None) -> None:
    """03/04/2024 by the order given, else by the order that the unmistakable dates of the same source agree on."""
    numeric = np.flatnonzero(dates.op == Op.NUMERIC)
    if not len(numeric):
        return
    day_first, month_first = dates.first[numeric], dates.last[numeric]
    has_dmy, has_mdy = day_first != NULL, month_first != NULL
    source = dates.source[numeric]
    if date_order is None:
        dmy, mdy = np.isin(source, source[~has_mdy]), np.isin(source, source[~has_dmy])
        dmy, mdy = dmy & ~mdy, mdy & ~dmy
    else:
        dmy = np.full(len(numeric), date_order == "dmy")
        mdy = ~dmy
    chosen = np.where(
        dmy & has_dmy,
        day_first,
        np.where(mdy & has_mdy, month_first, np.where(has_dmy, day_first, month_first)),
    )
    unsure = ~dmy & ~mdy & has_dmy & has_mdy & (day_first != month_first)
    dates.first[numeric] = np.where(unsure, np.minimum(day_first, month_first), chosen)
    dates.last[numeric] = np.where(unsure, np.maximum(day_first, month_first), chosen)
    dates.precision[numeric[unsure]] = precision("range")
    dates.issue[numeric[unsure]] = issue("ambiguous-order")
    dates.op[numeric] = Op.FIXED


_DATELINE_BEFORE = (
    r"^\s*(?:[^\n]{0,200}\n+)?\s*[A-Z][A-Z .'-]{2,30}(?:/[A-Z .'-]+)?(?:, [A-Z][A-Za-z. ]+)?,? +\(?$"
)
_DATELINE_AFTER = r"^ *,? *(?:\d{4})? *[\[(]?[A-Z][A-Za-z./ ]{1,20}[\])]? *(?:-|–|—)|^ *(?:--|-|–|—|\))"
_DATELINE_BYTES, _AFTER_BYTES = 160, 40


def mark_datelines(dates: Dates, texts: Texts) -> None:
    """Fill `dateline` (the expression stands in one) and `dateline_day` (its day, for the rest of the report)."""
    start = dates.words["start"].to_numpy()
    early = start < _DATELINE_BYTES
    early &= one_of(dates.op, Op.MONTHDAY, Op.FIXED, Op.WEEKDAY) & (dates.precision == precision("day"))
    some = np.flatnonzero(early)
    if not len(some):
        return
    end = dates.words["end"].to_numpy()
    tail = texts.cut(dates.row[some], end[some], end[some] + _AFTER_BYTES)
    some = some[matches(tail, _DATELINE_AFTER)]
    head = texts.cut(dates.row[some], np.zeros(len(some), dtype=np.int64), start[some])
    some = some[matches(head, _DATELINE_BEFORE)]
    some = some[np.unique(dates.row[some], return_index=True)[1]]
    if not len(some):
        return
    dates.dateline[some] = True
    lines = dates.take(some)
    lines.anchor, lines.tense = lines.published, np.full(len(some), -1)
    days = intervals(lines, np.arange(len(some)))[0]
    at = np.minimum(np.searchsorted(lines.row, dates.row), len(some) - 1)
    dates.dateline_day = np.where(lines.row[at] == dates.row, days[at], NULL)


def neighbours(dates: Dates) -> Ints:
    """Places of the expressions whose next one stands in the same window."""
    return np.flatnonzero(dates.window[:-1] == dates.window[1:])


_LISTED = r"^ *(?:,|and|or|to|through|until|till|-|–|—|/|, and)? *(?:the |in |on |of |early |late )*$"


def share_years(dates: Dates, beside: Ints) -> None:
    """ "From April to September 1957": an expression without a year takes that of the next one in the same list."""
    open_ = _is_yearless(dates, Op.MONTHDAY, Op.MONTH, Op.SEASON)[beside]
    linked = beside[open_ & (dates.op[beside + 1] != Op.NONE) & (dates.month[beside + 1] != NULL)]
    linked = linked[matches(dates.words["right"][linked], _LISTED)]
    if not len(linked):
        return
    enumerated = matches(dates.words["right"][linked], r"^ *(?:,|and|or)\b")
    for _ in range(2):
        year = dates.year[linked + 1]
        ends_before = (dates.month[linked] > dates.month[linked + 1]) & ~enumerated
        known = (year != NULL) & (dates.year[linked] == NULL)
        dates.year[linked[known]] = (year - ends_before)[known]
        dates.shared[linked[known]] = True


def _is_yearless(dates: Dates, *kinds: Op) -> Bools:
    said: Bools = (dates.year != NULL) | (dates.years != NULL) | (dates.n != NULL)
    return one_of(dates.op, *kinds) & ~said


_WEEKDAYS_LISTED = r"^ *(?:,|and|or|to|through|until|-|–|—|, and)? *(?:on )?$"


def listed_weekdays(dates: Dates, beside: Ints) -> Ints:
    """Places of weekdays that stand in one list or range with the next one: "Thursday and Friday"."""
    listed = beside[(dates.op[beside] == Op.WEEKDAY) & (dates.op[beside + 1] == Op.WEEKDAY)]
    listed = listed[dates.n[listed] == NULL]
    found: Ints = listed[matches(dates.words["right"][listed], _WEEKDAYS_LISTED)]
    return found


def share_weeks(dates: Dates, listed: Ints) -> Ints:
    """ "Thursday and Friday last week": both are of last week. Returns the weekdays whose week is still open."""
    shared = dates.unit[listed + 1] == Unit.WEEK
    of_week = listed[shared]
    dates.n[of_week], dates.unit[of_week] = dates.n[of_week + 1], Unit.WEEK
    still_open: Ints = listed[~shared]
    return still_open


def order_weekdays(dates: Dates, listed: Ints) -> None:
    """ "Thursday and Friday" follow each other: a first one that came out after the second is of the week before."""
    first, following = dates.first[listed], dates.first[listed + 1]
    late = listed[(first > following) & (following != NULL) & (dates.tense[listed] < 1)]
    dates.first[late] -= 7
    dates.last[late] -= 7


_OPENS_SENTENCE = (
    r"\b(?:In|During|By|Throughout|Around|Since|(?:Early|Late|Back) in|(?:But|And|Then|Later|Earlier),? in)"
    r"(?: +the)? *$"
)
"""What goes on is told of a year only if that opens a sentence: "In 2011 ...", not "the 2011 coup"."""


def continue_years(dates: Dates, mode: Mode) -> None:
    """Give months without a year the year that the text is in: a narrative, or a paragraph about a past year.

    Months follow each other in a story: after November, January is of the next year. Fills `continued`.
    """
    # in a history a season is as likely of the next year as of this one: it goes by the day before (`_dates_calendar`)
    kinds = [Op.MONTHDAY, Op.MONTH, Op.SEASON] if mode == "news" else [Op.MONTHDAY, Op.MONTH]
    open_ = _is_yearless(dates, *kinds)
    if not open_.any():
        return
    named = (dates.op == Op.FIXED) & (dates.year != NULL) & ~dates.dateline
    if mode == "news":
        named &= (dates.published != NULL) & (dates.last < dates.published - PAST_DAYS)
        sets_time = np.flatnonzero(named & (dates.month == NULL))
        named[sets_time] = matches(dates.words["left"][sets_time], _OPENS_SENTENCE)
    is_told = (named | dates.shared) & (dates.year != NULL)
    part = np.flatnonzero(open_ | is_told)
    told = np.where(is_told[part], dates.year[part], NULL)
    if not is_told.any():
        return
    story = dates.words["para"].to_numpy()[part] if mode == "news" else dates.row[part]
    if mode == "narrative":
        told = main_years(told, story)
    year = _year_of_story(told, dates.month[part], open_[part], story, may_step_back=mode == "narrative")
    goes_on = open_[part] & (year != NULL)
    dates.year[part[goes_on]] = year[goes_on]
    dates.continued[part[goes_on]] = True


def _year_of_story(told: Ints, month: Ints, open_: Bools, story: Ints, *, may_step_back: bool) -> Ints:
    """The last year told in the story, plus the turns of the year since; `NULL` where there is none.

    News goes on from a past date only forwards: "jailed in June 2014 and freed in May" is about this year's May.
    """
    year = last_before(told != NULL, story, inclusive=True)
    month = np.where(month == NULL, 0, month)
    before = last_before(np.ones(len(month), np.bool_), story)
    # the month before belongs to the same chapter only if no year was told since
    linked = (before >= 0) & (before >= year) & open_ & (month[before] > 0)
    step = np.where(linked, month - month[before], 0)
    turns = np.cumsum(np.where(step < -4, 1, np.where(step > 8, -1, 0)))
    steps_back = (step < 0) & (step >= -4)
    unknown = (year < 0) | (steps_back & (not may_step_back))
    return np.where(unknown, NULL, told[year] + turns - turns[year])

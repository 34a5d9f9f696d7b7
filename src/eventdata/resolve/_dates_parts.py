"""Takes one date expression apart: words in, numbers out.

A plain `str -> Parts` function, called once for each distinct expression (reports repeat "Tuesday" and "last week" without
end) and cached. What depends on the report (its day, the tense, the date named before) is left to `_dates_calendar`.
"""

import calendar
import re
from datetime import date
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from eventdata.resolve._dates_grammar import vocabulary


class Op(IntEnum):
    """Which sum gives the interval."""

    NONE = 0
    FIXED = 1
    NUMERIC = 2
    MONTHDAY = 3
    MONTH = 4
    WEEKDAY = 5
    UNIT = 6
    SEASON = 7
    PART = 8
    SPAN = 9
    DOM = 10
    CLOCK = 11


class Unit(IntEnum):
    """A unit; those that begin on the first of a month have its length in months."""

    WEEKEND = -3
    WEEK = -2
    DAY = -1
    NONE = 0
    MONTH = 1
    QUARTER = 3
    HALF = 6
    YEAR = 12
    DECADE = 120
    CENTURY = 1200


class Edge(IntEnum):
    """Which part of the interval: "early May", "mid-May", "late May"; "earlier this month", "later this month"."""

    NONE = 0
    EARLY = 1
    MID = 2
    LATE = 3
    TO_DATE = 4
    FROM_DATE = 5


class Base(IntEnum):
    """What a relative expression is counted from: the report's day, the date named before, or that in this paragraph."""

    PUBLICATION = 0
    PREVIOUS = 1
    NEARBY = 2


_EPOCH = date(1970, 1, 1).toordinal()
_TOKEN = re.compile(r"[0-9]+(?:[.,:][0-9]+)*|[^\W\d_]+(?:'[a-z]+)?|[^\s\w]")
_YMD = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:t.*)?")
_XXY = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})")
_DAY_NUMBER = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?\b(?![:.][0-9])")
_CLOCK = re.compile(
    r"[0-9]{1,2}(?:[:.][0-9]{2})? ?(?:a\.m\.?|p\.m\.?|am|pm|o'clock)|[0-9]{1,2}:[0-9]{2}|[0-9]{4} (?:hours|hrs|gmt|utc)"
)
_EDGES = {
    "early": Edge.EARLY, "beginning": Edge.EARLY, "start": Edge.EARLY, "onset": Edge.EARLY,
    "mid": Edge.MID, "middle": Edge.MID,
    "late": Edge.LATE, "end": Edge.LATE, "close": Edge.LATE,
    "earlier": Edge.TO_DATE, "later": Edge.FROM_DATE,
}  # fmt: skip
_UNITS = {name.name.lower(): name for name in Unit}


class Parts(NamedTuple):
    """What an expression says by itself. Days are numbers since 1970-01-01; null where it says nothing."""

    rule: str
    op: Op
    precision: str | None = None
    first: int | None = None
    last: int | None = None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    month2: int | None = None
    day2: int | None = None
    weekday: int | None = None
    unit: Unit = Unit.NONE
    n: int | None = None
    years: int | None = None
    """Years from the anchor's year, where a phrase such as "of last year" says so."""
    edge: Edge = Edge.NONE
    base: Base = Base.PUBLICATION
    approx: bool = False
    issue: str | None = None
    needs: str | None = None
    """The word alone is no date ("May said", "fall of the city", "2000 people"): its neighbours decide."""


def day_number(year: int, month: int, day: int) -> int | None:
    """Days since 1970-01-01; null when the calendar has no such day."""
    if not (1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]):
        return None
    return date(year, month, day).toordinal() - _EPOCH


def months_interval(first_month: int, length: int) -> tuple[int, int]:
    """First and last day number of `length` months from a month counted from year 0."""
    after = first_month + length
    start = day_number(first_month // 12, first_month % 12 + 1, 1)
    end = day_number(after // 12, after % 12 + 1, 1)
    return (start or 0, (end or 1) - 1) if start is not None and end is not None else (0, 0)


def month_edge(first: int, last: int, edge: Edge) -> tuple[int, int]:
    """The first, middle or last third of a month: days 1-10, 11-20, 21 to its end."""
    if edge == Edge.EARLY:
        return first, first + 9
    if edge == Edge.MID:
        return first + 10, first + 19
    if edge == Edge.LATE:
        return first + 20, last
    return first, last


@lru_cache(maxsize=65_536)
def read_parts(text: str) -> Parts:
    """What a date expression says: its rule, the sum that gives its interval, and the numbers for it.

    >>> read_parts("May 3, 2011").first == day_number(2011, 5, 3)
    True
    >>> parts = read_parts("two days earlier")
    >>> parts.op.name, parts.unit.name, parts.n, parts.base.name
    ('UNIT', 'DAY', -2, 'NEARBY')
    """
    low = text.lower().replace("’", "'")
    found = _Words(low)
    for reader in _READERS:
        if (parts := reader(found)) is not None:
            return parts
    return Parts("unparsed", Op.NONE, issue="unparsed")


class _Words:
    """An expression with its words sorted by meaning."""

    def __init__(self, low: str) -> None:
        self.low = " ".join(low.split())
        self.tokens = _TOKEN.findall(self.low)
        known = vocabulary()
        self.kinds = [known.get(t) or known.get(t.removesuffix("'s")) or {} for t in self.tokens]

    def first(self, kind: str) -> str | None:
        """Meaning of the first word of this kind."""
        return next((k[kind] for k in self.kinds if kind in k), None)

    def all(self, kind: str) -> list[str]:
        return [k[kind] for k in self.kinds if kind in k]

    def at(self, kind: str) -> int | None:
        return next((i for i, k in enumerate(self.kinds) if kind in k), None)

    def has(self, *words: str) -> bool:
        return any(w in self.tokens for w in words)

    @property
    def edge(self) -> Edge:
        return next((_EDGES[t] for t in self.tokens[:4] if t in _EDGES), Edge.NONE)

    @property
    def is_about(self) -> bool:
        return any("approx" in k for k in self.kinds) or self.edge in (Edge.EARLY, Edge.MID, Edge.LATE)

    @property
    def unit(self) -> str | None:
        return self.first("unit") or self.first("units")

    @property
    def four_digits(self) -> int | None:
        return next((int(t) for t in self.tokens if len(t) == 4 and t.isdigit()), None)

    @property
    def mod(self) -> tuple[int, Base] | None:
        """Sign of "last", "this", "next", and what it is counted from."""
        for word, kind in zip(self.tokens, self.kinds, strict=True):
            if "mod" in kind:
                return int(kind["mod"]), Base.PREVIOUS if "the next" in self.low else Base.PUBLICATION
            if "mod_previous" in kind and word not in ("prior",):
                return int(kind["mod_previous"]), Base.PREVIOUS
        return None

    @property
    def mod_year(self) -> int | None:
        """-1 in "of last year", 0 in "this year"."""
        said = re.search(r"\b(last|this|that|next|same|previous|following) year\b", self.low)
        return (
            None if said is None else {"last": -1, "previous": -1, "next": 1, "following": 1}.get(said[1], 0)
        )

    @property
    def number(self) -> float | None:
        """The number before the unit; null for "several", 1 for "a"."""
        total: float | None = None
        for word, kind in zip(self.tokens, self.kinds, strict=True):
            if "unit" in kind or "units" in kind:
                break
            if "vague_number" in kind:
                return None
            if word[0].isdigit():
                total = float(word.replace(",", "").replace(":", "."))
            elif "number" in kind:
                value = float(kind["number"])
                total = (
                    total + value
                    if total and total >= 20 and value < 10
                    else (total * value if total and value in (2.0, 12.0, 100.0) else value)
                )
        return total


def fixed_parts(rule: str, precision: str, first: int | None, last: int | None, **more: object) -> Parts:
    if first is None or last is None:
        return Parts(rule, Op.NONE, precision, issue="impossible-date")
    return Parts(rule, Op.FIXED, precision, first, last, **more)  # type: ignore[arg-type]


def _read_numeric(w: _Words) -> Parts | None:
    if said := _YMD.fullmatch(w.low):
        year, month, day = int(said[1]), int(said[2]), int(said[3])
        if not 1000 <= year <= 2199:
            return Parts("iso", Op.NONE, "day", issue="out-of-range")
        number = day_number(year, month, day)
        return fixed_parts("iso", "day", number, number, year=year, month=month, day=day)
    if not (said := _XXY.fullmatch(w.low)):
        return None
    a, b = int(said[1]), int(said[3])
    year = int(said[4]) if len(said[4]) == 4 else int(said[4]) + (2000 if int(said[4]) < 50 else 1900)
    if not 1000 <= year <= 2199:
        return Parts("numeric", Op.NONE, "day", issue="out-of-range")
    day_first = day_number(year, b, a)
    if said[2] == ".":  # 29.2.2024: the countries that write dots put the day first
        return fixed_parts("numeric", "day", day_first, day_first, year=year)
    month_first = day_number(year, a, b)
    if day_first is None and month_first is None:
        return Parts("numeric", Op.NONE, "day", issue="impossible-date")
    return Parts("numeric", Op.NUMERIC, "day", first=day_first, last=month_first, year=year)


def _read_calendar(w: _Words) -> Parts | None:
    if w.first("calendar") is None and not w.has("hijri", "ah") and not re.search(r"\bb\.?e\b", w.low):
        return None
    return Parts("calendar", Op.NONE, issue="other-calendar")


def _read_named(w: _Words) -> Parts | None:
    """A day that has become a name: "9/11"."""
    value = next(
        (kinds["named"] for phrase, kinds in vocabulary().items() if "named" in kinds and phrase in w.low),
        None,
    )
    if value is None:
        return None
    day = date.fromisoformat(value)
    number = day_number(day.year, day.month, day.day)
    return fixed_parts("named", "day", number, number)


def _read_within(w: _Words) -> Parts | None:
    """ "The first week of June", "the second half of May 2011": days counted within a month, a week as seven of them."""
    said = re.match(
        r"(?:the )?(?:very )?([a-z-]+|[0-9](?:st|nd|rd|th)) (?:(\S+) )?(days?|weeks?|half|weekend) (?:of|in) ",
        w.low,
    )
    if not said or (w.first("month") is None and not w.low.endswith(" month")):
        return None
    digits = re.match(r"[0-9]", said[1])
    which = int(digits[0]) if digits else int(w.first("ordinal") or 0)
    last = said[1] in ("last", "final") or which < 0
    count = w.number if said[2] else 1
    size = {"day": 1, "week": 7, "half": 15}.get(said[3].removesuffix("s"))
    if size is None or count is None or not 1 <= count * size <= 28 or not (last or which >= 1):
        return Parts("within", Op.NONE, issue="vague", approx=True)
    width = size * int(count)
    if w.first("month") is None:
        edge = Edge.LATE if last else Edge.EARLY if which == 1 else Edge.MID
        n, base = w.mod or (0, Base.PREVIOUS)
        return Parts("within", Op.UNIT, "range", unit=Unit.MONTH, n=n, base=base, edge=edge, approx=True)
    month, year = int(w.first("month") or 0), w.four_digits
    length = calendar.monthrange(year if year and year > 0 else 2023, month)[1]
    begin = length - width + 1 if last else (which - 1) * width + 1
    end = length if last or (size == 15 and which == 2) else begin + width - 1
    begin = 16 if size == 15 and (which == 2 or last) else begin
    if not 1 <= begin <= end <= length:
        return Parts("within", Op.NONE, issue="impossible-date")
    precision = "day" if width == 1 else "week" if width == 7 else "range"
    parts = monthday_parts(
        [month], [begin] if begin == end else [begin, end], year, years=w.mod_year, base=_base_of_year(w)
    )
    return parts._replace(rule="within", precision=precision, approx=width > 1)


def _read_months(w: _Words) -> Parts | None:
    months = [int(m) for m in w.all("month")]
    if not months:
        return None
    clock = _CLOCK.match(w.low)
    rest = w.low[clock.end() :] if clock else w.low
    year = next((int(t) for t in _TOKEN.findall(rest) if len(t) == 4 and t.isdigit()), None)
    if year is None and (short := re.search(r"'([0-9]{2})$", rest)):
        year = int(short[1]) + (2000 if int(short[1]) < 50 else 1900)
        rest = rest[: short.start()]
    if year is not None and not 1000 <= year <= 2199:
        return Parts("monthday", Op.NONE, "day", issue="out-of-range")
    days = [int(d) for d in _DAY_NUMBER.findall(re.sub(r"[0-9]{4}", " ", rest))]
    if not days:
        return _read_month(w, months[0], year)
    weekday = w.first("weekday")
    return monthday_parts(
        months, days, year, None if weekday is None else int(weekday), years=w.mod_year, base=_base_of_year(w)
    )


def monthday_parts(
    months: list[int],
    days: list[int],
    year: int | None,
    weekday: int | None = None,
    *,
    years: int | None = None,
    base: Base = Base.PUBLICATION,
) -> Parts:
    """One day of a month, or a range of days within one month or two."""
    precision, rule = ("day", "monthday") if len(days) == 1 else ("range", "days")
    if len(days) > 2 or max(days) > 31 or min(days) < 1:
        return Parts(rule, Op.NONE, precision, issue="impossible-date")
    if year is not None and not 1000 <= year <= 2199:
        return Parts(rule, Op.NONE, precision, issue="out-of-range")
    m1, m2, d1, d2 = months[0], months[-1], days[0], days[-1]
    if any(d > calendar.monthrange(2024, m)[1] for m, d in ((m1, d1), (m2, d2))):
        return Parts(rule, Op.NONE, precision, issue="impossible-date")
    if year is not None:
        begin = year - 1 if m1 > m2 else year
        return fixed_parts(
            rule, precision, day_number(begin, m1, d1), day_number(year, m2, d2), year=year, month=m1, day=d1
        )
    return Parts(
        rule,
        Op.MONTHDAY,
        precision,
        month=m1,
        day=d1,
        month2=m2,
        day2=d2,
        years=years,
        weekday=weekday,
        base=base,
    )


def _base_of_year(w: _Words) -> Base:
    return Base.PREVIOUS if re.search(r"\b(that|same|previous|following) year", w.low) else Base.PUBLICATION


def _read_month(w: _Words, month: int, year: int | None) -> Parts:
    mod, years = w.mod, w.mod_year
    if years is not None:
        return month_parts(month, year, w.edge, None, _base_of_year(w), years=years)
    n, base = mod or (None, Base.PUBLICATION)
    parts = month_parts(month, year, w.edge, n, base)
    # the name is a word or a name of people too
    alone = w.low in ("may", "march", "april", "june", "august")
    return parts._replace(needs="month") if alone else parts


def month_parts(
    month: int, year: int | None, edge: Edge, n: int | None, base: Base, *, years: int | None = None
) -> Parts:
    """A month or a third of it, of a year that is named, said by a word, or left to the anchor."""
    precision, approx = "range" if edge else "month", edge is not Edge.NONE
    if year is not None and not 1000 <= year <= 2199:
        return Parts("month", Op.NONE, precision, issue="out-of-range")
    if year is not None:
        first, last = month_edge(*months_interval(year * 12 + month - 1, 1), edge)
        return fixed_parts("month", precision, first, last, year=year, month=month, edge=edge, approx=approx)
    return Parts(
        "month", Op.MONTH, precision, month=month, n=n, years=years, edge=edge, base=base, approx=approx
    )


def _read_weekday(w: _Words) -> Parts | None:
    weekday = w.first("weekday")
    if weekday is None:
        if (
            re.search(r"day'?s$", w.low)
            and w.first("unit") is None
            and w.first("deictic") is None
            and w.first("units") is None
        ):
            return Parts("set", Op.NONE, issue="repeated")
        return None
    if w.has("every", "each"):
        return Parts("set", Op.NONE, issue="repeated")
    n, base = w.mod or (None, Base.PUBLICATION)
    in_week = re.search(r"\b(last|this|next|previous|following) week\b", w.low)
    if in_week:
        shift = {"last": -1, "previous": -1, "next": 1, "following": 1}.get(in_week[1], 0)
        return Parts("weekday", Op.WEEKDAY, "day", weekday=int(weekday), unit=Unit.WEEK, n=shift, base=base)
    word = next(t for t, k in zip(w.tokens, w.kinds, strict=True) if "weekday" in k)
    return Parts(
        "weekday",
        Op.WEEKDAY,
        "day",
        weekday=int(weekday),
        n=n,
        base=base,
        needs="weekday" if len(word) < 6 and "." not in w.low else None,
    )


def _read_deictic(w: _Words) -> Parts | None:
    n = w.first("deictic")
    if n is None:
        return None
    if w.low.startswith("the day"):
        return Parts("day", Op.UNIT, "day", unit=Unit.DAY, n=2 * int(n))
    if n == "":
        return Parts("overnight", Op.SPAN, "range", unit=Unit.DAY, n=-1)
    return Parts("day", Op.UNIT, "day", unit=Unit.DAY, n=int(n))


def _read_century(w: _Words) -> Parts | None:
    if w.unit != "century" or w.mod is not None:
        return None
    number = re.search(r"([0-9]{1,2})(?:st|nd|rd|th)", w.low)
    ordinals = [int(o) for o in w.all("ordinal") if int(o) > 0]
    which = int(number[1]) if number else (ordinals[-1] if ordinals else None)
    if which is None or not 1 <= which <= 22 or w.first("sign") or w.first("sign_previous"):
        return None
    first, last = months_interval(max((which - 1) * 1200, 12), 1200 if which > 1 else 1188)
    return Parts("century", Op.FIXED, "century", first, last, approx=w.is_about, edge=w.edge)


def _read_decade(w: _Words) -> Parts | None:
    said = re.search(r"\b([0-9]{3})0'?s\b", w.low) or re.search(r"(?<![0-9])'?([2-9])0s\b", w.low)
    if not said:
        return None
    tens = int(said[1]) if len(said[1]) == 3 else 190 + int(said[1])
    if not 100 <= tens <= 219:
        return Parts("decade", Op.NONE, "decade", issue="out-of-range")
    return Parts(
        "decade", Op.FIXED, "decade", *months_interval(tens * 120, 120), approx=w.is_about, edge=w.edge
    )


def _read_part_of_year(w: _Words) -> Parts | None:
    unit = "half" if w.has("half") and w.first("ordinal") and not w.first("units") else "quarter"
    short = re.match(r"q([1-4])", w.low)
    digit = re.search(r"\b([1-4])(?:st|nd|rd|th)", w.low)
    ordinal = w.first("ordinal")
    if not (short or ((ordinal or digit) and re.search(r"\b(quarter|half)\b", w.low))):
        return None
    which = int(short[1]) if short else int(digit[1]) if digit else int(ordinal or 1)
    per_year = 2 if unit == "half" else 4
    which = per_year if which < 0 else which
    if which > per_year:
        return Parts(unit, Op.NONE, issue="unparsed")
    year = w.four_digits
    length = 12 // per_year
    precision = "quarter" if unit == "quarter" else "range"
    if year is not None:
        return fixed_parts(
            unit, precision, *months_interval(year * 12 + (which - 1) * length, length), year=year
        )
    return Parts(
        unit,
        Op.PART,
        precision,
        unit=_UNITS[unit],
        month=(which - 1) * length + 1,
        years=w.mod_year,
        base=_base_of_year(w),
    )


def _read_season(w: _Words) -> Parts | None:
    season = w.first("season")
    if season is None or w.has("every", "each"):
        return None
    month, year = int(season), w.four_digits
    if year is not None:
        return fixed_parts(
            "season",
            "season",
            *months_interval(year * 12 + month - 1, 3),
            year=year,
            month=month,
            edge=w.edge,
            approx=w.is_about,
        )
    n, base = w.mod or (None, Base.PUBLICATION)
    if w.mod_year is not None:
        n = None
    word = next(t for t, k in zip(w.tokens, w.kinds, strict=True) if "season" in k)
    bare = w.mod is None and word in ("spring", "fall")
    return Parts(
        "season", Op.SEASON, "season", month=month, n=n, years=w.mod_year, base=base, approx=w.is_about, edge=w.edge,
        needs="season" if bare else None,
    )  # fmt: skip


def _read_year(w: _Words) -> Parts | None:
    year = w.four_digits
    if year is None or w.unit not in (None, "year") or _CLOCK.match(w.low) or w.first("vague"):
        return None
    if w.unit == "year" and w.tokens[w.tokens.index(str(year).zfill(4)) - 1] != "year":
        return None
    if not 1000 <= year <= 2199:
        return Parts("year", Op.NONE, "year", issue="out-of-range")
    if span := re.search(r"([0-9]{4}) ?(?:-|–|/) ?([0-9]{2,4})$", w.low):
        end = int(span[2]) if len(span[2]) == 4 else year // 100 * 100 + int(span[2])
        if len(span[2]) != 3 and year < end <= year + 150:
            first, last = months_interval(year * 12, (end - year + 1) * 12)
            return Parts("years", Op.FIXED, "range", first, last, year=year)
        return Parts("years", Op.NONE, issue="unparsed")
    bare = len(w.tokens) == 1
    return fixed_parts(
        "year",
        "year",
        *months_interval(year * 12, 12),
        year=year,
        edge=w.edge,
        approx=w.is_about,
        needs="year" if bare else None,
    )


def _read_unit(w: _Words) -> Parts | None:
    if said := re.fullmatch(r"(?:the )?([0-9]{1,2})(?:st|nd|rd|th) of .*month", w.low):
        n, base = w.mod or (0, Base.PREVIOUS)
        return Parts("dom", Op.DOM, "day", day=int(said[1]), n=n, base=base)
    unit = w.unit
    if unit is None:
        return None
    if w.has("every", "each", "per") or "times a" in w.low:
        return Parts("set", Op.NONE, issue="repeated")
    if re.search(r"\b(?:year|month)(?:'s |-)end$", w.low):
        return Parts("unit", Op.UNIT, unit, unit=_UNITS[unit], n=0, edge=Edge.LATE, approx=True)
    if re.search(r"year-(?:earlier|ago)", w.low):
        return Parts("shift", Op.UNIT, "year", unit=Unit.YEAR, n=-1, base=Base.NEARBY)
    if w.has("old", "olds"):
        return Parts("age", Op.NONE, issue="duration")
    if "before last" in w.low:
        return Parts("ago", Op.UNIT, _precision(unit), unit=_unit_of(unit), n=-2)
    sign = w.first("sign") if "from now" in w.low or w.has("ago", "hence") else None
    if _is_edge_only(w):
        return _read_this_unit(w, unit, *(w.mod or (0, Base.PREVIOUS if unit == "day" else Base.PUBLICATION)))
    if sign is not None or w.first("sign_previous") is not None:
        return _read_shift(w, unit, sign)
    if w.mod is not None or w.has("first", "final", "recent", "closing", "opening"):
        if w.first("units") or (w.number is not None and w.number != 1):
            return _read_span(w, unit)
        if w.mod is not None:
            return _read_this_unit(w, unit, *w.mod)
    if (
        w.low.startswith(("the ", "late in the ", "early in the ", "later in the "))
        and w.first("unit")
        and not w.has("first", "final")
    ):
        return Parts(
            "the-unit",
            Op.UNIT,
            _precision(unit),
            unit=_unit_of(unit),
            n=0,
            base=Base.PREVIOUS,
            approx=w.is_about,
        )
    return Parts("duration", Op.NONE, issue="duration")


def _is_edge_only(w: _Words) -> bool:
    return w.tokens[0] in ("earlier", "later")


def _unit_of(unit: str) -> Unit:
    if unit in ("hour", "minute", "second"):
        return Unit.DAY
    return Unit.WEEK if unit == "fortnight" else _UNITS[unit]


def _precision(unit: str) -> str:
    return {"hour": "day", "minute": "day", "second": "day", "fortnight": "week", "weekend": "range"}.get(
        unit, unit
    )


def _read_shift(w: _Words, unit: str, sign: str | None) -> Parts:
    said = w.first("sign_previous")
    direction = int(sign if sign is not None else said or 0)
    base = Base.PUBLICATION if sign is not None else Base.PREVIOUS if direction > 0 else Base.NEARBY
    number = w.number
    rule = "ago" if sign is not None else "shift"
    if number is None and any("vague_number" in k for k in w.kinds):
        return Parts(rule, Op.NONE, n=direction, issue="vague", approx=True, base=base)
    number = 1.0 if number is None else number
    number = number + 0.5 if "and a half" in w.low else number
    whole = round(number)
    if abs(whole) > 10_000:
        return Parts(rule, Op.NONE, n=direction, issue="out-of-range")
    if unit in ("hour", "minute", "second"):
        # The hour of publication is not known: up to half a day back is that day or the day before
        days = int(number // 24) if unit == "hour" else 0
        return Parts(rule, Op.UNIT, "day", unit=Unit.DAY, n=direction * days, base=base, approx=True)
    if unit == "fortnight":
        unit, whole = "week", whole * 2
    if unit == "year" and number == 0.5:
        unit, whole = "month", 6
    return Parts(
        rule,
        Op.UNIT,
        _precision(unit),
        unit=_UNITS[unit],
        n=direction * whole,
        base=base,
        approx=w.is_about or number != whole,
    )


def _read_span(w: _Words, unit: str) -> Parts:
    """The last N units up to the anchor, or the next N from it."""
    direction = (
        -1
        if w.has("past", "last", "recent", "previous", "preceding")
        else 1
        if w.has("next", "coming")
        else 0
    )
    number = w.number
    if unit in ("hour", "minute", "second") and direction < 0 and (number is None or number <= 48):
        days = 1 if number is None or number <= 24 else 2
        return Parts("hours", Op.SPAN, "range", unit=Unit.DAY, n=-days, approx=True)
    if direction == 0 or number is None or number > 10_000 or w.has("first", "final"):
        # "in recent years" dates what is told, as a time that nobody knows; "in recent days" is about now
        rule = "span" if direction < 0 and _UNITS.get(unit, Unit.NONE) > 0 else "duration"
        return Parts(
            rule, Op.NONE, n=direction or None, issue="vague" if direction else "duration", approx=True
        )
    unit, number = ("week", number * 2) if unit == "fortnight" else (unit, number)
    if unit in ("hour", "minute", "second"):
        unit, number = "day", max(1, number // 24)
    return Parts("span", Op.SPAN, "range", unit=_UNITS[unit], n=direction * round(number), approx=True)


def _read_this_unit(w: _Words, unit: str, n: int, base: Base) -> Parts:
    edge = w.edge
    year = w.four_digits
    if year is not None:  # "the last month of 2011"
        length = int(_unit_of(unit))
        if length > 0 and n < 0:
            return fixed_parts(
                "unit", _precision(unit), *months_interval(year * 12 + 12 - length, length), year=year
            )
        return Parts("unit", Op.NONE, issue="unparsed")
    if unit in ("hour", "minute", "second"):
        return (
            Parts("hours", Op.SPAN, "range", unit=Unit.DAY, n=-1, approx=True)
            if n < 0
            else Parts("duration", Op.NONE, issue="duration")
        )
    if (
        w.has("past") and unit != "weekend" and edge is Edge.NONE
    ):  # "the past week": the seven days up to the anchor
        return Parts("span", Op.SPAN, "range", unit=_unit_of(unit), n=-1, base=base, approx=True)
    rule, precision = "unit", _precision(unit)
    if edge in (Edge.TO_DATE, Edge.FROM_DATE) or (edge and unit == "month"):
        precision = "range" if unit != "day" else "day"
    return Parts(rule, Op.UNIT, precision, unit=_unit_of(unit), n=n, edge=edge, base=base, approx=w.is_about)


def _read_part_of_day(w: _Words) -> Parts | None:
    if w.first("part") is None:
        return None
    if w.mod is not None:
        n, base = w.mod
        return Parts("day", Op.UNIT, "day", unit=Unit.DAY, n=n, base=base)
    return Parts("clock", Op.CLOCK, "day", needs="clock")


def _read_holiday(w: _Words) -> Parts | None:
    value = vocabulary().get(w.low, {}).get("holiday")
    if value is None:
        return None
    month, day = (int(part) for part in value.split("-"))
    return Parts("holiday", Op.MONTHDAY, "day", month=month, day=day, month2=month, day2=day, approx=True)


def _read_rest(w: _Words) -> Parts | None:
    if _CLOCK.search(w.low):
        return Parts("clock", Op.CLOCK, "day")
    if re.search(r"\bhours?\b", w.low):
        return Parts("clock", Op.CLOCK, "day")
    if w.first("set") is not None:
        return Parts("set", Op.NONE, issue="repeated")
    if said := re.fullmatch(r"the ([0-9]{1,2})(?:st|nd|rd|th)", w.low):
        return Parts("dom", Op.DOM, "day", day=int(said[1]), base=Base.PREVIOUS, needs="dom")
    known = vocabulary()
    for phrase in (w.low, w.low.removeprefix("more ").removeprefix("most ").removeprefix("in ")):
        if "vague" in known.get(phrase, {}):
            return Parts(
                "vague",
                Op.NONE,
                n={"past": -1, "future": 1}.get(known[phrase]["vague"], 0),
                issue="vague",
                approx=True,
            )
    return Parts("vague", Op.NONE, n=-1 if "recent" in w.low else 0, issue="vague", approx=True)


def _read_early_hours(w: _Words) -> Parts | None:
    if re.fullmatch(r"(in )?the (early|small|pre-?dawn) hours", w.low):
        return Parts("clock", Op.CLOCK, "day")
    if re.fullmatch(r"(the )?(recent|past|last) (few |couple of |several )?(hours|minutes)", w.low):
        return Parts("hours", Op.SPAN, "range", unit=Unit.DAY, n=-1, approx=True)
    return None


_READERS = (
    _read_named, _read_numeric, _read_calendar, _read_holiday, _read_within, _read_months, _read_weekday, _read_deictic,
    _read_century, _read_decade,
    _read_part_of_year, _read_season, _read_year, _read_early_hours, _read_unit, _read_part_of_day, _read_rest,
)  # fmt: skip

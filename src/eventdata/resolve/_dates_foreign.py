"""Date expressions in Spanish, French, Portuguese, Arabic, Russian, Ukrainian, Turkish and Greek.

The words of each language lie in `dates/foreign.csv`, the shapes of expressions, shared by all, in `dates/foreign_patterns.csv`.
What they say is resolved by the same sums as English. dateparser is asked only about expressions that the tables find and cannot
read ("hace veintiocho días"), once for each distinct expression and day of publication, and never without such a day.
"""

import re
import warnings
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache, lru_cache

import polars as pl

from eventdata.resolve._dates_grammar import any_of
from eventdata.resolve._dates_parts import (
    Base,
    Edge,
    Op,
    Parts,
    Unit,
    fixed_parts,
    month_parts,
    monthday_parts,
    months_interval,
)
from eventdata.seeds import load_seed

_ENGLISH = r"\b(?:the|and|was|were|said|has|have|with|from|that|after)\b"
_SAMPLE, _EVERY = 1500, 250
"""A text is English if its first characters hold one of these words in so many: one quotation makes no text English."""

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_MARKED = ("month", "weekday", "deictic", "unit", "dual", "season")
_KINDS = (*_MARKED, "mod", "mod_previous", "sign", "sign_previous", "edge", "of", "article")
_EDGES = {"early": Edge.EARLY, "mid": Edge.MID, "late": Edge.LATE}
_UNITS = {unit.name.lower(): unit for unit in Unit} | {"hour": Unit.DAY}
_c = pl.col


def is_english(text: pl.Expr) -> pl.Expr:
    """True where common English words are as frequent as in English."""
    sample = text.str.head(_SAMPLE)
    return sample.str.count_matches(_ENGLISH).cast(pl.Int64) * _EVERY >= sample.str.len_chars().cast(pl.Int64)


@cache
def _words() -> pl.DataFrame:
    return load_seed("dates/foreign", "lang", "word", "kind")


@cache
def foreign_phrases() -> pl.DataFrame:
    """`phrase`, `langs` (languages that have the word): the words that the scan of a text not in English marks."""
    words = _words().filter(_c("kind").is_in(_MARKED)).select("lang", "word")
    capital = words.with_columns(_c("word").str.head(1).str.to_uppercase() + _c("word").str.slice(1))
    return (
        pl.concat([words, capital])
        .unique(maintain_order=True)
        .group_by("word", maintain_order=True)
        .agg(langs=_c("lang"))
        .rename({"word": "phrase"})
    )


def _alternation(words: Iterable[str]) -> str:
    # a letter that gets another length in lower case ("İ") has no other form for the pattern either
    return any_of(word.lower() if len(word.lower()) == len(word) else word for word in words)


@cache
def foreign_pattern(lang: str) -> str:
    """One pattern for all expressions of a language; the earlier row of `dates/foreign_patterns.csv` wins at the same place."""
    of_lang = _words().filter(_c("lang") == lang)
    kinds = {str(kind[0]): _alternation(group["word"].to_list()) for kind, group in of_lang.group_by("kind")}
    macros = {
        kind: f"(?:{kinds[kind]})" if kind in kinds else "(?:$^)" for kind in _KINDS
    }  # $^ matches nothing
    macros |= {
        "dom": r"(?:0?[1-9]|[12][0-9]|3[01]|[٠-٣]?[٠-٩])",
        "year": r"(?:[0-9]{4}|[٠-٩]{4})",
        "word": r"[\w'’]+",
        "number": rf"(?:[0-9٠-٩]+|{kinds['number']})",
        "yearword": r"(?:года|году|г\.|року|р\.|yılında|yılı)",
    }
    body = "|".join(load_seed("dates/foreign_patterns")["pattern"].to_list())
    filled = re.sub(r"\{([a-z_]+)\}", lambda name: macros[name[1]], body)
    return rf"(?i)\b(?:{filled.replace(' ?', ' *').replace(' ', ' +').replace(' +*', ' *')})\b"


@cache
def _vocabulary(lang: str) -> tuple[re.Pattern[str], dict[str, dict[str, str]]]:
    known: dict[str, dict[str, str]] = {}
    for word, kind, value in _words().filter(_c("lang") == lang).select("word", "kind", "value").iter_rows():
        known.setdefault(word.lower(), {})[kind] = value or ""
    token = re.compile(rf"(?<!\w)(?:{_alternation(known)})(?!\w)|[0-9]+|[^\W\d_]+")
    return token, known


@lru_cache(maxsize=16_384)
def read_foreign(text: str, lang: str) -> Parts:
    """What an expression in `lang` says; `unparsed` where the tables do not tell.

    >>> read_foreign("hace tres días", "es").n
    -3
    """
    low = " ".join(text.lower().replace("i̇", "i").translate(_DIGITS).split())
    token, known = _vocabulary(lang)
    tokens = token.findall(low)
    kinds = [known.get(word, {}) for word in tokens]

    def first(kind: str) -> str | None:
        return next((meaning[kind] for meaning in kinds if kind in meaning), None)

    numbers = [int(word) for word in tokens if word.isdigit()]
    year = next((number for number in numbers if number > 999), None)
    days = [number for number in numbers if number < 100]
    mod, base = (
        (first("mod"), Base.PUBLICATION)
        if first("mod") is not None
        else (first("mod_previous"), Base.PREVIOUS)
    )
    n = None if mod is None else int(mod)
    weekday, month, unit, deictic, edge = (
        first("weekday"),
        first("month"),
        first("unit"),
        first("deictic"),
        first("edge"),
    )
    if month is not None and days:
        return monthday_parts([int(month)], days, year, None if weekday is None else int(weekday))
    if month is not None and unit == "year" and n is not None:
        return month_parts(int(month), None, Edge.NONE, None, base, years=n)
    if month is not None:
        return month_parts(
            int(month),
            year,
            _EDGES[edge] if edge else Edge.NONE,
            n,
            base if n is not None else Base.PUBLICATION,
        )
    if deictic is not None and unit is None:
        return Parts("day", Op.UNIT, "day", unit=Unit.DAY, n=int(deictic))
    if weekday is not None:
        return Parts(
            "weekday",
            Op.WEEKDAY,
            "day",
            weekday=int(weekday),
            n=n,
            base=base if n is not None else Base.PUBLICATION,
        )
    if edge is not None and year is not None and unit is None:
        return fixed_parts(
            "year", "year", *months_interval(year * 12, 12), year=year, edge=_EDGES[edge], approx=True
        )
    if (dual := first("dual")) is not None:
        return _shift(dual, first("sign"), None, 2)
    if (season := first("season")) is not None and year is not None:
        return fixed_parts(
            "season", "season", *months_interval(year * 12 + int(season) - 1, 3), year=year, month=int(season)
        )
    if unit is not None and (first("sign") is not None or first("sign_previous") is not None):
        return _shift(
            unit, first("sign"), first("sign_previous"), days[0] if days else first("number"), len(tokens)
        )
    if unit is not None and n is not None:
        return Parts("unit", Op.UNIT, _precision(unit), unit=_UNITS[unit], n=n, base=base)
    return Parts("unparsed", Op.NONE, issue="unparsed")


def _shift(
    unit: str, sign: str | None, sign_previous: str | None, number: int | str | None, words: int = 2
) -> Parts:
    direction = int(sign if sign is not None else sign_previous or 0)
    base = Base.PUBLICATION if sign is not None else Base.PREVIOUS if direction > 0 else Base.NEARBY
    if number is None and words > 2:
        return Parts("unparsed", Op.NONE, n=direction, issue="unparsed")
    number = 1 if number is None else number
    count = int(number) // 24 if unit == "hour" else int(number)
    return Parts(
        "ago",
        Op.UNIT,
        _precision(unit),
        unit=_UNITS[unit],
        n=direction * count,
        base=base,
        approx=unit == "hour",
    )


def _precision(unit: str) -> str:
    return {"hour": "day", "weekend": "range"}.get(unit, unit)


def languages_of(marks: pl.DataFrame, langs: pl.Series) -> pl.DataFrame:
    """`row`, `lang`: the languages that have most of the date words of a text; several where they are even."""
    counts = marks.select("row", lang=langs).explode("lang").group_by("row", "lang").len()
    return counts.filter(_c("len") == _c("len").max().over("row")).sort("row", "lang").select("row", "lang")


def best_language(found: pl.DataFrame) -> pl.DataFrame:
    """For each text the expressions of the language that reads most of it; of equal ones the first in the table."""
    order = {lang: number for number, lang in enumerate(_words()["lang"].unique(maintain_order=True))}
    read = (
        found.group_by("row", "lang")
        .agg(read=(_c("end") - _c("start")).sum())
        .with_columns(order=_c("lang").replace_strict(order, return_dtype=pl.Int64))
        .sort(["row", "read", "order"], descending=[False, True, False])
        .unique("row", keep="first", maintain_order=True)
    )
    return found.join(read.select("row", "lang"), on=["row", "lang"], how="semi", maintain_order="left")


def ask_dateparser(text: str, lang: str | None, day: int) -> tuple[int | None, int | None, str | None]:
    """First and last day and precision that dateparser reads, counted from a day (all numbers since 1970-01-01).

    Only the period that dateparser read is taken: its day of "November 2024" is the day of the caller, no news.
    """
    return _ask(text, lang or "en", date(1970, 1, 1) + timedelta(days=day))


@lru_cache(maxsize=16_384)
def _ask(text: str, lang: str, published: date) -> tuple[int | None, int | None, str | None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dateparser imports and uses what newer Pythons deprecate
        from dateparser.date import DateDataParser

        settings = {
            "RELATIVE_BASE": datetime(published.year, published.month, published.day, 12),
            "PREFER_DATES_FROM": "past",
            "DATE_ORDER": "DMY",
            "RETURN_AS_TIMEZONE_AWARE": False,
        }
        read = DateDataParser(languages=[lang], settings=settings).get_date_data(text)
    if read.date_obj is None:
        return None, None, None
    day = read.date_obj.date().toordinal() - date(1970, 1, 1).toordinal()
    if read.period in ("month", "year"):
        length = 1 if read.period == "month" else 12
        month = read.date_obj.year * 12 + (read.date_obj.month - 1 if length == 1 else 0)
        return *months_interval(month, length), read.period
    if read.period == "week":
        monday = day - (day + 3) % 7
        return monday, monday + 6, "week"
    return day, day, "day"

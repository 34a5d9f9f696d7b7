"""The grammar of date expressions: what one looks like, and what its words mean.

Three seed tables carry it. `dates/words.csv` says what a word means (month 5, weekday 0, unit week, edge late).
`dates/patterns.csv` says in which order words make an expression, with the pieces of `dates/macros.csv`; in a pattern `{month}`
stands for any word of that kind, and a blank for one or more blanks (quotes and brackets are blanked before).

`date_pattern` compiles them into one pattern without look-around, for windows around date words.
"""

import re
from collections.abc import Iterable
from functools import cache

import polars as pl

from eventdata.seeds import load_seed

FIRST_YEAR, LAST_YEAR = 1500, 2099
"""Bare numbers in this interval may be years; outside of it a year needs a month beside it."""


@cache
def words() -> pl.DataFrame:
    """The table of date words: `word`, `kind`, `value`, `marked`, `proper`; (word, kind) is unique."""
    return load_seed("dates/words", "word", "kind")


@cache
def vocabulary() -> dict[str, dict[str, str]]:
    """Lower-case word -> {kind: value}."""
    meaning: dict[str, dict[str, str]] = {}
    for word, kind, value in words().select("word", "kind", "value").iter_rows():
        meaning.setdefault(word.lower(), {})[kind] = value or ""
    return meaning


@cache
def month_names() -> list[str]:
    """The twelve full names, capitalised."""
    is_full = ~pl.col("word").str.contains(r"^.{1,4}$|\.$") | pl.col("word").is_in(["May", "June", "july"])
    full = words().filter((pl.col("kind") == "month") & is_full)["word"]
    return full.str.to_titlecase().unique(maintain_order=True).to_list()


def _any_of(*kinds: str, exact: bool = False) -> str:
    """Alternation of all words of these kinds, longest first; `exact`: matched as written."""
    chosen = words().filter(pl.col("kind").is_in(kinds))["word"]
    return _alternation(chosen.to_list(), exact=exact)


def _alternation(chosen: list[str], *, exact: bool = False) -> str:
    # the dot of an abbreviation is in the pattern
    plain = {word.removesuffix(".") for word in chosen}
    return f"(?-i:{any_of(plain)})" if exact else f"(?:{any_of(word.lower() for word in plain)})"


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest that fits: a tree, which takes half the time of a plain list.

    >>> any_of(["june", "july", "jul"])
    'ju(?:l(?:y)?|ne)'
    """
    rest: dict[str, list[str]] = {}
    for word in _longest_first(set(words)):
        rest.setdefault(word[:1], []).append(word[1:])
    ends = rest.pop("", None) is not None
    parts = [_escaped(first) + any_of(others) for first, others in rest.items()]
    body = f"(?:{'|'.join(parts)})" if ends or len(parts) > 1 else "".join(parts)
    return f"{body}?" if ends and parts else body if parts else ""


def _escaped(letter: str) -> str:
    return letter if letter in " -" else re.escape(letter)


def _longest_first(chosen: Iterable[str]) -> list[str]:
    return sorted(chosen, key=lambda word: (-len(word), word))


@cache
def _macros() -> dict[str, str]:
    """What the names in braces stand for: kinds of words, and the pieces of `dates/macros.csv`."""
    months = words().filter(pl.col("kind") == "month")
    days = words().filter(pl.col("kind") == "weekday")
    is_short = pl.col("word").str.strip_suffix(".").str.len_chars() < 5
    is_full = ~is_short | pl.col("word").str.to_lowercase().is_in(["may", "june", "july"])
    full = months.filter(is_full)["word"].to_list()
    full += [word.capitalize() for word in full if word.islower()]
    kinds = {
        "fullmonth": _alternation(full, exact=True),
        "shortmonth": _alternation(months.filter(~is_full)["word"].to_list(), exact=True),
        "shortday": _alternation(
            days.filter(pl.col("word").str.strip_suffix(".").str.len_chars() < 6)["word"].to_list(),
            exact=True,
        ),
        "unit": _any_of("unit"),
        "units": _any_of("units"),
        "anyunit": _any_of("unit", "units"),
        "numberword": _any_of("number", "vague_number"),
        "modword": _any_of("mod", "mod_previous"),
        "partword": _any_of("part"),
        "ordinalword": _any_of("ordinal"),
        "season": _any_of("season"),
        "holiday": _any_of("holiday", exact=True),
        "named": _any_of("named", exact=True),
        "vague": _any_of("vague"),
        "set": _any_of("set"),
        "calendar": _any_of("calendar", exact=True),
    }
    pieces = dict(load_seed("dates/macros", "name").select("name", "pattern").iter_rows())
    return pieces | kinds


def _filled(pattern: str) -> str:
    macros = _macros()
    while (filled := re.sub(r"\{([a-z]+)\}", lambda name: macros[name[1]], pattern)) != pattern:
        pattern = filled
    return pattern


@cache
def date_pattern() -> str:
    """One pattern for every date expression; the earlier of two rows of `dates/patterns.csv` wins at the same place."""
    filled = _filled("|".join(load_seed("dates/patterns")["pattern"].to_list()))
    spaced = filled.replace(" ?", " *").replace(" ", " +").replace(" +*", " *")
    either = spaced.replace("'", "(?:'|’)")
    return rf"(?i-u:\b(?:{either})\b)"


@cache
def cue_pattern(*tenses: str) -> str:
    """A pattern for the words of `dates/cues.csv` that tell these tenses, in either case."""
    cues = load_seed("dates/cues", "cue").filter(pl.col("tense").is_in(tenses))["cue"].to_list()
    return any_of(cue.lower() for cue in cues).replace(" ", " +")


@cache
def counted_pattern() -> str:
    """Alternation of nouns that a number counts: "2000 people" is no year."""
    return "|".join(load_seed("dates/counted", "noun")["noun"].to_list())

"""The grammar of date expressions: what one looks like, and what its words mean.

Two seed tables carry it. `dates/words.csv` says what a word means (month 5, weekday 0, unit week, edge late).
`dates/patterns.csv` says in which order words make an expression; in a pattern `{month}` stands for any word of that kind,
and a blank for one to three blanks (quotes and brackets are blanked before the scan). `date_pattern` compiles them into
one pattern without look-around, for windows around date words; `read_parts` takes one expression found by it apart.
"""

import re
from functools import cache

import polars as pl

from eventdata.seeds import load_seed

FIRST_YEAR, LAST_YEAR = 1500, 2099
"""Bare numbers in this interval may be years; outside of it a year needs a month beside it."""

_ANY_MOD = ("mod", "mod_previous")


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


def _any_of(*kinds: str, exact: bool = False) -> str:
    """Alternation of all words of these kinds, longest first."""
    chosen = words().filter(pl.col("kind").is_in(kinds))["word"].unique().to_list()
    body = "|".join(re.escape(word).replace(r"\ ", " ").replace(r"\-", "-") for word in sorted(chosen, key=lambda w: (-len(w), w)))
    return f"(?-i:{body})" if exact else f"(?:{body})"


@cache
def _macros() -> dict[str, str]:
    table = words()
    month_words = [word for word in table.filter(pl.col("kind") == "month")["word"].to_list() if not word.endswith(".")]
    full = sorted({word for word in month_words if len(word) > 4 or word.lower() in ("may", "june", "july")}, key=len)
    full += [word.capitalize() for word in full if word.islower()]
    short = sorted({word for word in month_words if word.lower() not in {w.lower() for w in full}}, key=lambda w: -len(w))
    days = [word for word in table.filter(pl.col("kind") == "weekday")["word"].to_list() if not word.endswith(".")]
    short_days = "|".join(sorted((day for day in days if len(day) < 6 and not day.islower()), key=lambda w: -len(w)))
    number = rf"(?:[0-9]+(?:[.,][0-9]+)*|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-[a-z]+|(?:a )?(?:couple of|dozen|few|half)|{_any_of('number', 'vague_number')})"
    part_of = "(?:the )?(?:early |late |small )?(?:(?:morning|evening|afternoon|night|predawn|pre-dawn)(?: hours)?|hours) of (?:the )?"
    full_month = f"(?-i:{'|'.join(sorted(set(full), key=lambda w: -len(w)))})"
    return {
        "fullmonth": full_month,
        "month": rf"(?:{full_month}|(?-i:{'|'.join(short)})\.?)",
        "weekday": rf"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?-i:{short_days})(?:\.|,|\b))",
        "sep": "(?: |-)",
        "dom": "(?:0?[1-9]|[12][0-9]|3[0-9])(?:st|nd|rd|th)?",
        "ofday": rf"(?:{part_of})?",
        "partof": part_of,
        "anyyear": "[0-9]{4}",
        "year": "(?:1[5-9]|20)[0-9]{2}",
        "modyear": "(?:last|this|next|that|the same|the previous|the following) year",
        "number": number,
        "approx": "(?:(?:about|around|nearly|almost|roughly|approximately|some|over|more than|less than|at least|only|just|up to) )?",
        "unit": _any_of("unit"),
        "units": _any_of("units"),
        "anyunit": _any_of("unit", "units"),
        "mod": rf"(?:{_any_of(*_ANY_MOD)}|the same|that same)",
        "part": rf"(?:(?:early |late )?(?:{_any_of('part')}|night)s?)",
        "edge": r"(?:(?:very )?(?:early|late|earlier|later|mid|in the (?:middle|end))(?: in| on| of)?(?: the)?|(?:the )?(?:very )?(?:end|beginning|start|middle|close|onset) of(?: the)?)",
        "season": _any_of("season"),
        "ordinal": rf"(?:{_any_of('ordinal')}|[1-4](?:st|nd|rd|th))",
        "holiday": _any_of("holiday", exact=True),
        "vague": _any_of("vague"),
        "set": _any_of("set"),
        "calendar": _any_of("calendar", exact=True).replace("|AH", "").replace("|B.E.", ""),
        "era": r"(?-i:AH|A\.H\.|B\.?E\.?|hijri|Hijri)",
        "clock": r"(?:[0-9]{1,2}(?:[:.][0-9]{2})? ?(?:a\.m\.|p\.m\.|am|pm|o'clock)|[0-9]{1,2}:[0-9]{2}(?: ?(?:hours|hrs))?|[0-9]{4} (?:hours|hrs|(?-i:GMT|UTC)))(?: (?-i:GMT|UTC|EST|EDT|ET)| local time)?(?: in the (?:morning|evening|afternoon))?(?: at night)?",
    }


@cache
def date_pattern() -> str:
    """One pattern for every date expression; the earlier of two rows of `dates/patterns.csv` wins at the same place."""
    macros = _macros()
    body = "|".join(load_seed("dates/patterns")["pattern"].to_list())
    filled = re.sub(r"\{([a-z]+)\}", lambda name: macros[name[1]], body)
    spaced = filled.replace(" ?", " *").replace(" ", " +").replace(" +*", " *")
    either = spaced.replace("'", "(?:'|’)")
    return rf"(?i-u:\b(?:{either})\b)"


@cache
def cue_pattern(*tenses: str) -> str:
    """Alternation of the words of `dates/cues.csv` that tell these tenses, longest first."""
    cues = load_seed("dates/cues", "cue").filter(pl.col("tense").is_in(tenses))["cue"].to_list()
    return "|".join(re.escape(cue).replace(r"\ ", " +") for cue in sorted(cues, key=lambda cue: (-len(cue), cue)))


@cache
def counted_pattern() -> str:
    """Alternation of nouns that a number counts: "2000 people" is no year."""
    return "|".join(load_seed("dates/counted", "noun")["noun"].to_list())

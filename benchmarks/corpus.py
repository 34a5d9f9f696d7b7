"""Writes a synthetic corpus: news reports made of our own templates, with the events that they tell of.

    python benchmarks/corpus.py 100000 --seed 1 --out corpus/

makes `corpus/reports.parquet` (report_id, published, source, text) and `corpus/gold.parquet`, one row
per event in the order of the text. The same numbers give the same corpus. Templates, countries,
background sentences and names lie in `corpus_words/`; in a template `{town}` is a slot and
`[shelled|bombed]` a choice. Reports of the type "none" (sport, accidents, markets, obituaries,
disasters, films) have no row in the gold.
"""

import argparse
import calendar
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TypeAlias, TypeVar

import polars as pl

WORDS = Path(__file__).parent / "corpus_words"
REPORTS_SCHEMA = pl.Schema(
    {"report_id": pl.String(), "published": pl.Date(), "source": pl.String(), "text": pl.String()}
)
GOLD_SCHEMA = pl.Schema(
    {
        "report_id": pl.String(),
        "number": pl.Int64(),
        "template_id": pl.String(),
        "sub_event_type": pl.String(),
        "cameo_code": pl.String(),
        "cameo_root": pl.String(),
        "source_code": pl.String(),
        "target_code": pl.String(),
        "event_date": pl.Date(),
        "event_date_end": pl.Date(),
        "iso3": pl.String(),
        "location": pl.String(),
        "fatalities": pl.Int64(),
    }
)
SHARE_WITHOUT_EVENT = 0.12
SHARE_WITH_SECOND_EVENT = 0.12
SHARE_WITH_DATELINE = 0.6
# Seven make a report of about 680 bytes, the length of an agency's short item.
_BACKGROUND_SENTENCES = 7
FIRST_DAY = date(1999, 1, 4)
DAYS = 9400

T = TypeVar("T")
Pieces: TypeAlias = "tuple[str | Slot | Choice, ...]"


@dataclass(frozen=True)
class Slot:
    """A word that the draw fills in."""

    name: str


@dataclass(frozen=True)
class Choice:
    """Alternatives, each made of pieces."""

    options: tuple[Pieces, ...]


@dataclass(frozen=True)
class Template:
    """One lead sentence with what it says."""

    template_id: str
    sub_event_type: str
    cameo_code: str
    source: str
    target: str
    fatalities: str
    place: str
    pieces: Pieces


@dataclass(frozen=True)
class Country:
    """A country with its towns and armed groups; `code` is CAMEO's."""

    iso3: str
    code: str
    name: str
    demonym: str
    capital: str
    towns: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Words:
    """All tables of `corpus_words/`, parsed."""

    templates: list[Template]
    without_event: list[Template]
    countries: list[Country]
    foreign: list[tuple[str, str, str]]
    background: list[Pieces]
    peaceful: list[Pieces]
    persons: list[str]


@dataclass
class Draw:
    """What has been drawn for one lead: slots are drawn once and then stay."""

    rng: random.Random
    words: Words
    country: Country
    published: date
    slots: dict[str, str] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None
    deaths: int = 0
    demand_digit: str = ""
    foreign_code: str = ""

    def slot(self, name: str) -> str:
        """Words for a slot; a name with a capital gives the words with one."""
        key = name.lower()
        words = self.slots.get(key)
        if words is None:
            words = self.slots[key] = _FILLERS[key](self)
        return words[0].upper() + words[1:] if name[0].isupper() else words

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[int(self.rng.random() * len(options))]


_SMALL = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MONTHS = tuple(calendar.month_name)[1:]
_SHORT_MONTHS = (
    "Jan.",
    "Feb.",
    "March",
    "April",
    "May",
    "June",
    "July",
    "Aug.",
    "Sept.",
    "Oct.",
    "Nov.",
    "Dec.",
)
_WEEKDAYS = tuple(calendar.day_name)
# U is left out: a Ukrainian, a Ugandan, a United team.
_A_BEFORE_VOWEL = re.compile(r"(?<=\b[Aa]) (?=[AEIO])")
_AGENCIES = ("Southern Cross News", "Meridian", "World Desk", "Continental Press", "Harbour Agency")
_PROTESTERS = (
    "students",
    "teachers",
    "farmers",
    "residents",
    "demonstrators",
    "women",
    "workers",
    "supporters of the opposition",
)
# CAMEO's fourth digit of a protest code: 1 leadership, 2 policy, 3 rights, 4 institutions.
_DEMANDS = (
    ("to demand the resignation of the president", "1"),
    ("to call for the interior minister to step down", "1"),
    ("against rising fuel prices", "2"),
    ("against a new tax law", "2"),
    ("over water and power cuts", "2"),
    ("to demand equal rights for women", "3"),
    ("to demand the right to vote", "3"),
    ("to call for a new constitution", "4"),
    ("to demand a return to civilian rule", "4"),
)
_SOURCES = (
    ", officials said",
    ", police said",
    ", residents said",
    ", the army said",
    ", a local official said",
    ", according to witnesses",
    ", state media reported",
    ", a rights group said",
    "",
    "",
)


def _number(draw: Draw, low: int, high: int) -> int:
    # Small numbers are far commoner than large ones in casualty reports.
    return low + int((high - low) * draw.rng.random() ** 3)


def _in_words(number: int) -> str:
    return _SMALL[number - 2] if 2 <= number <= 10 else f"{number:,}"


def _deaths(draw: Draw) -> str:
    draw.deaths = _number(draw, 2, 60)
    return _in_words(draw.deaths)


def _many_deaths(draw: Draw) -> str:
    draw.deaths = _number(draw, 100, 420)
    return _in_words(draw.deaths)


def _when(draw: Draw) -> str:
    """Words for the day of the event; notes its first and last day."""
    day = draw.published - timedelta(days=int(draw.rng.random() * 6))
    form = draw.rng.random()
    first = last = day
    if form < 0.45:
        words = f"{draw.pick(('on', 'on', 'late on', 'early on'))} {_WEEKDAYS[day.weekday()]}"
    elif form < 0.55:
        first = last = draw.published - timedelta(days=1)
        words = "yesterday"
    elif form < 0.62:
        first, last = draw.published - timedelta(days=1), draw.published
        words = "overnight"
    elif form < 0.7:
        first = draw.published - timedelta(days=draw.published.weekday() + 7)
        last = first + timedelta(days=6)
        words = "last week"
    else:
        first = last = draw.published - timedelta(days=1 + int(draw.rng.random() * 50))
        month = _MONTHS[first.month - 1]
        if form < 0.8:
            words = f"on {first.day} {month}"
        elif form < 0.9:
            words = f"on {month} {first.day}"
        else:
            words = f"on {first.day} {month} {first.year}"
    draw.first, draw.last = first, last
    return words


def _demand(draw: Draw) -> str:
    words, draw.demand_digit = draw.pick(_DEMANDS)
    return words


def _foreign(draw: Draw) -> str:
    while True:
        draw.foreign_code, name, demonym = draw.pick(draw.words.foreign)
        if draw.foreign_code != draw.country.code:
            break
    draw.slots["odem"] = demonym
    return name


def _foreign_demonym(draw: Draw) -> str:
    draw.slots["other"] = _foreign(draw)
    return draw.slots["odem"]


def _other_town(draw: Draw) -> str:
    return draw.pick([town for town in draw.country.towns if town != draw.slot("town")])


_FILLERS: dict[str, Callable[[Draw], str]] = {
    "army": lambda d: d.pick(
        (
            f"{d.country.demonym} government forces",
            f"the {d.country.demonym} army",
            f"{d.country.demonym} troops",
        )
    ),
    "big": lambda d: f"{(2 + int(d.rng.random() * 70)) * 100:,}",
    "capital": lambda d: d.country.capital,
    "country": lambda d: d.country.name,
    "crowd": lambda d: d.pick(
        ("Thousands of", "Hundreds of", "Several hundred", "Around 2,000", "Dozens of")
    ).lower(),
    "crowd_low": lambda d: d.pick(("hundreds of", "about 200", "dozens of")),
    "day": lambda d: d.pick(_WEEKDAYS),
    "dem": lambda d: d.country.demonym,
    "demand": _demand,
    "fighters": lambda d: d.pick(("fighters", "rebels", "militants")),
    "inj": lambda d: _in_words(_number(d, 2, 80)),
    "km": lambda d: str(20 + int(d.rng.random() * 400)),
    "n": _deaths,
    "n100": _many_deaths,
    "odem": _foreign_demonym,
    "ordinal": lambda d: d.pick(("second", "third", "fourth", "fifth")),
    "other": _foreign,
    "other_town": _other_town,
    "person": lambda d: d.pick(d.words.persons),
    "protesters": lambda d: d.pick(_PROTESTERS),
    "rebels": lambda d: d.pick(d.country.groups),
    "src": lambda d: d.pick(_SOURCES),
    "team": lambda d: f"{d.country.capital} United",
    "team2": lambda d: f"FC {d.pick(d.country.towns)}",
    "town": lambda d: d.pick(d.country.towns),
    "when": _when,
    "year": lambda d: str(1985 + int(d.rng.random() * max(1, d.published.year - 1986))),
}


def parse(text: str) -> Pieces:
    """Pieces of a template: literals, slots, choices (which do not nest)."""
    pieces: list[str | Slot | Choice] = []
    for part in re.split(r"(\{\w+\}|\[[^\]]*\])", text):
        if part.startswith("{"):
            pieces.append(Slot(part[1:-1]))
        elif part.startswith("["):
            pieces.append(Choice(tuple(parse(option) for option in part[1:-1].split("|"))))
        elif part:
            pieces.append(part)
    return tuple(pieces)


def _render(pieces: Pieces, draw: Draw) -> str:
    out = []
    for piece in pieces:
        if isinstance(piece, str):
            out.append(piece)
        elif isinstance(piece, Slot):
            out.append(draw.slot(piece.name))
        else:
            out.append(_render(draw.pick(piece.options), draw))
    return "".join(out)


def _table(name: str) -> pl.DataFrame:
    return pl.read_csv(WORDS / f"{name}.csv", infer_schema=False).fill_null("")


@cache
def load_words() -> Words:
    """All tables of `corpus_words/`."""
    templates = [
        Template(name, sub_event_type, code, source, target, fatalities, place, parse(text))
        for name, sub_event_type, code, source, target, fatalities, place, text in _table(
            "templates"
        ).iter_rows()
    ]
    background = _table("background")
    peaceful = background.filter(pl.col("kind") == "peace")
    return Words(
        templates=[template for template in templates if template.sub_event_type != "none"],
        without_event=[template for template in templates if template.sub_event_type == "none"],
        countries=[
            Country(iso3, code, name, demonym, capital, tuple(towns.split(";")), tuple(groups.split(";")))
            for iso3, code, name, demonym, capital, towns, groups in _table("countries").iter_rows()
        ],
        foreign=[(code, name, demonym) for code, name, demonym in _table("foreign").iter_rows()],
        background=[parse(text) for text in background.filter(pl.col("kind") != "peace")["text"]],
        peaceful=[parse(text) for text in peaceful["text"]],
        persons=_table("persons")["person"].to_list(),
    )


def _actor_code(role: str, draw: Draw) -> str | None:
    """CAMEO code of a side: exact for states, country and REB for groups, the country for a crowd."""
    home, away = draw.country.code, draw.foreign_code
    return {
        "army": f"{home}MIL",
        "police": f"{home}COP",
        "gov": f"{home}GOV",
        "rebels": f"{home}REB",
        "protesters": home,
        "labour": f"{home}LAB",
        "opposition": f"{home}OPP",
        "other_gov": f"{away}GOV",
        "foreign_army": f"{away}MIL",
        "igo": "IGOUNO",
    }.get(role)


def _fatalities(template: Template, draw: Draw) -> int | None:
    if template.fatalities in ("n", "n100"):
        return draw.deaths
    return int(template.fatalities) if template.fatalities.isdigit() else None


def _gold(report_id: str, number: int, template: Template, draw: Draw) -> tuple[object, ...]:
    code = template.cameo_code
    if draw.demand_digit and code in ("141", "142", "143", "144", "145"):
        code += draw.demand_digit
    location = {"place": "town", "capital": "capital"}.get(template.place)
    return (
        report_id,
        number,
        template.template_id,
        template.sub_event_type or None,
        code or None,
        code[:2] or None,
        _actor_code(template.source, draw),
        _actor_code(template.target, draw),
        draw.first,
        draw.last,
        draw.country.iso3 if template.place in ("place", "capital", "country") else None,
        draw.slot(location) if location else None,
        _fatalities(template, draw),
    )


def _background(draw: Draw, sentences: list[Pieces]) -> tuple[str, str]:
    """Two paragraphs beside the lead, about the same country and town, each sentence with its own numbers."""
    out = []
    for pieces in draw.rng.sample(sentences, _BACKGROUND_SENTENCES):
        for name in ("person", "big", "year"):
            draw.slots.pop(name, None)
        out.append(_render(pieces, draw))
    return " ".join(out[:4]), " ".join(out[4:])


def _dateline(draw: Draw, source: str) -> str:
    day = draw.published
    return f"{draw.country.capital.upper()}, {_SHORT_MONTHS[day.month - 1]} {day.day} ({source}) - "


def _report(
    number: int, rng: random.Random, words: Words
) -> tuple[tuple[object, ...], list[tuple[object, ...]]]:
    """One report and its gold rows."""
    report_id = f"s{number:07d}"
    published = FIRST_DAY + timedelta(days=int(rng.random() * DAYS))
    country = words.countries[int(rng.random() * len(words.countries))]
    draw = Draw(rng, words, country, published)
    source = draw.pick(_AGENCIES)
    has_event = rng.random() >= SHARE_WITHOUT_EVENT
    template = draw.pick(words.templates if has_event else words.without_event)
    paragraphs = [_render(template.pieces, draw)]
    gold = [_gold(report_id, 1, template, draw)] if has_event else []
    first, last = _background(draw, words.background if has_event else words.peaceful)
    paragraphs.append(first)
    if has_event and rng.random() < SHARE_WITH_SECOND_EVENT:
        second = Draw(rng, words, country, published)
        second_template = second.pick(words.templates)
        paragraphs.append("Separately, " + _lower_first(_render(second_template.pieces, second), second))
        gold.append(_gold(report_id, 2, second_template, second))
    paragraphs.append(last)
    text = _A_BEFORE_VOWEL.sub("n ", "\n".join(paragraphs))
    if rng.random() < SHARE_WITH_DATELINE:
        text = _dateline(draw, source) + text
    return (report_id, published, source, text), gold


def _lower_first(sentence: str, draw: Draw) -> str:
    """The sentence with a small first letter, unless it begins with a name."""
    first = sentence.split(" ", 1)[0].rstrip(",")
    names = {draw.country.demonym, *draw.country.name.split(), *draw.slots.values()}
    is_common = first in ("The", "A", "An", "On", "Late", "Early", "Last", "Overnight", "Yesterday") or (
        first not in names and first.lower() in _COMMON
    )
    return sentence[0].lower() + sentence[1:] if is_common else sentence


_COMMON = frozenset(
    ("fighters", "gunmen", "heavy", "rival", "unidentified", "unknown", "armed", "soldiers", "hundreds")
).union(
    ("thousands", "several", "around", "dozens", "demonstrators", "rioters", "supporters", "mortar", "bomb"),
    ("doctors", "teachers", "bus", "prosecutors"),
    _SMALL,
    _PROTESTERS,
)


def make_corpus(n: int, seed: int = 1) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Reports and gold events as frames (`REPORTS_SCHEMA`, `GOLD_SCHEMA`).

    >>> reports, gold = make_corpus(50, seed=7)
    >>> reports.height, set(gold["report_id"]) <= set(reports["report_id"])
    (50, True)
    """
    words, rng = load_words(), random.Random(seed)
    reports, gold = [], []
    for number in range(n):
        report, events = _report(number, rng, words)
        reports.append(report)
        gold.extend(events)
    return (
        pl.DataFrame(reports, schema=REPORTS_SCHEMA, orient="row"),
        pl.DataFrame(gold, schema=GOLD_SCHEMA, orient="row"),
    )


def write_corpus(n: int, seed: int, path: Path) -> None:
    """Write `reports.parquet` and `gold.parquet` into the folder `path`."""
    path.mkdir(parents=True, exist_ok=True)
    reports, gold = make_corpus(n, seed)
    reports.write_parquet(path / "reports.parquet")
    gold.write_parquet(path / "gold.parquet")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("reports", type=int, help="how many reports")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("corpus"), help="folder for the two Parquet files")
    arguments = parser.parse_args()
    write_corpus(arguments.reports, arguments.seed, arguments.out)


if __name__ == "__main__":
    main()

"""Reads PETRARCH and TABARI actor and agent dictionaries as tables like ours.

The format: one entry a line in capitals, underscores for blanks; `[CODE]`, `[CODE >date]`, `[CODE <date]` or `[CODE
date-date]` behind it or on lines of their own; `+NAME` is another name of the entry above; `[~ROLE]` marks an agent noun
and `{...}` its irregular plural; `!SET! = A, B` defines alternatives that `!SET!` in an entry stands for; `#` starts a
comment. Dates are YYMMDD or YYYYMMDD. Lines that do not fit are kept as `problem` rows and never guessed at.
"""

import re
from collections.abc import Iterator
from datetime import date as Date  # noqa: N812
from functools import cache
from pathlib import Path

import polars as pl

from eventdata.errors import UnreadableFileError
from eventdata.seeds import load_seed

_CODE = re.compile(r"\[([^\[\]]*)\]")
_PLURAL = re.compile(r"\{([^{}]*)\}")
_SET = re.compile(r"^!(\w+)!\s*=\s*(.+)$")
_SPAN = re.compile(r"^(?:([<>])\s*(\d{6,8})|(\d{6,8})\s*-\s*(\d{6,8})|(\d{6,8}))$")
_CENTURY = 30  # two-digit years above it are of the 20th century
_SMALL_WORDS = frozenset(
    ["of", "the", "for", "and", "in", "on", "to", "de", "la", "le", "du", "des", "al", "el", "y", "e"]
)
_CAPITALS_BELOW = 6  # a single word this short may be an abbreviation: "FARC"
_SCHEMA = {
    "line": pl.UInt32,
    "name": pl.String,
    "actor": pl.String,
    "kind": pl.String,
    "country": pl.String,
    "cameo_code": pl.String,
    "role": pl.String,
    "inter": pl.String,
    "valid_from": pl.String,
    "valid_to": pl.String,
    "source": pl.String,
    "plural": pl.String,
    "problem": pl.String,
}
Entry = tuple[int, str, str | None]  # line, name as written, plural


def read_petrarch(path: str | Path) -> pl.DataFrame:
    """The entries of a dictionary, one row a name and code.

    Columns: `line`, those of the actor tables, `plural` (agents) and `problem`: null, `no-code`, `bad-code` or `bad-date`.
    `kind` is `agent` for nouns, `demonym` for a
    name whose code is a country alone, else `listed`. A name keeps the entry's first name as `actor`.
    Rows with a problem have no code and do not enter a lexicon.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UnreadableFileError(
            f"{path}: {error.strerror}. Hint: give the path of a dictionary file."
        ) from error
    rows = list(_rows(text, path.name))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def is_petrarch(path: str | Path) -> bool:
    """True when the first entries of a file look like a PETRARCH dictionary and not like a CSV table."""
    with Path(path).open(encoding="utf-8-sig", errors="replace") as lines:
        for line in lines:
            entry = line.split("#")[0].strip()
            if entry:
                return not re.match(r'^"?\w+"?(,"?\w+"?)+$', entry)
    return False


def _rows(text: str, source: str) -> Iterator[tuple[object, ...]]:
    sets: dict[str, list[str]] = {}
    names: list[Entry] = []
    codes: list[tuple[int, str]] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#")[0].rstrip()
        if not line.strip():
            continue
        made = _SET.match(line.strip())
        if made:
            sets[made[1]] = [word.strip() for word in made[2].split(",") if word.strip()]
            continue
        found = [(number, code.strip()) for code in _CODE.findall(line) if code.strip()]
        plural = _PLURAL.search(line)
        name = re.sub(r"[\[{].*", "", line).strip().removeprefix("-")
        if name and not name.startswith("+"):
            yield from _entry(names, codes, sets, source)
            names, codes = [], []
        if name:
            names.append((number, name.removeprefix("+").strip(), plural[1] if plural else None))
        codes += found
    yield from _entry(names, codes, sets, source)


def _entry(
    names: list[Entry], codes: list[tuple[int, str]], sets: dict[str, list[str]], source: str
) -> Iterator[tuple[object, ...]]:
    """The rows of one entry: every name with every code."""
    spelled = [(line, form, plural) for line, name, plural in names for form in _alternatives(name, sets)]
    if not spelled:
        return
    forms = _written(spelled[0][1])
    titled = next((form for form in forms if not form.isupper()), forms[0])
    read = [_code(code) for _, code in codes] or [("", None, None, "no-code")]
    for line, name, plural in spelled:
        for form in _written(name):
            for code, first, last, problem in read:
                agent = code.startswith("~")
                country, role, inter = decode(code.removeprefix("~"), agent=agent)
                nation = country is not None and role is None and len(code) == 3
                kind = "agent" if agent else "demonym" if nation else "listed"
                actor = titled if nation else forms[0]
                full = None if problem or agent else code
                shown = form.lower() if agent else form
                plurals = ",".join(
                    _written(part.strip())[0].lower() for part in (plural or "").split(",") if part.strip()
                )
                yield (
                    *(line, shown, None if agent else actor, kind, country, full, role, inter),
                    *(first, last, source, plurals or None, problem),
                )


def _alternatives(name: str, sets: dict[str, list[str]]) -> list[str]:
    """The entry once for each word of the set that it names."""
    forms = [name]
    for key, words in sets.items():
        mark = f"!{key}!"
        if mark in name:
            forms = [form.replace(mark, word) for form in forms for word in words]
    return forms


def _written(name: str) -> list[str]:
    """A dictionary name as texts write it: "ISLAMIC_STATE_OF_IRAQ_" -> "Islamic State of Iraq"; short ones in capitals too.

    A bracket in a name is left out, and given as a name of its own when it is an abbreviation.
    """
    plain = re.sub(r"\s+", " ", name.replace("_", " ")).strip()
    inner = re.findall(r"\(([A-Z-]{2,8})\)", plain)
    plain = re.sub(r"\s*\([^)]*\)\s*", " ", plain).strip()
    if not plain:
        return inner or [name]
    words = plain.split(" ")
    titled = [
        word.lower() if at and word.lower() in _SMALL_WORDS else _capitalised(word)
        for at, word in enumerate(words)
    ]
    forms = [" ".join(titled)]
    if len(words) == 1 and len(plain) < _CAPITALS_BELOW:
        forms.insert(0, plain)
    return list(dict.fromkeys([*forms, *inner]))


def _capitalised(word: str) -> str:
    return "-".join(part[:1].upper() + part[1:].lower() for part in word.split("-"))


def _code(text: str) -> tuple[str, str | None, str | None, str | None]:
    """Code, first and last day (ISO text), and what is wrong with it."""
    code, _, span = text.partition(" ")
    if not re.fullmatch(r"~?[A-Z0-9]{3,}|---", code):
        return "", None, None, "bad-code"
    if code == "---":  # PETRARCH: not an actor from then on
        return "", None, None, "no-code"
    if not span.strip():
        return code, None, None, None
    parts = _SPAN.match(span.strip())
    days = [_day(part) for part in parts.groups()[1:] if part] if parts else []
    if not parts or None in days:
        return code, None, None, "bad-date"
    if parts[1] == "<":
        return code, None, days[0], None
    if parts[1] == ">":
        return code, days[0], None, None
    return code, days[0], days[-1], None


def _day(digits: str) -> str | None:
    year, month, day = digits[:-4], int(digits[-4:-2]), int(digits[-2:])
    if len(year) == 2:
        year = ("19" if int(year) > _CENTURY else "20") + year
    try:
        return Date(int(year), month, day).isoformat() if len(year) == 4 else None
    except ValueError:
        return None


@cache
def _code_tables() -> tuple[dict[str, str], frozenset[str], dict[str, str]]:
    """CAMEO country code -> ISO3, the role codes, and role -> ACLED actor type."""
    codes = load_seed("countries/codes", "iso3").filter(pl.col("cameo_code").is_not_null())
    countries = dict(codes.select("cameo_code", "iso3").iter_rows()) | {
        "ROU": "ROU",
        "KSV": "XKX",
        "TLS": "TLS",
    }
    roles = load_seed("cameo/roles", "code")
    types = load_seed("acled/inter", "code").rename({"label": "type"})
    named = roles.join(types, left_on="acled_inter_default", right_on="code", how="left", validate="m:1")
    inter = dict(named.filter(pl.col("type").is_not_null()).select("code", "type").iter_rows())
    return countries, frozenset(roles["code"].to_list()), inter


def decode(code: str, *, agent: bool = False) -> tuple[str | None, str | None, str | None]:
    """Country (ISO3), role and ACLED actor type of a CAMEO code: one country and the first role behind it.

    >>> decode("SYRMIL")
    ('SYR', 'MIL', 'State forces')
    """
    countries, roles, inter = _code_tables()
    chunks = [code[at : at + 3] for at in range(0, len(code), 3)]
    if not chunks:
        return None, None, None
    country = None if agent else countries.get(chunks[0])
    rest = chunks[1:] if country else chunks
    role = next((chunk for chunk in rest if chunk in roles), None)
    return country, role, inter.get(role or "")

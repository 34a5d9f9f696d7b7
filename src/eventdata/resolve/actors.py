"""Names and nouns become actors: who is meant, in which role, of which country.

For users: `resolve_actors` (texts in, one row an actor phrase out) and `resolve_actor` (one phrase). For the coder:
`lexicon_phrases`, `actor_phrases` and the composed names and codes. The rules are described in `actor_phrases`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date as Date  # noqa: N812 - `date` is a parameter
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

import polars as pl
from anyascii import anyascii

from eventdata.coding.clean import clean
from eventdata.coding.scan import Patterns, compile_patterns, scan
from eventdata.errors import BadCallError
from eventdata.resolve.actor_labels import compose_code, compose_names, external_inter, interaction
from eventdata.resolve.actor_lexicon import lexicon_of
from eventdata.resolve.actor_phrases import ACTOR_ISSUES, PHRASE_SCHEMA, actor_phrases
from eventdata.resolve.actor_tables import PRONOUNS, ActorLexicon, actor_names, lexicon_phrases
from eventdata.seeds import load_seed

__all__ = [
    "ACTOR_ISSUES",
    "PHRASE_SCHEMA",
    "ResolvedActor",
    "actor_names",
    "actor_phrases",
    "compose_code",
    "compose_names",
    "external_inter",
    "interaction",
    "lexicon_phrases",
    "resolve_actor",
    "resolve_actors",
]

_RESULT = ("row", "start", "end", "text", "name", "cameo_code", "role", "country", "inter", "issue")
# Bodies that stand where a country stands: CAMEO's region code for the Union, the UN's own code.
_BODIES = {"IGOEEC": "EUR", "IGOEUREEC": "EUR", "IGOUNO": "UNO"}
_WORD = re.compile(r"\S+")
_CAPITALS_BELOW = 5  # longer words in capitals are a headline's, not an abbreviation


@dataclass(frozen=True)
class ResolvedActor:
    """One actor: `text` as given, `name` canonical or composed, CAMEO `role`, `country` (ISO3), `cameo_code`, ACLED `inter`.

    What is not known is null; `issue` says why (see `ACTOR_ISSUES`).
    """

    text: str
    name: str | None = None
    role: str | None = None
    country: str | None = None
    cameo_code: str | None = None
    inter: str | None = None
    issue: str | None = None


# --- many texts -------------------------------------------------------------------------------------------------------


def resolve_actors(
    texts: Sequence[str | None] | pl.Series,
    dates: Sequence[Date | None] | pl.Series | Date | None = None,
    countries: Sequence[str | None] | pl.Series | str | None = None,
    offsets: Literal["bytes", "chars"] = "bytes",
    actors: str | Path | Sequence[str | Path] | None = None,
) -> pl.DataFrame:
    """The actor phrases of `texts`: `row` (index into `texts`), `start`, `end`, `text`, `name`, `cameo_code`, `role`,
    `country`, `inter`, `issue`, sorted by row and start.

    `dates` are the days the texts are about (who held an office, which name a group bore); `countries` (names or ISO3
    codes) help to choose between actors of one name, and fill in for nouns without a country. `start` and `end` count
    UTF-8 bytes, or characters with `offsets="chars"`. `actors` are tables or PETRARCH dictionaries of your own, see
    `normalize`. Places ("in Syria") and bare modifiers are no actors.

    >>> resolve_actors(["Syrian and Russian air forces struck."])["cameo_code"].to_list()
    ['SYRMIL', 'RUSMIL']
    """
    if offsets not in ("bytes", "chars"):
        raise BadCallError(f"offsets is {offsets!r}. Hint: 'bytes' or 'chars'.")
    reports = _reports(texts, dates, countries)
    lexicon = lexicon_of(actors)
    patterns, keys = _scan_patterns(lexicon)
    marks = scan(reports, patterns)
    marks = marks.with_columns(actor=keys.gather(marks["ref"]))
    phrases = actor_phrases(marks, reports, lexicon)
    known = pl.col("actor").is_not_null() | pl.col("role").is_not_null()
    phrases = phrases.filter(known & (pl.col("kind") != "location"))
    if "countries" in reports.columns:
        phrases = _fill_countries(phrases, reports)
    phrases = phrases.with_columns(country=_body_or_country())
    if offsets == "chars":
        phrases = _in_characters(phrases, reports)
    return phrases.rename({"actor": "name"}).select(_RESULT)


def _reports(
    texts: Sequence[str | None] | pl.Series,
    dates: Sequence[Date | None] | pl.Series | Date | None,
    countries: Sequence[str | None] | pl.Series | str | None,
) -> pl.DataFrame:
    """row, text, clean, published and (if given) countries of a call."""
    text = pl.Series("text", texts, dtype=pl.String)
    reports = (
        pl.DataFrame({"text": text})
        .with_row_index("row")
        .with_columns(clean=clean(pl.col("text")).fill_null(""))
    )
    columns = {"published": _column(dates, len(text), "dates", pl.Date)}
    if countries is not None:
        columns["countries"] = _iso3(_column(countries, len(text), "countries", pl.String))
    return reports.with_columns(pl.Series(name, values) for name, values in columns.items())


def _column(values: Any, size: int, name: str, dtype: type[pl.DataType]) -> pl.Series:
    """A column of `size` values: one for all, or one each."""
    if values is None or isinstance(values, str | Date):
        return pl.Series(name, [values] * size, dtype=dtype)
    try:
        column = pl.Series(name, values, dtype=None if isinstance(values, pl.Series) else dtype).cast(dtype)
    except (TypeError, pl.exceptions.PolarsError) as error:
        raise BadCallError(f"{name} is not a column of {dtype}: {error}") from error
    if len(column) != size:
        raise BadCallError(
            f"{name} has {len(column)} values for {size} texts. Hint: one each, or a single one."
        )
    return column


@cache
def _country_index() -> dict[str, str]:
    """Folded names, demonyms and codes of countries -> ISO3; names that two countries share are left out."""
    names = actor_names().filter(pl.col("kind").is_in(["state", "demonym"]) & pl.col("country").is_not_null())
    clear = names.group_by("phrase").agg(pl.col("country").unique()).filter(pl.col("country").list.len() == 1)
    pairs = clear.select("phrase", pl.col("country").list.first()).iter_rows()
    codes = load_seed("countries/codes", "iso3")
    index = {anyascii(name).lower(): iso3 for name, iso3 in pairs}
    index |= {name.lower(): iso3 for name, iso3 in codes.select("name", "iso3").iter_rows()}
    return index | {code.lower(): code for code in codes["iso3"].to_list()}


def _iso3(countries: pl.Series) -> pl.Series:
    """ISO3 codes of countries given as codes, names or adjectives; null where unknown."""
    index = _country_index()
    given = countries.unique().drop_nulls()
    codes = [index.get(anyascii(name).strip().lower()) for name in given.to_list()]
    return countries.replace_strict(
        given, pl.Series(codes, dtype=pl.String), default=None, return_dtype=pl.String
    )


def _fill_countries(phrases: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Nouns without a country take the report's, and their code and name with it."""
    given = reports["countries"].gather(phrases["row"])
    phrases = phrases.with_columns(given.alias("given"))
    takes = pl.col("agent") & pl.col("country").is_null() & pl.col("given").is_not_null()
    filled = phrases.with_columns(country=pl.when(takes).then("given").otherwise("country"), takes=takes)
    labels = compose_names(filled)
    return filled.with_columns(labels["name"].alias("label"), code=compose_code()).with_columns(
        actor=pl.when("takes").then("label").otherwise("actor"),
        cameo_code=pl.when("takes").then("code").otherwise("cameo_code"),
        issue=pl.when(~pl.col("takes") | (pl.col("issue") != "no-country")).then("issue"),
    )


def _body_or_country() -> pl.Expr:
    body = pl.lit(None, pl.String)
    for code, name in _BODIES.items():
        body = pl.when(pl.col("cameo_code").str.starts_with(code)).then(pl.lit(name)).otherwise(body)
    return pl.coalesce("country", body)


def _in_characters(phrases: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Byte offsets as character offsets."""
    body = reports["text"].cast(pl.Binary).gather(phrases["row"])
    cut = phrases.select("start", "end").with_columns(body.alias("body"))
    before = pl.col("body").bin.slice(0, pl.col("start")).cast(pl.String).str.len_chars()
    long = pl.col("body").bin.slice(0, pl.col("end")).cast(pl.String).str.len_chars()
    return phrases.with_columns(cut.select(start=before, end=long))


@lru_cache(maxsize=4)
def _scan_patterns(lexicon: ActorLexicon) -> tuple[Patterns, pl.Series]:
    """All actor phrases as the scan takes them, and the key of each."""
    phrases = lexicon.phrases
    first = pl.col("phrase").str.slice(0, 1).str.to_uppercase()
    capitalised = phrases.filter(~pl.col("proper")).with_columns(phrase=first + pl.col("phrase").str.slice(1))
    every = pl.concat([phrases, capitalised])
    return compile_patterns(every["phrase"]), every["key"]


# --- one phrase -------------------------------------------------------------------------------------------------------


def resolve_actor(
    text: str,
    date: Date | None = None,
    country: str | None = None,
    actors: str | Path | Sequence[str | Path] | None = None,
) -> ResolvedActor:
    """The actor that one whole phrase names; for a running text use `resolve_actors`.

    Besides the tables this reads words that stand for a kind of body ("University of ..."), "former", and place names: a
    town stands for its people (CVL). `country` (name or ISO3) is the context; `actors` are tables of your own, see
    `normalize`. Pronouns name nobody.

    >>> resolve_actor("Former Ukrainian defense minister").cameo_code
    'UKRELI'
    >>> resolve_actor("the mayor of Kherson").country
    'UKR'
    """
    reports = _reports([text], date, country)
    lexicon = lexicon_of(actors)
    phrases = actor_phrases(_single_marks(reports["clean"][0], lexicon), reports, lexicon)
    phrases = phrases.filter(~pl.col("kind").is_in(PRONOUNS))
    given = _iso3(pl.Series([country], dtype=pl.String))[0] if country else None
    if phrases.is_empty():
        return _unknown(text, given)
    rows = phrases.to_dicts()
    main = _main(rows)
    rest = _capitalised_rest(text, rows)
    noun = bool(main["agent"])
    kind, role, inter = main["kind"], main["role"], main["inter"]
    if kind == "location":  # nothing else is named: "targets in Syria"
        role = None
    if kind == "person" and main["country"] is None:  # "two men" may be anybody
        role = inter = None
    body = phrases.select(_body_or_country().alias("body")).to_series()[rows.index(main)]
    named = next((row["country"] for row in rows if row["country"]), None)
    country_ = (
        main["country"] or named or body or given or (_noun_country(text, rest, kind) if noun else None)
    )
    frame = pl.DataFrame(
        {"country": [country_], "role": [role], "kind": [kind], "inter": [inter]},
        schema_overrides=dict.fromkeys(("country", "role", "kind", "inter"), pl.String),
    )
    changed = (country_, role) != (main["country"], main["role"])
    composed = noun and changed
    name = compose_names(frame)["name"][0] if composed else main["actor"]
    if noun and rest:  # a title and a name, or the proper name of a body
        name = rest[0] if kind in ("title", "office") else _without_article(text)
    keep_code = main["cameo_code"] if not (composed or role != main["role"]) else None
    code = keep_code or frame.select(compose_code()).to_series()[0]
    issue = main["issue"]
    if issue == "no-country" and country_:
        issue = None
    return ResolvedActor(text, name, role, country_, code, inter, issue)


def _without_article(text: str) -> str:
    return re.sub(r"^(the|a|an)\s+", "", text.strip(), flags=re.IGNORECASE)


def _noun_country(text: str, rest: list[str], kind: str) -> str | None:
    """Country of a place among the names beside a noun; behind a title only where a preposition says it is a place."""
    if kind in ("title", "office"):
        rest = [name for name in rest if re.search(rf"\b(of|in|from|at)\s+(the\s+)?{re.escape(name)}", text)]
    return _place_country(rest, None)


def _main(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The phrase that the whole text is about: a named one with a role, else the first that is not a place."""
    actors = [row for row in rows if row["kind"] != "location"] or rows
    named = [row for row in actors if not row["agent"] and row["role"]]
    roled = [row for row in actors if row["role"]]
    first = actors[0]
    if first["role"] or not roled:
        return first
    return (named or roled)[0]


def _unknown(text: str, country: str | None) -> ResolvedActor:
    """A name that no table holds: a place stands for its people, any other name is kept as text."""
    bare = _without_article(text)
    if not any(word[:1].isupper() for word in bare.split()) or bare.lower() in _pronouns():
        return ResolvedActor(text, country=country, issue="unknown-name")
    iso3 = _place_country([bare], country)
    if iso3 is None:
        return ResolvedActor(text, name=bare, country=country, issue="unknown-name")
    made = ResolvedActor(text, name=bare, role="CVL", country=iso3, inter="Civilians")
    code = pl.select(country=pl.lit(iso3), role=pl.lit("CVL")).select(compose_code()).to_series()[0]
    return replace(made, cameo_code=code)


@cache
def _pronouns() -> frozenset[str]:
    table = load_seed("actors/modifiers", "phrase", "effect")
    return frozenset(table.filter(pl.col("effect") == "stop")["phrase"].to_list())


def _capitalised_rest(text: str, rows: list[dict[str, Any]]) -> list[str]:
    """Runs of capitalised words that no phrase covers, longest first."""
    body = bytearray(text.encode())
    for row in rows:
        start, end = int(str(row["start"])), int(str(row["end"]))
        body[start:end] = b"|" * (end - start)
    left = body.decode(errors="ignore")
    runs = re.findall(r"[^\W\d_a-z][\w'’-]*(?: [^\W\d_a-z][\w'’-]*)*", left)
    return sorted(runs, key=len, reverse=True)


def _place_country(names: list[str], country: str | None) -> str | None:
    """ISO3 of the first of `names` that the gazetteer holds, the context's country first."""
    from eventdata.resolve.place_lookup import lookup_names

    for name in names:
        found = lookup_names(pl.Series([name]), [country] if country else None)
        if not found.is_empty() and found["iso3"][0] is not None:
            return str(found["iso3"][0])
    return None


def _single_marks(text: str, lexicon: ActorLexicon) -> pl.DataFrame:
    """Marks of one short text by plain look-up, longest first: the scan of one text."""
    index, longest = _phrase_index(lexicon)
    words = [(match.start(), match.end(), match.group()) for match in _WORD.finditer(text)]
    marks = []
    at = 0
    while at < len(words):
        step = 1
        for size in range(min(longest, len(words) - at), 0, -1):
            start, end = words[at][0], words[at + size - 1][1]
            key, end = _look_up(text, start, end, index)
            if key is not None:
                marks.append((len(text[:start].encode()), len(text[:end].encode()), key))
                step = size
                break
        at += step
    frame = pl.DataFrame(
        marks, schema={"start": pl.UInt32, "end": pl.UInt32, "actor": pl.UInt32}, orient="row"
    )
    zero = pl.lit(0, pl.UInt32)
    return frame.select(zero.alias("row"), zero.alias("sent"), "start", "end", "actor")


def _look_up(text: str, start: int, end: int, index: dict[str, int]) -> tuple[int | None, int]:
    """Key of the phrase at `start`, with or without what hangs on its last word ("army,", "Turkish-backed")."""
    run = re.sub(r" +", " ", text[start:end])
    gap = end - start - len(run)
    cut = len(run)
    while cut > 0:
        tried = run[:cut]
        forms = [tried, anyascii(tried)]
        if tried.isupper() and len(tried) > _CAPITALS_BELOW:
            forms.append(tried.title())
        for form in forms:
            if form in index:
                return index[form], start + cut + gap
        last_word = run.rfind(" ") + 1
        hyphen = max(run.rfind(mark, last_word, cut) for mark in "-.,;:!?")
        cut = hyphen if hyphen > last_word else 0
    return None, end


@lru_cache(maxsize=4)
def _phrase_index(lexicon: ActorLexicon) -> tuple[dict[str, int], int]:
    phrases = lexicon.phrases
    index: dict[str, int] = {}
    for phrase, key, proper in phrases.iter_rows():
        index.setdefault(phrase, key)
        if not proper:
            index.setdefault(phrase[:1].upper() + phrase[1:], key)
    return index, max(phrase.count(" ") + 1 for phrase in index)

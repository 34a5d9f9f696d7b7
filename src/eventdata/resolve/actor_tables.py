"""Compiles the actor tables of `seeds/actors/` into what the scan and the grouping of marks need.

Names (states, groups, officials, organisations, media ...) and agent nouns ("soldiers", "protesters") become *phrases* with
a number, the key. A key has one or more *candidates*: one row of a table each, with country, role, CAMEO code and the
dates between which it holds. Spelling variants are made here, by rule, and never stored.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import polars as pl
from anyascii import anyascii

from eventdata.coding.clean import clean_phrase
from eventdata.seeds import SEEDS, load_seed

COLUMNS = (
    "name",
    "actor",
    "kind",
    "country",
    "cameo_code",
    "role",
    "inter",
    "valid_from",
    "valid_to",
    "source",
)
# Classes of marks, used by the rules that join marks to phrases.
STATE, DEMONYM, PEOPLE, METONYM, GROUP, PERSON, AGENT, FORMER = range(1, 9)
_KIND_CLASS = {
    "state": STATE,
    "demonym": DEMONYM,
    "ethnic": DEMONYM,
    "ethnonym": DEMONYM,
    "region": DEMONYM,
    "people": PEOPLE,
    "metonym": METONYM,
    "person": PERSON,
    "official": PERSON,
}
STRONG, SOFT, WEAK = 0, 1, 2
# Weak nouns have no role of their own; that of a soft one yields to the noun before it: "police officials".
_ELITE = "ELI"
_OFFICES = ["GOV", "LEG", "MIL", "COP", "JUD", "SPY", "IGO"]
PRONOUNS = ("they", "he")  # kinds; they name nobody until the report says whom they stand for
MAX_VARIANTS = 12


@dataclass(frozen=True, eq=False)
class ActorLexicon:
    """Phrases, keys and candidates.

    `phrases`: phrase, key, proper. `keys`: first (candidate), count, dated; row number = key. `candidates`: the attributes;
    row number = candidate id; sorted by key and precedence. A lexicon equals itself only, so what is made of it can be cached.
    """

    phrases: pl.DataFrame
    keys: pl.DataFrame
    candidates: pl.DataFrame


def _partial_date(column: str, *, end: bool) -> pl.Expr:
    """A Date from YYYY, YYYY-MM or YYYY-MM-DD text: the first day it can mean, or the last."""
    text = pl.col(column)
    month_end = pl.concat_str(text, pl.lit("-01")).str.to_date("%Y-%m-%d", strict=False).dt.month_end()
    year, month = (
        (pl.concat_str(text, pl.lit("-12-31")).str.to_date("%Y-%m-%d", strict=False), month_end)
        if end
        else (
            pl.concat_str(text, pl.lit("-01-01")).str.to_date("%Y-%m-%d", strict=False),
            pl.concat_str(text, pl.lit("-01")).str.to_date("%Y-%m-%d", strict=False),
        )
    )
    length = text.str.len_bytes()
    return (
        pl.when(length == 4)
        .then(year)
        .when(length == 7)
        .then(month)
        .otherwise(text.str.to_date("%Y-%m-%d", strict=False))
        .alias(column)
    )


def actor_table_names() -> list[str]:
    """The tables of `seeds/actors/` that hold actor names, found by their header."""
    found = []
    for path in sorted((SEEDS / "actors").glob("*.csv")):
        with path.open(encoding="utf-8") as lines:
            if lines.readline().strip() == ",".join(COLUMNS):
                found.append(f"actors/{path.stem}")
    return found


def read_actor_names() -> pl.DataFrame:
    """All rows of the actor tables as text, with `table` (name of the table) and `line` (line in it)."""
    # of two tables with one actor of a name, country and role, the states, then the first in the alphabet counts
    tables = sorted(actor_table_names(), key=lambda name: (name != "actors/states", name))
    frames = [
        load_seed(name)
        .select(COLUMNS)
        .with_columns(table=pl.lit(name), place=pl.lit(place))
        .with_row_index("line", 2)
        for place, name in enumerate(tables)
    ]
    rows = pl.concat(frames).filter(pl.col("name").is_not_null())
    first = pl.col("place").min().over(pl.struct("name", "country", "role"))
    return rows.filter(pl.col("place") == first).drop("place")


# --- spelling variants ------------------------------------------------------------------------------------------------

_ARTICLE = r"\b[AaEe]l[- ](\p{Lu})"


def spelling_variants(name: str) -> list[str]:
    """Other spellings of a name, by rule: articles, diacritics, hyphens, apostrophes, British and American words.

    >>> spelling_variants("al-Qaeda")[:4]
    ['al Qaeda', 'Al-Qaeda', 'Al Qaeda', 'al-Qaida']
    >>> spelling_variants("Jüri Ratas")
    ['Juri Ratas']
    """
    return spell(pl.Series([name]))["phrase"].to_list()[1:]


def spell(names: pl.Series) -> pl.DataFrame:
    """`name`, `phrase`: each name and its other spellings, the name itself first.

    The words are those of `seeds/actors/spellings.csv`; at most `MAX_VARIANTS` others a name.
    """
    forms = pl.DataFrame({"name": names, "phrase": names})

    def add(has: str, *others: pl.Expr) -> None:
        nonlocal forms
        found = forms.filter(pl.col("phrase").str.contains(has))
        if not found.is_empty():
            made = [found.with_columns(phrase=other) for other in others]
            forms = pl.concat([forms, *made]).filter(pl.col("phrase").is_not_null())

    phrase = pl.col("phrase")
    add(
        _ARTICLE,
        *(phrase.str.replace_all(_ARTICLE, f"{article}${{1}}") for article in ("al-", "al ", "Al-", "Al ")),
    )
    inner = rf"\w.*{_ARTICLE}"  # inside a personal name: "Abdel Fattah al-Sisi"
    add(inner, *(phrase.str.replace_all(_ARTICLE, f"{article}${{1}}") for article in ("el-", "El-")))
    forms = pl.concat([forms, _respelled(forms)])
    foreign = forms.filter(phrase.str.contains(r"[^\x00-\x7f]"))
    plain = pl.Series("phrase", [anyascii(form) for form in foreign["phrase"].to_list()], dtype=pl.String)
    forms = pl.concat([forms, foreign.with_columns(plain)])
    add("['’]", phrase.str.replace_all("['’]", ""))
    add(r"\w-\w", phrase.str.replace_all(r"(\w)-(\w)", "${1} ${2}"))
    forms = forms.unique(maintain_order=True)
    return forms.filter(pl.int_range(pl.len()).over("name") <= MAX_VARIANTS)


def _respelled(forms: pl.DataFrame) -> pl.DataFrame:
    """The further forms that the words of `spellings.csv` make, one rule after the other."""
    rules = load_seed("actors/spellings", "word", "other")
    few = forms.filter(pl.col("phrase").str.contains_any(rules["word"].unique().to_list()))
    spelled = few.select(
        "name", "phrase"
    ).rows()  # a plain list: each rule looks at few names, and adds fewer
    for word, other in rules.iter_rows():
        ends = r"\b" if word[-1].isalpha() else ""
        whole = re.compile(rf"\b{re.escape(word)}{ends}", re.ASCII)
        spelled += [(name, whole.sub(other, phrase)) for name, phrase in spelled if word in phrase]
    return pl.DataFrame(spelled[few.height :], schema=forms.schema, orient="row")


# --- compile ----------------------------------------------------------------------------------------------------------


def agent_rows(extra: pl.DataFrame | None = None) -> pl.DataFrame:
    """Agent nouns, singular and plural, as candidate rows, and the words for "former" of the modifiers.

    `extra` (phrase, role, inter, kind) are a user's nouns; they hide ours of the same words.
    """
    agents = load_seed("actors/agents", "phrase")
    plural = agents.filter(pl.col("plural").is_not_null()).with_columns(phrase="plural")
    columns = ("phrase", "role", "inter", "kind")
    nouns = pl.concat([agents.select(columns), plural.select(columns)])
    if extra is not None:
        own = nouns.join(extra, on="phrase", how="anti", maintain_order="left")
        nouns = pl.concat([extra.select(columns), own])
    former = load_seed("actors/modifiers", "phrase", "effect").filter(pl.col("effect") == "former")
    return pl.concat(
        [
            nouns.select(
                name="phrase",
                actor=pl.lit(None, pl.String),
                kind="kind",
                country=pl.lit(None, pl.String),
                cameo_code=pl.lit(None, pl.String),
                role="role",
                inter="inter",
                class_=pl.lit(AGENT, pl.UInt8),
            ),
            former.select(
                name="phrase",
                actor=pl.lit(None, pl.String),
                kind=pl.lit("former"),
                country=pl.lit(None, pl.String),
                cameo_code=pl.lit(None, pl.String),
                role=pl.lit(None, pl.String),
                inter=pl.lit(None, pl.String),
                class_=pl.lit(FORMER, pl.UInt8),
            ),
        ]
    )


def _with_elites(names: pl.DataFrame) -> pl.DataFrame:
    """Persons out of office belong to the elite (CAMEO role ELI): one undated candidate for each dated name."""
    dated = pl.col("valid_from").is_not_null() | pl.col("valid_to").is_not_null()
    # "President Bush" is meant as one in office, whatever the date
    titled = pl.col("name").str.contains(r"^(?:President|Prime Minister|Premier|Secretary of State) \p{Lu}")
    persons = names.filter((pl.col("class_") == PERSON) & dated & ~titled).unique(
        ["name", "actor"], keep="last", maintain_order=True
    )
    office = pl.col("role").is_in(_OFFICES)  # the head of an armed group or a party stays with it
    elites = persons.with_columns(
        role=pl.when(office).then(pl.lit(_ELITE)).otherwise("role"),
        inter=pl.when(office).then(pl.lit("Civilians")).otherwise("inter"),
        cameo_code=pl.when(office)
        .then(pl.col("cameo_code").str.slice(0, 3) + _ELITE)
        .otherwise("cameo_code"),
        valid_from=pl.lit(None, pl.Date),
        valid_to=pl.lit(None, pl.Date),
        fallback=pl.lit(value=True),
    )
    return pl.concat([names.with_columns(fallback=pl.lit(value=False)), elites])


def _variants(names: pl.DataFrame) -> pl.DataFrame:
    """`name`, `phrase` of every spelling; a variant never takes a phrase that a table lists for itself."""
    own = names["name"].unique(maintain_order=True)
    forms = spell(own)
    return forms.filter((pl.col("name") == pl.col("phrase")) | ~pl.col("phrase").is_in(own.implode()))


def _title_case(agents: pl.DataFrame) -> pl.DataFrame:
    """`name`, `phrase`: nouns of several words as titles are written: "Prime Minister", "Ministry of Defence"."""
    several = agents.filter(
        pl.col("phrase").str.contains(r"[ -]") & ~pl.col("phrase").str.contains(r"\p{Lu}")
    )
    titled = pl.col("phrase").str.to_titlecase()
    for word in ("of", "the", "for", "and", "in"):
        titled = titled.str.replace_all(f" {word.capitalize()} ", f" {word} ", literal=True)
    return several.select("name", phrase=titled.str.replace_all(" S ", " s ", literal=True))


def compile_actors(tables: Sequence[pl.DataFrame], nouns: pl.DataFrame | None = None) -> ActorLexicon:
    """Lexicon from actor tables with the columns `COLUMNS`, those of higher precedence first, and the agent
    nouns (a user's `nouns` first).

    A name that a table of higher precedence holds hides the rows of that name in the later ones.
    """
    ranked = pl.concat(
        [
            table.select(COLUMNS[:-1]).with_columns(rank=pl.lit(rank, pl.UInt8))
            for rank, table in enumerate(tables)
        ]
    ).filter(pl.col("name").is_not_null())
    top = ranked.group_by("name").agg(top=pl.col("rank").min())
    ranked = ranked.join(top, on="name", how="left", validate="m:1", maintain_order="left").filter(
        pl.col("rank") == pl.col("top")
    )
    # "US", "UK" are used like adjectives: "US warplanes", "UK and French ministers"
    short = (pl.col("kind") == "state") & pl.col("name").str.contains(r"^[A-Z.]{2,6}$")
    kind_class = (
        pl.when(short)
        .then(pl.lit(DEMONYM, pl.UInt8))
        .otherwise(pl.col("kind").replace_strict(_KIND_CLASS, default=GROUP, return_dtype=pl.UInt8))
    )
    names = (
        ranked.drop("rank", "top")
        .with_columns(
            _partial_date("valid_from", end=False),
            _partial_date("valid_to", end=True),
            class_=kind_class,
        )
        .unique(maintain_order=True)
    )
    names = _with_elites(names)
    agents = agent_rows(nouns).with_columns(
        valid_from=pl.lit(None, pl.Date), valid_to=pl.lit(None, pl.Date), fallback=pl.lit(value=False)
    )
    rows = pl.concat([names, agents.select(names.columns)])
    unhyphened = pl.col("name").str.replace_all("-", " ", literal=True)
    spaced = agents.filter(pl.col("name").str.contains(r"\w-\w")).with_columns(phrase=unhyphened)
    written = pl.concat([agents.with_columns(phrase="name"), spaced])
    spelled = pl.concat([_variants(names), written.select("name", "phrase"), _title_case(written)])
    spelled = spelled.with_columns(clean_phrase(pl.col("phrase"))).filter(pl.col("phrase") != "")
    joined = spelled.unique(["name", "phrase"], maintain_order=True).join(
        rows, on="name", how="inner", maintain_order="left_right"
    )
    shared = joined.unique(
        ["phrase", "actor", "kind", "country", "role", "valid_from", "valid_to"],
        keep="first",
        maintain_order=True,
    )
    keyed = shared.with_columns(key=(pl.col("phrase").rank("dense") - 1).cast(pl.UInt32))
    # open spans first, then the latest; out-of-office rows last
    keyed = keyed.sort(
        "key",
        "fallback",
        "valid_to",
        "valid_from",
        descending=[False, False, True, True],
        nulls_last=[False, False, False, True],
        maintain_order=True,
    )
    candidates = keyed.select(
        "key",
        "phrase",
        "actor",
        "kind",
        "country",
        "cameo_code",
        "role",
        "inter",
        "valid_from",
        "valid_to",
        "fallback",
        "class_",
    ).with_columns(
        rank=pl.when(pl.col("class_") != AGENT)
        .then(None)
        .when(pl.col("kind").is_in(["weak", "groupnoun", *PRONOUNS]))
        .then(WEAK)
        .when(pl.col("kind").is_in(["soft", "office", "person"]))
        .then(SOFT)
        .otherwise(STRONG)
        .cast(pl.UInt8),
    )
    candidates = candidates.with_row_index("candidate")
    keys = (
        candidates.group_by("key", maintain_order=True)
        .agg(
            first=pl.col("candidate").first(),
            count=pl.len().cast(pl.UInt32),
            dated=(pl.col("valid_from").is_not_null() | pl.col("valid_to").is_not_null()).any(),
            class_=pl.col("class_").first(),
            phrase=pl.col("phrase").first(),
        )
        .sort("key")
    )
    has_capital = pl.col("phrase").str.contains(r"\p{Lu}")
    phrases = keys.select("phrase", "key", proper=(pl.col("class_") < AGENT) | has_capital)
    return ActorLexicon(phrases, keys, candidates)


@cache
def actor_lexicon() -> ActorLexicon:
    """The lexicon of our own tables, compiled once."""
    return compile_actors([read_actor_names()])


def actor_names() -> pl.DataFrame:
    """All candidate rows of all distinct names and agent nouns: `key`, `phrase` and the columns of the actor tables."""
    return actor_lexicon().candidates


def lexicon_phrases() -> pl.DataFrame:
    """Phrases for the scan: `phrase`, `key` (into `actor_names().key`), `proper` (matched exactly as written)."""
    return actor_lexicon().phrases

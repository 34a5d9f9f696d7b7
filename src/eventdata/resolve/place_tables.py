"""The tables behind place names, compiled once: places, the names that the scan looks for, and what a name can stand for.

A *place* is a row of `places()`. A *name* is a phrase of the scan; its key says what it can be: one or more places, a
country, a word for its people, or a word that stands around place names ("village of", "district").
"""

from functools import cache
from typing import NamedTuple

import polars as pl

from eventdata.seeds import load_seed, seed_file

# A name may stand for so many places of one country before the smaller ones are left out.
_PER_COUNTRY = 3
_PER_NAME = 14
_EXTRA_POPULATION = {"country": 0, "admin1": 500_000, "region": 400_000, "admin2": 100_000, "town": 15_000}
PLACE_COLUMNS = (
    "name", "admin1", "iso3", "latitude", "longitude", "population", "geoname_id", "kind", "geo_precision",
)  # fmt: skip
_ARTICLE = "(?:al|el|as|ash|ad|adh|ar|at|ath|az|an|ed|er|es|esh|et|ez|en|il|l)[- ]"


class Names(NamedTuple):
    """What the scan can find: `table` by key, `candidates` by key and rank."""

    table: pl.DataFrame  # key, phrase, what (name, country, demonym, before, after), n, place, iso3 (if only one), weak, value
    candidates: pl.DataFrame  # key, rank, place


def fold(name: pl.Expr) -> pl.Expr:
    """Lower-case ASCII letters and digits of a name: spellings that differ in marks, hyphens and blanks fold together."""
    plain = name.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
    return plain.str.replace_many(_LETTERS_FROM, _LETTERS_TO).str.replace_all(r"[^a-z0-9]", "")


_LETTERS_FROM = ["ı", "ł", "đ", "ð", "þ", "ø", "æ", "œ", "ß", "ə"]
_LETTERS_TO = ["i", "l", "d", "d", "th", "o", "ae", "oe", "ss", "a"]


def skeleton(name: pl.Expr) -> pl.Expr:
    """Consonants of a name without its article: transliterations of one name mostly share them.

    >>> pl.select(skeleton(pl.lit("al-Tel")) == skeleton(pl.lit("At Tall"))).item()
    True
    """
    plain = name.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
    plain = plain.str.replace("^" + _ARTICLE, "").str.replace_all(" " + _ARTICLE, " ")
    plain = plain.str.replace_all(r"[^a-z]", "")
    plain = plain.str.replace_many(
        ["tch", "sch", "kh", "gh", "ch", "sh", "th", "dh", "ph", "ck", "q", "c", "w", "j", "z", "v", "p", "d"],
        ["S", "S", "k", "g", "S", "S", "t", "t", "f", "k", "k", "k", "", "g", "s", "b", "b", "t"],
        leftmost=True,
    )
    plain = plain.str.replace_all(r"([^aeiouyh])h", "${1}").str.replace_all(r"[aeiouyh]", "")
    for letter in "bfgklmnrstS":
        plain = plain.str.replace_all(letter + letter + "+", letter)
    return plain


@cache
def gazetteer() -> pl.DataFrame:
    """The places of GeoNames that this package carries, the largest first."""
    return pl.read_parquet(seed_file("places/gazetteer.parquet"))


@cache
def _with_extras() -> tuple[pl.DataFrame, pl.DataFrame]:
    """All places with their number `place`, and the additional names (`phrase`, `place`) of `extra.csv`."""
    base = gazetteer().select(
        *PLACE_COLUMNS[:-1],
        geo_precision=pl.lit(None, dtype=pl.UInt8),
    ).with_row_index("place")
    extra = load_seed("places/extra", "name", "iso3", "kind").with_columns(
        pl.col("latitude", "longitude").cast(pl.Float32), pl.col("geo_precision").cast(pl.UInt8)
    )
    listed = extra.group_by("canonical", "iso3", "kind", maintain_order=True).agg(
        pl.col("admin1", "latitude", "longitude", "geo_precision").drop_nulls().first()
    )
    wanted = listed.filter(pl.col("latitude").is_null())
    known = (
        base.filter(pl.col("name").is_in(wanted["canonical"].to_list()))
        .with_columns(level=pl.when(pl.col("kind") == "town").then(pl.lit("town")).otherwise("kind"))
        .select("place", "name", "iso3", "level")
        .unique(["name", "iso3", "level"], keep="first", maintain_order=True)
    )
    listed = listed.join(
        known, left_on=["canonical", "iso3", "kind"], right_on=["name", "iso3", "level"], how="left", validate="m:1"
    )
    new = (
        listed.filter(pl.col("place").is_null())
        .drop("place")
        .with_columns(
            population=pl.col("kind").replace_strict(_EXTRA_POPULATION, default=20_000, return_dtype=pl.UInt32),
            geoname_id=pl.lit(None, dtype=pl.UInt32),
            name="canonical",
        )
        .with_row_index("place", offset=base.height)
    )
    countries = (
        load_seed("places/countries", "name")
        .filter(pl.col("kind") == "country")
        .unique("iso3", keep="first", maintain_order=True)
        .select("iso3", "kind", name="iso3")
        .with_row_index("place", offset=base.height + new.height)
        .with_columns(
            pl.lit(None, dtype=kind).alias(column)
            for column, kind in [("admin1", pl.String), ("latitude", pl.Float32), ("longitude", pl.Float32),
                                 ("geoname_id", pl.UInt32), ("geo_precision", pl.UInt8)]
        )
        .with_columns(population=pl.lit(0, dtype=pl.UInt32))
    )  # fmt: skip
    names = country_names()
    countries = countries.with_columns(name=pl.col("iso3").replace_strict(names, default=pl.col("name")))
    columns = ["place", *PLACE_COLUMNS]
    every = pl.concat([base.select(columns), new.select(columns), countries.select(columns)])
    numbers = pl.concat([listed.filter(pl.col("place").is_not_null()), new], how="diagonal").select(
        "canonical", "iso3", "kind", "place"
    )
    phrases = extra.select("name", "canonical", "iso3", "kind").join(
        numbers, on=["canonical", "iso3", "kind"], how="left", validate="m:1"
    )
    return every, phrases.select(phrase="name", place="place")


def places() -> pl.DataFrame:
    """Every place: `place` (its number), name, admin1, iso3, latitude, longitude, population, geoname_id, kind, geo_precision.

    Gazetteer first, then `extra.csv`, then countries. `geo_precision` is null where the kind decides it.
    """
    return _with_extras()[0]


@cache
def country_names() -> dict[str, str]:
    """ACLED's name of a country by ISO 3166-1 alpha-3."""
    codes = load_seed("countries/codes", "iso3")
    return dict(codes.select("iso3", pl.coalesce("acled_name", "name")).iter_rows())


@cache
def stop_names() -> tuple[list[str], list[str]]:
    """Names that are never scanned for, and names that are places only after a place preposition."""
    stop = load_seed("places/stop", "name")
    return (
        stop.filter(pl.col("rule") == "never")["name"].to_list(),
        stop.filter(pl.col("rule") == "weak")["name"].to_list(),
    )


@cache
def words(role: str) -> pl.DataFrame:
    """Words around place names of one role: `word`, `value`, `scan`."""
    return load_seed("places/words", "word", "role").filter(pl.col("role") == role).drop("role")


# "Georgia" is a country and an American state; a hamlet called "Iraq" is not worth a doubt.
_RIVAL_OF_COUNTRY = 3_000_000


def _spellings() -> pl.DataFrame:
    """Every phrase and each place that it can stand for: `phrase`, `place`, `own` (0 gazetteer, 1 our own rows, 2 country)."""
    never, _ = stop_names()
    every, extra = _with_extras()
    known = (
        gazetteer()
        .select(phrase="phrases")
        .with_row_index("place")
        .filter(pl.col("phrase").list.len() > 0)
        .explode("phrase")
        .filter(~pl.col("phrase").is_in(never))
    )
    lower_article = pl.col("phrase").str.starts_with("al-")
    article = extra.filter(lower_article).with_columns(phrase=pl.concat_str(pl.lit("A"), pl.col("phrase").str.slice(1)))
    people = load_seed("places/countries", "name")
    country = every.filter(pl.col("kind") == "country").select("iso3", "place")
    countries = people.filter(pl.col("kind") == "country").join(country, on="iso3", how="left", validate="m:1")
    named = pl.concat(
        [
            countries.select("place", phrase="name", own=pl.lit(2)),
            pl.concat([extra, article]).select("place", "phrase", own=pl.lit(1)),
            known.select("place", "phrase", own=pl.lit(0)),
        ]
    ).unique(["phrase", "place"], keep="first", maintain_order=True)
    named = named.with_columns(every.select("iso3", "population", "kind").select(pl.all().gather(named["place"])))
    is_country = (pl.col("own") == 2).any().over("phrase")
    rival = (pl.col("kind") == "admin1") & (pl.col("population") >= _RIVAL_OF_COUNTRY)
    rival &= pl.col("iso3") != pl.col("iso3").first().over("phrase")
    demonyms = people.filter(pl.col("kind") == "demonym").select(phrase="name")
    return named.filter(~is_country | (pl.col("own") == 2) | rival).join(demonyms, on="phrase", how="anti")


@cache
def place_names() -> Names:
    """The names of the scan and what each can stand for, our own rows and large places first."""
    _, weak = stop_names()
    spelled = (
        _spellings()
        .sort("own", "population", descending=True, maintain_order=True)
        .with_columns(nth=pl.int_range(pl.len()).over("phrase", "iso3"))
        .filter((pl.col("nth") < _PER_COUNTRY) | (pl.col("own") > 0))
        .with_columns(rank=pl.int_range(pl.len()).over("phrase"))
        .filter(pl.col("rank") < _PER_NAME)
    )
    table = spelled.group_by("phrase", maintain_order=True).agg(
        n=pl.len().cast(pl.UInt32),
        countries=pl.col("iso3").n_unique(),
        first=pl.col("iso3").first(),
        what=pl.when((pl.col("own") == 2).any()).then(pl.lit("country")).otherwise(pl.lit("name")),
        place=pl.col("place").first(),
    )
    table = table.select(
        "phrase",
        "what",
        "n",
        "place",
        iso3=pl.when((pl.col("countries") == 1) | (pl.col("what") == "country")).then("first"),
        weak=pl.col("phrase").is_in(weak),
    )
    demonyms = load_seed("places/countries", "name").filter(pl.col("kind") == "demonym")
    around = pl.concat([words(role).with_columns(what=pl.lit(role)) for role in ("before", "after")])
    around = around.filter(pl.col("scan") == "1").select("what", "value", phrase="word")
    table = (
        pl.concat([table, demonyms.select("iso3", phrase="name", what="kind"), around], how="diagonal")
        .unique("phrase", keep="first", maintain_order=True)
        .with_columns(pl.col("n").fill_null(0), pl.col("weak").fill_null(False))
        .with_row_index("key")
    )
    candidates = spelled.join(table.select("key", "phrase"), on="phrase", how="inner", validate="m:1").sort("key", "rank")
    return Names(table, candidates.select("key", pl.col("rank").cast(pl.UInt8), "place"))

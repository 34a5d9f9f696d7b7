"""The tables behind place names, compiled once: places, the names that the scan looks for, and what a name can stand for.

A *place* is a row of `places()`. A *name* is a phrase of the scan; its key says what it can be: one or more places, a
country, a word for its people, or a word that stands around place names ("village of", "district").
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.errors import SeedError
from eventdata.seeds import load_seed, seed_file

# A name may stand for so many places of one country before the smaller ones are left out.
_PER_COUNTRY = 3
_PER_NAME = 40
_EXTRA_POPULATION = {"country": 0, "admin1": 500_000, "region": 400_000, "admin2": 100_000, "town": 15_000}
PLACE_COLUMNS = (
    "name", "admin1", "iso3", "latitude", "longitude", "population", "geoname_id", "kind", "reach", "geo_precision",
)  # fmt: skip
_ARTICLE = "(?:al|el|as|ash|ad|adh|ar|at|ath|az|an|ed|er|es|esh|et|ez|en|il|l)[- ]"


class Names(NamedTuple):
    """What the scan can find: `table` by key, `candidates` by key and rank."""

    table: (
        pl.DataFrame
    )  # key, phrase, what (name, country, demonym, before, after), n, place, iso3 (if only one), weak, value
    candidates: pl.DataFrame  # key, rank, place


def fold(name: pl.Expr) -> pl.Expr:
    """Lower-case ASCII letters and digits of a name: spellings that differ in marks, hyphens and blanks fold together."""
    plain = name.str.normalize("NFKD").str.replace_all(r"\p{M}+", "").str.to_lowercase()
    return plain.str.replace_many(_LETTERS_FROM, _LETTERS_TO).str.replace_all(r"[^a-z0-9]+", "")


_LETTERS_FROM = ["ı", "ł", "đ", "ð", "þ", "ø", "æ", "œ", "ß", "ə"]
_LETTERS_TO = ["i", "l", "d", "d", "th", "o", "ae", "oe", "ss", "a"]


# Consonants that one sound is written with; vowels, "w" and a lone "h" are left out.
_SOUNDS = {"S": "tch sch ch sh", "k": "kh ck q c", "g": "gh j", "t": "th dh d", "f": "ph", "s": "z", "b": "v p",
           "": "w a e i o u y h"}  # fmt: skip
_SOUNDS_FROM = [letters for listed in _SOUNDS.values() for letters in listed.split()]
_SOUNDS_TO = [sound for sound, listed in _SOUNDS.items() for _ in listed.split()]


def skeleton(name: pl.Expr) -> pl.Expr:
    """Consonants of a name without its article: transliterations of one name mostly share them.

    >>> pl.select(skeleton(pl.lit("al-Tel")) == skeleton(pl.lit("At Tall"))).item()
    True
    """
    plain = name.str.normalize("NFKD").str.replace_all(r"\p{M}+", "").str.to_lowercase()
    plain = plain.str.replace("^" + _ARTICLE, "").str.replace_all(" " + _ARTICLE, " ")
    plain = plain.str.replace_all(r"[^a-z]+", "")
    plain = plain.str.replace_many(_SOUNDS_FROM, _SOUNDS_TO, leftmost=True)
    double = [letter * 2 for letter in "bfgklmnrstS"]
    for _ in range(2):
        plain = plain.str.replace_many(double, list("bfgklmnrstS"))
    return plain


@cache
def gazetteer() -> pl.DataFrame:
    """The places of GeoNames that this package carries, the largest first."""
    return pl.read_parquet(seed_file("places/gazetteer.parquet"))


def gazetteer_phrases() -> pl.DataFrame:
    """The names of gazetteer places that the scan looks for: `phrase`, `place`."""
    return pl.read_parquet(seed_file("places/gazetteer_phrases.parquet"))


def gazetteer_spellings() -> pl.DataFrame:
    """Spellings of gazetteer places: `name` (lower-case words), `place`, `main` (its own name), sorted by name less blanks."""
    return pl.read_parquet(seed_file("places/gazetteer_spellings.parquet"))


@cache
def _extra() -> pl.DataFrame:
    """Rows of `extra.csv`, `gazetteer` filled: the name that the gazetteer has for the place."""
    return load_seed("places/extra", "name", "iso3", "kind").with_columns(
        pl.col("latitude", "longitude").cast(pl.Float32),
        pl.col("geo_precision").cast(pl.UInt8),
        gazetteer=pl.coalesce("gazetteer", "canonical"),
        moved=pl.col("gazetteer").is_not_null() & pl.col("latitude").is_not_null(),
    )


@cache
def _with_extras() -> tuple[pl.DataFrame, pl.DataFrame]:
    """All places with their number `place`, and the additional names (`phrase`, `place`) of `extra.csv`."""
    base = (
        gazetteer()
        .select(*PLACE_COLUMNS[:-1], geo_precision=pl.lit(None, dtype=pl.UInt8))
        .with_row_index("place")
    )
    extra = _extra()
    listed = extra.group_by("canonical", "iso3", "kind", maintain_order=True).agg(
        pl.col("gazetteer", "admin1", "latitude", "longitude", "geo_precision").drop_nulls().first(),
        pl.col("moved").any(),
    )
    wanted = listed.filter(pl.col("latitude").is_null() | pl.col("moved"))
    known = (
        base.filter(pl.col("name").is_in(wanted["gazetteer"].implode()))
        .select("place", "iso3", "kind", gazetteer="name", unit="admin1")
        .join(
            wanted.select("gazetteer", "iso3", "kind", "canonical", "admin1"),
            on=["gazetteer", "iso3", "kind"],
        )
        .filter(pl.col("admin1").is_null() | (pl.col("admin1") == pl.col("unit")).fill_null(False))
        .sort("place")
        .unique(["canonical", "iso3", "kind"], keep="first", maintain_order=True)
        .select("place", "canonical", "iso3", "kind")
    )
    listed = listed.join(
        known, on=["canonical", "iso3", "kind"], how="left", validate="1:1", maintain_order="left"
    )
    lost = listed.filter(
        pl.col("place").is_null() & pl.col("latitude").is_null() & (pl.col("kind") != "country")
    )
    if not lost.is_empty():
        raise SeedError(
            f"seeds/places/extra.csv: not in the gazetteer, no coordinates: {lost['canonical'].to_list()[:9]}"
        )
    new = (
        listed.filter(pl.col("place").is_null())
        .drop("place")
        .with_columns(
            admin1=pl.when(pl.col("kind") == "admin1").then("canonical").otherwise("admin1"),
            population=pl.col("kind").replace_strict(
                _EXTRA_POPULATION, default=20_000, return_dtype=pl.UInt32
            ),
            geoname_id=pl.lit(None, dtype=pl.UInt32),
            reach=pl.lit(None, dtype=pl.UInt16),
            name="canonical",
        )
        .with_row_index("place", offset=base.height)
    )
    countries = _country_rows(base.height + new.height)
    columns = ["place", *PLACE_COLUMNS]
    moved = listed.filter("moved", pl.col("place").is_not_null())
    base = base.with_columns(base[c].scatter(moved["place"], moved[c]) for c in ("latitude", "longitude"))
    every = pl.concat([base.select(columns), new.select(columns), countries.select(columns)])
    numbers = pl.concat([listed.filter(pl.col("place").is_not_null()), new], how="diagonal").select(
        "canonical", "iso3", "kind", "place"
    )
    usual = numbers.select("place", pl.col("canonical").alias("shown")).unique(
        "place", keep="first", maintain_order=True
    )
    named = pl.Series("usual", every["kind"] == "country").scatter(usual["place"], True)
    every = every.with_columns(every["name"].scatter(usual["place"], usual["shown"]), named)
    every = every.with_columns(admin1=_usual_units(every))
    phrases = extra.select("name", "canonical", "iso3", "kind").join(
        numbers, on=["canonical", "iso3", "kind"], how="left", validate="m:1"
    )
    phrases = pl.concat(
        [
            phrases.select(phrase="name", place="place"),
            usual.select("place", phrase="shown").select("phrase", "place"),
        ]
    )
    return every, phrases.unique(maintain_order=True)


def _usual_units(every: pl.DataFrame) -> pl.Series:
    """`admin1` of all places, under the unit's usual English name."""
    key = pl.concat_str("iso3", pl.lit("|"), "admin1")
    renamed = every.filter("usual", pl.col("kind") == "admin1", pl.col("admin1") != pl.col("name"))
    table = renamed.select("name", key=key).unique("key", keep="first")
    old = every["admin1"].is_in(renamed["admin1"].unique().implode()).fill_null(False).arg_true()
    units = every.select("iso3", "admin1").select(pl.all().gather(old))
    new = units.select(key.replace_strict(table["key"], table["name"], default=pl.col("admin1"))).to_series()
    return every["admin1"].scatter(old, new)


def _country_rows(offset: int) -> pl.DataFrame:
    """One place per country, without a position."""
    kinds = {"admin1": pl.String, "latitude": pl.Float32, "longitude": pl.Float32, "geoname_id": pl.UInt32,
             "reach": pl.UInt16, "geo_precision": pl.UInt8}  # fmt: skip
    countries = load_seed("places/countries", "name").filter(pl.col("kind") == "country")
    countries = countries.unique("iso3", keep="first", maintain_order=True).select(
        "iso3",
        "kind",
        *(pl.lit(None, dtype=kind).alias(column) for column, kind in kinds.items()),
        name=pl.col("iso3").replace_strict(country_names(), default=pl.col("name")),
        population=pl.lit(0, dtype=pl.UInt32),
    )
    return countries.with_row_index("place", offset=offset)


def places() -> pl.DataFrame:
    """Every place: `place` (its number), name, admin1, iso3, latitude, longitude, population, geoname_id, kind, geo_precision.

    Gazetteer first, then `extra.csv`, then countries. `geo_precision` is null where the kind decides it; `usual` says
    that the name is the one that English texts use, by `extra.csv`.
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
    known = gazetteer_phrases().filter(~pl.col("phrase").is_in(pl.Series(never).implode()))
    lower_article = pl.col("phrase").str.starts_with("al-")
    article = extra.filter(lower_article).with_columns(
        phrase=pl.concat_str(pl.lit("A"), pl.col("phrase").str.slice(1))
    )
    people = load_seed("places/countries", "name")
    country = every.filter(pl.col("kind") == "country").select("iso3", "place")
    countries = people.filter(pl.col("kind") == "country").join(
        country, on="iso3", how="left", validate="m:1"
    )
    named = pl.concat(
        [
            countries.select("place", phrase="name", own=pl.lit(2)),
            pl.concat([extra, article]).select("place", "phrase", own=pl.lit(1)),
            known.select("place", "phrase", own=pl.lit(0)),
        ]
    ).unique(["phrase", "place"], keep="first", maintain_order=True)
    named = named.with_columns(
        every.select("iso3", "population", "kind").select(pl.all().gather(named["place"]))
    )
    # "Georgia": the country, which comes first, and its rivals only
    owner = countries.select("iso3", "name").unique("name", keep="first")
    land = pl.col("phrase").replace_strict(owner["name"], owner["iso3"], default=None)
    rival = (
        (pl.col("kind") == "admin1") & (pl.col("population") >= _RIVAL_OF_COUNTRY) & (pl.col("iso3") != land)
    )
    demonyms = people.filter(pl.col("kind") == "demonym")["name"]
    return named.filter(
        land.is_null() | (pl.col("own") == 2) | rival, ~pl.col("phrase").is_in(demonyms.implode())
    )


@cache
def place_names() -> Names:
    """The names of the scan and what each can stand for, our own rows and large places first."""
    _, weak = stop_names()
    every = _spellings()
    shared = every["phrase"].is_duplicated()
    several = (
        every.filter(shared)
        .sort("own", "population", descending=True, maintain_order=True)
        .with_columns(nth=pl.int_range(pl.len()).over("phrase", "iso3"))
        .filter((pl.col("nth") < _PER_COUNTRY) | (pl.col("own") > 0))
        .with_columns(rank=pl.int_range(pl.len()).over("phrase"))
        .filter(pl.col("rank") < _PER_NAME)
    )
    table = several.group_by("phrase", maintain_order=True).agg(
        n=pl.len().cast(pl.UInt32),
        countries=pl.col("iso3").n_unique(),
        first=pl.col("iso3").first(),
        own=pl.col("own").max(),
        place=pl.col("place").first(),
    )
    single = every.filter(~shared).with_columns(rank=pl.lit(0, dtype=several["rank"].dtype))
    alone = single.select(
        "phrase",
        "own",
        "place",
        n=pl.lit(1, dtype=pl.UInt32),
        countries=pl.lit(1, dtype=pl.UInt32),
        first="iso3",
    )
    table = pl.concat([table, alone.select(table.columns)])
    country = pl.col("own") == 2
    table = table.select(
        "phrase",
        "n",
        "place",
        what=pl.when(country).then(pl.lit("country")).otherwise(pl.lit("name")),
        iso3=pl.when((pl.col("countries") == 1) | country).then("first"),
        weak=pl.col("phrase").is_in(pl.Series(weak).implode()),
    )
    demonyms = load_seed("places/countries", "name").filter(pl.col("kind") == "demonym")
    around = pl.concat([words(role).with_columns(what=pl.lit(role)) for role in ("before", "after")])
    around = around.filter(pl.col("scan") == "1").select("what", "value", phrase="word")
    table = (
        pl.concat([table, demonyms.select("iso3", phrase="name", what="kind"), around], how="diagonal")
        .filter(pl.col("phrase").is_first_distinct())
        .with_columns(pl.col("n").fill_null(0), pl.col("weak").fill_null(False))
        .with_row_index("key")
    )
    columns = ["phrase", "rank", "place"]
    spelled = pl.concat([several.select(columns), single.select(columns)])
    candidates = spelled.join(table.select("key", "phrase"), on="phrase", how="inner", validate="m:1").sort(
        "key", "rank"
    )
    return Names(table, candidates.select("key", pl.col("rank").cast(pl.UInt8), "place"))


KINDS = ["country", "admin1", "region", "admin2", "town"]
WHATS = ["name", "country", "demonym", "before", "after"]
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class PlaceArrays:
    """`places()` as numbers: `nation` indexes `nations`, `kind` indexes `KINDS`, `unit` numbers first-level units (-1 none)."""

    nations: list[str]
    nation: Array
    unit: Array
    kind: Array
    size: Array  # population, its logarithm in `weight`
    weight: Array
    latitude: Array
    longitude: Array
    reach: Array  # of units: how far their towns lie from their position, in km; 0 unknown


@dataclass(frozen=True)
class NameArrays:
    """`place_names()` as numbers by key; the candidates of key k are `place[first[k]:first[k + 1]]`, the best first."""

    what: Array  # indexes WHATS
    nation: Array  # the only country that the name stands for, -1 for several
    weak: Array
    unit: Array  # the first place is a unit or a region
    first: Array
    place: Array


@cache
def nation_numbers() -> dict[str, int]:
    """Number of each country by ISO 3166-1 alpha-3, in the order of `PlaceArrays.nations`."""
    return {iso3: i for i, iso3 in enumerate(place_arrays().nations)}


@cache
def place_arrays() -> PlaceArrays:
    """The places as arrays."""
    every = places()
    nations = sorted(every["iso3"].unique().drop_nulls().to_list())
    nation = (
        every["iso3"].cast(pl.Enum(nations)).to_physical().fill_null(len(nations)).to_numpy().astype(np.int16)
    )
    unit = every["admin1"].cast(pl.Categorical).to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
    unit = np.where(unit >= 0, unit * 1000 + nation, -1)
    kind = every["kind"].cast(pl.Enum(KINDS)).to_physical().to_numpy().astype(np.int8)
    size = every["population"].to_numpy().astype(np.float32)
    return PlaceArrays(
        nations, nation, unit, kind, size, np.log10(size + 100) / 2,
        every["latitude"].fill_null(float("nan")).to_numpy(), every["longitude"].fill_null(float("nan")).to_numpy(),
        every["reach"].fill_null(0).to_numpy().astype(np.float32),
    )  # fmt: skip


@cache
def name_arrays() -> NameArrays:
    """The names of the scan as arrays."""
    names = place_names()
    numbers = nation_numbers()
    table = names.table
    nation = table["iso3"].replace_strict(numbers, default=-1, return_dtype=pl.Int16).fill_null(-1).to_numpy()
    count = np.bincount(names.candidates["key"].to_numpy(), minlength=table.height)
    kind = place_arrays().kind[table["place"].fill_null(0).to_numpy()]
    unit = (
        np.isin(kind, [KINDS.index("admin1"), KINDS.index("region")])
        & table["place"].is_not_null().to_numpy()
    )
    return NameArrays(
        table["what"].cast(pl.Enum(WHATS)).to_physical().to_numpy().astype(np.int8),
        nation,
        table["weak"].to_numpy(),
        unit,
        np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        names.candidates["place"].to_numpy().astype(np.int64),
    )

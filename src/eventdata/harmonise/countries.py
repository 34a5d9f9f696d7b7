"""Country codes and names of the archives to ISO 3166-1 alpha-3, by date where a code changed its meaning."""

from collections.abc import Callable
from functools import cache

import polars as pl

from eventdata.harmonise.crosswalks import look_up
from eventdata.harmonise.tally import Tally
from eventdata.seeds import load_seed

_FIRST, _LAST = pl.date(1, 1, 1), pl.date(9999, 12, 31)


@cache
def countries() -> pl.DataFrame:
    """ACLED's name and region of each country, by `iso3`; ISO's name where ACLED has none."""
    acled = (
        load_seed("acled/countries", "country")
        .select("iso3", "country", "region")
        .filter(pl.col("iso3").is_not_null())
    )
    iso = load_seed("countries/codes", "iso3").select("iso3", country=pl.coalesce("acled_name", "name"))
    rest = iso.join(acled, on="iso3", how="anti").with_columns(region=pl.lit(None, dtype=pl.String))
    return pl.concat([acled.unique("iso3", keep="first", maintain_order=True), rest])


@cache
def _codes(system: str) -> pl.DataFrame:
    """`code` and `iso3` of a system, today's meaning."""
    iso = load_seed("countries/codes", "iso3")
    if system == "fips":
        return load_seed("countries/fips", "fips").select(code="fips", iso3="iso3").drop_nulls()
    if system == "cameo":
        own = load_seed("cameo/countries", "code").select("code", "iso3").drop_nulls()
        more = iso.select(code="iso3", iso3="iso3").join(own, on="code", how="anti")
        return pl.concat([own, more])
    if system == "gw":
        return (
            iso.select(code="gw_number", iso3="iso3")
            .drop_nulls()
            .unique("code", keep="first", maintain_order=True)
        )
    if system == "iso":
        numbers = iso.select(code=pl.col("iso_numeric").str.strip_chars_start("0"), iso3="iso3").drop_nulls()
        return pl.concat([numbers, pl.DataFrame({"code": ["0"], "iso3": ["XKX"]})])
    return iso.select(code="iso3", iso3="iso3")


@cache
def _history(system: str) -> pl.DataFrame:
    rows = load_seed("layouts/country_history").filter(pl.col("system") == system)
    return rows.select(
        "code",
        past="iso3",
        first=pl.col("valid_from").str.to_date("%Y-%m-%d").fill_null(_FIRST),
        last=pl.col("valid_to").str.to_date("%Y-%m-%d").fill_null(_LAST),
    )


def iso3_of_codes(codes: pl.Series, days: pl.Series, system: str) -> pl.Series:
    """ISO3 of codes of one system (`fips`, `cameo`, `gw`, `iso`, `iso3`) on their day; null where unknown.

    Codes that stood for another state earlier (Gleditsch-Ward 345, FIPS YI) are read by the day; on rows without a
    day they have today's meaning, where they have one.
    """
    if codes.null_count() == len(codes):
        return codes.alias("iso3")
    today = look_up(codes, _codes(system), "code")["iso3"]
    history = _history(system)
    old = codes.is_in(history["code"].to_list())
    if not old.any():
        return today
    rows = old.fill_null(value=False).arg_true()
    asked = pl.DataFrame({"at": rows, "code": codes.gather(rows), "day": days.gather(rows)})
    found = (
        asked.join(history, on="code", how="left", maintain_order="left")
        .filter(pl.col("day").is_between(pl.col("first"), pl.col("last")))
        .unique("at", keep="first")
    )
    spans = history.group_by("code").agg(
        is_whole=(pl.col("first") == _FIRST).any() & (pl.col("last") == _LAST).any(),
        only=pl.col("past").first(),
    )
    asked = asked.join(found.select("at", "past"), on="at", how="left", maintain_order="left").join(
        spans, on="code", how="left", maintain_order="left"
    )
    # Before its first or after its last span a code has today's meaning, where it has one.
    filled = asked.select(
        pl.coalesce(
            "past", pl.when(pl.col("is_whole")).then(pl.col("only")), pl.Series("now", today.gather(rows))
        )
    ).to_series()
    return today.scatter(rows, filled)


@cache
def _names() -> pl.DataFrame:
    """`name` and `iso3` of every spelling that an archive uses."""
    parts = [
        load_seed("layouts/country_names", "name").select("name", "iso3"),
        load_seed("acled/countries", "country").select(name="country", iso3="iso3"),
        load_seed("countries/codes", "iso3").select(name="acled_name", iso3="iso3"),
        load_seed("countries/codes", "iso3").select("name", "iso3"),
    ]
    return pl.concat(parts).drop_nulls().unique("name", keep="first", maintain_order=True)


@cache
def _folded_names() -> pl.DataFrame:
    folded = _names().with_columns(pl.col("name").str.to_lowercase())
    return folded.unique("name", keep="first", maintain_order=True)


def iso3_of_names(names: pl.Series) -> pl.Series:
    """ISO3 of country names in the spellings of ACLED, ICEWS, UCDP and ISO, in any case; null where unknown."""
    found = look_up(names, _names(), "name")["iso3"]
    if found.null_count() == names.null_count():
        return found
    again = look_up(names.str.to_lowercase(), _folded_names(), "name")["iso3"]
    return found.zip_with(found.is_not_null(), again)


def first_filled(*tries: Callable[[], pl.Series]) -> pl.Series:
    """The first value that is not null, row by row; a try runs only where rows are still open."""
    found = tries[0]()
    for attempt in tries[1:]:
        if not found.null_count():
            break
        found = found.zip_with(found.is_not_null(), attempt())
    return found


def add_country(iso3: pl.Series) -> pl.DataFrame:
    """`iso3, country, region` of the codes."""
    return look_up(iso3, countries(), "iso3")


def count_unknown(given: pl.Series, iso3: pl.Series, tally: Tally) -> None:
    """Count the countries that are named and in no table."""
    if iso3.null_count() > given.null_count():
        tally.count("unknown-country", int((iso3.is_null() & given.is_not_null()).sum()))

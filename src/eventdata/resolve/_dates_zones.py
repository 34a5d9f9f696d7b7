"""The day on which a report was written, where its dateline says that it was: "SYDNEY (AP) -" is ahead of London by ten hours.

`dates/zones.csv` has the standard time of each state, and of the first-level units of states with several. Daylight saving is not
modelled: within an hour of midnight the day may be the neighbouring one.
"""

from datetime import datetime
from functools import cache

import polars as pl

from eventdata.seeds import load_seed

_DAY_MINUTES = 1440
_TIME = (
    r"^(\d{4}-\d{2}-\d{2})[T ](\d{2}):?(\d{2})(?::?\d{2}(?:[.,]\d+)?)? ?(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$"
)
_AGENCY_DATE = (
    r"(?:,? +\p{Lu}\p{L}{2,8}\.? +\d{1,2}(?:, +\d{4})?|,? +\d{1,2} +\p{Lu}\p{L}{2,8}\.?(?: +\d{4})?)?"
)
_DATELINE = (
    r"^\s*(?:[^\n]{0,200}\n\s*)?(\p{Lu}[\p{Lu} .'’-]{2,30}?)(?:/[\p{Lu} .'-]+)?(?:,? +(\p{Lu}[\p{L}. ]{2,30}?))?"
    rf"{_AGENCY_DATE},? *(?:\([^)\n]{{2,40}}\))? *(?:--|-|–|—)\s"
)
_c = pl.col


def has_zone(published: pl.Series) -> bool:
    """Does the column hold times with a zone?"""
    if isinstance(published.dtype, pl.Datetime):
        return published.dtype.time_zone is not None
    return published.dtype == pl.String and bool(published.str.contains(_TIME).any())


def local_day(published: pl.Series, text: pl.Series) -> pl.Series:
    """`published` with times that have a zone turned into the day at the place of the dateline; all else as it is.

    Without a dateline that is known it is the day in the zone in which the time was written. A column of datetimes with a zone
    becomes days; in a column of text, ISO times with a zone become ISO days.

    >>> local_day(pl.Series(["2024-12-03T20:00Z"]), pl.Series(["SYDNEY (AP) - Police fired on a crowd."])).item()
    '2024-12-04'
    """
    if not has_zone(published):
        return published
    is_text = published.dtype == pl.String
    minutes, written = _minutes_of_text(published) if is_text else _minutes_of_times(published)
    local = minutes + pl.select(pl.coalesce(dateline_offsets(text), written)).to_series()
    days = (local // _DAY_MINUTES).cast(pl.Int32).cast(pl.Date)
    if not is_text:
        return days.alias(published.name)
    return pl.select(pl.coalesce(days.cast(pl.String), published)).to_series().alias(published.name)


def _minutes_of_text(published: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Minutes since 1970-01-01 in UTC, and the offset of the zone written; both null where there is none."""
    part = published.str.extract_groups(_TIME).struct.unnest()
    day, hour, minute, zone = (part.to_series(i) for i in range(4))
    offset = _offset(zone)
    midnight = day.str.to_date("%Y-%m-%d", strict=False).cast(pl.Int32).cast(pl.Int64) * _DAY_MINUTES
    return midnight + hour.cast(pl.Int64) * 60 + minute.cast(pl.Int64) - offset, offset


def _minutes_of_times(published: pl.Series) -> tuple[pl.Series, pl.Series]:
    utc, written = published.dt.convert_time_zone("UTC"), published.dt.replace_time_zone(None)
    minutes = utc.dt.epoch("s") // 60
    return minutes, written.dt.epoch("s") // 60 - minutes


def _offset(zone: pl.Series) -> pl.Series:
    """Minutes of "+05:30", "-0800", "+01", "Z"."""
    sign = pl.when(_c("zone").str.starts_with("-")).then(-1).otherwise(1)
    digits = _c("zone").str.replace_all(r"\D", "")
    hours = digits.str.head(2).cast(pl.Int64, strict=False).fill_null(0)
    minutes = digits.str.slice(2).cast(pl.Int64, strict=False).fill_null(0)
    offset = pl.when(_c("zone").is_not_null()).then(sign * (hours * 60 + minutes))
    return pl.DataFrame({"zone": zone}).select(offset).to_series()


@cache
def _zones() -> pl.DataFrame:
    """`iso3`, `admin1` (null: the rest of the state), `minutes`."""
    table = load_seed("dates/zones")
    return table.select("iso3", "admin1", minutes=_offset(table["offset"]))


@cache
def _towns() -> pl.DataFrame:
    """Names in capitals with `iso3` and `admin1`, the largest first."""
    from eventdata.resolve.place_tables import (
        gazetteer,
    )  # a large table, which only times with a zone ask for

    units = ["town", "admin1"]  # "WASHINGTON" is the town, not the state
    table = gazetteer().filter(_c("kind").is_in(units))
    table = table.sort(_c("kind") == "town", "population", descending=True, nulls_last=True)
    return table.select("iso3", "admin1", city=_c("name").str.to_uppercase())


@cache
def _states() -> pl.DataFrame:
    names = load_seed("places/countries").filter(_c("kind") == "country")
    return names.select(region=_c("name").str.to_uppercase(), region_iso3="iso3").unique(
        "region", keep="first", maintain_order=True
    )


def dateline_offsets(text: pl.Series) -> pl.Series:
    """Minutes that the place of each dateline is ahead of UTC; null where the text has none that is known."""
    part = text.str.extract_groups(_DATELINE).struct.unnest()
    lines = pl.DataFrame(
        {
            "city": part.to_series(0).str.strip_chars(),
            "region": part.to_series(1).str.strip_chars().str.to_uppercase(),
        }
    )
    asked = lines.filter(_c("city").is_not_null()).unique(maintain_order=True).with_row_index("line")
    if asked.is_empty():
        return pl.repeat(None, len(text), dtype=pl.Int64, eager=True)
    asked = asked.join(_states(), on="region", how="left", maintain_order="left")
    by_name = asked.with_columns(
        city=pl.when(_c("city").is_in(_states()["region"].to_list())).then(None).otherwise("city")
    )
    towns = by_name.join(_towns(), on="city", how="left", maintain_order="left")
    in_region = (_c("iso3") == _c("region_iso3")) | (_c("admin1").str.to_uppercase() == _c("region"))
    fits = in_region.fill_null(False) | _c("region_iso3").is_null()
    best = (
        towns.with_columns(in_region=in_region.fill_null(False), fits=fits)
        .sort("line", "in_region", descending=[False, True], maintain_order=True)
        .unique("line", keep="first", maintain_order=True)
    )
    alone = asked.select("line", "city").join(
        _states(), left_on="city", right_on="region", how="left", maintain_order="left"
    )
    best = best.with_columns(
        iso3=pl.when("fits").then("iso3"), admin1=pl.when("fits").then("admin1"), alone=alone["region_iso3"]
    ).with_columns(iso3=pl.coalesce("iso3", "region_iso3", "alone"))
    zones = _zones()
    exact = best.join(zones, on=["iso3", "admin1"], how="left", maintain_order="left")["minutes"]
    whole = best.join(
        zones.filter(_c("admin1").is_null()).drop("admin1"), on="iso3", how="left", maintain_order="left"
    )["minutes"]
    found = asked.select("city", "region").with_columns(minutes=exact.fill_null(whole))
    return lines.join(found, on=["city", "region"], how="left", maintain_order="left", nulls_equal=True)[
        "minutes"
    ]


def iso_time(value: object) -> object:
    """A datetime as ISO text, with its zone; anything else as it is."""
    return value.isoformat() if isinstance(value, datetime) else value

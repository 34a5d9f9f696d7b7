"""UCDP GED rows to event columns."""

import polars as pl

from eventdata.harmonise.countries import (
    add_country,
    count_unknown,
    first_filled,
    iso3_of_codes,
    iso3_of_names,
)
from eventdata.harmonise.crosswalks import look_up, precisions, violence_types
from eventdata.harmonise.sides import interaction_of
from eventdata.harmonise.tally import Tally

_ONE_SIDED, _STATE = "3", "1"
_NUMBER = r"^(\d+)"


def harmonise_ucdp(values: pl.DataFrame, tally: Tally) -> pl.DataFrame:
    """Event columns of UCDP rows: deaths are the best, low and high estimates, `best` of 0 included.

    State-based and non-state events are undirected, one-sided ones go from side a to the civilians. A government side
    (it has a Gleditsch-Ward number) is State forces; of the other sides only the opponent of a state and civilians have a type.
    """
    tally.reject(values["violence"].is_null(), "bad-number", "type_of_violence", values["violence"])
    what = look_up(values["violence"], violence_types(), "violence")
    when = _when(values)
    inters = _inters(values)
    where = _where(values, tally)
    countries = {
        f"{side}_country": iso3_of_codes(_first_number(values[f"gw_{side}"]), values["event_date"], "gw")
        for side in ("source", "target")
    }
    one_sided = pl.col("violence") == _ONE_SIDED
    own = values.select(
        "origin_id",
        "actor1",
        "actor2",
        "admin1",
        "admin2",
        "location",
        "place_text",
        "latitude",
        "longitude",
        "fatalities",
        "fatalities_low",
        "fatalities_high",
        "source",
        "attribution",
        "notes",
        directed=one_sided,
        civilian_targeting=one_sided,
    )
    return pl.concat(
        [own, what.drop("violence"), when, inters, where, pl.DataFrame(countries)], how="horizontal"
    )


def _first_number(cells: pl.Series) -> pl.Series:
    """Two governments on one side stand as `666, 651`: the first is the side's country."""
    given = cells.drop_nulls().unique()
    if (given == given.str.extract(_NUMBER, 1)).all(ignore_nulls=False):
        return cells
    return cells.str.extract(_NUMBER, 1)


def _when(values: pl.DataFrame) -> pl.DataFrame:
    known = look_up(values["date_prec"], precisions("date_prec"), "value")
    return values.select(
        "event_date",
        event_date_end=pl.coalesce("event_date_end", pl.when(pl.col("date_prec") == "1").then("event_date")),
        date_anchor=pl.lit("none"),
    ).with_columns(
        time_precision=known["time_precision"],
        date_precision=known["date_precision"],
        date_issue=pl.when(pl.col("event_date").is_null()).then(pl.lit("ambiguous-order")),
    )


def _inters(values: pl.DataFrame) -> pl.DataFrame:
    kind = pl.col("violence")
    sides = values.select(
        "actor2",
        inter1=pl.when(pl.col("gw_source").is_not_null() | (kind == _STATE)).then(pl.lit("State forces")),
        inter2=pl.when(pl.col("gw_target").is_not_null())
        .then(pl.lit("State forces"))
        .when(kind == _STATE)
        .then(pl.lit("Rebel group"))
        .when(kind == _ONE_SIDED)
        .then(pl.lit("Civilians")),
    )
    return sides.select(
        "inter1", "inter2", interaction=interaction_of(sides["inter1"], sides["inter2"], sides["actor2"])
    )


def _where(values: pl.DataFrame, tally: Tally) -> pl.DataFrame:
    known = look_up(values["where_prec"], precisions("where_prec"), "value")
    days = values["event_date"]
    iso3 = first_filled(
        lambda: iso3_of_codes(values["iso3"], days, "iso3"),
        lambda: iso3_of_codes(values["gw"], days, "gw"),
        lambda: iso3_of_names(values["country"]),
    )
    count_unknown(values["country"], iso3, tally)
    names = add_country(iso3)
    return pl.DataFrame(
        {
            "iso3": iso3,
            "country": names["country"].zip_with(names["country"].is_not_null(), values["country"]),
            "region": names["region"],
            "geo_precision": known["geo_precision"],
            "place_issue": known["place_issue"],
        }
    )

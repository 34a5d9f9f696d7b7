"""POLECAT rows to event columns."""

from functools import cache

import polars as pl

from eventdata.harmonise.countries import (
    add_country,
    count_unknown,
    first_filled,
    iso3_of_codes,
    iso3_of_names,
)
from eventdata.harmonise.crosswalks import disorder_types, look_up, sector_inters
from eventdata.harmonise.sides import actor_issue, inter_of_roles, interaction_of
from eventdata.harmonise.tally import Tally
from eventdata.seeds import load_seed


def harmonise_polecat(values: pl.DataFrame, tally: Tally) -> pl.DataFrame:
    """Event columns of POLECAT rows. The first of several names of a side is the actor, the others go with it.

    PLOVER has no codes of CAMEO or ACLED; the ACLED type is filled where one sub-event type has this PLOVER type and
    mode, and `cameo_code` stays null. An empty event date stays null.
    """
    mode = values["event_mode"].str.split(";").list.first().str.strip_chars().str.to_lowercase()
    event = values["event_type"].str.to_uppercase()
    acled = pl.DataFrame({"plover_event": event, "plover_mode": mode}).join(
        _acled_of_plover(),
        on=["plover_event", "plover_mode"],
        how="left",
        validate="m:1",
        maintain_order="left",
    )
    sides = _sides(values, acled["event_type"], tally)
    where = _where(values, tally)
    own = values.select(
        "origin_id",
        "event_date",
        "published",
        "admin1",
        "admin2",
        "location",
        "latitude",
        "longitude",
        "geoname_id",
        "place_text",
        "source",
        event_date_end="event_date",
        time_precision=pl.when(pl.col("event_date").is_not_null()).then(pl.lit(1, dtype=pl.Int64)),
        date_precision=pl.when(pl.col("event_date").is_not_null()).then(pl.lit("day")),
        date_anchor=pl.lit("none"),
        date_issue=pl.when(pl.col("event_date").is_null()).then(pl.lit("no-date")),
        directed=pl.lit(value=True),
    ).with_columns(quad_class=look_up(event, _quads(), "plover_event")["quad_class"])
    return pl.concat([own, acled, sides, where], how="horizontal")


@cache
def _quads() -> pl.DataFrame:
    events = load_seed("plover/events")
    return events.select(plover_event="event_type", quad_class=pl.col("quad_class").cast(pl.Int64)).unique(
        "plover_event", keep="first", maintain_order=True
    )


@cache
def _acled_of_plover() -> pl.DataFrame:
    """ACLED types that only one sub-event type gives for a PLOVER type and mode; by way of the CAMEO crosswalk."""
    table = load_seed("crosswalks/acled_to_cameo", "sub_event_type").filter(
        pl.col("plover_mode").is_not_null()
    )
    table = table.filter(pl.struct("plover_event", "plover_mode").is_unique())
    return table.select(
        "plover_event",
        "plover_mode",
        "event_type",
        "sub_event_type",
        crosswalk=pl.when(pl.col("confidence") != "none").then(pl.lit("low")),
    ).join(disorder_types(), on="sub_event_type", how="left", validate="m:1", maintain_order="left")


def _sides(values: pl.DataFrame, event_types: pl.Series, tally: Tally) -> pl.DataFrame:
    columns: dict[str, pl.Series] = {}
    for number, side in ((1, "source"), (2, "target")):
        names = values[f"actor{number}"].str.splitn("; ", 2).struct
        columns[f"actor{number}"] = names.field("field_0")
        columns[f"assoc_actor_{number}"] = names.field("field_1")
        given = values[f"{side}_country"].str.splitn(";", 2).struct.field("field_0").str.strip_chars()
        columns[f"{side}_country"] = iso3_of_codes(given, values["event_date"], "cameo")
        count_unknown(given, columns[f"{side}_country"], tally)
        columns[f"inter{number}"] = inter_of_roles(values[f"{side}_sector"], event_types, sector_inters())
    columns["interaction"] = interaction_of(columns["inter1"], columns["inter2"], columns["actor2"])
    frame = pl.DataFrame(columns)
    return frame.with_columns(actor_issue=actor_issue(pl.col("actor1"), pl.col("actor2")))


def _where(values: pl.DataFrame, tally: Tally) -> pl.DataFrame:
    iso3 = first_filled(
        lambda: iso3_of_codes(values["country"], values["event_date"], "iso3"),
        lambda: iso3_of_names(values["country"]),
    )
    count_unknown(values["country"], iso3, tally)
    names = add_country(iso3)
    issue = values.select(
        place_issue=pl.when(pl.coalesce("location", "admin2", "admin1", "country").is_null())
        .then(pl.lit("no-place"))
        .when(pl.coalesce("location", "admin2", "admin1").is_null())
        .then(pl.lit("country-only")),
        geo_precision=pl.when(pl.col("location").is_not_null())
        .then(1)
        .when(pl.col("admin2").is_not_null())
        .then(2)
        .when(pl.col("admin1").is_not_null())
        .then(3)
        .cast(pl.Int64),
    )
    return pl.concat([names.select("iso3", "country", "region"), issue], how="horizontal").with_columns(
        country=pl.coalesce("country", pl.Series("given", values["country"]))
    )

"""ICEWS rows to event columns."""

import polars as pl

from eventdata.harmonise.countries import add_country, count_unknown, iso3_of_names
from eventdata.harmonise.crosswalks import cameo_codes, icews_sectors, look_up
from eventdata.harmonise.sides import actor_issue, interaction_of
from eventdata.harmonise.tally import Tally


def harmonise_icews(values: pl.DataFrame, tally: Tally) -> pl.DataFrame:
    """Event columns of ICEWS rows, as they are: the mirrored half of a meeting is a row of its own, directed like the first.

    `goldstein` is GDELT's value of the code; ICEWS's own intensity differs in four codes. The actor type comes from the sectors.
    """
    what = look_up(values["cameo_code"], cameo_codes(), "cameo_code")
    inter1, inter2 = (_inter(values[f"{side}_sectors"], what["event_type"]) for side in ("source", "target"))
    nations = {}
    for side in ("source", "target"):
        nations[f"{side}_country"] = iso3_of_names(values[f"{side}_nation"])
        count_unknown(values[f"{side}_nation"], nations[f"{side}_country"], tally)
    iso3 = iso3_of_names(values["country"])
    count_unknown(values["country"], iso3, tally)
    names = add_country(iso3)
    own = values.select(
        "origin_id",
        "event_date",
        "actor1",
        "actor2",
        "admin1",
        "admin2",
        "location",
        "latitude",
        "longitude",
        "source",
        event_date_end="event_date",
        time_precision=pl.when(pl.col("event_date").is_not_null()).then(pl.lit(1, dtype=pl.Int64)),
        date_precision=pl.when(pl.col("event_date").is_not_null()).then(pl.lit("day")),
        date_anchor=pl.lit("none"),
        date_issue=pl.when(pl.col("event_date").is_null()).then(pl.lit("ambiguous-order")),
        directed=pl.lit(value=True),
        actor_issue=actor_issue(pl.col("actor1"), pl.col("actor2")),
        geo_precision=pl.when(pl.col("location").is_not_null())
        .then(1)
        .when(pl.col("admin2").is_not_null())
        .then(2)
        .when(pl.col("admin1").is_not_null())
        .then(3)
        .cast(pl.Int64),
        place_issue=pl.when(pl.coalesce("location", "admin2", "admin1", "country").is_null())
        .then(pl.lit("no-place"))
        .when(pl.coalesce("location", "admin2", "admin1").is_null())
        .then(pl.lit("country-only")),
    )
    who = pl.DataFrame(
        {
            "inter1": inter1,
            "inter2": inter2,
            "interaction": interaction_of(inter1, inter2, values["actor2"]),
            **nations,
        }
    )
    where = pl.DataFrame(
        {
            "iso3": iso3,
            "country": names["country"].zip_with(names["country"].is_not_null(), values["country"]),
            "region": names["region"],
        }
    )
    return pl.concat([own, what, who, where], how="horizontal")


def _inter(sectors: pl.Series, event_types: pl.Series) -> pl.Series:
    """The actor type of the sector that tells most; civilians who protest are Protesters, who riot Rioters."""
    distinct = pl.DataFrame({"sectors": sectors.drop_nulls().unique()})
    found = (
        distinct.with_columns(sector=pl.col("sectors").str.split(","))
        .explode("sector", empty_as_null=True, keep_nulls=True)
        .with_columns(pl.col("sector").str.strip_chars())
        .join(icews_sectors(), on="sector", how="inner")
        .sort("priority")
        .unique("sectors", keep="first", maintain_order=True)
        .select("sectors", "inter")
    )
    inter = look_up(sectors, found, "sectors")["inter"]
    frame = pl.DataFrame({"inter": inter, "type": event_types})
    crowd = pl.col("inter").is_in(["Civilians", "Protesters"])
    return frame.select(
        pl.when(crowd & (pl.col("type") == "Protests"))
        .then(pl.lit("Protesters"))
        .when(crowd & (pl.col("type") == "Riots"))
        .then(pl.lit("Rioters"))
        .otherwise("inter")
    ).to_series()

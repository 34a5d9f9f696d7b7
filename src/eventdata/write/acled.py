"""Events in the layout of an ACLED export (the 31 columns since November 2024)."""

import polars as pl

from eventdata.harmonise.layouts import families, name_key
from eventdata.resolve.counts import acled_counts
from eventdata.schema import Event
from eventdata.seeds import load_seed

COLUMNS = [
    "event_id_cnty", "event_date", "year", "time_precision", "disorder_type", "event_type", "sub_event_type", "actor1",
    "assoc_actor_1", "inter1", "actor2", "assoc_actor_2", "inter2", "interaction", "civilian_targeting", "iso", "region",
    "country", "admin1", "admin2", "admin3", "location", "latitude", "longitude", "geo_precision", "source", "source_scale",
    "notes", "fatalities", "tags", "timestamp",
]  # fmt: skip

_OWN = "_own_"


def conventional_counts(events: pl.DataFrame) -> pl.DataFrame:
    """Deaths as ACLED counts them: numbers for vague words, one count divided between the events of one act in several places."""
    act = pl.col("event_id").str.replace(r"\.\d+$", "")
    return acled_counts(events.with_columns(_act=act), shared_by="_act").drop("_act")


def acled_layout(
    events: pl.DataFrame, status: tuple[str, ...] = ("occurred", "ongoing"), counts: str = "acled"
) -> pl.DataFrame:
    """ACLED events in ACLED's columns; acts outside of its taxonomy and of another status are left out.

    Deaths are ACLED's (`conventional_counts`) or, with `counts="raw"`, those that the text gives; where nobody counted they are
    0, as in ACLED. `iso` is the ISO numeric code; `timestamp`, `admin3` and `tags` (but for the crowd) are null, for nobody
    knows them. ACLED's own events that were read with `keep_source` keep the cells of their file, all of them; then the
    columns are text.
    """
    own = _own_cells(events)
    if counts == "acled":
        events = conventional_counts(events)
    is_own = (pl.col("dataset") == "acled").fill_null(value=False) if own.width else pl.lit(value=False)
    is_typed = pl.col("sub_event_type").is_not_null() | is_own
    kept = is_typed & pl.col("status").fill_null("occurred").is_in(status)
    events = pl.concat([events, own], how="horizontal")
    iso = load_seed("countries/codes", "iso3").select(
        "iso3", iso=pl.col("iso_numeric").cast(pl.Int64, strict=False)
    )
    x = events.filter(kept).join(iso, on="iso3", how="left", validate="m:1", maintain_order="left")
    x = x.with_columns(
        event_id_cnty="event_id",
        year=pl.col("event_date").dt.year(),
        civilian_targeting=pl.when(pl.col("civilian_targeting")).then(pl.lit("Civilian targeting")),
        fatalities=pl.col("fatalities").fill_null(0),
        admin3=pl.lit(None, dtype=pl.String),
        source=pl.coalesce("source", "attribution"),
        tags=pl.when(pl.col("crowd_size").is_not_null()).then(pl.format("crowd size={}", "crowd_size")),
        timestamp=pl.lit(None, dtype=pl.Int64),
    )
    if not own.width:
        return x.select(COLUMNS)
    made = (pl.col(name).cast(pl.String) for name in COLUMNS)
    return x.select(
        pl.when(is_own).then(_OWN + name).otherwise(cells).alias(name)
        if _OWN + name in own.columns
        else cells
        for name, cells in zip(COLUMNS, made, strict=True)
    )


def _own_cells(events: pl.DataFrame) -> pl.DataFrame:
    """What ACLED's own files have in the columns of the layout, where the events keep it; else no columns."""
    from eventdata.archives import source_table

    if all(name in Event.model_fields for name in events.columns):
        return pl.DataFrame()
    table = source_table(events)
    found = {name_key(name): name for name in reversed(table.columns)}
    if any(found.keys().isdisjoint(group) for group in families()["acled"].required):
        return pl.DataFrame()
    return table.select(pl.col(found[name]).alias(_OWN + name) for name in COLUMNS if name in found)

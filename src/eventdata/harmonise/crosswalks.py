"""Lookup tables between the schemes of the archives, joined once per table from the seeds."""

from functools import cache

import polars as pl

from eventdata.seeds import load_seed


@cache
def cameo_codes() -> pl.DataFrame:
    """One row per CAMEO code: root, GDELT's quad class and value, and the ACLED and PLOVER types it maps to.

    `crosswalk` is the confidence of the ACLED type, null where the act is outside of ACLED.
    """
    codes = load_seed("cameo/event_codes", "code").select(
        cameo_code="code",
        cameo_root="root",
        quad_class=pl.col("quad_class_gdelt").cast(pl.Int64),
        goldstein=pl.col("goldstein_gdelt").cast(pl.Float64),
    )
    acled = load_seed("crosswalks/cameo_to_acled", "cameo_code").select(
        "cameo_code",
        "event_type",
        "sub_event_type",
        crosswalk=pl.when(pl.col("confidence") != "none").then(pl.col("confidence")),
    )
    plover = load_seed("crosswalks/cameo_to_plover", "cameo_code").select(
        "cameo_code", "plover_event", "plover_mode"
    )
    return (
        codes.join(acled, on="cameo_code", how="left", validate="1:1", maintain_order="left")
        .join(plover, on="cameo_code", how="left", validate="1:1", maintain_order="left")
        .join(disorder_types(), on="sub_event_type", how="left", validate="m:1", maintain_order="left")
    )


@cache
def disorder_types() -> pl.DataFrame:
    """ACLED's disorder type of each sub-event type."""
    return load_seed("acled/event_types", "sub_event_type").select("sub_event_type", "disorder_type")


@cache
def acled_types() -> pl.DataFrame:
    """One row per ACLED sub-event type: the CAMEO code and PLOVER type that it maps to, with the confidence."""
    table = load_seed("crosswalks/acled_to_cameo", "sub_event_type").select(
        "sub_event_type",
        "cameo_code",
        "plover_event",
        "plover_mode",
        crosswalk=pl.when(pl.col("confidence") != "none").then(pl.col("confidence")),
    )
    values = cameo_codes().select("cameo_code", "cameo_root", "quad_class", "goldstein")
    return table.join(values, on="cameo_code", how="left", validate="m:1", maintain_order="left")


@cache
def disorder_of_type() -> pl.DataFrame:
    """ACLED's disorder type of an event type, where all its sub-event types have the same."""
    types = load_seed("acled/event_types", "sub_event_type")
    return (
        types.group_by("event_type", maintain_order=True)
        .agg(pl.col("disorder_type").unique())
        .filter(pl.col("disorder_type").list.len() == 1)
        .with_columns(pl.col("disorder_type").list.first())
    )


@cache
def violence_types() -> pl.DataFrame:
    """UCDP's types of violence: the ACLED and CAMEO types they map to; `crosswalk` is the lower of both confidences."""
    ucdp = load_seed("crosswalks/ucdp_to_acled", "type_of_violence").select(
        "event_type", "sub_event_type", "confidence", violence="type_of_violence"
    )
    joined = ucdp.join(
        acled_types(), on="sub_event_type", how="left", validate="m:1", maintain_order="left"
    ).join(disorder_types(), on="sub_event_type", how="left", validate="m:1", maintain_order="left")
    ranks = ["low", "medium", "high"]
    lower = pl.min_horizontal(pl.col("confidence", "crosswalk").replace_strict(ranks, [0, 1, 2], default=2))
    return joined.with_columns(crosswalk=lower.replace_strict([0, 1, 2], ranks)).drop("confidence")


@cache
def legacy_types() -> pl.DataFrame:
    """ACLED event types from before 2019: `legacy`, `inter1` (a number, or null for any), current types."""
    return load_seed("acled/legacy_event_types").select(
        "event_type", "sub_event_type", "inter1", legacy="legacy_event_type"
    )


@cache
def inter_labels() -> dict[str, str]:
    """ACLED's label of each actor type number."""
    return {
        c: label for c, label in load_seed("acled/inter", "code").select("code", "label").iter_rows() if label
    }


@cache
def interaction_labels() -> pl.DataFrame:
    """ACLED's label of each interaction: by number (`code`), and by `low` and `high` actor type label."""
    labels = inter_labels()
    table = load_seed("acled/interactions", "code")
    low, high = (pl.col(c).replace_strict(labels, default=None) for c in ("low_inter", "high_inter"))
    return table.select("code", interaction="label", low=low, high=high)


@cache
def role_inters() -> pl.DataFrame:
    """ACLED's actor type of each CAMEO role: usual, in a protest, in a riot."""
    labels = inter_labels()
    return load_seed("cameo/roles", "code").select(
        "code",
        usual=pl.col("acled_inter_default").replace_strict(labels, default=None),
        in_protest=pl.col("acled_inter_in_protest").replace_strict(labels, default=None),
        in_riot=pl.col("acled_inter_in_riot").replace_strict(labels, default=None),
    )


@cache
def icews_sectors() -> pl.DataFrame:
    """ICEWS sectors that tell ACLED's actor type; the lowest `priority` of an actor's sectors counts."""
    return load_seed("layouts/icews_sectors", "sector").with_columns(pl.col("priority").cast(pl.Int64))


@cache
def sector_inters() -> pl.DataFrame:
    """ACLED's actor type of each PLOVER sector, by way of the CAMEO role of the same meaning."""
    sectors = load_seed("plover/sectors", "code").select("code", role="cameo_role")
    return sectors.join(
        role_inters().rename({"code": "role"}), on="role", how="left", maintain_order="left"
    ).drop("role")


@cache
def precisions(column: str) -> pl.DataFrame:
    """What the archive's precision codes are in ours: `value`, time, date and place columns."""
    return (
        load_seed("layouts/precisions", "column", "value")
        .filter(pl.col("column") == column)
        .select(
            "value", pl.col("time_precision", "geo_precision").cast(pl.Int64), "date_precision", "place_issue"
        )
    )


@cache
def spellings(family: str, column: str) -> dict[str, str]:
    """Other spellings of a column's values, and the archive's own."""
    rows = load_seed("layouts/spellings", "family", "column", "variant")
    rows = rows.filter((pl.col("family") == family) & (pl.col("column") == column))
    return dict(rows.select("variant", "value").iter_rows())


def look_up(keys: pl.Series, table: pl.DataFrame, key: str) -> pl.DataFrame:
    """The row of `table` for each key, in order; nulls where the key is unknown or null."""
    return pl.DataFrame({key: keys}).join(table, on=key, how="left", validate="m:1", maintain_order="left")

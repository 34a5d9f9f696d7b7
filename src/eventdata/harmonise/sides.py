"""ACLED's actor types of the two sides, and their interaction."""

import polars as pl

from eventdata.harmonise.crosswalks import inter_labels, interaction_labels, look_up


def inter_of_roles(roles: pl.Series, event_types: pl.Series, table: pl.DataFrame) -> pl.Series:
    """The actor type of coded roles: the usual one, another in protests and riots where the table has one."""
    found = look_up(roles, table, "code").with_columns(event_type=event_types)
    return found.select(
        pl.when(pl.col("event_type") == "Protests")
        .then(pl.coalesce("in_protest", "usual"))
        .when(pl.col("event_type") == "Riots")
        .then(pl.coalesce("in_riot", "usual"))
        .otherwise("usual")
    ).to_series()


def interaction_of(inter1: pl.Series, inter2: pl.Series, actor2: pl.Series) -> pl.Series:
    """ACLED's interaction of two actor types, order free; null where a side that is there has no type."""
    if inter1.null_count() == len(inter1):
        return inter1.alias("interaction")
    ranks = {label: number for number, label in enumerate(inter_labels().values())}
    sides = pl.DataFrame({"one": inter1, "two": inter2, "actor2": actor2})
    rank1 = pl.col("one").replace_strict(ranks, default=None, return_dtype=pl.Int8)
    rank2 = pl.col("two").replace_strict(ranks, default=None, return_dtype=pl.Int8)
    swap = rank1 > rank2
    pairs = sides.select(
        low=pl.when(swap).then("two").otherwise("one"),
        high=pl.when(swap).then("one").otherwise("two"),
        known=pl.col("one").is_not_null() & (pl.col("two").is_not_null() | pl.col("actor2").is_null()),
    )
    joined = pairs.join(
        interaction_labels().drop("code"),
        on=["low", "high"],
        how="left",
        nulls_equal=True,
        validate="m:1",
        maintain_order="left",
    )
    return joined.select(pl.when("known").then("interaction")).to_series()


def actor_issue(actor1: pl.Expr, actor2: pl.Expr) -> pl.Expr:
    """Why a side is open: the archive names none."""
    return (
        pl.when(actor1.is_null() & actor2.is_null())
        .then(pl.lit("no-actor"))
        .when(actor1.is_null())
        .then(pl.lit("no-source"))
        .when(actor2.is_null())
        .then(pl.lit("no-target"))
    )

"""ACLED's actor types of the two sides, and their interaction."""

from functools import cache

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
    labels = tuple(dict.fromkeys(inter_labels().values()))
    none = len(labels)
    sides = pl.DataFrame({"one": _places(inter1, labels), "two": _places(inter2, labels)})
    known = inter1.is_not_null() & (inter2.is_not_null() | actor2.is_null())
    pair = sides.select(
        pl.col("one").fill_null(none) * (none + 1) + pl.col("two").fill_null(none)
    ).to_series()
    found = _interactions(labels).gather(pair)
    return (found if known.all() else found.set(~known, None)).alias("interaction")


def _places(cells: pl.Series, labels: tuple[str, ...]) -> pl.Series:
    """Where each label stands in the list."""
    return cells.cast(pl.Enum(labels), strict=False).to_physical().cast(pl.UInt32)


@cache
def _interactions(labels: tuple[str, ...]) -> pl.Series:
    """The interaction of each pair of labels, in both orders; behind the last label stands none."""
    known = {}
    for low, high, label in interaction_labels().select("low", "high", "interaction").iter_rows():
        known[low, high] = known[high, low] = label
    sides = (*labels, None)
    return pl.Series([known.get((one, two)) for one in sides for two in sides], dtype=pl.String)


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

"""The layouts of archive files as the seed tables describe them: columns, families, mapping, signatures."""

from dataclasses import dataclass
from functools import cache

import polars as pl

from eventdata.seeds import load_seed

_SEPARATORS = {"comma": ",", "tab": "\t"}


@dataclass(frozen=True)
class Layout:
    """One published form of an archive's files."""

    name: str
    family: str
    version: str
    separator: str
    quoted: bool
    header: str
    missing: tuple[str, ...]
    columns: tuple[str, ...]
    slash_order: str | None


@dataclass(frozen=True)
class Family:
    """Layouts whose columns mean the same: one mapping serves them all."""

    name: str
    dataset: str
    required: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Mapped:
    """Where one value of an event is read: the first of `columns` that the file has."""

    value: str
    columns: tuple[str, ...]
    read_as: str
    on_bad: str | None


@cache
def layouts() -> dict[str, Layout]:
    """All known layouts by name."""
    columns = load_seed("layouts/columns", "layout", "position")
    found = {}
    for row in load_seed("layouts/layouts", "layout").iter_rows(named=True):
        own = columns.filter(pl.col("layout") == row["layout"]).sort(pl.col("position").cast(pl.Int64))
        found[row["layout"]] = Layout(
            name=row["layout"],
            family=row["family"],
            version=row["version"],
            separator=_SEPARATORS[row["separator"]],
            quoted=row["quoted"] == "1",
            header=row["header"],
            missing=tuple((row["missing"] or "").split("|")) if row["missing"] else (),
            columns=tuple(own["column"]),
            slash_order=row["slash_order"],
        )
    return found


@cache
def families() -> dict[str, Family]:
    """All families by name; `no_events` holds the layouts that are known and hold no events."""
    found = {}
    for row in load_seed("layouts/families", "family").iter_rows(named=True):
        groups = (row["required"] or "").split(" & ") if row["required"] else []
        required = tuple(tuple(name_key(c) for c in group.split("|")) for group in groups)
        found[row["family"]] = Family(row["family"], row["dataset"] or "", required)
    return found


@cache
def mapping(family: str) -> tuple[Mapped, ...]:
    """Where the values of a family's events are read."""
    rows = load_seed("layouts/mapping", "family", "event_column").filter(pl.col("family") == family)
    return tuple(
        Mapped(
            r["event_column"], tuple(name_key(c) for c in r["columns"].split("|")), r["read_as"], r["on_bad"]
        )
        for r in rows.iter_rows(named=True)
    )


@cache
def known_columns(family: str) -> frozenset[str]:
    """Keys of all column names that a layout of the family has."""
    named = {name_key(c) for layout in layouts().values() if layout.family == family for c in layout.columns}
    return frozenset(named | {c for m in mapping(family) for c in m.columns})


def name_key(column: str) -> str:
    """The form in which column names are compared: lower case, no quotes, blanks and points as underscores.

    >>> name_key(' "Event Date"')
    'event_date'
    """
    return column.strip().strip('"').strip().lower().replace(" ", "_").replace(".", "_")

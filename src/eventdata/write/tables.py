"""Writes event tables to Parquet and CSV: first to a temporary name, then into place."""

import os
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from eventdata.errors import BadCallError
from eventdata.schema import Event, Table, arrow_schema, conform
from eventdata.write.acled import acled_layout, conventional_counts

LAYOUTS = ("eventdata", "acled")


COUNTS = ("raw", "acled")


def write_events(
    events: pl.DataFrame, path: Path, layout: str = "eventdata", counts: str | None = None
) -> Path:
    """Write events in a layout; the suffix of `path` (`.csv`, `.parquet`) decides the format.

    `counts` is "raw" or "acled" (`conventional_counts`); default: as the layout has it.
    """
    if layout not in LAYOUTS:
        raise BadCallError(f"layout={layout!r}: it is one of {LAYOUTS}.")
    counts = counts or ("acled" if layout == "acled" else "raw")
    if counts not in COUNTS:
        raise BadCallError(f"counts={counts!r}: it is one of {COUNTS}.")
    if layout == "acled":
        return write_frame(acled_layout(events, counts=counts), path)
    return write_frame(conventional_counts(events) if counts == "acled" else events, path, Event)


def write_frame(frame: pl.DataFrame, path: Path, table: type[Table] | None = None) -> Path:
    """Write a frame; Parquet files of a declared table keep the description of each column."""
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise BadCallError(f"{path}: the name must end in .csv or .parquet.")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        if suffix == ".csv":
            frame.write_csv(temporary)
        else:
            pq.write_table(to_arrow(frame, table), temporary, compression="zstd")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def to_arrow(frame: pl.DataFrame, table: type[Table] | None) -> pa.Table:
    """The frame as an Arrow table, with the field metadata of `table`."""
    if table is None:
        return frame.to_arrow()
    return conform(frame, table).to_arrow().cast(arrow_schema(table))

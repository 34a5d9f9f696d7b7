"""Checks an event table, or an archive file as it is."""

import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from eventdata.check.rules import SUMMARY_SCHEMA, check_events, event_rules
from eventdata.errors import BadCallError
from eventdata.harmonise.layouts import families, layouts
from eventdata.harmonise.tally import repair_messages
from eventdata.read.detect import first_cells, unique_names
from eventdata.read.members import Member, TextStream, read_head
from eventdata.read.records import Bad, Shape, cut_records, parse_piece
from eventdata.schema import Event, Reject, conform, empty_frame, polars_schema

_WRONG_TYPE = "wrong-type"


class Validation(NamedTuple):
    """Rows that keep the rules, one reject per row that does not, and every broken rule with its number of rows."""

    accepted: pl.DataFrame
    rejects: pl.DataFrame
    summary: pl.DataFrame


def validate(frame_or_path: pl.DataFrame | str | Path, layout: str | None = None) -> Validation:
    """Accepted rows, rejects and summary of an event table or of an archive file, in their own columns.

    An event table is a frame, or a Parquet or CSV file, with `event_id` and `dataset`; columns that it lacks are null, and
    columns of its own stay behind the others (of a CSV file as text). A row with a cell that its column cannot hold is a
    reject, as is a record of a CSV file that cannot be read.
    With `layout` (`"acled"`), or where the columns are an archive's, the file is checked as it is: accepted rows keep
    the file's columns and cells, as text. The summary is `rule, severity, rows, message`; besides reject and warn it
    has severity repair, for what a reader would have to mend.
    """
    if isinstance(frame_or_path, pl.DataFrame):
        return _validate_frame(frame_or_path, layout)
    path = Path(frame_or_path)
    if layout in (None, "eventdata") and (found := _event_table(path)) is not None:
        return _validate_events(*found)
    return _validate_archive(path, layout)


def _validate_frame(frame: pl.DataFrame, layout: str | None) -> Validation:
    if layout in (None, "eventdata") and {"event_id", "dataset"} <= set(frame.columns):
        return _validate_events(frame)
    if layout is None:
        raise BadCallError(
            f"this frame is no event table (no event_id and dataset); it has {frame.columns[:10]}. "
            "Hint: name its layout, such as layout='acled'."
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frame.parquet"
        frame.write_parquet(path)
        found = _validate_archive(path, layout)
    nowhere = pl.lit(None, dtype=pl.String).alias("source_file")
    return Validation(found.accepted, found.rejects.with_columns(nowhere), found.summary)


def _event_table(path: Path) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """The file as an event table, and the records of it that cannot be read; nothing where it is none."""
    if path.suffix.lower() in (".parquet", ".pq"):
        names = set(pl.read_parquet_schema(path))
        return (pl.read_parquet(path), empty_frame(Reject)) if {"event_id", "dataset"} <= names else None
    if path.suffix.lower() != ".csv":
        return None
    member = Member(str(path), path)
    columns = unique_names(first_cells(read_head(member), ","))
    return _read_csv(member, columns) if {"event_id", "dataset"} <= set(columns) else None


def _read_csv(member: Member, columns: tuple[str, ...]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The records under the header as columns of text, and those that cannot be read."""
    shape = Shape(",", True, columns, (len(columns),))
    frames: list[pl.DataFrame] = []
    bad: list[dict[str, object]] = []
    stream = TextStream(member.open())
    try:
        for piece in cut_records(stream, shape):
            block = parse_piece(piece, shape, columns)
            rows = block.frame
            if not {"source_file", "source_row"} & set(columns):
                # A table that does not tell where its rows come from: they come from this file.
                rows = rows.with_columns(block.rows, source_file=pl.lit(member.name))
            frames.append(rows.filter(block.rows > 1))
            bad += [_unread(record, member.name) for record in block.bad]
    finally:
        stream.close()
    return pl.concat(frames), pl.DataFrame(bad, schema=polars_schema(Reject))


def _unread(record: Bad, file: str) -> dict[str, object]:
    raw = record.raw.decode("utf-8", errors="replace")
    return {
        "stage": "read", "source_file": file, "source_row": record.row, "rule": record.rule,
        "message": repair_messages()[record.rule], "raw": raw,
    }  # fmt: skip


def _validate_events(frame: pl.DataFrame, unread: pl.DataFrame | None = None) -> Validation:
    events, wrong = _typed(frame)
    more = [c for c in frame.columns if c not in Event.model_fields]
    if more:
        events = pl.concat([events, frame.select(more)], how="horizontal")
    is_wrong = np.zeros(frame.height, dtype=bool)
    is_wrong[list(wrong)] = True
    accepted, rejects, summary = check_events(events.filter(~is_wrong))
    refused = pl.concat(
        [empty_frame(Reject) if unread is None else unread, _wrong_types(frame, events, wrong), rejects]
    )
    counted = refused.filter(~pl.col("rule").is_in(summary["rule"].to_list())).group_by(
        "rule", "message", maintain_order=True
    )
    found = counted.agg(rows=pl.len().cast(pl.Int64)).select(
        "rule", pl.lit("reject").alias("severity"), "rows", "message"
    )
    return Validation(accepted, refused, pl.concat([found, summary]))


def _typed(frame: pl.DataFrame) -> tuple[pl.DataFrame, dict[int, str]]:
    """The event columns, and of each row with a cell that its column cannot hold the first such column."""
    wrong: dict[int, str] = {}
    columns = []
    for name, dtype in polars_schema(Event).items():
        if name not in frame.columns:
            continue
        cells = frame[name]
        values = _cast(cells, dtype)
        for row in (values.is_null() & cells.is_not_null()).arg_true():
            wrong.setdefault(row, name)
        columns.append(values)
    return conform(pl.DataFrame(columns), Event), wrong


def _cast(cells: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Values of a type, null where a cell holds none; whole numbers may be written as decimals (3.0), as pandas does."""
    if cells.dtype == dtype:
        return cells
    if dtype == pl.Boolean and cells.dtype == pl.String:
        return cells.str.to_lowercase().replace_strict(
            {"true": True, "false": False}, default=None, return_dtype=pl.Boolean
        )
    if dtype == pl.Date and cells.dtype == pl.String:
        return cells.str.to_date("%Y-%m-%d", strict=False)
    if dtype != pl.Int64 or not (cells.dtype == pl.String or cells.dtype.is_float()):
        return cells.cast(dtype, strict=False)
    decimals = cells.cast(pl.Float64, strict=False)
    is_whole = (decimals == decimals.round()).fill_null(value=False)
    whole = decimals.set(~is_whole, None).cast(pl.Int64, strict=False)
    if cells.dtype != pl.String:
        return whole
    values = cells.cast(pl.Int64, strict=False)
    return values.zip_with(values.is_not_null(), whole)


def _wrong_types(frame: pl.DataFrame, events: pl.DataFrame, wrong: dict[int, str]) -> pl.DataFrame:
    rows = []
    for row, column in sorted(wrong.items()):
        event = events.row(row, named=True)
        rows.append(
            {
                "stage": "check",
                "source_file": event["source_file"],
                "source_row": event["source_row"],
                "record_id": event["event_id"],
                "rule": _WRONG_TYPE,
                "column": column,
                "value": str(frame[column][row]),
                "message": repair_messages()[_WRONG_TYPE],
                "raw": None,
            }
        )
    return pl.DataFrame(rows, schema=polars_schema(Reject))


def _validate_archive(path: Path, layout: str | None) -> Validation:
    from eventdata.archives import original_column, read_archive

    if layout is not None and layout not in families() and layout not in layouts():
        raise BadCallError(f"layout={layout!r} is not known. Hint: one of {', '.join(sorted(families()))}.")
    result = read_archive(path, layout=layout, keep_source=True)
    kept = [c for c in result.events.columns if c not in Event.model_fields]
    names = {c: original_column(c) for c in kept}
    summary = _summary(result.accounting)
    return Validation(result.events.select(kept).rename(names), result.rejects, summary)


def _summary(accounting: pl.DataFrame) -> pl.DataFrame:
    messages = repair_messages() | {rule.name: rule.message for rule in event_rules()}
    severities = {"rejects": "reject", "warnings": "warn", "repairs": "repair"}
    counted = accounting.filter(pl.col("stage").is_in(list(severities))).group_by(
        "stage", "reason", maintain_order=True
    )
    totals = counted.agg(pl.col("rows").sum()).rows()
    rows = [(reason, severities[stage], number, messages.get(reason)) for stage, reason, number in totals]
    return pl.DataFrame(rows, schema=SUMMARY_SCHEMA, orient="row")

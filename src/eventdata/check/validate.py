"""Checks an event table, or an archive file as it is."""

import tempfile
from pathlib import Path
from typing import NamedTuple

import polars as pl

from eventdata.check.rules import SUMMARY_SCHEMA, check_events, event_rules
from eventdata.errors import BadCallError
from eventdata.harmonise.layouts import families, layouts
from eventdata.harmonise.tally import repair_messages
from eventdata.schema import Event, conform, polars_schema


class Validation(NamedTuple):
    """Rows that keep the rules, one reject per row that does not, and every broken rule with its number of rows."""

    accepted: pl.DataFrame
    rejects: pl.DataFrame
    summary: pl.DataFrame


def validate(frame_or_path: pl.DataFrame | str | Path, layout: str | None = None) -> Validation:
    """Accepted rows, rejects and summary of an event table or of an archive file, in their own columns.

    An event table is a frame, or a Parquet or CSV file, with `event_id` and `dataset`; columns that it lacks are null.
    With `layout` (`"acled"`), or where the columns are an archive's, the file is checked as it is: accepted rows keep
    the file's columns and cells, as text. The summary is `rule, severity, rows, message`; besides reject and warn it
    has severity repair, for what a reader would have to mend.
    """
    if isinstance(frame_or_path, pl.DataFrame):
        return _validate_frame(frame_or_path, layout)
    path = Path(frame_or_path)
    if layout in (None, "eventdata") and (events := _event_table(path)) is not None:
        return _validate_events(events)
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


def _event_table(path: Path) -> pl.DataFrame | None:
    """The file as an event table; nothing where it is none."""
    wanted = polars_schema(Event)
    if path.suffix.lower() in (".parquet", ".pq"):
        names = set(pl.read_parquet_schema(path))
        return pl.read_parquet(path) if {"event_id", "dataset"} <= names else None
    if path.suffix.lower() != ".csv":
        return None
    try:
        names = set(pl.scan_csv(path, infer_schema=False).collect_schema())
    except pl.exceptions.PolarsError:
        return None
    if not {"event_id", "dataset"} <= names:
        return None
    return pl.read_csv(path, schema_overrides={n: t for n, t in wanted.items() if n in names})


def _validate_events(frame: pl.DataFrame) -> Validation:
    more = [c for c in frame.columns if c not in Event.model_fields]
    events = (
        pl.concat([conform(frame, Event), frame.select(more)], how="horizontal")
        if more
        else conform(frame, Event)
    )
    return Validation(*check_events(events))


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

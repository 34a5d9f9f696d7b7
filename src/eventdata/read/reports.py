"""Reads reports: texts with a day of publication, from memory or from files, in batches.

A `str` is one text and a `Path` is a file. Every record becomes a report or a reject with its file, row, rule and value.
"""

import csv
import hashlib
import io
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from eventdata.errors import BadCallError, MissingColumnError, UnreadableFileError
from eventdata.read.members import Member, TextStream, find_members, read_all, read_head
from eventdata.read.records import Bad, Shape, cut_records, parse_piece
from eventdata.resolve._dates_zones import local_day
from eventdata.schema import Reject, Report, empty_frame, polars_schema

log = logging.getLogger(__name__)

PUBLISHED_NAMES = ("published", "published_at", "date", "pub_date")
DATE_ORDERS = ("DMY", "MDY", "YMD")
EARLIEST, LATEST = date(1500, 1, 1), date(2100, 12, 31)
_TABLE_SUFFIXES = (".parquet", ".pq", ".csv", ".tsv", ".json", ".jsonl", ".ndjson")
_ACLED_MARKS = frozenset({"event_id_cnty", "sub_event_type", "event_type", "actor1", "notes"})
_ISO = r"^\d{4}-\d{2}-\d{2}(?:[T ].*)?$"
_FORMATS = {
    "DMY": ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%d/%m/%y"),
    "MDY": ("%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%B %d, %Y", "%b %d, %Y", "%m/%d/%y"),
    "YMD": ("%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"),
}

Source = Any  # str | Path | list | polars, pandas or Arrow table | list of Report or dict


@dataclass
class ReportBatch:
    """Reports of one batch (`row` and the columns of `Report`), what was left out, and how many records came in."""

    reports: pl.DataFrame
    rejects: pl.DataFrame
    records: int
    file: str | None = None
    notes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """How the columns of an input are read."""

    published: date | None = None
    columns: Mapping[str, str] | None = None
    date_order: str | None = None
    batch_size: int = 6_000

    def __post_init__(self) -> None:
        if self.date_order is not None and self.date_order not in DATE_ORDERS:
            raise BadCallError(f"date_order={self.date_order!r}: it is one of {DATE_ORDERS}.")
        if self.batch_size < 1:
            raise BadCallError(f"batch_size={self.batch_size}: it is 1 or more.")
        if self.published is not None and not isinstance(self.published, date):
            raise BadCallError(
                f"published={self.published!r}: it is a date, such as datetime.date(2024, 12, 4)."
            )


def read_reports(source: Source, options: Options) -> Iterator[ReportBatch]:
    """Reports of any input in batches; a report id that was seen before in the same call is a reject."""
    seen: set[str] = set()
    for raw in _raw_batches(source, options):
        batch = _prepare(raw, options, seen)
        batch.reports = batch.reports.with_row_index("row")
        yield batch


@dataclass
class _Raw:
    """A table as it came, with the numbers of its records."""

    frame: pl.DataFrame
    file: str | None = None
    rows: pl.Series | None = None
    bad: list[Bad] = field(default_factory=list)
    blank: int = 0


def _raw_batches(source: Source, options: Options) -> Iterator[_Raw]:
    if isinstance(source, str):
        if len(source) < 250 and "\n" not in source and source.lower().endswith((*_TABLE_SUFFIXES, ".txt")):
            raise BadCallError(f"{source!r} is taken as a text. Hint: pass Path({source!r}) for a file.")
        yield _Raw(pl.DataFrame({"text": [source]}))
        return
    if isinstance(source, Path):
        yield from _file_batches([source], options)
        return
    if isinstance(source, pl.LazyFrame):
        for frame in source.collect_batches(chunk_size=options.batch_size):
            yield _Raw(frame)
        return
    if isinstance(source, pl.DataFrame) or hasattr(source, "__arrow_c_stream__"):
        frame = source if isinstance(source, pl.DataFrame) else pl.DataFrame(source)
        for start in range(0, max(frame.height, 1), options.batch_size):
            part = frame.slice(start, options.batch_size)
            yield _Raw(part, rows=pl.int_range(start + 1, start + part.height + 1, eager=True))
        return
    if isinstance(source, Mapping):
        yield from _raw_batches(_frame_of(dict(source)), options)
        return
    if isinstance(source, Iterable):
        items = list(source)
        if items and all(isinstance(item, Path) for item in items):
            yield from _file_batches(items, options)
            return
        yield from _raw_batches(_frame_of_items(items), options)
        return
    raise BadCallError(
        f"reports of type {type(source).__name__} are not known. Hint: pass a text, a Path, a list of either, "
        "or a polars, pandas or Arrow table with a column 'text'."
    )


def _frame_of(columns: dict[str, Any]) -> pl.DataFrame:
    try:
        return pl.DataFrame(columns, strict=False)
    except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
        raise BadCallError(f"the reports make no table: {error}.") from error


def _frame_of_items(items: Sequence[Any]) -> pl.DataFrame:
    """A list of texts, of dicts or of `Report`s as a table."""
    if not items:
        return pl.DataFrame(schema={"text": pl.String})
    if all(item is None or isinstance(item, str) for item in items):
        return pl.DataFrame({"text": pl.Series(items, dtype=pl.String)})
    rows = [item.model_dump() if isinstance(item, Report) else item for item in items]
    if all(isinstance(row, Mapping) for row in rows):
        names = dict.fromkeys(name for row in rows for name in row)
        return _frame_of({str(name): [row.get(name) for row in rows] for name in names})
    kinds = sorted({type(item).__name__ for item in items})
    raise BadCallError(
        f"a list of {kinds} is not known. Hint: pass texts, Paths, dicts or Reports, not a mixture."
    )


# ---------------------------------------------------------------------------------------------- files


def _file_batches(paths: Sequence[Path], options: Options) -> Iterator[_Raw]:
    for member in find_members(paths):
        yield from _member_batches(member, options)


def _member_batches(member: Member, options: Options) -> Iterator[_Raw]:
    suffixes = [part.lower() for part in Path(member.name).suffixes]
    if member.is_parquet:
        yield from _parquet_batches(member, options)
    elif ".jsonl" in suffixes or ".ndjson" in suffixes or ".json" in suffixes:
        yield from _json_batches(member)
    elif ".csv" in suffixes or ".tsv" in suffixes:
        yield from _csv_batches(member, options)
    elif ".txt" in suffixes or not suffixes:
        text = _decode(read_all(member)[0], member.name)
        if not text.strip():
            raise UnreadableFileError(f"{member.name}: the file is empty.")
        yield _Raw(pl.DataFrame({"text": [text]}), member.name)
    else:
        known = ", ".join((*_TABLE_SUFFIXES, ".txt"))
        raise UnreadableFileError(
            f"{member.name}: no reader for this kind of file. Hint: known are {known}, packed or not."
        )


def _decode(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        log.warning("%s is no UTF-8; it is read as Windows-1252", name)
        return data.decode("cp1252", errors="replace")


def _parquet_batches(member: Member, options: Options) -> Iterator[_Raw]:
    try:
        start = 0
        for frame in pl.scan_parquet(member.path).collect_batches(
            chunk_size=options.batch_size, maintain_order=True
        ):
            yield _Raw(frame, member.name, pl.int_range(start + 1, start + frame.height + 1, eager=True))
            start += frame.height
    except pl.exceptions.PolarsError as error:
        raise UnreadableFileError(
            f"{member.name}: the Parquet file cannot be read ({_first_line(error)})."
        ) from error


def _json_batches(member: Member) -> Iterator[_Raw]:
    data, _, _ = read_all(member)
    text = _decode(data, member.name).strip()
    if not text:
        raise UnreadableFileError(f"{member.name}: the file is empty.")
    try:
        is_lines = not text.startswith("[")
        body = io.BytesIO(text.encode())
        frame = pl.read_ndjson(body) if is_lines else pl.read_json(body)
    except pl.exceptions.PolarsError as error:
        hint = "one object a line, or one list of objects"
        raise UnreadableFileError(
            f"{member.name}: no JSON of records ({_first_line(error)}). Hint: {hint}."
        ) from error
    yield _Raw(frame, member.name, pl.int_range(1, frame.height + 1, eager=True))


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _csv_batches(member: Member, options: Options) -> Iterator[_Raw]:
    head = _decode(read_head(member), member.name)
    if not head.strip():
        raise UnreadableFileError(f"{member.name}: the file is empty.")
    first = head.splitlines()[0]
    separator = max(",;\t|", key=first.count)
    names = [name.strip() for name in next(csv.reader([first], delimiter=separator))]
    if len(set(names)) < len(names):
        raise UnreadableFileError(f"{member.name}: the header repeats a column: {names}.")
    _columns_of(names, options, member.name)
    shape = Shape(separator, True, tuple(names), (len(names),))
    stream = TextStream(member.open())
    is_header = True
    try:
        for piece in cut_records(stream, shape, 0):
            block = parse_piece(piece, shape, names)
            frame, rows = block.frame, block.rows
            if is_header:
                frame, rows, is_header = frame.slice(1), rows.slice(1), False
            for start in range(0, max(frame.height, 1), options.batch_size):
                part = slice(start, start + options.batch_size)
                first_part = start == 0
                yield _Raw(
                    frame[part],
                    member.name,
                    rows[part],
                    block.bad if first_part else [],
                    block.blank if first_part else 0,
                )
    finally:
        stream.close()


# ---------------------------------------------------------------------------------------------- columns


def _columns_of(names: Sequence[str], options: Options, where: str) -> dict[str, str]:
    """Our name -> the input's name, for the columns that there are."""
    renames = dict(options.columns or {})
    absent = [name for name in renames if name not in names]
    if absent:
        raise MissingColumnError(
            where, absent, list(names), "columns={'their_name': 'our_name'} names columns of the input"
        )
    unknown = [name for name in renames.values() if name not in Report.model_fields]
    if unknown:
        raise BadCallError(
            f"columns=: {unknown} are no columns of a report; it has {list(Report.model_fields)}."
        )
    ours = {name: name for name in names if name in Report.model_fields}
    lower = {name.lower(): name for name in names}
    ours |= {name: lower[name] for name in Report.model_fields if name not in ours and name in lower}
    ours |= {new: old for old, new in renames.items()}
    if "published" not in ours:
        found = next((lower[name] for name in PUBLISHED_NAMES if name in lower), None)
        if found is not None:
            ours["published"] = found
            log.info("%s: column %r is read as the day of publication", where, found)
    if "text" not in ours:
        if len(_ACLED_MARKS & set(lower)) >= 3:
            raise MissingColumnError(
                where,
                ["text"],
                list(names),
                "this looks like an ACLED export: read it with eventdata.read_archive()",
            )
        raise MissingColumnError(where, ["text"], list(names))
    return ours


def _prepare(raw: _Raw, options: Options, seen: set[str]) -> ReportBatch:
    where = raw.file or "reports"
    names = _columns_of(raw.frame.columns, options, where)
    frame = raw.frame
    rows = raw.rows if raw.rows is not None else pl.int_range(1, frame.height + 1, eager=True)
    for name in ("text", "report_id", "title", "source", "source_url", "lang"):
        if name in names and frame[names[name]].dtype.is_nested():
            raise BadCallError(
                f"{where}: column {names[name]!r} holds {frame[names[name]].dtype}; it must be text."
            )
    columns = {
        name: (
            frame[names[name]].cast(pl.String, strict=False)
            if name in names
            else pl.Series([None], dtype=pl.String)
        )
        for name in ("report_id", "text", "title", "source", "source_url", "lang")
    }
    table = pl.DataFrame({name: series for name, series in columns.items() if name in names})
    table = table.with_columns(
        *(pl.lit(None, dtype=pl.String).alias(name) for name in columns if name not in names),
        pl.lit(raw.file, dtype=pl.String).alias("source_file"),
        rows.cast(pl.Int64).alias("source_row"),
    )
    given = frame[names["published"]] if "published" in names else None
    if given is not None:
        given = local_day(given, table["text"])
    day, words = _published(given, options, table.height)
    table = table.with_columns(day.alias("published"), words.alias("_published_text"))
    table = table.with_columns(_ids(table).alias("report_id"))
    rule, column, value = _broken_rule(table, seen)
    table = table.with_columns(rule.alias("_rule"), column.alias("_column"), value.alias("_value"))
    kept = table.filter(pl.col("_rule").is_null())
    seen.update(kept["report_id"].to_list())
    rejects = pl.concat([_rejects(table.filter(pl.col("_rule").is_not_null())), _bad_rejects(raw)])
    reports = kept.select([pl.col(name).cast(dtype) for name, dtype in polars_schema(Report).items()])
    records = table.height + len(raw.bad) + raw.blank
    notes = {"blank-line": raw.blank} if raw.blank else {}
    return ReportBatch(reports, rejects, records, raw.file, notes)


def _ids(table: pl.DataFrame) -> pl.Series:
    """The given ids; where there is none, blake2b of the text."""
    given = table["report_id"]
    if given.null_count() == 0:
        return given
    texts = table["text"].to_list()
    made = [None if t is None else hashlib.blake2b(t.encode(), digest_size=8).hexdigest() for t in texts]
    return given.fill_null(pl.Series(made, dtype=pl.String))


def _published(given: pl.Series | None, options: Options, height: int) -> tuple[pl.Series, pl.Series]:
    """Day of publication of each report, and the words where they could not be read (else null)."""
    nothing = pl.Series([None], dtype=pl.String).extend_constant(None, max(height - 1, 0)).head(height)
    if given is None:
        return pl.Series([options.published], dtype=pl.Date).new_from_index(0, height), nothing
    if given.dtype == pl.Date:
        day, words = given, nothing
    elif isinstance(given.dtype, pl.Datetime):
        zoned = given.dt.replace_time_zone(None) if given.dtype.time_zone else given
        day, words = zoned.dt.date(), nothing
    else:
        text = given.cast(pl.String, strict=False).str.strip_chars()
        text = pl.select(pl.when(text != "").then(text)).to_series()
        day = _parse_days(text, options.date_order)
        words = pl.select(pl.when(day.is_null()).then(text)).to_series()
    out = (day < EARLIEST) | (day > LATEST)
    words = pl.select(pl.when(out).then(day.cast(pl.String)).otherwise(words)).to_series()
    day = pl.select(pl.when(~out.fill_null(value=False)).then(day)).to_series()
    if options.published is not None:
        day = pl.select(
            pl.when(day.is_null() & words.is_null()).then(options.published).otherwise(day)
        ).to_series()
    return day, words


def _parse_days(text: pl.Series, order: str | None) -> pl.Series:
    """ISO days, and those that `order` makes unmistakable."""
    day = pl.select(pl.when(text.str.contains(_ISO)).then(text.str.slice(0, 10)).otherwise(None)).to_series()
    day = day.str.to_date("%Y-%m-%d", strict=False)
    # a compact ISO day is unmistakable too
    day = day.fill_null(
        pl.select(pl.when(text.str.contains(r"^\d{8}$")).then(text))
        .to_series()
        .str.to_date("%Y%m%d", strict=False)
    )
    for pattern in _FORMATS.get(order or "", ()):
        if day.null_count() == text.null_count():
            break
        day = day.fill_null(text.str.to_date(pattern, strict=False))
    return day


def _broken_rule(table: pl.DataFrame, seen: set[str]) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """The first rule that each record breaks, null where none, with its column and value."""
    words = table["_published_text"]
    iso_like = words.str.contains(r"^\d{4}-\d{2}-\d{2}")
    out = iso_like & (words.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).is_not_null())
    no_text = table["text"].is_null() | (table["text"].str.strip_chars() == "")
    repeated = table["report_id"].is_in(list(seen)) | ~table["report_id"].is_first_distinct()
    rule = (
        pl.when(no_text)
        .then(pl.lit("text-missing"))
        .when(out.fill_null(value=False))
        .then(pl.lit("published-out-of-range"))
        .when(words.is_not_null())
        .then(pl.lit("published-unreadable"))
        .when(repeated)
        .then(pl.lit("duplicate-id"))
    )
    column = (
        pl.when(no_text)
        .then(pl.lit("text"))
        .when(words.is_not_null())
        .then(pl.lit("published"))
        .when(repeated)
        .then(pl.lit("report_id"))
    )
    value = (
        pl.when(no_text)
        .then(table["text"])
        .when(words.is_not_null())
        .then(words)
        .otherwise(table["report_id"])
    )
    return rule, column, value


_MESSAGES = {
    "text-missing": "A report needs a text.",
    "published-out-of-range": f"The day of publication lies between {EARLIEST.year} and {LATEST.year}.",
    "published-unreadable": "The day of publication is no ISO date; say date_order='DMY', 'MDY' or 'YMD'.",
    "duplicate-id": "A report with this id (or, without ids, with this text) came before.",
}


def _rejects(broken: pl.DataFrame) -> pl.DataFrame:
    return broken.select(
        stage=pl.lit("reports"),
        source_file=pl.col("source_file"),
        source_row=pl.col("source_row"),
        record_id=pl.col("report_id"),
        rule=pl.col("_rule"),
        column=pl.col("_column"),
        value=pl.col("_value"),
        message=pl.col("_rule").replace_strict(_MESSAGES, default=None, return_dtype=pl.String),
        raw=pl.col("text"),
    ).cast(polars_schema(Reject))


def _bad_rejects(raw: _Raw) -> pl.DataFrame:
    if not raw.bad:
        return empty_frame(Reject)
    return pl.DataFrame(
        [
            {
                "stage": "read",
                "source_file": raw.file,
                "source_row": bad.row,
                "rule": bad.rule,
                "message": "The record cannot be read with the columns of the header.",
                "raw": bad.raw.decode("utf-8", errors="replace"),
            }
            for bad in raw.bad
        ],
        schema=polars_schema(Reject),
    )


def as_day(value: date | datetime | str | None) -> date | None:
    """A `published=` argument as a day; a text must be an ISO date."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise BadCallError(f"published={value!r} is no ISO date such as '2024-12-04'.") from error

"""Archives in, events out: reads files of ACLED, GDELT, UCDP, ICEWS, POLECAT and Phoenix into the one event table.

`read_archive` gives the whole result, `read_archive_batches` gives it part by part, `scan_archive` a LazyFrame that reads
as it runs, `archive_to_parquet` writes without holding the rows, `inspect` tells what a file is. In all of them every
physical record is accounted for: it is an event, a reject with its reason, a duplicate, or a header, tag or blank line.
"""

import logging
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
from polars.io.plugins import register_io_source

from eventdata.check.rules import check_events
from eventdata.errors import BadCallError
from eventdata.harmonise.events import MENTIONS, harmonise
from eventdata.harmonise.layouts import layouts, mapping, name_key
from eventdata.harmonise.mentions import MENTION_SCHEMA
from eventdata.harmonise.tally import Tally, repair_messages
from eventdata.harmonise.values import Plan, learn_styles, make_plan, read_values
from eventdata.read.batches import Batch, Source, open_source
from eventdata.read.detect import Detected, detect
from eventdata.read.members import Member, PathLike, find_members
from eventdata.read.records import Bad
from eventdata.read.seen import Keys, Repeats, make_keys
from eventdata.result import Result
from eventdata.schema import Accounting, Event, Evidence, Reject, arrow_schema, empty_frame, polars_schema

_LOG = logging.getLogger(__name__)
_THREADS = 2
# Batches that are read ahead of the one that is handed out: more would only cost memory.
_AHEAD = 3
Paths = PathLike | Iterable[PathLike]


@dataclass(frozen=True)
class Inspection:
    """What `inspect` found out about a file; `problems` are in words, `rows` counts data records."""

    file: str
    layout: str
    family: str
    version: str
    columns: tuple[str, ...]
    date_style: str
    rows: int
    records: int
    not_carried: tuple[str, ...]
    problems: tuple[str, ...]

    def __str__(self) -> str:
        lines = [
            f"file       {self.file}",
            f"layout     {self.layout} ({self.family}, {self.version})",
            f"dates      {self.date_style}",
            f"rows       {self.rows} of {self.records} records",
            f"columns    {len(self.columns)}: {', '.join(self.columns)}",
            f"not kept   {', '.join(self.not_carried) or 'none'}",
            *(f"problem    {problem}" for problem in self.problems),
        ]
        return "\n".join(lines)


def read_archive(path_or_paths: Paths, layout: str | None = None, keep_source: bool = False) -> Result:
    """Events, rejects and accounting of archive files: a path, a folder, a pattern, or several of these.

    `layout` names a layout or family where the files do not tell; with `keep_source` the original cells stand behind
    the event columns, as text, under the names that `source_column` gives. Mentions come back as `evidence`.
    Raises `UnknownLayoutError` where a file is of no known layout, or fits more than one.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "picked.csv"
    >>> rows = ["event_id_cnty,event_date,event_type,sub_event_type,country,fatalities"]
    >>> rows += ["XXX1,03 May 2021,Battles,Armed clash,Mali,2.0", ""]
    >>> _ = path.write_text(chr(10).join(rows))
    >>> result = read_archive(path)
    >>> result.events.select("event_id", "event_date", "iso3", "fatalities").row(0)
    ('acled:XXX1', datetime.date(2021, 5, 3), 'MLI', 2)
    """
    run = _Run(path_or_paths, layout, keep_source)
    events = list(run.batches())
    schema = run.schema()
    frame = pl.concat(events, how="vertical") if events else pl.DataFrame(schema=schema)
    return Result(frame, run.rejects(), run.accounting(), run.evidence())


def read_archive_batches(
    path_or_paths: Paths, layout: str | None = None, keep_source: bool = False
) -> Iterator[Result]:
    """The result of `read_archive` part by part, for files that are larger than the memory.

    Each part has events and the rejects met on the way; the last one has no events, and the accounting of all.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "picked.csv"
    >>> rows = ["event_id_cnty,event_date,event_type,sub_event_type,country"]
    >>> rows += ["XXX1,2021-05-03,Battles,Armed clash,Mali", ""]
    >>> _ = path.write_text(chr(10).join(rows))
    >>> [part.events.height for part in read_archive_batches(path)]
    [1, 0]
    """
    run = _Run(path_or_paths, layout, keep_source)
    for frame in run.batches():
        yield Result(frame, run.rejects(), evidence=run.evidence())
    yield Result(pl.DataFrame(schema=run.schema()), run.rejects(), run.accounting(), run.evidence())


def scan_archive(path_or_paths: Paths, layout: str | None = None, keep_source: bool = False) -> pl.LazyFrame:
    """The events as a LazyFrame that reads the files batch by batch when it is collected or sunk.

    The layouts are told at once. Rejects and counts of each run go to the log; use `read_archive` or
    `archive_to_parquet` to have them as tables.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "picked.csv"
    >>> rows = ["event_id_cnty,event_date,event_type,sub_event_type,country"]
    >>> rows += ["XXX1,2021-05-03,Battles,Armed clash,Mali", ""]
    >>> _ = path.write_text(chr(10).join(rows))
    >>> scan_archive(path).select("sub_event_type").collect().item()
    'Armed clash'
    """
    first = _Run(path_or_paths, layout, keep_source)

    def batches(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        run = _Run(path_or_paths, layout, keep_source, found=first.found)
        left = n_rows
        for frame in run.batches():
            if left is not None:
                frame = frame.head(left)
                left -= frame.height
            if predicate is not None:
                frame = frame.filter(predicate)
            yield frame if with_columns is None else frame.select(with_columns)
            if left == 0:
                return
        run.log()

    return register_io_source(batches, schema=first.schema())


def archive_to_parquet(
    path_or_paths: Paths, out: PathLike, layout: str | None = None, keep_source: bool = False
) -> Result:
    """Write the checked events to one Parquet file, batch by batch, and return rejects and accounting.

    `events` of the result is empty, of the schema that was written; the columns of the file carry their description as
    field metadata. The file gets its name when all went well.
    """
    run = _Run(path_or_paths, layout, keep_source)
    target = Path(out)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.tmp")
    schema = run.schema()

    def batches(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        yield from run.batches()

    try:
        events = register_io_source(batches, schema=schema)
        events.sink_parquet(temporary, arrow_schema=_described(schema))
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return Result(pl.DataFrame(schema=schema), run.rejects(), run.accounting(), run.evidence())


def _described(schema: pl.Schema) -> pa.Schema:
    """The Arrow schema of events and kept columns, with what each column means."""
    events = arrow_schema(Event)
    kept = [
        pa.field(
            name,
            pa.large_string(),
            metadata={"description": f"`{original_column(name)}` of the file, as it stood."},
        )
        for name in schema
        if name not in Event.model_fields
    ]
    return pa.schema([*events, *kept], metadata=events.metadata)


def inspect(path: PathLike, layout: str | None = None) -> Inspection:
    """Layout, version, columns, date style, rows and problems of one file; reads it once."""
    members = find_members(path)
    if len(members) > 1:
        raise BadCallError(f"{path}: holds {len(members)} files. Hint: inspect one of them.")
    run = _Run(path, layout, keep_source=False)
    for _ in run.batches():
        pass
    found, plan = run.found[0], run.plans[0]
    styles = [style.name for value, style in plan.styles.items() if value == "event_date"]
    date_style = styles[0] if styles else ("compact" if found.family == MENTIONS else "none")
    counts = run.counts[0]
    problems = [*found.notes]
    for rule, rows in sorted(counts.rules.items()):
        problems.append(f"{rule}: {rows} rows. {_message(rule)}")
    rows = counts.records - sum(counts.left_out[r] for r in ("header", "tag", "blank"))
    return Inspection(
        file=found.member.name,
        layout=found.layout,
        family=found.family,
        version=found.version,
        columns=found.columns,
        date_style=date_style,
        rows=rows,
        records=counts.records,
        not_carried=not_carried(found),
        problems=tuple(problems),
    )


def source_column(column: str) -> str:
    """Name under which `keep_source` keeps a column of the file: `source_` and its own name.

    Where an event column has that name (ACLED's `country`), `_original` is added.

    >>> source_column("notes"), source_column("country")
    ('source_notes', 'source_country_original')
    """
    name = f"source_{column}"
    return f"{name}_original" if name in Event.model_fields else name


def source_table(events: pl.DataFrame) -> pl.DataFrame:
    """The archive's own table again, from events read with `keep_source`: its columns, names and cells, as text.

    Cells are as they stood in the file, null where empty; only `event_date` is written in ISO 8601 where it was read.
    Raises `BadCallError` for events without kept columns.
    """
    names = {c: original_column(c) for c in events.columns if c not in Event.model_fields}
    if not names:
        raise BadCallError("these events keep no source columns. Hint: read_archive(..., keep_source=True).")
    table = events.select(pl.col(kept).alias(name) for kept, name in names.items())
    days = [name for name in table.columns if name_key(name) == "event_date"]
    iso = events["event_date"].dt.to_string("iso")
    return table.with_columns(iso.zip_with(iso.is_not_null(), table[name]).alias(name) for name in days)


def original_column(kept: str) -> str:
    """The file's name of a column that `source_column` named.

    >>> original_column("source_notes"), original_column("source_country_original")
    ('notes', 'country')
    """
    name = kept.removeprefix("source_")
    plain = name.removesuffix("_original")
    return plain if source_column(plain) == kept else name


def not_carried(found: Detected) -> tuple[str, ...]:
    """Columns of the file that no event column is made from: what is lost without `keep_source`."""
    used = {c for entry in mapping(found.family) for c in entry.columns}
    return tuple(c for c in found.columns if name_key(c) not in used)


# ---------------------------------------------------------------------------------------------- the run


@dataclass
class _FileCounts:
    """What became of the records of one file."""

    file: str
    records: int = 0
    lines: int = 0
    events: int = 0
    mentions: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)

    @property
    def rules(self) -> Counter[str]:
        """All rules that any row of the file met."""
        return self.rejected + self.repairs + self.warnings


@dataclass
class _Made:
    """One batch, done: events, the hashes that tell repeats, rejects, counts."""

    frame: pl.DataFrame
    keys: Keys | None
    batch: Batch
    kept: pl.Series
    rejects: pl.DataFrame
    tally: Counter[str]
    warnings: Counter[str]


class _Run:
    """Reads the files in order; batches are worked on in threads and handed out one after another."""

    def __init__(
        self, paths: Paths, layout: str | None, keep_source: bool, found: Sequence[Detected] | None = None
    ) -> None:
        given = paths if isinstance(paths, (str, Path)) else list(paths)
        self.keep_source = keep_source
        self.found = list(found) if found is not None else _detect_all(find_members(given), layout)
        self.plans = [_plan(f) for f in self.found]
        self.counts = [_FileCounts(f.member.name) for f in self.found]
        self._rejects: list[pl.DataFrame] = []
        self._mentions: list[pl.DataFrame] = []
        self._repeats = Repeats()

    # -- what comes out

    def schema(self) -> pl.Schema:
        """Event columns, then the kept source columns of all files."""
        schema = dict(polars_schema(Event))
        if self.keep_source:
            for found in self.found:
                if found.family != MENTIONS:
                    schema |= {source_column(c): pl.String() for c in found.columns}
        return pl.Schema(schema)

    def rejects(self) -> pl.DataFrame:
        """The rejects since they were last asked for, in the order of files and rows."""
        rejects, self._rejects = self._rejects, []
        return pl.concat([empty_frame(Reject), *rejects])

    def evidence(self) -> pl.DataFrame:
        """The mentions since they were last asked for, where files of mentions are read; else no rows."""
        if not any(f.family == MENTIONS for f in self.found):
            return empty_frame(Evidence)
        mentions, self._mentions = self._mentions, []
        return pl.concat([pl.DataFrame(schema=self._mention_schema()), *mentions], how="vertical")

    def accounting(self) -> pl.DataFrame:
        """`file, stage, reason, rows`. The rows of stage `records` add up to the one of stage `read`."""
        rows: list[tuple[str, str, str, int]] = []
        for counts, found in zip(self.counts, self.found, strict=True):
            rows += _accounting_rows(counts, found, self.keep_source)
        return pl.DataFrame(rows, schema=polars_schema(Accounting), orient="row")

    def log(self) -> None:
        """Say in the log what became of the records."""
        for counts in self.counts:
            _LOG.info(
                "%s: %d records, %d events, %d rejected, %s",
                counts.file,
                counts.records,
                counts.events,
                sum(counts.rejected.values()),
                dict(counts.left_out),
            )

    # -- the work

    def batches(self) -> Iterator[pl.DataFrame]:
        """The accepted events, batch by batch."""
        schema = self.schema()
        with ThreadPoolExecutor(_THREADS) as pool:
            for number in range(len(self.found)):
                yield from self._file_batches(number, pool, schema)
        self.log()

    def _file_batches(
        self, number: int, pool: ThreadPoolExecutor, schema: pl.Schema
    ) -> Iterator[pl.DataFrame]:
        found, plan, counts = self.found[number], self.plans[number], self.counts[number]
        wanted = list(dict.fromkeys([*plan.wanted, *(found.columns if self.keep_source else ())]))
        source = open_source(found, wanted)
        work = partial(_make, source=source, found=found, plan=plan, keep_source=self.keep_source)
        waiting: deque[Future[_Made]] = deque()
        pieces = iter(source.pieces)
        is_first = True
        for piece in pieces:
            # The first rows decide how the dates of the file are written.
            batch = _learn(piece, source, plan) if is_first else None
            is_first = False
            waiting.append(pool.submit(work, piece, batch))
            while len(waiting) >= _AHEAD:
                yield from self._finish(waiting.popleft().result(), found, counts, schema)
        while waiting:
            yield from self._finish(waiting.popleft().result(), found, counts, schema)
        for rule, rows in source.ended().items():
            (counts.warnings if rule == "cut-file" else counts.repairs)[rule] += rows

    def _finish(
        self, made: _Made, found: Detected, counts: _FileCounts, schema: pl.Schema
    ) -> Iterator[pl.DataFrame]:
        batch = made.batch
        counts.records += batch.records
        counts.lines += batch.lines
        counts.left_out.update(batch.left_out)
        _sort_counts(made.tally, counts)
        counts.warnings.update(made.warnings)
        rejects = [_read_rejects(batch.bad, found), made.rejects]
        frame = made.frame
        if found.family == MENTIONS:
            counts.mentions += frame.height
            self._mentions.append(frame)
        else:
            frame, repeated = self._drop_repeats(made, counts)
            rejects.append(_with_raw(repeated, batch, made.kept))
            counts.events += frame.height
        for part in rejects:
            counts.rejected.update(dict(part["rule"].value_counts().iter_rows()))
        if refused := [part for part in rejects if not part.is_empty()]:
            self._rejects.append(pl.concat(refused).sort("source_row", maintain_order=True))
        if found.family != MENTIONS and not frame.is_empty():
            yield _widen(frame, schema)

    def _drop_repeats(self, made: _Made, counts: _FileCounts) -> tuple[pl.DataFrame, pl.DataFrame]:
        frame = made.frame
        if made.keys is None or frame.is_empty():
            return frame, pl.DataFrame()
        exact, other = self._repeats.split(made.keys)
        if not (exact.any() or other.any()):
            return frame, pl.DataFrame()
        counts.left_out["duplicate"] += int(exact.sum())
        return frame.filter(~(exact | other)), frame.filter(other)

    def _mention_schema(self) -> pl.Schema:
        schema = dict(MENTION_SCHEMA)
        if self.keep_source:
            schema |= {
                source_column(c): pl.String() for f in self.found if f.family == MENTIONS for c in f.columns
            }
        return pl.Schema(schema)


def _detect_all(members: Sequence[Member], layout: str | None) -> list[Detected]:
    return [detect(member, layout) for member in members]


def _plan(found: Detected) -> Plan:
    order = layouts()[found.layout].slash_order
    return make_plan(found.family, found.columns, found.missing, order, found.hive)


def _learn(piece: Any, source: Source, plan: Plan) -> Batch | None:
    """The batch of the piece, where it had to be read to learn how dates are written."""
    if not any(plan.mapped[value].read_as == "date" for value in plan.sources):
        return None
    batch = source.parse(piece)
    learn_styles(plan, batch.frame)
    return batch


def _make(
    piece: Any, batch: Batch | None, source: Source, found: Detected, plan: Plan, keep_source: bool
) -> _Made:
    """One piece of a file as checked events: read (unless its batch is given), harmonised, checked."""
    batch = batch or source.parse(piece)
    tally = Tally(counts=Counter(batch.repairs))
    content = (
        batch.frame.select(plan.wanted).hash_rows(seed=1)
        if batch.frame.width
        else pl.Series([], dtype=pl.UInt64)
    )
    values = read_values(batch.frame, plan, tally)
    if found.family != MENTIONS and "origin_id" not in plan.sources:
        values = values.with_columns(origin_id=_made_ids(batch))
    events = harmonise(values, found.family, batch.rows, found.member.name, tally)
    # Other batches need the room.
    del values
    if keep_source:
        kept_columns = batch.frame.select(pl.col(c).alias(source_column(c)) for c in found.columns)
        events = pl.concat([events, kept_columns], how="horizontal")
    batch.frame = batch.frame.clear()
    at = pl.int_range(events.height, eager=True, dtype=pl.Int64)
    bad_rows = sorted(tally.bad)
    rejects = _harmonise_rejects(tally, events, batch, found, bad_rows)
    if bad_rows:
        good = pl.Series([True], dtype=pl.Boolean).new_from_index(0, events.height).scatter(bad_rows, False)
        events, content, at = events.filter(good), content.filter(good), at.filter(good)
    warnings: Counter[str] = Counter()
    if found.family != MENTIONS:
        events, content, at, refused, warnings = _checked(events, content, at, batch)
        rejects = pl.concat([rejects, refused])
    has_ids = found.family != MENTIONS and "origin_id" in plan.sources
    keys = make_keys(events["origin_id"], content) if has_ids else None
    return _Made(events, keys, batch, at, rejects, tally.counts, warnings)


def _made_ids(batch: Batch) -> pl.Series:
    """Ids for files without one (columns picked by the user): a hash of the record and its number."""
    from hashlib import blake2b

    texts = batch.raw(range(batch.frame.height))
    rows = batch.rows.to_list()
    made = [f"{blake2b(t.encode(), digest_size=8).hexdigest()}.{n}" for t, n in zip(texts, rows, strict=True)]
    return pl.Series("origin_id", made, dtype=pl.String)


def _checked(
    events: pl.DataFrame, content: pl.Series, at: pl.Series, batch: Batch
) -> tuple[pl.DataFrame, pl.Series, pl.Series, pl.DataFrame, Counter[str]]:
    accepted, rejects, summary = check_events(events)
    warned = summary.filter(pl.col("severity") == "warn")
    warnings = Counter(dict(warned.select("rule", "rows").iter_rows()))
    if rejects.is_empty():
        return events, content, at, rejects, warnings
    kept = events["source_row"].is_in(accepted["source_row"].to_list())
    refused_at = at.filter(~kept).to_list()
    rejects = rejects.with_columns(raw=pl.Series(batch.raw(refused_at), dtype=pl.String))
    return accepted, content.filter(kept), at.filter(kept), rejects, warnings


def _harmonise_rejects(
    tally: Tally, events: pl.DataFrame, batch: Batch, found: Detected, bad_rows: list[int]
) -> pl.DataFrame:
    if not bad_rows:
        return empty_frame(Reject)
    ids = events["event_id"].gather(bad_rows).to_list()
    rows = []
    for row, record_id, raw in zip(bad_rows, ids, batch.raw(bad_rows), strict=True):
        rule, column, value = tally.bad[row]
        rows.append(_reject("harmonise", found, batch.rows[row], rule, raw, record_id, column, value))
    return pl.DataFrame(rows, schema=polars_schema(Reject))


def _read_rejects(bad: Sequence[Bad], found: Detected) -> pl.DataFrame:
    rows = [_reject("read", found, b.row, b.rule, b.raw.decode("utf-8", errors="replace")) for b in bad]
    return pl.DataFrame(rows, schema=polars_schema(Reject))


def _reject(
    stage: str,
    found: Detected,
    row: int,
    rule: str,
    raw: str,
    record_id: str | None = None,
    column: str | None = None,
    value: str | None = None,
) -> dict[str, Any]:
    return {
        "stage": stage,
        "source_file": found.member.name,
        "source_row": row,
        "record_id": record_id,
        "rule": rule,
        "column": column,
        "value": value,
        "message": _message(rule),
        "raw": raw,
    }


def _with_raw(repeated: pl.DataFrame, batch: Batch, kept: pl.Series) -> pl.DataFrame:
    """Rejects for events whose id stands in an earlier row with other content."""
    if repeated.is_empty():
        return empty_frame(Reject)
    numbers = {row: at for at, row in enumerate(batch.rows.to_list())}
    places = [numbers[row] for row in repeated["source_row"]]
    columns = repeated.select(
        "source_file", "source_row", record_id="event_id", value="origin_id", column=pl.lit("origin_id")
    )
    frame = columns.with_columns(
        stage=pl.lit("harmonise"),
        rule=pl.lit("id-repeats"),
        message=pl.lit(_message("id-repeats")),
        raw=pl.Series(batch.raw(places), dtype=pl.String),
    )
    return frame.select(polars_schema(Reject).names())


def _widen(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    if frame.columns == schema.names():
        return frame
    present = set(frame.columns)
    return frame.select(
        pl.col(name) if name in present else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in schema.items()
    )


def _sort_counts(tally: Counter[str], counts: _FileCounts) -> None:
    """Repairs and warnings, as the table of repairs says."""
    for rule, rows in tally.items():
        (counts.warnings if _is_warning(rule) else counts.repairs)[rule] += rows


def _is_warning(rule: str) -> bool:
    from eventdata.seeds import load_seed

    actions = dict(load_seed("repairs", "repair").select("repair", "action").iter_rows())
    return actions.get(rule) == "warn"


def _message(rule: str) -> str:
    from eventdata.check.rules import event_rules

    known = repair_messages() | {r.name: r.message for r in event_rules()}
    return known.get(rule, "")


def _accounting_rows(
    counts: _FileCounts, found: Detected, keep_source: bool
) -> list[tuple[str, str, str, int]]:
    file = counts.file
    rows = [(file, "read", "physical lines", counts.lines), (file, "read", "records", counts.records)]
    kind = ("mention", counts.mentions) if found.family == MENTIONS else ("event", counts.events)
    rows.append((file, "records", *kind))
    rows.append((file, "records", "rejected", sum(counts.rejected.values())))
    rows += [
        (file, "records", reason, counts.left_out[reason])
        for reason in ("duplicate", "header", "tag", "blank")
    ]
    for stage, counter in (
        ("rejects", counts.rejected),
        ("repairs", counts.repairs),
        ("warnings", counts.warnings),
    ):
        rows += [(file, stage, rule, number) for rule, number in sorted(counter.items()) if number]
    if not keep_source:
        rows += [(file, "columns left out", column, counts.events) for column in not_carried(found)]
    return rows

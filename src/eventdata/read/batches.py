"""Reads a detected file batch by batch: columns of text, with what was left out on the way."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from eventdata.read.detect import Detected
from eventdata.read.members import TextStream, read_all
from eventdata.read.records import Bad, Block, Piece, Shape, cut_records, parse_piece

# HXL tags stand in the first rows under the header.
_TAG_ROWS = 25
_FRAME_ROWS = 65536
_NEXT_OBJECT = re.compile(r"[\s,]*\{")


@dataclass
class Batch:
    """Rows of one file as text, `rows` their record numbers, and the records that are no rows.

    `records` counts physical records: rows, bad records, blank lines, header and tag rows; `lines` the lines that they take.
    """

    frame: pl.DataFrame
    rows: pl.Series
    raw: Callable[[Sequence[int]], list[str]]
    records: int
    lines: int
    bad: list[Bad] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)


@dataclass
class Source:
    """A detected file as pieces of work: `pieces` are cut one after another, `parse` may run in threads."""

    pieces: Iterator[Any]
    parse: Callable[[Any], Batch]
    ended: Callable[[], Counter[str]]


def open_source(found: Detected, wanted: Sequence[str]) -> Source:
    """The file as pieces that each become a batch of the wanted columns."""
    if found.form == "parquet":
        return _parquet_source(found, wanted)
    if found.form == "json":
        return _json_source(found, wanted)
    return _text_source(found, wanted)


# ---------------------------------------------------------------------------------------------- text


def _text_source(found: Detected, wanted: Sequence[str]) -> Source:
    assert found.shape is not None
    shape = found.shape
    stream = TextStream(found.member.open())

    def pieces() -> Iterator[Piece]:
        try:
            yield from cut_records(stream, shape)
        finally:
            stream.close()

    def ended() -> Counter[str]:
        counts = Counter(stream.repairs)
        counts["cut-file"] += stream.is_cut
        return +counts

    def parse(piece: Piece) -> Batch:
        return _as_batch(parse_piece(piece, shape, list(wanted)), found, shape)

    return Source(pieces(), parse, ended)


def _as_batch(block: Block, found: Detected, shape: Shape) -> Batch:
    frame, rows = block.frame, block.rows
    is_void = _void_rows(block, shape)
    blank = block.blank + int(is_void.sum())
    left_out: Counter[str] = Counter({"blank": blank} if blank else {})
    repairs = block.repairs
    is_header = _header_rows(frame, found)
    is_tag = _tag_rows(frame, rows)
    drop = is_header | is_tag | is_void
    keep = None
    if drop.any():
        headers, tags = int(is_header.sum()), int((is_tag & ~is_header).sum())
        inside = headers - int(bool(found.has_header and (rows.filter(is_header) == 1).any()))
        left_out.update({"header": headers, "tag": tags})
        repairs.update({"header-inside": inside, "tag-row": tags})
        keep = (~drop).arg_true()
        frame, rows = frame.filter(~drop), rows.filter(~drop)
    bad = _drop_short_header(block.bad, found, left_out)
    # The text is kept for rejects, long after the columns were used.
    text = replace(block, frame=block.frame.clear())

    def raw(index: Sequence[int]) -> list[str]:
        return text.raw(index if keep is None else keep.gather(list(index)).to_list())

    return Batch(frame, rows, raw, block.records, block.lines, bad, left_out, repairs)


def _header_rows(frame: pl.DataFrame, found: Detected) -> pl.Series:
    """Rows that repeat the header; the first row of a file with a header is one."""
    named = found.header or found.columns
    by_name = dict(zip(found.columns, named, strict=False)) if len(named) == len(found.columns) else {}
    columns = frame.columns[:4]
    first = frame[columns[0]]
    if not (first.str.contains(by_name.get(columns[0], columns[0]).strip(), literal=True)).any():
        return pl.Series([False], dtype=pl.Boolean).new_from_index(0, frame.height)
    masks = [(frame[c].str.strip_chars() == by_name.get(c, c).strip()).alias(c) for c in columns]
    return pl.select(pl.all_horizontal(masks)).to_series().fill_null(value=False)


def _void_rows(block: Block, shape: Shape) -> pl.Series:
    """Rows of nothing but separators, as spreadsheets leave them at the end."""
    none = pl.Series([False], dtype=pl.Boolean).new_from_index(0, block.frame.height)
    columns = block.frame.get_columns()
    if not columns or min(s.null_count() for s in columns) == 0:
        return none
    empty = block.frame.select(pl.all_horizontal(pl.all().is_null())).to_series().arg_true()
    texts = zip(empty, block.raw(empty.to_list()), strict=True)
    void = [place for place, raw in texts if not raw.strip(f'{shape.separator}" \t\r\n')]
    return none.scatter(void, True) if void else none


def _tag_rows(frame: pl.DataFrame, rows: pl.Series) -> pl.Series:
    none = pl.Series([False], dtype=pl.Boolean).new_from_index(0, frame.height)
    if frame.is_empty() or int(rows[0]) > _TAG_ROWS:
        return none
    head = frame.head(_TAG_ROWS).select(
        pl.all_horizontal(pl.all().str.starts_with("#").fill_null(value=True))
        & pl.any_horizontal(pl.all().is_not_null())
    )
    return none.scatter(head.to_series().arg_true(), True) if head.to_series().any() else none


def _drop_short_header(bad: list[Bad], found: Detected, left_out: Counter[str]) -> list[Bad]:
    """A header with one field fewer than the records is no bad record."""
    if found.has_header and bad and bad[0].row == 1:
        left_out["header"] += 1
        return bad[1:]
    return bad


# ---------------------------------------------------------------------------------------------- JSON


def _json_source(found: Detected, wanted: Sequence[str]) -> Source:
    data, repairs, is_cut = read_all(found.member)
    text = data.decode("utf-8", errors="replace")
    counts = Counter(repairs)
    counts["cut-file"] += is_cut
    counts["utf-8-replaced"] += text.count("�") and not data.decode("utf-8", errors="ignore").count("�")

    def pieces() -> Iterator[list[tuple[int, str, Any]]]:
        part: list[tuple[int, str, Any]] = []
        for number, item in enumerate(_json_objects(text), 1):
            part.append((number, *item))
            if len(part) == _FRAME_ROWS:
                yield part
                part = []
        if part:
            yield part

    def parse(part: list[tuple[int, str, Any]]) -> Batch:
        return _json_batch(part, wanted)

    return Source(pieces(), parse, lambda: +counts)


def _json_objects(text: str) -> Iterator[tuple[str, Any]]:
    """Raw text and value of each object of an API answer, a list, or lines of objects; value null where it is broken."""
    decoder = json.JSONDecoder(parse_float=str, parse_int=str)
    at = _rows_start(text)
    while (found := _NEXT_OBJECT.match(text, at)) is not None:
        start = found.end() - 1
        try:
            value, at = decoder.raw_decode(text, start)
            yield text[start:at], value
        except json.JSONDecodeError:
            after = re.compile(r"\}\s*,?\s*\{").search(text, start)
            at = after.end() - 1 if after else len(text)
            yield text[start:at].rstrip(", \r\n"), None


def _rows_start(text: str) -> int:
    """Where the first row object begins: behind `"data": [`, `"Result": [`, `[`, or at the start."""
    if text.lstrip().startswith("["):
        return text.index("[") + 1
    wrapped = re.compile(r'"(?:data|Result|result|results|events)"\s*:\s*\[').search(text[: 1 << 16])
    return wrapped.end() if wrapped else 0


def _json_batch(part: list[tuple[int, str, Any]], wanted: Sequence[str]) -> Batch:
    good = [(n, raw, value) for n, raw, value in part if isinstance(value, dict)]
    bad = [Bad(n, "broken-json", raw.encode()) for n, raw, value in part if not isinstance(value, dict)]
    columns = {name: [_cell(value.get(name)) for _, _, value in good] for name in wanted}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(wanted, pl.String))
    texts = [raw for _, raw, _ in good]
    rows = pl.Series("source_row", [n for n, _, _ in good], dtype=pl.Int64)
    return Batch(frame, rows, lambda index: [texts[i] for i in index], len(part), len(part), bad)


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return "; ".join(value) or None
    return json.dumps(value, ensure_ascii=False)


# ---------------------------------------------------------------------------------------------- Parquet


def _parquet_source(found: Detected, wanted: Sequence[str]) -> Source:
    total = pl.scan_parquet(found.member.path).select(pl.len()).collect().item()

    def pieces() -> Iterator[int]:
        yield from range(0, total, _FRAME_ROWS)

    def parse(start: int) -> Batch:
        frame = pl.scan_parquet(found.member.path).select(wanted).slice(start, _FRAME_ROWS).collect()
        frame = frame.with_columns(pl.all().cast(pl.String))
        rows = pl.int_range(start + 1, start + frame.height + 1, eager=True).alias("source_row")

        def raw(index: Sequence[int]) -> list[str]:
            return [json.dumps(frame.row(i, named=True), ensure_ascii=False) for i in index]

        return Batch(frame, rows, raw, frame.height, frame.height)

    return Source(pieces(), parse, Counter)

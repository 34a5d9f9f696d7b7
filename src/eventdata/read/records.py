"""Cuts text into records and records into columns of text, so that no record is lost or shifted in silence.

Two kinds of text: *unquoted* (a quote is data, a line is a record) and *quoted* (RFC 4180: a cell in quotes may hold
separators and line breaks). `cut_records` makes pieces of whole records; `parse_piece` makes each a frame. A record
with another number of fields, with quotes that cannot be paired, or with bytes that are no text is set apart with its
number, its lines and its bytes. After a stray quote the reader takes up again at the next line, so that one quote
costs one line.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from eventdata.read.members import TextStream

PIECE_BYTES = 10 << 20
# A quoted cell longer than this is taken for a stray quote.
LONGEST_RECORD = 1 << 20
# From this many separators on, lines that each have all of them are taken for records of their own.
_WIDE = 9
_CACHED = 1 << 18
# Control characters that no archive uses: the mark that ends a record, and line breaks inside of cells.
_END, _INNER_LF, _INNER_CR = "\x1e", "\x1c", "\x1d"
_MARKS = (b"\x1c", b"\x1d", b"\x1e")
_QUOTE, _LF, _CR = 34, 10, 13
_OPEN_CELL = re.compile(rb'"(?:[^"]++|"")*+\Z')
_QUOTED_PART = re.compile(rb'"[^"]*+"')
_Positions = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Shape:
    """How the records of a file are written."""

    separator: str
    quoted: bool
    names: tuple[str, ...]
    counts: tuple[int, ...]

    @property
    def fields(self) -> int:
        """Number of fields of the longest record."""
        return len(self.names)


@dataclass(frozen=True)
class Bad:
    """A record that could not be read: number in the file, rule that it breaks, bytes."""

    row: int
    rule: str
    raw: bytes


@dataclass
class Piece:
    """Whole records of one file, as bytes that end with a line feed; `inner` are the line feeds inside of cells."""

    data: bytes
    first_row: int
    rows: _Positions | None = None
    bad: list[Bad] = field(default_factory=list)
    repairs: Counter[str] = field(default_factory=Counter)
    records: int = 0
    lines: int = 0
    inner: _Positions | None = None


@dataclass
class Block:
    """A piece as columns of text: `frame` and `rows` (record numbers) go together."""

    frame: pl.DataFrame
    rows: pl.Series
    bad: list[Bad]
    blank: int
    records: int
    lines: int
    repairs: Counter[str]
    piece: Piece
    positions: _Positions
    quoted: bool

    def raw(self, index: Sequence[int]) -> list[str]:
        """The records at these places of `frame`, as they stood in the file."""
        if not len(index):
            return []
        ends = _record_ends(self.piece.data, self.quoted)
        starts = np.concatenate([[0], ends[:-1] + 1])
        data = self.piece.data
        picked = self.positions[np.asarray(index, dtype=np.int64)]
        return [_text(data[starts[i] : ends[i]]) for i in picked]


# ---------------------------------------------------------------------------------------------- cutting


def cut_records(
    stream: TextStream, shape: Shape, first_row: int = 1, size: int | None = None
) -> Iterator[Piece]:
    """Pieces of about `size` bytes (`PIECE_BYTES`) that end with a whole record; the last line may lack its line end."""
    cut = _cut_quoted if shape.quoted else _cut_lines
    row, rest = first_row, b""
    while True:
        data = stream.read(size or PIECE_BYTES)
        is_last = not data
        if is_last and rest and not rest.endswith(b"\n"):
            rest += b"\n"
        if not shape.quoted and rest and (end := data.rfind(b"\n") + 1):
            # Joined without the tail, so that the piece is copied once.
            piece, rest = Piece(b"".join((rest, memoryview(data)[:end])), row), data[end:]
            piece.records = piece.lines = _count_breaks(piece.data)
            row += piece.records
            yield piece
            continue
        data = rest + data if rest else data
        if data:
            piece, rest = cut(data, row, shape, is_last)
            row += piece.records
            if piece.records:
                yield piece
        if is_last:
            return


def _cut_lines(data: bytes, row: int, shape: Shape, is_last: bool) -> tuple[Piece, bytes]:
    end = data.rfind(b"\n") + 1
    piece = Piece(data[:end], row)
    piece.records = piece.lines = _count_breaks(piece.data)
    return piece, data[end:]


def _count_breaks(data: bytes) -> int:
    """Number of line feeds: faster than `bytes.count` where there is one every few hundred bytes."""
    view = np.frombuffer(data, np.uint8)
    parts = (view[start : start + _CACHED] for start in range(0, len(view), _CACHED))
    return sum(int(np.count_nonzero(part == _LF)) for part in parts)


def _cut_quoted(data: bytes, row: int, shape: Shape, is_last: bool) -> tuple[Piece, bytes]:
    if not _has_quotes(data):
        return _cut_lines(data, row, shape, is_last)
    view = np.frombuffer(data, np.uint8)
    marks = _quotes_and_breaks(view)
    is_break = view[marks] == _LF
    quotes, breaks = marks[~is_break], marks[is_break]
    # A line break after an odd number of quotes stands inside of a cell.
    inside = np.cumsum(~is_break)[is_break] % 2 == 1
    ends, inner = breaks[~inside], breaks[inside]
    tail = len(data) - (int(ends[-1]) + 1 if len(ends) else 0)
    open_tail = tail > LONGEST_RECORD or (is_last and tail > 0)
    if (
        open_tail
        or _has_stray_quote(view, quotes, ord(shape.separator))
        or _swallows(data, ends, breaks, shape)
    ):
        return _cut_with_care(data, row, shape, is_last)
    end = len(data) - tail
    lines = int(np.searchsorted(breaks, end))
    inner = inner[: int(np.searchsorted(inner, end))]
    return Piece(data[:end], row, records=len(ends), lines=lines, inner=inner), data[end:]


def _quotes_and_breaks(view: np.ndarray[Any, np.dtype[np.uint8]]) -> _Positions:
    """Places of quotes and line feeds; in parts that stay in the processor's cache, which takes half the time."""
    found = []
    for start in range(0, len(view), _CACHED):
        part = view[start : start + _CACHED]
        places = np.flatnonzero((part == _QUOTE) | (part == _LF))
        places += start
        found.append(places)
    return np.concatenate(found)


def _has_quotes(data: bytes) -> bool:
    return b'"' in data


def _has_stray_quote(view: np.ndarray[Any, Any], quotes: _Positions, separator: int) -> bool:
    """An opening quote that does not follow a separator, or a closing one that is not followed by one."""
    opening, closing = quotes[0::2], quotes[1::2]
    before = view[np.maximum(opening - 1, 0)]
    fine = (before == separator) | (before == _LF) | (before == _QUOTE) | (opening == 0)
    if not fine.all():
        return True
    closing = closing[closing + 1 < len(view)]
    after = view[closing + 1]
    fine = (after == separator) | (after == _LF) | (after == _CR) | (after == _QUOTE)
    return not bool(fine.all())


def _swallows(data: bytes, ends: _Positions, breaks: _Positions, shape: Shape) -> bool:
    """A record of several lines that has too many fields, or whose every line could be one: stray quotes that pair."""
    if len(ends) == len(breaks):
        return False
    which = np.searchsorted(breaks, ends)
    several = np.flatnonzero(np.diff(which, prepend=-1) > 1)
    for i in several:
        start = int(ends[i - 1]) + 1 if i else 0
        record = data[start : int(ends[i])]
        if _looks_swallowed(record, shape) or _fields_of(record, shape) not in shape.counts:
            return True
    return False


def _fields_of(record: bytes, shape: Shape) -> int:
    """Number of fields of a record whose quotes pair."""
    return _QUOTED_PART.sub(b"", record).count(shape.separator.encode()) + 1


def _looks_swallowed(record: bytes, shape: Shape) -> bool:
    separator, least = shape.separator.encode(), min(shape.counts) - 1
    # In a narrow table a note of two lines may well have as many commas: there the quotes are believed.
    return least >= _WIDE and all(line.count(separator) >= least for line in record.split(b"\n"))


def _cut_with_care(data: bytes, row: int, shape: Shape, is_last: bool) -> tuple[Piece, bytes]:
    """Line by line: the slow way, taken for pieces in which quotes do not pair."""
    reader = _CarefulReader(data, row, shape, is_last)
    return reader.run()


class _CarefulReader:
    """Reads one record at a time, and gives up one line where no record can be read."""

    def __init__(self, data: bytes, row: int, shape: Shape, is_last: bool) -> None:
        self.data, self.row, self.shape, self.is_last = data, row, shape, is_last
        separator = re.escape(shape.separator.encode())
        self._field = re.compile(
            rb'(?:"((?:[^"]|"")*+)"|((?:[^"\n%b][^\n%b]*+)?))(%b|\r?\n)' % (separator, separator, separator)
        )
        self._separator = shape.separator.encode()
        cell = rb'(?:"(?:[^"]++|"")*+"|[^"\r\n%b]*+)' % separator
        self._whole = [
            re.compile(rb"%b(?:%b%b){%d}\r?\n" % (cell, separator, cell, n - 1)) for n in shape.counts
        ]

    def run(self) -> tuple[Piece, bytes]:
        good: list[bytes] = []
        rows: list[int] = []
        piece = Piece(b"", self.row)
        at, row = 0, self.row
        while at < len(self.data):
            end = self.data.find(b"\n", at) + 1
            if end == 0:
                break
            if (taken := self._take(at, end)) is None:
                if not self.is_last and self._is_open(at) and len(self.data) - at < LONGEST_RECORD:
                    break
                rule = "broken-quotes" if b'"' in self.data[at:end] else "field-count"
                piece.bad.append(Bad(row, rule, self.data[at : end - 1]))
            else:
                record, end, is_repaired = taken
                good.append(record)
                rows.append(row)
                piece.repairs["stray-quote"] += is_repaired
            piece.lines += self.data.count(b"\n", at, end)
            row += 1
            at = end
        piece.data, piece.rows, piece.records = b"".join(good), np.array(rows, dtype=np.int64), row - self.row
        return piece, self.data[at:]

    def _is_open(self, at: int) -> bool:
        """The record runs into the end of the data: it may be whole once more is read."""
        while (found := self._field.match(self.data, at)) and found[3] == self._separator:
            at = found.end()
        return found is None and _OPEN_CELL.match(self.data, at) is not None

    def _take(self, at: int, end: int) -> tuple[bytes, int, bool] | None:
        """The record at `at`, where it ends, and whether its quotes were mended; None: there is none."""
        line = self.data[at:end]
        if b'"' not in line:
            fields = line.count(self._separator) + 1
            return (line, end, False) if fields in self.shape.counts or not line.strip() else None
        for whole in self._whole:
            # Most records of a damaged piece are well: one match for all of it.
            if (fine := whole.match(self.data, at)) is not None:
                record = fine[0]
                several = fine.end() > end
                return (
                    None
                    if several and _looks_swallowed(record[:-1], self.shape)
                    else (record, fine.end(), False)
                )
        cells: list[bytes] = []
        is_repaired = False
        start = at
        while found := self._field.match(self.data, start):
            quoted, plain, stop = found.groups()
            if quoted is None and b'"' in plain:
                is_repaired = True
                plain = b'"' + plain.replace(b'"', b'""') + b'"'
            cells.append(plain if quoted is None else b'"' + quoted + b'"')
            start = found.end()
            if stop != self._separator:
                break
            if len(cells) > self.shape.fields:
                return None
        if found is None or len(cells) not in self.shape.counts:
            return None
        record = self.data[at:start]
        if b"\n" in record[:-1] and _looks_swallowed(record[:-1], self.shape):
            return None
        return (self._separator.join(cells) + b"\n" if is_repaired else record), start, is_repaired


# ---------------------------------------------------------------------------------------------- parsing


def parse_piece(piece: Piece, shape: Shape, wanted: Sequence[str]) -> Block:
    """The wanted columns of a piece as text; empty cells are null.

    A record of fewer fields than the longest (GDELT 1.0 mixes 57 and 58) has null in the missing ones.
    """
    repairs = Counter(piece.repairs)
    data = piece.data
    if any(mark in data for mark in (_MARKS if shape.quoted else _MARKS[-1:])):
        data = data.translate(None, b"".join(_MARKS))
        repairs["control-characters"] += 1
    inner = piece.inner if data is piece.data else None
    marked, has_inner, crlf = _mark_ends(data, shape, inner)
    if crlf:
        repairs["crlf"] += crlf
    try:
        frame = _parse(marked, shape, wanted)
    except pl.exceptions.ComputeError:
        return _parse_other_encoding(piece, shape, wanted)
    ends = [frame[f"_{count + 1}"] == _END for count in shape.counts]
    fine = pl.select(
        pl.any_horizontal([s.fill_null(value=False).alias(str(i)) for i, s in enumerate(ends)])
    ).to_series()
    rows = _row_numbers(piece)
    if len(rows) != frame.height:
        raise AssertionError(f"{frame.height} rows of {len(rows)} records")  # pragma: no cover
    bad, blank = list(piece.bad), 0
    positions = np.arange(frame.height, dtype=np.int64)
    if not fine.all():
        bad_more, blank = _set_apart(piece, shape, np.flatnonzero(~fine.to_numpy()), rows)
        bad += bad_more
        positions = np.flatnonzero(fine.to_numpy())
        frame, rows = frame.filter(fine), rows.filter(fine)
    frame = frame.select(wanted)
    if has_inner:
        frame = _unmark(frame)
    return Block(frame, rows, bad, blank, piece.records, piece.lines, repairs, piece, positions, shape.quoted)


def _row_numbers(piece: Piece) -> pl.Series:
    if piece.rows is not None:
        return pl.Series("source_row", piece.rows, dtype=pl.Int64)
    return pl.int_range(piece.first_row, piece.first_row + piece.records, eager=True).alias("source_row")


def _parse(marked: bytes, shape: Shape, wanted: Sequence[str]) -> pl.DataFrame:
    ends = [f"_{count + 1}" for count in shape.counts]
    names = [*shape.names, f"_{shape.fields + 1}"]
    # A shorter record ends in a column of the longer ones: read that one under its own name, and rename.
    aliases = {f"_{count + 1}": shape.names[count] for count in shape.counts if count < shape.fields}
    code = {name: f"column_{i}" for i, name in enumerate(names, 1)}
    columns = list(dict.fromkeys([*wanted, *(aliases.get(e, e) for e in ends)]))
    frame = pl.read_csv(
        marked,
        separator=shape.separator,
        quote_char='"' if shape.quoted else None,
        has_header=False,
        schema=dict.fromkeys(code.values(), pl.String()),
        columns=[code[name] for name in columns],
        truncate_ragged_lines=True,
        # The first line decides how many columns there seem to be; the shape of the file says how many there are.
        missing_columns="insert",
        extra_columns="ignore",
    )
    # In one chunk: the many steps that follow would each go through the chunks of the reader.
    frame = frame.select([pl.col(code[name]).alias(name) for name in columns]).rechunk()
    for end, name in aliases.items():
        value = pl.col(name)
        frame = frame.with_columns(
            value.alias(end), pl.when(value == _END).then(None).otherwise(value).alias(name)
        )
    return frame


def _mark_ends(data: bytes, shape: Shape, inner: _Positions | None) -> tuple[bytes, bool, int]:
    """Every record gets one more field that holds a mark: where it is found tells the number of fields.

    Also whether line breaks inside of cells were marked, and how many records end with a carriage return.
    """
    end = (shape.separator + _END + "\n").encode()
    has_inner = False
    if shape.quoted and _has_quotes(data):
        view = np.frombuffer(data, np.uint8)
        if inner is None:
            breaks = np.flatnonzero(view == _LF)
            inner = breaks[np.searchsorted(np.flatnonzero(view == _QUOTE), breaks) % 2 == 1]
        has_inner = len(inner) > 0
        if has_inner:
            marked = view.copy()
            marked[inner] = ord(_INNER_LF)
            before = inner[view[np.maximum(inner - 1, 0)] == _CR] - 1
            marked[before] = ord(_INNER_CR)
            data = marked.tobytes()
    crlf = 0
    if b"\r" in data:
        crlf = data.count(b"\r\n")
        data = data.replace(b"\r\n", b"\n")
    return data.replace(b"\n", end), has_inner, crlf


def _unmark(frame: pl.DataFrame) -> pl.DataFrame:
    marked = [s.name for s in frame if s.str.contains(_INNER_LF, literal=True).any()]
    return frame.with_columns(
        pl.col(marked)
        .str.replace_all(_INNER_LF, "\n", literal=True)
        .str.replace_all(_INNER_CR, "\r", literal=True)
    )


def _set_apart(piece: Piece, shape: Shape, places: _Positions, rows: pl.Series) -> tuple[list[Bad], int]:
    """The records with another number of fields: blank ones are counted, the rest are bad."""
    ends = _record_ends(piece.data, shape.quoted)
    starts = np.concatenate([[0], ends[:-1] + 1])
    bad, blank = [], 0
    for place in places:
        raw = piece.data[int(starts[place]) : int(ends[place])]
        if raw.strip():
            bad.append(Bad(int(rows[int(place)]), "field-count", raw))
        else:
            blank += 1
    return bad, blank


def _record_ends(data: bytes, quoted: bool) -> _Positions:
    view = np.frombuffer(data, np.uint8)
    breaks: _Positions = np.flatnonzero(view == _LF)
    if not quoted:
        return breaks
    quotes = np.flatnonzero(view == _QUOTE)
    ends: _Positions = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
    return ends


def _parse_other_encoding(piece: Piece, shape: Shape, wanted: Sequence[str]) -> Block:
    """Read a piece in which some records are no UTF-8, recoded record by record; its raw text stays as it was."""
    ends = _record_ends(piece.data, shape.quoted)
    bounds = np.concatenate([[0], ends + 1]).tolist()
    repairs = Counter(piece.repairs)
    recoded = []
    for start, end in pairwise(bounds):
        raw, repair = _as_utf8(piece.data[start:end])
        recoded.append(raw)
        if repair:
            repairs[repair] += 1
    again = Piece(
        b"".join(recoded), piece.first_row, piece.rows, piece.bad, repairs, piece.records, piece.lines
    )
    return parse_piece(again, shape, wanted)


_UTF8_CHARACTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def _as_utf8(raw: bytes) -> tuple[bytes, str | None]:
    """A record as UTF-8, and the repair that made it so.

    Without any UTF-8 character its bytes are Windows-1252. Where some are UTF-8 and some are not, the record is damaged:
    what is no character becomes U+FFFD.
    """
    if raw.isascii():
        return raw, None
    try:
        raw.decode("utf-8")
        return raw, None
    except UnicodeDecodeError:
        pass
    if not _UTF8_CHARACTER.search(raw):
        try:
            return raw.decode("cp1252").encode("utf-8"), "windows-1252"
        except UnicodeDecodeError:
            pass
    return raw.decode("utf-8", errors="replace").encode("utf-8"), "utf-8-replaced"


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace").rstrip("\r")

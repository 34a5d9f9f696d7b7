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

PIECE_BYTES = 16 << 20
# A quoted cell longer than this is taken for a stray quote.
LONGEST_RECORD = 1 << 20
# From this many separators on, lines that each have all of them are taken for records of their own.
_WIDE = 9
# Text is looked at in parts that stay in the processor's cache; of so many bytes 16 bits count all.
_CACHED = (1 << 16) - 1
# Control characters that no archive uses.
_CONTROLS = (b"\x1c", b"\x1d", b"\x1e")
_QUOTE, _LF, _CR = 34, 10, 13
_OPEN_CELL = re.compile(rb'"(?:[^"]++|"")*+\Z')
_Bytes = np.ndarray[Any, np.dtype[np.uint8]]
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
    """Whole records of one file, as bytes that end with a line feed; `fields` is the number of fields of each."""

    data: bytes
    first_row: int
    rows: _Positions | None = None
    bad: list[Bad] = field(default_factory=list)
    repairs: Counter[str] = field(default_factory=Counter)
    records: int = 0
    lines: int = 0
    fields: _Positions | None = None


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
    piece.fields = _find_records(piece.data, shape.separator, quoted=False).fields
    piece.records = piece.lines = len(piece.fields)
    return piece, data[end:]


def _cut_quoted(data: bytes, row: int, shape: Shape, is_last: bool) -> tuple[Piece, bytes]:
    if not _has_quotes(data):
        return _cut_lines(data, row, shape, is_last)
    found = _find_records(data, shape.separator, quoted=True)
    tail = len(data) - (int(found.ends[-1]) + 1 if len(found.ends) else 0)
    open_tail = tail > LONGEST_RECORD or (is_last and tail > 0)
    if (
        open_tail
        or _has_stray_quote(np.frombuffer(data, np.uint8), found.quotes, ord(shape.separator))
        or _swallows(data, found, shape)
    ):
        return _cut_with_care(data, row, shape, is_last)
    end = len(data) - tail
    lines = int(np.searchsorted(found.breaks, end))
    return Piece(data[:end], row, records=len(found.ends), lines=lines, fields=found.fields), data[end:]


@dataclass(frozen=True)
class _Found:
    """Places in a text: quotes, line feeds, those that end a record; and the number of fields of each record."""

    quotes: _Positions
    breaks: _Positions
    ends: _Positions
    fields: _Positions


def _find_records(data: bytes, separator: str, *, quoted: bool) -> _Found:
    marks, separators = _count_between_marks(np.frombuffer(data, np.uint8), ord(separator), quoted=quoted)
    if not quoted:
        return _Found(marks[:0], marks, marks, separators[:-1] + 1)
    is_quote = np.frombuffer(data, np.uint8)[marks] == _QUOTE
    # What follows an odd number of quotes stands inside of a cell.
    inside = np.cumsum(is_quote) % 2 == 1
    separators[1:][inside] = 0
    last = np.flatnonzero(~(is_quote | inside))
    breaks = marks[~is_quote]
    if not len(last):
        return _Found(marks[is_quote], breaks, marks[:0], marks[:0])
    fields = np.add.reduceat(separators[: last[-1] + 1], np.concatenate([[0], last[:-1] + 1])) + 1
    return _Found(marks[is_quote], breaks, marks[last], fields)


def _count_between_marks(view: _Bytes, separator: int, *, quoted: bool) -> tuple[_Positions, _Positions]:
    """Places of line feeds (and of quotes), and how many separators stand before the first, after the first, and so on."""
    marks: list[_Positions] = []
    counts = [np.zeros(1, dtype=np.int64)]
    for start in range(0, len(view), _CACHED):
        part = view[start : start + _CACHED]
        is_mark = part == _LF
        if quoted:
            is_mark |= part == _QUOTE
        # The part's own start comes first: what it counts goes on from the last mark of the part before.
        is_mark[0] = True
        places = np.flatnonzero(is_mark)
        found = np.add.reduceat((part == separator).view(np.uint8), places, dtype=np.uint16).astype(np.int64)
        if part[0] == _LF or (quoted and part[0] == _QUOTE):
            counts.append(found)
        else:
            counts[-1][-1] += found[0]
            found, places = found[1:], places[1:]
            if len(found):
                counts.append(found)
        marks.append(places + start)
    return np.concatenate([np.zeros(0, dtype=np.int64), *marks]), np.concatenate(counts)


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


def _swallows(data: bytes, found: _Found, shape: Shape) -> bool:
    """A record of several lines that has too many fields, or whose every line could be one: stray quotes that pair."""
    ends = found.ends
    if len(ends) == len(found.breaks):
        return False
    which = np.searchsorted(found.breaks, ends)
    several = np.flatnonzero(np.diff(which, prepend=-1) > 1)
    for i in several:
        start = int(ends[i - 1]) + 1 if i else 0
        record = data[start : int(ends[i])]
        if found.fields[i] not in shape.counts or _looks_swallowed(record, shape):
            return True
    return False


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
    has_controls, has_returns = _has_marks(data)
    if has_controls:
        data = data.translate(None, b"".join(_CONTROLS))
        repairs["control-characters"] += len(piece.data) - len(data)
    if has_returns:
        ends = _record_ends(data, shape.quoted)
        repairs["crlf"] += int(np.count_nonzero(np.frombuffer(data, np.uint8)[ends - 1] == _CR))
    try:
        frame = _parse(data, shape, wanted)
    except pl.exceptions.ComputeError:
        return _parse_other_encoding(piece, shape, wanted)
    rows, bad, blank = _row_numbers(piece), list(piece.bad), 0
    fields = piece.fields
    if fields is None:
        fields = _find_records(piece.data, shape.separator, quoted=shape.quoted).fields
    if not len(rows) == len(fields) == frame.height:
        raise AssertionError(f"{frame.height} rows of {len(rows)} records")  # pragma: no cover
    fine = np.isin(fields, shape.counts)
    positions: _Positions = np.flatnonzero(fine)
    if len(positions) < len(fine):
        bad_more, blank = _set_apart(piece, shape, np.flatnonzero(~fine), rows)
        bad += bad_more
        frame, rows = frame.filter(fine), rows.filter(fine)
    return Block(frame, rows, bad, blank, piece.records, piece.lines, repairs, piece, positions, shape.quoted)


def _has_marks(data: bytes) -> tuple[bool, bool]:
    """Whether the text holds control characters, and carriage returns."""
    has_controls = has_returns = False
    for start in range(0, len(data), _CACHED):
        end = start + _CACHED
        has_controls = has_controls or any(data.find(mark, start, end) >= 0 for mark in _CONTROLS)
        has_returns = has_returns or data.find(b"\r", start, end) >= 0
    return has_controls, has_returns


def _row_numbers(piece: Piece) -> pl.Series:
    if piece.rows is not None:
        return pl.Series("source_row", piece.rows, dtype=pl.Int64)
    return pl.int_range(piece.first_row, piece.first_row + piece.records, eager=True).alias("source_row")


def _parse(data: bytes, shape: Shape, wanted: Sequence[str]) -> pl.DataFrame:
    code = {name: f"column_{i}" for i, name in enumerate(shape.names, 1)}
    frame = pl.read_csv(
        data,
        separator=shape.separator,
        quote_char='"' if shape.quoted else None,
        has_header=False,
        schema=dict.fromkeys(code.values(), pl.String()),
        columns=[code[name] for name in wanted],
        truncate_ragged_lines=True,
        # The first line decides how many columns there seem to be; the shape of the file says how many there are.
        missing_columns="insert",
        extra_columns="ignore",
    )
    # In one chunk: the many steps that follow would each go through the chunks of the reader.
    frame = frame.select([code[name] for name in wanted]).rechunk()
    frame.columns = list(wanted)
    return frame


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

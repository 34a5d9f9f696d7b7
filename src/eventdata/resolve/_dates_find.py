"""Finds date expressions in windows around the date words that the scan has marked.

Nothing but the windows is read again. Words next to each other share a window; a window is cut at characters, and its line
breaks, quotes and brackets are blanked byte for byte, so that offsets stay offsets into the caller's text.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.coding.scan import bytes_of
from eventdata.resolve._dates_grammar import date_pattern

BEFORE, AFTER = 40, 36
"""Bytes of a window before its first and after its last mark: the longest expressions reach 30 bytes from a date word."""
_START, _END = "\x1e", "\x1d"
_BLOCK = "\x1f"  # a paragraph ends here: no expression goes on
_BLANKED = {
    "\n\n": _BLOCK * 2,
    "\r\n\r\n": _BLOCK * 4,
    "\n \n": _BLOCK * 3,
    "\x02": _BLOCK,
    "\u2029": _BLOCK * 3,
} | {c: " " * len(c.encode()) for c in '\n\r\t\x0b\x0c\x01\x03\x1d\x1e\u00a0\u2009\u202f\u200b“”„«»"()[]'}
_CONTINUES = 0x80  # the two highest bits of a byte inside of a character

Ints = npt.NDArray[np.int64]
_c = pl.col


class Texts:
    """The texts of a batch, cut by bytes."""

    def __init__(self, reports: pl.DataFrame) -> None:
        chosen = self.ordered(reports)
        self._rows = chosen["row"].to_numpy()
        text = chosen["text" if "text" in chosen.columns else "clean"].rechunk()
        self._bodies = text.cast(pl.Binary)
        self._bytes, self._begin = bytes_of(text)

    @staticmethod
    def ordered(reports: pl.DataFrame) -> pl.DataFrame:
        """The reports in the order of `places`."""
        return reports if reports["row"].is_sorted() else reports.sort("row")

    def places(self, row: npt.NDArray[np.generic]) -> Ints:
        """Which of the reports each row number is."""
        return np.searchsorted(self._rows, row).astype(np.int64)

    def cut(self, row: npt.NDArray[np.generic], start: Ints, end: Ints) -> pl.Series:
        """The text from byte `start` to `end` of each row, each edge moved outwards to a character's edge."""
        return self.cut_at(row, start, end)[0]

    def cut_at(self, row: npt.NDArray[np.generic], start: Ints, end: Ints) -> tuple[pl.Series, Ints]:
        """`cut`, and where each piece starts."""
        place = self.places(row)
        start, end = self._to_character(place, start, -1), self._to_character(place, end, 1)
        size = np.maximum(end - start, 0)
        frame = pl.DataFrame({"body": self._bodies.gather(place), "start": start, "size": size})
        return frame.select(_c("body").bin.slice("start", "size").cast(pl.String)).to_series(), start

    def _to_character(self, place: Ints, position: Ints, step: int) -> Ints:
        """The positions moved by `step` to where a character starts."""
        position = np.array(position)
        at = self._begin[place] + position
        inside = np.flatnonzero(at < self._begin[place + 1])
        inside = inside[(self._bytes[at[inside]] & 0xC0) == _CONTINUES]
        while len(inside):
            position[inside] += step
            at[inside] += step
            inside = inside[at[inside] < self._begin[place[inside] + 1]]
            inside = inside[(self._bytes[at[inside]] & 0xC0) == _CONTINUES]
        return position


def windows(marks: pl.DataFrame, texts: Texts) -> tuple[npt.NDArray[np.generic], Ints, pl.Series]:
    """Of each window its row, the byte of the text that it begins at, and its words."""
    row = marks["row"].to_numpy()
    start, end = marks["start"].to_numpy().astype(np.int64), marks["end"].to_numpy().astype(np.int64)
    opens = np.ones(len(row), dtype=np.bool_)
    opens[1:] = (row[1:] != row[:-1]) | (start[1:] - end[:-1] > BEFORE + AFTER)
    first = np.flatnonzero(opens)
    last = np.append(first[1:], len(row)) - 1
    begin = np.maximum(start[first] - BEFORE, 0)
    cut, begin = texts.cut_at(row[first], begin, end[last] + AFTER)
    said = cut.is_not_null().to_numpy()
    blank = (
        cut.filter(pl.Series(said))
        .to_frame("window")
        .select(_c("window").str.replace_many(list(_BLANKED), list(_BLANKED.values()), leftmost=True))
    )
    return row[first][said], begin[said], blank.to_series()


_FOUND = pl.Schema(
    {
        "row": pl.UInt32, "sent": pl.UInt32, "para": pl.UInt32, "start": pl.Int64, "end": pl.Int64, "text": pl.String,
        "left": pl.String, "right": pl.String, "window_id": pl.UInt32, "marked": pl.Boolean,
    }
)  # fmt: skip


def keep_compiled(others: Iterable[str] = ()) -> None:
    """polars keeps the 32 patterns used last: asked for midway, the largest stay among them from call to call."""
    for pattern in (date_pattern(), *others):
        pl.Series([None], dtype=pl.String).str.replace_all(pattern, "")  # nothing is searched


def find_expressions(marks: pl.DataFrame, texts: Texts, pattern: str = "") -> pl.DataFrame:
    """Expressions in order: `row`, `sent`, `para`, `start`, `end`, `text`, and the text up to the neighbours or window edges.

    Every expression holds at least one mark; `sent` and `para` are those of its first.
    """
    if marks.is_empty():
        return _FOUND.to_frame()
    row, begin, words = windows(marks, texts)
    # one pass marks where each expression starts and ends; the pieces between the marks give text and offsets
    tagged = words.str.replace_all(pattern or date_pattern(), f"{_START}${{0}}{_END}").str.split(_START)
    count = tagged.list.len().to_numpy().astype(np.int64)
    if not (count > 1).any():
        return _FOUND.to_frame()
    halves = tagged.explode().str.split_exact(_END, 1).struct.rename_fields(["text", "after"]).struct.unnest()
    size = halves.select(
        size=_c("text").str.len_bytes() + _c("after").str.len_bytes().fill_null(0),
        of_text=_c("text").str.len_bytes(),
    ).cast(pl.Int64)
    window = np.repeat(np.arange(len(count)), count)
    piece_start = np.cumsum(size["size"].to_numpy()) - size["size"].to_numpy()
    of_window = np.cumsum(count) - count  # number of the piece that each window begins with
    at = np.delete(
        np.arange(len(window)), of_window
    )  # the first piece of a window is what stands before its first date
    start = begin[window[at]] + piece_start[at] - piece_start[of_window[window[at]]]
    gap = halves.select(pl.coalesce("after", "text")).to_series()
    found = pl.DataFrame(
        {
            "row": row[window[at]], "start": start, "end": start + size["of_text"].to_numpy()[at],
            "text": halves["text"].gather(at), "left": gap.gather(at - 1), "right": halves["after"].gather(at),
            "window_id": window[at].astype(np.uint32),
        }
    )  # fmt: skip
    return _with_sentences(found, marks)


def _with_sentences(found: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """Sentence and paragraph of the first mark that ends after the expression starts."""
    row, end = marks["row"].to_numpy(), marks["end"].to_numpy()
    ends = (row.astype(np.int64) << 32) + end
    start = found["start"].to_numpy()
    at = np.searchsorted(ends, (found["row"].to_numpy().astype(np.int64) << 32) + start, side="right")
    at = np.minimum(at, len(ends) - 1)
    para = "para" if "para" in marks.columns else "sent"
    marked = (
        (row[at] == found["row"].to_numpy())
        & (marks["start"].to_numpy()[at] < found["end"].to_numpy())
        & (end[at] > start)
    )
    return found.select(
        "row", sent=marks["sent"].gather(at), para=marks[para].gather(at), start="start", end="end", text="text", left="left",
        right="right", window_id="window_id", marked=pl.Series(marked),
    )  # fmt: skip


_DIGITS_ONLY = r"[0-9][-./:][0-9]"
_NUMERIC = (
    r"\b(?:[0-9]{1,2}[-./][0-9]{1,2}[-./](?:[0-9]{4}|[0-9]{2})|[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}|"
    r"[0-9]{1,2}:[0-9]{2})\b"
)


def with_numbers(marks: pl.DataFrame, texts: pl.Series) -> pl.DataFrame:
    """Add marks for dates and hours of digits only, which no word of the scan stands for."""
    found = (
        pl.DataFrame({"text": texts})
        .with_row_index("row")
        # without word boundaries, which slow the search where letters are not ASCII
        .filter(_c("text").str.contains(_DIGITS_ONLY))
        .filter(_c("text").str.contains(_NUMERIC))
        .with_columns(
            said=_c("text").str.extract_all(_NUMERIC),
            gap=_c("text").str.replace_all(_NUMERIC, "\x1e").str.split("\x1e"),
        )
        .filter(_c("gap").list.len() == _c("said").list.len() + 1)
        .select("row", said="said", gap=_c("gap").list.head(_c("said").list.len()))
        .explode("said", "gap")
    )
    if found.is_empty():
        return marks
    length = _c("said").str.len_bytes()
    end = (_c("gap").str.len_bytes() + length).cum_sum().over("row")
    numbers = found.select("row", start=(end - length).cast(pl.UInt32), end=end.cast(pl.UInt32), number=True)
    both = pl.concat([marks, numbers], how="diagonal").sort("row", "start", "end", maintain_order=True)
    inside = _c("number").fill_null(False) & (
        (_c("start") < _c("end").shift().over("row")) | (_c("end") > _c("start").shift(-1).over("row"))
    ).fill_null(False)
    both = both.filter(~inside)
    # a number is of the sentence of the date word before it, else after it; a text without date words is one sentence
    fresh = pl.max_horizontal(_c("sent").max(), _c("para").max()).fill_null(0) + _c("row") + 1
    return both.with_columns(
        pl.coalesce(
            _c(name).forward_fill().over("row"), _c(name).backward_fill().over("row"), fresh.cast(pl.UInt32)
        ).alias(name)
        for name in ("sent", "para")
    ).drop("number")

"""Finds every phrase of the lexicon in one pass over the text.

One Aho-Corasick pass replaces each phrase by a numbered mark; splitting on the marks and adding up the lengths of the
pieces gives exact byte offsets and phrase numbers together, which is cheaper than finding and extracting separately.
A leading blank on every phrase gives the left word boundary; the right one is checked on the next character.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.coding.clean import MARK, PARAGRAPH, clean, clean_phrase
from eventdata.errors import SeedError

_DIGITS, _BASE, _LOWEST = 3, 95, 0x20  # of a mark: printable ASCII, up to 857,375 phrases
_MARK_BYTES = 1 + _DIGITS
_PHRASE, _STOP, _ABBREVIATION = 0, 1, 2
_WORD_BYTE = np.array([chr(byte).isalnum() and byte < 0x80 for byte in range(256)])
STOPS = (".", "!", "?", PARAGRAPH)
# A stop after one of these is part of the word. Initials ("J. Smith") belong here too.
ABBREVIATIONS = [
    "Mr.", "Mrs.", "Ms.", "Dr.", "Gen.", "Lt.", "Col.", "Sgt.", "Maj.", "Capt.", "Brig.", "Adm.", "Cmdr.", "Gov.", "Sen.",
    "Rep.", "Pres.", "Prof.", "Rev.", "Hon.", "St.", "Mt.", "Ft.", "No.", "Nos.", "U.S.", "U.K.", "U.N.", "E.U.", "D.C.",
    "U.A.E.", "U.S.S.R.", "a.m.", "p.m.", "e.g.", "i.e.", "etc.", "vs.", "al.", "approx.", "est.", "Jan.", "Feb.", "Mar.",
    "Apr.", "Jun.", "Jul.", "Aug.", "Sep.", "Sept.", "Oct.", "Nov.", "Dec.", "Mon.", "Tue.", "Wed.", "Thu.", "Fri.", "Sat.",
    "Sun.", "Inc.", "Ltd.", "Co.", "Corp.", "Bros.", "Jr.", "Sr.", "Ave.", "Rd.", "Blvd.", "Dept.", "Univ.", "fig.", "pp.",
    "ca.", "cf.", "km.",
    *(f"{letter}." for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
]  # fmt: skip


Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Patterns:
    """The phrases of a scan, ready for the automaton: the longest first, since the first listed match wins.

    `refs[i]` is the caller's number of pattern `i`; stops and abbreviations have none.
    """

    patterns: list[str]
    marks: list[str]
    table: (
        pl.DataFrame
    )  # pattern number -> ref, bytes, lead (1: starts with a blank), kind (0 phrase, 1 stop, 2 abbr.)

    @cached_property
    def ref(self) -> npt.NDArray[np.uint32]:
        """The caller's number of each pattern, 0 where it has none."""
        return self.table["ref"].fill_null(0).to_numpy()

    @cached_property
    def kind(self) -> Bytes:
        """Of each pattern: phrase, stop or abbreviation."""
        return self.table["kind"].to_numpy()

    @cached_property
    def size(self) -> Ints:
        """Bytes of each pattern."""
        return self.table["bytes"].to_numpy()

    @cached_property
    def lead(self) -> Ints:
        """1 where a pattern starts with a blank."""
        return self.table["lead"].to_numpy()

    @cached_property
    def paragraph(self) -> int:
        """Number of the pattern that ends a paragraph."""
        return self.patterns.index(PARAGRAPH)


def compile_patterns(phrases: Sequence[str] | pl.Series) -> Patterns:
    """Patterns for phrases as they stand in cleaned text; `ref` is the position in `phrases`.

    Of two equal phrases the first counts. A phrase that starts with a hyphen ("-backed") or is a comma, semicolon or colon
    is matched where it touches the word before.
    """
    text = pl.Series("phrase", phrases, dtype=pl.String)
    table = pl.DataFrame({"phrase": text}).with_row_index("ref").with_columns(clean_phrase(pl.col("phrase")))
    table = table.filter(pl.col("phrase") != "").with_columns(
        pattern=pl.when(pl.col("phrase").str.contains(r"^[-,;:]"))
        .then("phrase")
        .otherwise(pl.concat_str(pl.lit(" "), pl.col("phrase"))),
        kind=pl.lit(0, dtype=pl.UInt8),
    )
    frames = [
        table.select(pl.col("ref").cast(pl.UInt32), "pattern", "kind"),
        pl.DataFrame({"pattern": [" " + word for word in ABBREVIATIONS]}).with_columns(
            kind=pl.lit(2, dtype=pl.UInt8)
        ),
        pl.DataFrame({"pattern": list(STOPS)}).with_columns(kind=pl.lit(1, dtype=pl.UInt8)),
    ]
    table = (
        pl.concat(frames, how="diagonal_relaxed")
        .unique("pattern", keep="first", maintain_order=True)
        .with_columns(
            bytes=pl.col("pattern").str.len_bytes().cast(pl.Int64),
            lead=pl.col("pattern").str.starts_with(" ").cast(pl.Int64),
        )
        .sort("bytes", descending=True, maintain_order=True)
    )
    if table.height > _BASE**_DIGITS:
        raise SeedError(f"{table.height} phrases are more than a scan can number ({_BASE**_DIGITS}).")
    return Patterns(
        table["pattern"].to_list(), _numbered(table.height), table.select("ref", "bytes", "lead", "kind")
    )


def _numbered(size: int) -> list[str]:
    """Marks for the numbers 0 to `size` - 1: `MARK` and the digits of the number."""
    digits = [chr(_LOWEST + i) for i in range(_BASE)]
    return [MARK + a + b + c for a, b, c in islice(product(digits, repeat=_DIGITS), size)]


def scan(reports: pl.DataFrame, compiled: Patterns) -> pl.DataFrame:
    """Marks of all phrases in `reports` (`row`, `clean`), sorted by row and start.

    Returns `row`, `sent` (sentence number, unique in the batch), `sent_start` (first byte of the sentence), `para` (paragraph
    number, unique in the batch), `start`, `end` (bytes of the text, end exclusive) and `ref`, all UInt32. A null text has
    no marks.
    """
    reports = reports.select("row", "clean").filter(pl.col("clean").is_not_null())
    marked = reports.select(
        pl.concat_str(pl.lit(" "), pl.col("clean")).str.replace_many(
            compiled.patterns, compiled.marks, leftmost=True
        )
    ).to_series()
    body, text_start = _bytes_of(marked)
    at = np.flatnonzero(body == ord(MARK))
    first = np.searchsorted(at, text_start)  # of each text; the last is the number of marks
    text = np.repeat(np.arange(len(reports)), np.diff(first))
    number = np.zeros(len(at), dtype=np.int64)
    for i in range(1, _MARK_BYTES):
        number *= _BASE
        number += body[at + i] - np.uint8(_LOWEST)
    behind = at + _MARK_BYTES
    kind, size = compiled.kind[number], compiled.size[number]
    # a mark stands for `size` bytes: what the marks up to here took away from the text, that of earlier texts left out
    taken = np.cumsum(size - _MARK_BYTES)
    earlier = np.concatenate([[0], taken])[first[:-1]]
    end = behind - text_start[text] + taken - earlier[text] - 1  # without the blank put before the text
    follows = body[np.minimum(behind, len(body) - 1)]
    # the next match starts right here, with its own blank; or the text ends
    follows = np.where(behind == text_start[text + 1], ord(MARK), follows)

    stops = np.flatnonzero((kind == _STOP) & ((follows == ord(" ")) | (follows == ord(MARK))))
    is_paragraph = number[stops] == compiled.paragraph
    kept = np.flatnonzero((kind == _PHRASE) & ~_goes_on(body, behind, follows))
    before = np.searchsorted(stops, kept)  # stops before each mark, in all texts
    last_stop = stops[np.maximum(before - 1, 0)] if len(stops) else before
    in_text = (before > 0) & (last_stop >= first[text[kept]])
    sent_start = np.where(in_text, end[last_stop], 0)
    paragraphs = np.concatenate([[0], np.cumsum(is_paragraph)])[before]
    texts = text[kept] + 1
    return pl.DataFrame(
        {
            "row": reports["row"].to_numpy().astype(np.uint32)[text[kept]],
            "sent": (texts + before).astype(np.uint32),
            "sent_start": sent_start.astype(np.uint32),
            "para": (texts + paragraphs).astype(np.uint32),
            "start": (end - size + compiled.lead[number])[kept].astype(np.uint32),
            "end": end[kept].astype(np.uint32),
            "ref": compiled.ref[number[kept]],
        }
    )


def _bytes_of(texts: pl.Series) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """All texts as one array of bytes, and where each begins in it; the last of these is where the last text ends."""
    array = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    body = (
        np.frombuffer(data, dtype=np.uint8) if data is not None and data.size else np.zeros(1, dtype=np.uint8)
    )
    return body, starts


def _goes_on(body: Bytes, behind: Ints, follows: Bytes) -> Bools:
    """Does a letter or digit follow, so that a phrase is only the beginning of a word?"""
    goes_on = _WORD_BYTE[follows]
    other = np.flatnonzero(follows >= 0x80)
    if not len(other):
        return goes_on
    # the character behind: the first byte says how many bytes it has
    length = np.where(follows[other] >= 0xF0, 4, np.where(follows[other] >= 0xE0, 3, 2))
    point = follows[other].astype(np.int64)
    for i in range(1, 4):
        byte = body[np.minimum(behind[other] + i, len(body) - 1)].astype(np.int64)
        point = np.where(i < length, point * 256 + byte, point)
    distinct, of = np.unique(point, return_inverse=True)
    characters = [int(p).to_bytes(4, "big").lstrip(b"\0").decode() for p in distinct]
    goes_on[other] = pl.Series(characters).str.contains(r"^[\p{L}\p{N}]").to_numpy()[of]
    return goes_on


def find_phrases(texts: pl.Series, phrases: Sequence[str]) -> pl.DataFrame:
    """Every whole-word occurrence of `phrases` in `texts`, the longest first, none overlapping.

    Returns `row` (index into `texts`), `sent`, `sent_start`, `para`, `start`, `end` (UTF-8 byte offsets, end exclusive) and
    `ref` (index into `phrases`), sorted by row and start.

    >>> find_phrases(pl.Series(["The Syrian army left."]), ["army", "Syrian army"]).row(0, named=True)
    {'row': 0, 'sent': 1, 'sent_start': 0, 'para': 1, 'start': 4, 'end': 15, 'ref': 1}
    """
    reports = (
        pl.DataFrame({"clean": texts.cast(pl.String)})
        .with_row_index("row")
        .with_columns(clean(pl.col("clean")))
    )
    return scan(reports, compile_patterns(phrases))

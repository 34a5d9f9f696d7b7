"""Reads the words around a place name: the preposition before it, the type word behind it, what joins it to the next.

Works on the bytes of a whole batch at once: the edges of all words are found first, then a few words on each side of a
position are looked up by a hash of their letters. No text is cut or matched by pattern on the way.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.coding.scan import Table
from eventdata.resolve.place_tables import words

Ints = npt.NDArray[np.int64]
Positions = npt.NDArray[np.int64] | npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]

WORDS = 7  # words read on each side of a name
_REACH = 64  # zero bytes before the first text
# What stands between two words, as bits.
BLANK, COMMA, OPEN, CLOSE, DASH, QUOTE, STOP = 1, 2, 4, 8, 16, 32, 64
_APOSTROPHE, _DASH, _QUOTE = 0x27, 0x10, 0x11
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_BLOCK = 1 << 15


def _byte_classes() -> Array:
    """Bits of each byte; 0 is a letter, a digit, an apostrophe or a hyphen inside a word."""
    table = np.full(256, STOP, dtype=np.uint8)
    for byte in range(256):
        if byte >= 0x80 or chr(byte).isalnum() or chr(byte) in "'-":
            table[byte] = 0
    for characters, bit in (
        (" \n\r\t", BLANK),
        (",;:", COMMA),
        ("([", OPEN),
        (")]", CLOSE),
        ("/&|\x10", DASH),
        ('"*`\x11', QUOTE),
    ):
        table[list(characters.encode())] = bit
    return table


_CLASS = _byte_classes()
CAPITAL = np.zeros(256, dtype=np.bool_)
CAPITAL[65:91] = True
CAPITAL[[0xC3, 0xC4, 0xC5, 0xD0]] = True  # mostly accented capitals, where a word begins with it
_SMALL = np.uint64(0x2020202020202020)
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(9)], dtype=np.uint64)


class Texts:
    """The texts of a batch as one run of bytes, to be read at global positions, and as a column, to be cut."""

    def __init__(self, reports: pl.DataFrame) -> None:
        raw = reports["text"].fill_null("")
        sizes = raw.str.len_bytes().to_numpy().astype(np.int64)
        self.rows = reports["row"].to_numpy().astype(np.int64)
        self.dense = bool((self.rows == np.arange(self.rows.size)).all())
        self.sizes = sizes
        self.first = np.concatenate([[0], np.cumsum(sizes + 1)])[:-1] + _REACH
        self.given = _joined(raw)
        self.bytes = _even_out(self.given.copy())
        self.raw = raw.cast(pl.Binary)
        self.word_start, self.word_end = _words(self.bytes)
        self.eight = _eights(self.bytes)

    def position(self, rows: Array) -> Ints:
        """Position of rows in the batch."""
        rows = rows.astype(np.int64)
        return rows if self.dense else np.searchsorted(self.rows, rows)

    def at(self, rows: Array, offsets: Array) -> Ints:
        """Global positions of byte offsets."""
        out: Ints = self.first[self.position(rows)] + offsets.astype(np.int64)
        return out

    def cut(self, rows: Array, start: Array, end: Array) -> pl.Series:
        """Bytes `start` to `end` of the texts of `rows`; a character that an edge would split is left out."""
        at = self.position(rows)
        left, right = self._between(at, start, 1), self._between(at, end, -1)
        frame = pl.DataFrame({"t": self.raw.gather(pl.Series(at, dtype=pl.UInt32))}).with_columns(
            s=pl.Series(left), n=pl.Series((right - left).clip(0))
        )
        return frame.select(pl.col("t").bin.slice("s", "n").cast(pl.String)).to_series()

    def between(self, left: Positions, right: Positions) -> npt.NDArray[np.uint8]:
        """Bits of what stands between two positions: of a long gap the first three bytes and the last two."""
        out = _CLASS[self.bytes[left]]
        out[right <= left] = 0
        at = np.flatnonzero(right - left > 1)  # between words there is mostly one blank
        left, right = left.reshape(-1)[at], right.reshape(-1)[at]
        for byte in (left + 1, np.minimum(left + 2, right - 1), right - 1, right - 2):
            out.reshape(-1)[at] |= _CLASS[self.bytes[byte]]
        return out

    def numbers(self, start: Positions, end: Positions) -> npt.NDArray[np.int16]:
        """Numbers of words in the vocabulary, 0 for others."""
        out = np.zeros(start.size, dtype=np.int16)
        for i in range(0, out.size, _BLOCK):  # blocks that stay in the cache
            block = slice(i, i + _BLOCK)
            out[block] = vocabulary().table.find(_hashes(self.eight, start[block], end[block])) + 1
        return out

    def _between(self, at: Ints, offsets: Array, step: int) -> Ints:
        """Offsets moved by steps until a character starts there; UTF-8 characters have at most four bytes."""
        moved: Ints = np.clip(offsets.astype(np.int64), 0, self.sizes[at])
        inside = np.arange(moved.size)
        for _ in range(3):
            inside = inside[(self.given[self.first[at[inside]] + moved[inside]] & 0xC0) == 0x80]
            moved[inside] += step
        return moved


def _joined(raw: pl.Series) -> npt.NDArray[np.uint8]:
    """All texts with a zero byte behind each, between zero bytes."""
    text = raw.str.join("\0").cast(pl.Binary).item()
    out = np.zeros(len(text) + 2 * _REACH + 9, dtype=np.uint8)
    out[_REACH : _REACH + len(text)] = np.frombuffer(text, dtype=np.uint8)
    return out


def _words(data: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Where words begin and end, with a word of no text before the first and behind the last one."""
    letter = np.concatenate([_is_letter(data[i : i + _BLOCK]) for i in range(0, data.size, _BLOCK)])
    letter[[1, -_REACH // 2]] = True
    turns = np.flatnonzero(letter[1:] != letter[:-1]) + 1
    return turns[::2].astype(np.int32), turns[1::2].astype(np.int32)


def _is_letter(data: npt.NDArray[np.uint8]) -> Bools:
    """Where `_CLASS` is 0: a few comparisons of all bytes are faster than a look-up of each."""
    lower = data | np.uint8(0x20)
    out: Bools = (lower - np.uint8(97) < 26) | (data - np.uint8(48) < 10) | (data >= 0x80)
    out |= (data == _APOSTROPHE) | (data == ord("-"))
    return out


def _even_out(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Typographic quotes and dashes get the classes of the plain ones; a hyphen or apostrophe beside no letter is none."""
    three = np.flatnonzero(data[:-2] == 0xE2)
    three = three[data[three + 1] == 0x80]
    last = data[three + 2]
    for low, high, byte in (
        (0x90, 0x95, _DASH),
        (0x98, 0x99, _APOSTROPHE),
        (0x9A, 0x9F, _QUOTE),
        (0xA6, 0xA6, ord(".")),
    ):
        hit = three[(last >= low) & (last <= high)]
        for offset in range(3):
            data[hit + offset] = byte
    for byte, other in ((ord("-"), _DASH), (_APOSTROPHE, _QUOTE)):
        found = np.flatnonzero(data[1:-1] == byte) + 1
        alone = (_CLASS[data[found - 1]] != 0) | (_CLASS[data[found + 1]] != 0)
        data[found[alone]] = other
    curly = three[(last == 0x98) | (last == 0x99)]
    curly = curly[(data[curly] == _QUOTE) | (data[curly + 2] == _QUOTE)]  # beside no letter on one side
    for offset in range(3):
        data[curly + offset] = _QUOTE
    return data


def _eights(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """At each position the eight bytes from there on."""
    return np.lib.stride_tricks.as_strided(
        data[:8].view(np.uint64), shape=(data.size - 8,), strides=(1,), writeable=False
    )


def _hashes(eight: npt.NDArray[np.uint64], start: Positions, end: Positions) -> npt.NDArray[np.uint64]:
    """Hash of the letters between two positions, whatever their case; of a long word the first 16 bytes and the length."""
    size = end - start
    out: npt.NDArray[np.uint64] = (eight[start] | _SMALL) & _MASKS.take(size, mode="clip")
    long = np.flatnonzero(size > 8)
    far = np.minimum(start[long] + 8, eight.size - 1)
    high = (eight[far] | _SMALL) & _MASKS.take(size[long] - 8, mode="clip")
    out[long] ^= high * _MULTIPLIER ^ (size[long].astype(np.uint64) << np.uint64(56))
    return out


@dataclass(frozen=True)
class Around:
    """Words read from positions: arrays of `WORDS` lines, one column per position, the nearest word first.

    `word` (number in the vocabulary, 0 unknown, or cut off by a comma before the position; -1 none), `upper` (starts with
    a capital), `start` and `end` (global), `sep` (bits of what stands between the word and the one before it in reading
    order).
    """

    word: npt.NDArray[np.int16]
    upper: Bools
    start: Positions
    end: Positions
    sep: npt.NDArray[np.uint8]


def read_words(texts: Texts, at: Ints, forward: bool) -> Around:
    """The words behind (or before) each position, as far as the sentence goes."""
    edge, lines = at.astype(np.int32), np.arange(WORDS)[:, None]
    if forward:
        line = np.searchsorted(texts.word_end, edge, side="right") + lines
    else:
        line = np.searchsorted(texts.word_start, edge) - 1 - lines
    line = np.clip(line, 0, texts.word_start.size - 1)
    start, end = texts.word_start[line], texts.word_end[line]
    sep = np.empty(line.shape, dtype=np.uint8)
    if forward:
        start[0] = np.maximum(start[0], edge)  # "'s", "-based": the rest of a word
        sep[0], sep[1:] = texts.between(edge, start[0]), texts.between(end[:-1], start[1:])
    else:
        end[0] = np.minimum(end[0], edge)
        sep[0], sep[1:] = texts.between(end[0], edge), texts.between(end[1:], start[:-1])
    inside = np.logical_and.accumulate((sep & STOP) == 0, axis=0)
    asked = inside
    if not forward:  # nothing is read from words before a comma
        asked = inside & np.logical_and.accumulate((sep & (COMMA | CLOSE | DASH)) == 0, axis=0)
    number, which = inside.astype(np.int16) - np.int16(1), np.flatnonzero(asked)
    number.reshape(-1)[which] = texts.numbers(start.reshape(-1)[which], end.reshape(-1)[which])
    return Around(number, CAPITAL[texts.bytes[start]] & inside, start, end, sep)


@dataclass(frozen=True)
class Vocabulary:
    """The single words of `words.csv`, numbered from 1, and the phrases that they make."""

    number: dict[str, int]
    table: Table  # finds a word by its hash
    roles: dict[str, Bools]  # by word number, for the roles that are lists of words

    def is_a(self, role: str, number: Array) -> Bools:
        """True where a word has a role."""
        out: Bools = self.roles[role][np.maximum(number, 0)]
        return out


_LISTS = ("street", "direction", "neighbour", "speech", "verb", "particle", "joiner", "not_name", "own")
_OWN = ["'s"]


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of `words.csv`."""
    listed = {
        role: words(role)["word"].str.to_lowercase().to_list() for role in (*_LISTS[:-1], "before", "after")
    }
    listed["own"] = _OWN
    every = list(dict.fromkeys(w for role in listed.values() for phrase in role for w in phrase.split()))
    number = {word: i for i, word in enumerate(every, start=1)}
    roles = {}
    for role in _LISTS:
        flags = np.zeros(len(every) + 1, dtype=np.bool_)
        flags[[number[w] for w in listed[role] if w in number]] = True
        roles[role] = flags
    sizes = np.array([len(word.encode()) for word in every])
    end = np.cumsum(sizes)
    letters = np.frombuffer("".join(every).encode() + bytes(16), dtype=np.uint8)
    return Vocabulary(number, Table(_hashes(_eights(letters), end - sizes, end)), roles)


@dataclass(frozen=True)
class _Phrases:
    """Values of phrases of one to three words."""

    keys: Ints
    values: npt.NDArray[np.int8]

    def find(self, one: Array, two: Array, three: Array) -> npt.NDArray[np.int8]:
        """Value of the longest phrase at each position, -1 for none; words in reading order, absent ones below 1."""
        a, b, c = (np.maximum(x, 0).astype(np.int64) for x in (one, two, three))
        out = np.full(a.size, -1, dtype=np.int8)
        for key in (
            a,
            np.where(b > 0, (a << 12) | b, 0),
            np.where((b > 0) & (c > 0), (a << 24) | (b << 12) | c, 0),
        ):
            place = np.minimum(np.searchsorted(self.keys, key), self.keys.size - 1)
            hit = (self.keys[place] == key) & (a > 0)
            out[hit] = self.values[place[hit]]
        return out


def _phrases(role: str, values: list[str], backward: bool) -> _Phrases:
    number = vocabulary().number
    made = {}
    for phrase, value in words(role).select(pl.col("word").str.to_lowercase(), "value").iter_rows():
        numbers = [number[w] for w in phrase.split()]
        key = 0
        for n in reversed(numbers) if backward else numbers:
            key = (key << 12) | n
        made[key] = values.index(value)
    keys = np.array(sorted(made), dtype=np.int64)
    return _Phrases(keys, np.array([made[int(k)] for k in keys], dtype=np.int8))


RELATIONS = ["in", "town", "unit", "near", "origin", "to", "office", "based"]
TYPES = ["unit1", "unit2", "town", "around", "feature", "name", "talks", "based"]


@cache
def _before() -> _Phrases:
    return _phrases("before", RELATIONS, backward=True)


@cache
def _after() -> _Phrases:
    return _phrases("after", TYPES, backward=False)


@cache
def _plural() -> Bools:
    """Word numbers of plural type words."""
    number = vocabulary().number
    flags = np.zeros(len(number) + 1, dtype=np.bool_)
    kinds = words("after").filter(
        pl.col("value").is_in(["unit1", "unit2", "town"]), pl.col("word").str.ends_with("s")
    )
    flags[[number[w] for w in kinds["word"].to_list() if w in number]] = True
    return flags


@dataclass(frozen=True)
class Sides:
    """The reading of both sides of names; codes are indices into `RELATIONS` and `TYPES`, -1 for none."""

    relation: npt.NDArray[np.int8]
    inner: npt.NDArray[np.int8]  # town or unit where "town of" stands directly before
    direction: Bools
    bracket: Bools
    capital: Bools  # a capitalised word that makes a longer name with this one
    speech: Bools
    type: npt.NDArray[np.int8]
    plural: Bools
    next_capital: Bools
    verb: Bools
    possessive: Bools
    after: Around


def _shifted(lines: Array, by: Array, count: int) -> list[Array]:
    """Lines `by`, `by + 1` ... of each column, -1 behind the last."""
    padded = np.vstack([lines, np.full((count, lines.shape[1]), -1, dtype=lines.dtype)])
    columns = np.arange(lines.shape[1])
    return [padded[np.minimum(by + i, WORDS), columns] for i in range(count)]


def read_before(texts: Texts, at: Ints) -> dict[str, Array]:
    """What stands before each position: `relation`, `inner`, `direction`, `bracket`, `capital`, `speech` of `Sides`."""
    vocab = vocabulary()
    w = read_words(texts, at, forward=False)
    plain = (w.sep & ~np.uint8(BLANK)) == 0
    plain[0] |= (w.sep[0] & ~np.uint8(BLANK | QUOTE | OPEN)) == 0
    linked = np.logical_and.accumulate(plain & (w.word >= 0), axis=0)
    word = np.where(linked, w.word, -1)
    skip = np.zeros(at.size, dtype=np.int64)
    direction = vocab.is_a("direction", word) & (word > 0)
    run = np.logical_and.accumulate(direction[:5], axis=0)
    skip = run.sum(axis=0)
    one, two, three = _shifted(word, skip, 3)
    relation = _before().find(one, two, three)
    inner = np.where((relation == 1) | (relation == 2), relation, -1).astype(np.int8)
    # "in the northern town of": the words before "town of" tell where from
    has = np.flatnonzero(inner >= 0)
    if has.size:
        second = word[:, has]
        behind = skip[has] + np.where(_is_of(one[has]), 2, 1)
        for _ in range(3):
            (nxt,) = _shifted(second, behind, 1)
            behind = behind + (vocab.is_a("direction", nxt) & (nxt > 0))
        outer = _before().find(*_shifted(second, behind, 3))
        use = outer >= RELATIONS.index("near")
        relation[has[use]] = outer[use]
        # "Korabelnyi district of Kherson": the district has another name, and Kherson is a town
        named = w.upper[np.minimum(skip[has] + 2, WORDS - 1), has] & _is_of(one[has])
        inner[has[named & (inner[has] == 2)]] = 1
    capital = w.upper[0] & (w.sep[0] == BLANK) & (w.word[0] >= 0) & ~vocab.is_a("neighbour", w.word[0])
    speech = (vocab.is_a("speech", word) & (word > 0)).any(axis=0)
    return {
        "relation": relation,
        "inner": inner,
        "direction": skip > 0,
        "bracket": (w.sep[0] & OPEN) != 0,
        "capital": capital,
        "speech": speech,
    }


def _is_of(word: Array) -> Bools:
    number = vocabulary().number
    return _one_of(word, [number["of"], number["called"]])


def read_after(texts: Texts, at: Ints) -> tuple[dict[str, Array], Around]:
    """What stands behind each position: `type`, `plural`, `next_capital`, `verb`, `possessive` of `Sides`, and the words."""
    vocab = vocabulary()
    w = read_words(texts, at, forward=True)
    touching = (w.sep[0] == 0) & (w.word[0] >= 0)
    possessive = touching & vocab.is_a("own", w.word[0])
    plain = (w.sep & ~np.uint8(BLANK | QUOTE)) == 0
    word = np.where(np.logical_and.accumulate(plain & (w.word >= 0), axis=0), w.word, -1)
    shift = possessive.astype(np.int64)
    one, two, three = _shifted(word, shift, 3)
    (capital,) = _shifted(w.upper, shift, 1)
    kind = _after().find(one, two, three)
    known = (capital == 1) | (kind != TYPES.index("name"))
    kind = np.where(known, kind, -1).astype(np.int8)
    kind[(capital == 1) & vocab.is_a("street", one) & (one > 0)] = TYPES.index("name")
    # "Aleppo-based", "Saudi-led": whatever hangs on with a hyphen describes somebody
    first = texts.bytes[at] == ord("-")
    lower = touching & first & ~((texts.bytes[at + 1] >= 65) & (texts.bytes[at + 1] <= 90))
    kind[lower] = TYPES.index("based")
    # an apostrophe that stays without s ("Houthis'") or a longer tail belongs to another word
    arabic = (texts.bytes[w.start[0] + 2] == ord("-")) & CAPITAL[texts.bytes[w.start[0] + 3]]
    beside = ((capital == 1) | arabic) & (w.sep[0] == BLANK) & ~possessive & ~vocab.is_a("neighbour", one)
    beside |= touching & first & ~lower
    return {
        "type": kind,
        "plural": _plural()[np.maximum(one, 0)] & (kind >= 0),
        "next_capital": beside,
        "verb": vocab.is_a("verb", one) & (one > 0),
        "possessive": possessive,
    }, w


def read_sides(texts: Texts, start: Ints, end: Ints) -> Sides:
    """The reading of both sides of names at global positions."""
    after, words_after = read_after(texts, end)
    return Sides(**read_before(texts, start), **after, after=words_after)


@dataclass(frozen=True)
class Gaps:
    """How each name hangs together with the next: the next says where it lies (with "in", "of" or a bracket: `inside`); it
    owns the next ("Syria's Idlib"); a list."""

    contains: Bools
    inside: Bools
    owns: Bools
    joins: Bools


def read_gaps(sides: Sides, following: Ints) -> Gaps:
    """The gaps between names, `following` being the global start of the next name (-1 where there is none near)."""
    vocab = vocabulary()
    w = sides.after
    n = following.size
    inside = (w.word >= 0) & (w.start < following)
    count = inside.sum(axis=0)
    reached = (
        (following >= 0)
        & (count < WORDS)
        & (w.start[np.minimum(count, WORDS - 1), np.arange(n)] == following)
    )
    typed = _typed()[np.maximum(w.word, 0)]
    tail = np.zeros_like(typed)
    tail[0] = inside[1] & typed[1]  # "Kura Falls village (Barkin Ladi)"
    own = vocab.is_a("own", w.word)
    known = (vocab.is_a("joiner", w.word) | vocab.is_a("direction", w.word) | typed | own) & (w.word > 0)
    unknown = (inside & ~known).sum(axis=0)
    gap = np.arange(WORDS)[:, None] <= count[None, :]
    seps = np.bitwise_or.reduce(np.where(gap, w.sep, 0), axis=0)
    number = vocab.number
    has = {
        name: (inside & _one_of(w.word, [number[x] for x in group])).any(axis=0)
        for name, group in _LINKS.items()
    }
    comma, opened, dash = (seps & COMMA) != 0, (seps & OPEN) != 0, (seps & DASH) != 0
    verbs = (inside & vocab.is_a("verb", w.word) & (w.word > 0)).any(axis=0)
    quiet = reached & ~verbs & (unknown <= 1) & ~(inside & w.upper & ~typed & ~tail).any(axis=0)
    owned = sides.possessive & reached & (unknown <= 2)
    joins = quiet & (unknown == 0) & (has["and"] | dash | comma & ~has["in"]) & ~opened
    contains = quiet & ~has["and"] & (comma | opened | has["in"] | dash & ((seps & BLANK) != 0)) & ~owned
    return Gaps(contains, contains & (opened | has["in"]), owned, joins)


def _one_of(word: Array, numbers: list[int]) -> Bools:
    out: Bools = np.logical_or.reduce([word == number for number in numbers])
    return out


_LINKS = {"and": ["and", "or", "well", "also"], "in": ["in", "of", "at", "within"]}


@cache
def _typed() -> Bools:
    """Word numbers that stand alone as type words."""
    number = vocabulary().number
    flags = np.zeros(len(number) + 1, dtype=np.bool_)
    flags[[number[w] for w in words("after")["word"].str.to_lowercase().to_list() if w in number]] = True
    return flags

"""Remembers the ids of all events read so far, at four to eight bytes an event, to find repeated rows across files."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl

_U64 = np.ndarray[Any, np.dtype[np.uint64]]
_U32 = np.ndarray[Any, np.dtype[np.uint32]]
_Places = np.ndarray[Any, np.dtype[np.int64]]
_Mask = np.ndarray[Any, np.dtype[np.bool_]]
# An id as a number of at most 35 bits leaves 29 bits for a fingerprint of the row's content.
_CONTENT_BITS = 29
_PLAIN_LIMIT = 1 << 34
# 26 ** 3 prefixes times this many numbers stay below the other half of the 35 bits.
_LONGEST_COUNT = 977_000
_LETTERS = 26
# Ids that lie close are kept in blocks of so many; a block is worth its room when so many of a batch fall into it.
_BLOCK_BITS = 8
_BLOCK = 1 << _BLOCK_BITS
_ENOUGH = 32


class Seen:
    """A growing set of numbers, each an id above `bits` bits of content.

    Ids that follow one another, as all archives number their rows (ACLED in each country), stand in blocks as their content
    alone, in half the memory. The rest are sorted arrays, merged like the levels of a log: few arrays, each at least
    twice the next.
    """

    def __init__(self, bits: int) -> None:
        self._shift = np.uint64(bits)
        self._mask = np.uint64((1 << bits) - 1)
        self._levels: list[_U64] = []
        # Numbers of the blocks, sorted, and where each begins in the store; content is never 0.
        self._blocks: _U64 = np.zeros(0, dtype=np.uint64)
        self._begins: _Places = np.zeros(0, dtype=np.int64)
        self._store: _U32 = np.zeros(0, dtype=np.uint32)

    def holds_any(self, ordered: _U64) -> bool:
        """Whether the id of any of the sorted keys is stored."""
        return any(hit.any() for hit, _ in self._hits(ordered >> self._shift))

    def find(self, keys: _U64) -> _U64:
        """For each key the stored key of the same id, or 0."""
        found = np.zeros(len(keys), dtype=np.uint64)
        ids = keys >> self._shift
        order = np.argsort(ids, kind="stable")
        for hit, stored in self._hits(ids[order]):
            found[order[hit]] = stored[hit]
        return found

    def _hits(self, ids: _U64) -> Iterator[tuple[_Mask, _U64]]:
        """Which of the sorted ids are stored, and what is stored for them."""
        if not len(ids):
            return
        known, places = self._places(ids)
        if known.any():
            content = np.zeros(len(ids), dtype=np.uint64)
            content[known] = self._store[places[known]]
            yield content != 0, (ids << self._shift) | content
        asked, first, last = ids << self._shift, ids[0], ids[-1]
        for level in self._levels:
            if last < level[0] >> self._shift or first > level[-1] >> self._shift:
                continue
            at = np.minimum(np.searchsorted(level, asked), len(level) - 1)
            yield level[at] >> self._shift == ids, level[at]

    def _places(self, ids: _U64) -> tuple[_Mask, _Places]:
        """Which ids have a block, and their places in the store."""
        if not len(self._blocks):
            return np.zeros(len(ids), dtype=bool), np.zeros(len(ids), dtype=np.int64)
        numbers = ids >> np.uint64(_BLOCK_BITS)
        at = np.minimum(np.searchsorted(self._blocks, numbers), len(self._blocks) - 1)
        return self._blocks[at] == numbers, self._begins[at] + (ids & np.uint64(_BLOCK - 1)).astype(np.int64)

    def add(self, ordered: _U64) -> None:
        """Store sorted keys, of ids that are not stored yet."""
        if 0 < self._shift <= 32 and len(ordered):
            ids = ordered >> self._shift
            self._make_blocks(ids >> np.uint64(_BLOCK_BITS))
            known, places = self._places(ids)
            self._store[places[known]] = ordered[known] & self._mask
            ordered = ordered[~known]
        if not len(ordered):
            return
        self._levels.append(ordered)
        while len(self._levels) > 1 and len(self._levels[-2]) < 2 * len(self._levels[-1]):
            merged = np.concatenate([self._levels.pop(), self._levels.pop()])
            merged.sort(kind="stable")
            self._levels.append(merged)

    def _make_blocks(self, numbers: _U64) -> None:
        """Room for the blocks that many of the sorted numbers name."""
        starts = np.concatenate([[0], np.flatnonzero(numbers[1:] != numbers[:-1]) + 1, [len(numbers)]])
        new = numbers[starts[:-1]][np.diff(starts) >= _ENOUGH]
        at = np.searchsorted(self._blocks, new)
        if len(self._blocks):
            is_new = self._blocks[np.minimum(at, len(self._blocks) - 1)] != new
            new, at = new[is_new], at[is_new]
        used = len(self._blocks) * _BLOCK
        wanted = used + len(new) * _BLOCK
        if wanted > len(self._store):
            # In place and in small steps: a copy of twice the size would need three times the room for a while.
            self._store.resize(max(wanted, len(self._store) * 5 // 4), refcheck=False)
        self._blocks = np.insert(self._blocks, at, new)
        self._begins = np.insert(self._begins, at, np.arange(used, wanted, _BLOCK))


@dataclass(frozen=True)
class Keys:
    """What tells the rows of a batch apart: their ids as small numbers where they are, else hashes, and their content."""

    packed: _U64
    is_packed: pl.Series
    hashes: _U64
    content: _U64

    def filter(self, mask: pl.Series) -> "Keys":
        """The keys of some rows."""
        keep = mask.to_numpy()
        return Keys(self.packed[keep], self.is_packed.filter(mask), self.hashes[keep], self.content[keep])


def make_keys(ids: pl.Series, content: pl.Series) -> Keys:
    """Keys of rows with these ids; `content` is a hash of each row. A null id has a key that is never asked for."""
    packed = _pack(ids)
    is_packed = packed.is_not_null()
    hashes = np.zeros(0, dtype=np.uint64) if is_packed.all() else ids.hash(seed=1).to_numpy()
    if not len(hashes):
        hashes = np.zeros(len(ids), dtype=np.uint64)
    return Keys(packed.fill_null(0).to_numpy(), is_packed, hashes, content.to_numpy())


class Repeats:
    """Finds rows whose id stands in an earlier row: exact duplicates, and ids with other content."""

    def __init__(self) -> None:
        self._packed, self._ids, self._rows = Seen(_CONTENT_BITS), Seen(0), Seen(0)

    def split(self, keys: Keys) -> tuple[pl.Series, pl.Series]:
        """Masks of exact duplicates and of repeated ids with other content; the first row of an id is neither."""
        size = len(keys.packed)
        exact, other = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
        small = keys.is_packed.to_numpy()
        if small.any():
            with_content = _with_content(keys.packed[small], keys.content[small])
            exact[small], other[small] = self._split_packed(with_content)
        if not small.all():
            exact[~small], other[~small] = self._split_hashed(keys.hashes[~small], keys.content[~small])
        return pl.Series(exact), pl.Series(other)

    def _split_packed(self, keys: _U64) -> tuple[_Mask, _Mask]:
        bits = np.uint64(_CONTENT_BITS)
        ordered = np.sort(keys)
        ids = ordered >> bits
        if not (ids[1:] == ids[:-1]).any() and not self._packed.holds_any(ordered):
            self._packed.add(ordered)
            none = np.zeros(len(keys), dtype=bool)
            return none, none
        found = self._packed.find(keys)
        seen, exact = found != 0, found == keys
        again = ~_is_first(keys >> bits)
        exact |= again & ~_is_first(keys)
        self._packed.add(np.sort(keys[~again & ~seen]))
        return exact, (again | seen) & ~exact

    def _split_hashed(self, ids: _U64, content: _U64) -> tuple[_Mask, _Mask]:
        rows = ids ^ content
        seen, exact = self._ids.find(ids) != 0, self._rows.find(rows) != 0
        first = _is_first(ids)
        exact = (exact & seen) | (~first & ~_is_first(rows))
        new = first & ~seen
        self._ids.add(np.sort(ids[new]))
        self._rows.add(np.sort(rows[new]))
        return exact, (~first | seen) & ~exact


def _is_first(keys: _U64) -> _Mask:
    return pl.Series(keys).is_first_distinct().to_numpy()


def _with_content(ids: _U64, content: _U64) -> _U64:
    bits = np.uint64(_CONTENT_BITS)
    return (ids << bits) | (content & np.uint64((1 << _CONTENT_BITS) - 2)) | np.uint64(1)


def _pack(ids: pl.Series) -> pl.Series:
    """The number of an id of digits (GDELT, UCDP, ICEWS) or of three letters and digits (ACLED); null for others."""
    numbers = ids.cast(pl.UInt64, strict=False)
    if numbers.null_count() < len(ids):
        is_plain = (numbers < _PLAIN_LIMIT) & (ids == numbers.cast(pl.String))
        numbers = numbers.set(~is_plain.fill_null(value=False), None)
    if numbers.null_count() == 0:
        return numbers
    digits = ids.str.slice(3)
    counts = digits.cast(pl.UInt64, strict=False)
    prefixes = pl.DataFrame({"prefix": ids.str.slice(0, 3)})
    known = prefixes.unique().filter(pl.col("prefix").str.contains("^[A-Z]{3}$"))
    codes = pl.Series("code", [_prefix_number(p) for p in known["prefix"]], dtype=pl.UInt64)
    letters = prefixes.join(known.with_columns(codes), on="prefix", how="left", maintain_order="left")["code"]
    # `MLI012` and `MLI+12` are other ids than `MLI12`: they have no number of their own.
    is_plain = (counts < _LONGEST_COUNT) & ~((digits < "1") | digits.str.starts_with("0"))
    packed = letters * _LONGEST_COUNT + counts + _PLAIN_LIMIT
    return numbers.zip_with(~(is_plain & packed.is_not_null()).fill_null(value=False), packed)


@cache
def _prefix_number(prefix: str) -> int:
    one, two, three = (ord(letter) - ord("A") for letter in prefix)
    return (one * _LETTERS + two) * _LETTERS + three

"""Remembers the ids of all events read so far, at eight bytes an event, to find repeated rows across files."""

from typing import Any

import numpy as np
import polars as pl

_U64 = np.ndarray[Any, np.dtype[np.uint64]]
# An id as a number of at most 35 bits leaves 29 bits for a fingerprint of the row's content.
_CONTENT_BITS = 29
_PLAIN_LIMIT = 1 << 34
# 26 ** 3 prefixes times this many numbers stay below the other half of the 35 bits.
_LONGEST_COUNT = 977_000
_LETTERS = 26


class Seen:
    """A growing set of sorted numbers, merged like the levels of a log: few arrays, each twice the next."""

    def __init__(self) -> None:
        self._levels: list[_U64] = []

    def find(self, keys: _U64, bits: int) -> _U64:
        """For each key the stored number that is equal above the lowest `bits`, or 0."""
        found = np.zeros(len(keys), dtype=np.uint64)
        shift = np.uint64(bits)
        lowest = (keys >> shift) << shift
        order = np.argsort(lowest, kind="stable")
        asked = lowest[order]
        for level in self._levels:
            if asked[-1] < (level[0] >> shift) << shift or asked[0] > level[-1]:
                continue
            at = np.minimum(np.searchsorted(level, asked), len(level) - 1)
            same = (level[at] >> shift) << shift == asked
            found[order[same]] = level[at[same]]
        return found

    def add(self, keys: _U64) -> None:
        """Store the keys."""
        self._levels.append(np.sort(keys))
        while len(self._levels) > 1 and len(self._levels[-2]) < 2 * len(self._levels[-1]):
            merged = np.concatenate([self._levels.pop(), self._levels.pop()])
            merged.sort(kind="stable")
            self._levels.append(merged)


class Repeats:
    """Finds rows whose id stands in an earlier row: exact duplicates, and ids with other content."""

    def __init__(self) -> None:
        self._packed, self._ids, self._rows = Seen(), Seen(), Seen()

    def split(self, ids: pl.Series, content: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Masks of exact duplicates and of repeated ids with other content; the first row of an id is neither."""
        if ids.is_empty():
            empty = pl.Series([], dtype=pl.Boolean)
            return empty, empty
        id_hashes, row_hashes = ids.hash(seed=1), content
        first = _first_of(ids)
        same_id = ~first
        exact = same_id & _repeats_content(id_hashes, row_hashes)
        packed = _pack(ids)
        seen, seen_exact = self._ask(packed, id_hashes, row_hashes)
        self._store(packed.filter(first), id_hashes.filter(first), row_hashes.filter(first))
        exact |= seen_exact
        return exact, (same_id | seen) & ~exact

    def _ask(self, packed: pl.Series, ids: pl.Series, rows: pl.Series) -> tuple[pl.Series, pl.Series]:
        seen, exact = np.zeros(len(packed), dtype=bool), np.zeros(len(packed), dtype=bool)
        small = packed.is_not_null().to_numpy()
        content = rows.to_numpy()
        if small.any():
            keys = _with_content(packed.filter(pl.Series(small)).to_numpy(), content[small])
            found = self._packed.find(keys, _CONTENT_BITS)
            seen[small], exact[small] = found != 0, found == keys
        if not small.all():
            seen[~small] = self._ids.find(ids.to_numpy()[~small], 0) != 0
            exact[~small] = self._rows.find((ids.to_numpy() ^ content)[~small], 0) != 0
        return pl.Series(seen), pl.Series(exact & seen)

    def _store(self, packed: pl.Series, ids: pl.Series, rows: pl.Series) -> None:
        small = packed.is_not_null().to_numpy()
        content = rows.to_numpy()
        if small.any():
            self._packed.add(_with_content(packed.filter(pl.Series(small)).to_numpy(), content[small]))
        if not small.all():
            self._ids.add(ids.to_numpy()[~small])
            self._rows.add((ids.to_numpy() ^ content)[~small])


def _with_content(ids: _U64, content: _U64) -> _U64:
    bits = np.uint64(_CONTENT_BITS)
    return (ids << bits) | (content & np.uint64((1 << _CONTENT_BITS) - 2)) | np.uint64(1)


def _first_of(ids: pl.Series) -> pl.Series:
    return ids.is_first_distinct()


def _repeats_content(ids: pl.Series, rows: pl.Series) -> pl.Series:
    return ~pl.DataFrame({"i": ids, "r": rows}).to_struct("x").is_first_distinct()


def _pack(ids: pl.Series) -> pl.Series:
    """The number of an id of digits (GDELT, UCDP, ICEWS) or of three letters and digits (ACLED); null for others."""
    numbers = ids.cast(pl.UInt64, strict=False)
    is_plain = ((numbers < _PLAIN_LIMIT) & (ids == numbers.cast(pl.String))).fill_null(value=False)
    numbers = numbers.set(~is_plain, None)
    if numbers.null_count() == 0:
        return numbers
    letters, digits = ids.str.slice(0, 3), ids.str.slice(3)
    is_acled = letters.str.contains("^[A-Z]{3}$") & digits.str.contains(r"^[1-9]\d{0,5}$")
    is_acled = (is_acled & (digits.cast(pl.UInt64, strict=False) < _LONGEST_COUNT)).fill_null(value=False)
    if not is_acled.any():
        return numbers
    prefixes = {prefix: _prefix_number(prefix) for prefix in letters.filter(is_acled).unique()}
    packed = letters.replace_strict(prefixes, default=None, return_dtype=pl.UInt64) * _LONGEST_COUNT
    packed = packed + digits.cast(pl.UInt64, strict=False) + _PLAIN_LIMIT
    return numbers.zip_with(~is_acled, packed)


def _prefix_number(prefix: str) -> int:
    one, two, three = (ord(letter) - ord("A") for letter in prefix)
    return (one * _LETTERS + two) * _LETTERS + three

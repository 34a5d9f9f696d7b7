"""Nearest neighbours of marks inside their group, for sorted arrays: no joins, no loops over rows."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True)
class Groups:
    """Contiguous groups of positions: for each position the first and the last one of its group."""

    first: Ints
    last: Ints


def group_by_start(opens: Bools) -> Groups:
    """Groups that begin where `opens` holds; the first position begins one."""
    size = len(opens)
    starts = np.flatnonzero(opens)
    lengths = np.diff(np.append(starts, size))
    return Groups(np.repeat(starts, lengths), np.repeat(starts + lengths - 1, lengths))


class Flagged:
    """The positions of sorted groups where a flag holds; keeps what several look-ups share."""

    def __init__(self, flag: Bools, groups: Groups) -> None:
        self._flag, self._groups = flag, groups
        self._marked = np.flatnonzero(flag)

    @cached_property
    def _count(self) -> npt.NDArray[np.int32]:
        return np.cumsum(self._flag, dtype=np.int32)

    def before(self, at: Ints) -> Ints:
        """For each position in `at` the last earlier position of its group where the flag holds, else -1."""
        found = np.append(self._marked, -1)[self._up_to(at, itself=False) - 1]
        return np.where(found >= self._groups.first[at], found, -1)

    def after(self, at: Ints) -> Ints:
        """For each position in `at` the first later position of its group where the flag holds, else -1."""
        found = np.append(self._marked, len(self._flag))[self._up_to(at, itself=True)]
        return np.where(found <= self._groups.last[at], found, -1)

    def _up_to(self, at: Ints, *, itself: bool) -> npt.NDArray[Any]:
        """How many flagged positions lie before each of `at`, the position `itself` included or not."""
        if len(at) * 16 < len(self._flag):  # a search for each costs less than a count over all positions
            return np.searchsorted(self._marked, at, side="right" if itself else "left")
        count = self._count[at]
        return np.asarray(count if itself else count - self._flag[at])


def last_before(flag: Bools, groups: Groups, at: Ints | None = None) -> Ints:
    """For each position (or those in `at`) the last earlier position of its group where `flag` holds, else -1."""
    if at is not None:
        return Flagged(flag, groups).before(at)
    marked = np.flatnonzero(flag)
    edges = np.concatenate([[0], marked + 1, [len(flag)]])
    found = np.repeat(np.concatenate([[-1], marked]), np.diff(edges))
    # a marked position looks at the one before it, not at itself
    return np.where(found >= groups.first, found, -1)


def next_after(flag: Bools, groups: Groups, at: Ints | None = None) -> Ints:
    """For each position (or those in `at`) the first later position of its group where `flag` holds, else -1."""
    if at is not None:
        return Flagged(flag, groups).after(at)
    marked = np.flatnonzero(flag)
    edges = np.concatenate([[0], marked, [len(flag)]])
    found = np.repeat(np.append(marked, len(flag)), np.diff(edges))
    return np.where(found <= groups.last, found, -1)


def at(values: npt.NDArray[T], index: Ints, default: Any) -> npt.NDArray[T]:
    """`values[index]`, and `default` where the index is -1."""
    if not len(values):
        return np.full(len(index), default, dtype=values.dtype)
    return np.where(index >= 0, values[np.maximum(index, 0)], values.dtype.type(default))

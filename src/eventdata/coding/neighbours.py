"""Nearest neighbours of marks inside their group, for sorted arrays: no joins, no loops over rows."""

from dataclasses import dataclass
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


def last_before(flag: Bools, groups: Groups, at: Ints | None = None) -> Ints:
    """For each position (or those in `at`) the last earlier position of its group where `flag` holds, else -1."""
    marked = np.flatnonzero(flag)
    if at is None:
        edges = np.concatenate([[0], marked + 1, [len(flag)]])
        found = np.repeat(np.concatenate([[-1], marked]), np.diff(edges))
        # a marked position looks at the one before it, not at itself
        return np.where(found >= groups.first, found, -1)
    place = np.searchsorted(marked, at)
    found = np.concatenate([[-1], marked])[place]
    return np.where(found >= groups.first[at], found, -1)


def next_after(flag: Bools, groups: Groups, at: Ints | None = None) -> Ints:
    """For each position (or those in `at`) the first later position of its group where `flag` holds, else -1."""
    marked = np.flatnonzero(flag)
    size = len(flag)
    following = np.append(marked, size)
    if at is None:
        found = np.repeat(following, np.diff(np.concatenate([[0], marked, [size]])))
        return np.where(found <= groups.last, found, -1)
    found = following[np.searchsorted(marked, at, side="right")]
    return np.where(found <= groups.last[at], found, -1)


def at(values: npt.NDArray[T], index: Ints, default: Any) -> npt.NDArray[T]:
    """`values[index]`, and `default` where the index is -1."""
    if not len(values):
        return np.full(len(index), default, dtype=values.dtype)
    return np.where(index >= 0, values[np.maximum(index, 0)], values.dtype.type(default))

"""Nearest neighbours of marks inside their group, for sorted arrays: no joins, no loops over rows."""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def last_before(flag: Bools, group: Ints) -> Ints:
    """For each position the last earlier position of its group where `flag` holds, else -1."""
    number = np.arange(len(flag))
    found = np.empty(len(flag), dtype=np.int64)
    found[:1] = -1
    found[1:] = np.maximum.accumulate(np.where(flag, number, -1))[:-1]
    return _inside(found, group)


def next_after(flag: Bools, group: Ints) -> Ints:
    """For each position the first later position of its group where `flag` holds, else -1."""
    size = len(flag)
    number = np.arange(size)
    found = np.full(size, -1, dtype=np.int64)
    following = np.minimum.accumulate(np.where(flag, number, size)[::-1])[::-1]
    found[:-1] = np.where(following[1:] < size, following[1:], -1)
    return _inside(found, group)


def _inside(found: Ints, group: Ints) -> Ints:
    """`found` where it is in the same group, else -1."""
    ok = found >= 0
    ok[ok] = group[found[ok]] == group[ok]
    return np.where(ok, found, -1)


def at(values: npt.NDArray[np.generic], index: Ints, default: object) -> npt.NDArray[np.generic]:
    """`values[index]`, and `default` where the index is -1."""
    if not len(values):
        return np.full(len(index), default)
    return np.where(index >= 0, values[np.maximum(index, 0)], default)

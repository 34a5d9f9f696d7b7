"""Chooses what a shared place name stands for: by country, by the place beside it, by its type word, by population."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eventdata.resolve.place_tables import KINDS, place_arrays
from eventdata.resolve.place_windows import TYPES, Gaps

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
_PER_VOTE = 0.5
_MOST_VOTES = 24  # quarter votes
_CLEAR = 0.3  # a lead in score that settles a shared name
_FAR_KM = 60.0  # places nearer than this are one for the reader
_SAME_UNIT, _SAME_COUNTRY = 2.5, 1.5
_CLOSE, _CLOSE_KM = 1.0, 50.0  # to the district or town beside it
_LIST_SHARE = 0.4


@dataclass(frozen=True)
class Chosen:
    """The place of each mention (-1 none), quarter votes for its country, whether a neighbour supports it, and doubt."""

    place: Ints
    votes: npt.NDArray[np.uint8]
    linked: npt.NDArray[np.bool_]
    doubt: npt.NDArray[np.bool_]


def _fits() -> npt.NDArray[np.float32]:
    """Score of a kind of place (columns of `KINDS`) by the type word beside the name (lines: none, `TYPES`, unit of)."""
    lines = {
        "unit1": {"admin1": 2.0, "region": 2.0, "admin2": 0.8, "town": -1.0},
        "unit2": {"admin2": 2.0, "admin1": -0.3, "region": -0.3, "town": 0.2},
        "town": {"town": 1.5, "country": -2.0, "admin1": -0.5, "region": -0.5, "admin2": -0.5},
        "unit of": {"admin1": 1.5, "region": 1.5, "admin2": 1.3},
    }
    plain = {"admin1": -0.6, "region": -0.6, "admin2": -0.9, "country": 3.0}
    table = [plain, *(lines.get(name, plain) for name in TYPES), lines["unit of"]]
    return np.array([[line.get(kind, 0.0) for kind in KINDS] for line in table], dtype=np.float32)


_FIT = _fits()
UNIT_OF = len(TYPES)  # a type code for `choose`, beside the codes of TYPES


def distance_km(a: Ints, b: Ints) -> Array:
    """Distance of places in kilometres."""
    arrays = place_arrays()
    wide = (arrays.longitude[a] - arrays.longitude[b]) * np.cos(np.radians(arrays.latitude[a]))
    out: Array = 111.2 * np.hypot(arrays.latitude[a] - arrays.latitude[b], wide)
    return out


def _best(score: Array, mention: Ints, n: int) -> Ints:
    """Index of the candidate with the highest score of each mention, the first listed on a tie; -1 without one."""
    out = np.full(n, -1, dtype=np.int64)
    if not score.size:
        return out
    begins = np.flatnonzero(np.diff(mention, prepend=-1))
    top = np.repeat(np.maximum.reduceat(score, begins), np.diff(np.append(begins, score.size)))
    best = np.flatnonzero(score == top)
    best = best[np.diff(mention[best], prepend=-1) != 0]
    out[mention[best]] = best
    return out


def choose(
    mention: Ints, place: Ints, kind: Array, votes: npt.NDArray[np.uint8], row: Ints, gaps: Gaps, same: Array
) -> Chosen:
    """The best candidate of each mention.

    Args:
        mention: the mention of each candidate, ascending.
        place: the place of each candidate.
        kind: type code of each mention (`TYPES`, or `UNIT_OF`, -1 for none).
        votes: quarter votes by position of the report and country.
        row: position of each mention's report.
        gaps: how each mention hangs together with the next.
        same: True where the next mention is in the same report.
    """
    n = row.size
    arrays = place_arrays()
    nation, unit, size = arrays.nation[place], arrays.unit[place], arrays.weight[place]
    vote = votes[row[mention], nation]
    score = size + np.minimum(vote, _MOST_VOTES) * np.float32(_PER_VOTE / 4)
    score = score + _FIT[kind[mention].astype(np.int64) + 1, arrays.kind[place]]
    first = _best(score, mention, n)
    best_nation = np.where(first >= 0, nation[first], -1) if place.size else np.full(n, -1)
    best_unit = np.where(first >= 0, unit[first], -2) if place.size else np.full(n, -2)
    best_place = np.where(first >= 0, place[first], -1) if place.size else np.full(n, -1)

    def near(other: Array, where: Array) -> Array:
        """Score of the candidates in the country and unit of another mention, for mentions where it counts."""
        out = np.zeros(mention.size)
        at = np.flatnonzero(where[mention])
        ok = other[mention[at]]
        nation_too = best_nation[ok] == nation[at]
        unit_too = nation_too & (best_unit[ok] == unit[at]) & (unit[at] >= 0)
        beside = best_place[ok]
        small = nation_too & (beside >= 0) & (arrays.kind[beside] >= KINDS.index("admin2"))
        small &= distance_km(place[at], np.maximum(beside, 0)) < _CLOSE_KM
        out[at] = np.where(unit_too, _SAME_UNIT, np.where(nation_too, _SAME_COUNTRY, 0.0)) + _CLOSE * small
        return out

    index = np.arange(n)
    later, before = np.minimum(index + 1, n - 1), np.maximum(index - 1, 0)
    after = np.zeros(n, dtype=np.bool_)
    after[1:] = same[:-1]
    link = near(later, gaps.contains & same)
    link += near(before, gaps.owns[before] & after)
    link += near(before, gaps.joins[before] & after) * _LIST_SHARE
    score = score + link
    best = _best(score, mention, n)
    chosen = np.where(best >= 0, place[best], -1) if place.size else best
    has = best >= 0
    return Chosen(
        chosen,
        np.where(has, vote[best], 0).astype(np.uint8) if place.size else np.zeros(n, dtype=np.uint8),
        has & (link[best] > 0) if place.size else has,
        _doubtful(score, mention, place, best, n),
    )


def _doubtful(score: Array, mention: Ints, place: Ints, best: Ints, n: int) -> npt.NDArray[np.bool_]:
    """True where another place far away is nearly as likely."""
    arrays = place_arrays()
    doubt = np.zeros(n, dtype=np.bool_)
    if not place.size:
        return doubt
    rank = np.arange(place.size)
    rival = (rank != best[mention]) & (score[best[mention]] - score < _CLEAR) & (arrays.kind[place] > 0)
    at = np.flatnonzero(rival)
    km = distance_km(place[at], place[best[mention[at]]])
    doubt[mention[at[km > _FAR_KM]]] = True
    return doubt

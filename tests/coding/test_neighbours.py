"""Nearest neighbours inside groups, near pairs of marks, and sums of rows, each against a plain loop."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventdata.coding.evidence import Spread
from eventdata.coding.neighbours import Flagged, group_by_start
from eventdata.coding.vectors import add_rows


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60), st.integers(1, 30))
def test_a_look_up_finds_the_nearest_flag_of_the_group(rows: list[tuple[bool, bool]], step: int) -> None:
    opens, flag = (np.array(column) for column in zip(*rows, strict=True))
    opens[0] = True
    at = np.arange(0, len(rows), step)  # few positions are searched for, many are counted
    flagged, group = Flagged(flag, group_by_start(opens)), np.cumsum(opens)
    same = [[i for i in np.flatnonzero(flag) if group[i] == group[place]] for place in at]
    assert flagged.before(at).tolist() == [
        max((i for i in found if i < place), default=-1) for place, found in zip(at, same, strict=True)
    ]
    assert flagged.after(at).tolist() == [
        min((i for i in found if i > place), default=-1) for place, found in zip(at, same, strict=True)
    ]


def test_near_pairs_stay_within_reach_and_sentence() -> None:
    # two sentences: marks 0 to 3 and 4; their starts are places in the report, so that 3 and 4 stand close
    start = np.array([0, 10, 20, 90, 95])
    shift = np.array([0, 0, 0, 0, 1]) << 32
    spread = Spread(start + shift, start + 5 + shift)
    every = np.arange(5)

    def pairs(found: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]) -> list[tuple[int, int]]:
        return sorted((int(i), int(j)) for a, b in found for i, j in zip(a, b, strict=True))

    assert pairs(list(spread.ahead(every, 3, 20))) == [(0, 1), (0, 2), (1, 2)]
    assert pairs(list(spread.behind(every, 3, 20))) == [(0, 1), (0, 2), (1, 2)]
    assert pairs(list(spread.ahead(every, 1, 100))) == [(0, 1), (1, 2), (2, 3)]


@pytest.mark.parametrize(
    ("members", "groups"),
    [([], []), ([2], [1]), ([0, 1, 2, 2, 0], [0, 0, 0, 3, 3]), ([1, 1, 0, 2], [0, 1, 1, 2])],
)
def test_rows_of_a_group_are_added(members: list[int], groups: list[int]) -> None:
    matrix = np.array([[1, 2], [10, 20], [100, 200]], dtype=np.float32)
    expected = np.zeros((4, 2), dtype=np.float32)
    for member, group in zip(members, groups, strict=True):
        expected[group] += matrix[member]
    added = add_rows(np.array(members, dtype=np.uint32), np.array(groups, dtype=np.uint32), 4, matrix)
    np.testing.assert_array_equal(added, expected)

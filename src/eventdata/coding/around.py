"""The cues around triggers: for some marks of a batch the nearest cue before and behind each, inside its sentence."""

import numpy as np
import numpy.typing as npt

from eventdata.coding.evidence import Marks
from eventdata.coding.words import cue_mask

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Around:
    """Looks for cues around the marks `at` (their positions, rising); only the cues named at the start can be asked for.

    One pass over all marks of a batch picks out those cues, so that each question costs as little as the cue is rare.
    """

    def __init__(self, marks: Marks, at: Ints, *names: str) -> None:
        self.marks, self.at = marks, at
        self._some = np.flatnonzero(marks.cues & np.uint32(cue_mask(*names)))
        self._bits = marks.cues[self._some]
        self._first, self._last = marks.sentences.first[at], marks.sentences.last[at]

    def _marked(self, names: tuple[str, ...]) -> Ints:
        return np.asarray(self._some[(self._bits & np.uint32(cue_mask(*names))) != 0])

    def before(self, *names: str) -> Ints:
        """Position of the last of these cues before each mark, -1 where its sentence has none."""
        marked = self._marked(names)
        found = np.append(marked, -1)[_passed(self.at, marked, "right") - 1]
        return np.where(found >= self._first, found, -1)

    def behind(self, *names: str) -> Ints:
        """Position of the first of these cues behind each mark, -1 where its sentence has none."""
        marked = self._marked(names)
        found = np.append(marked, len(self.marks.cues))[_passed(self.at, marked, "left")]
        return np.where(found <= self._last, found, -1)


def _passed(at: Ints, marked: Ints, side: str) -> Ints:
    """How many of `marked` lie before each of `at` (both rising); with `left` those at the same place count too."""
    places = np.searchsorted(at, marked, side="right" if side == "right" else "left")
    return np.cumsum(np.bincount(places, minlength=len(at) + 1))[: len(at)]


def is_cue(marks: Marks, at: Ints, *names: str) -> Bools:
    """Are the marks at these positions one of these cues?"""
    return np.asarray((marks.cues[at] & np.uint32(cue_mask(*names))) != 0)

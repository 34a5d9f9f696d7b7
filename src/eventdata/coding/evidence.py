"""ACLED sub-events from weighted evidence.

Rules (`seeds/coding/evidence_rules.csv`) speak of tags in one passage. A condition is `air; casualty; !protest` (all must hold,
`!` denies, `a|b` either), `military >10 recapture` (in this order, at most ten words apart, in one sentence),
`military ~14 rebels` (either order), `agent:rebels:capture`, `patient:civilians:abduction` and `rebels:attack:military`
(sides of an act); ` or ` joins any of these. Each rule adds its weight to one class; classes that speak against any ACLED
event ("none: accident") compete with the others.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.coding.neighbours import Flagged, Groups, at, group_by_start
from eventdata.coding.vectors import add_rows
from eventdata.coding.words import Classes, cue_mask
from eventdata.errors import SeedError
from eventdata.seeds import load_seed

SIDES = ("military", "rebels", "gunmen", "protesters", "police", "civilians", "mob", "rioters")
_NEAR = re.compile(r"^(.+) ([>~])(\d+) (.+)$")
_BANDS = (8, 15, 29, 42, 62, 80, 110)  # bytes between two words; a word and its blank are about 6.5 bytes
_BAND_ENDS = np.array(_BANDS)
_BYTES_PER_WORD = 6.5
_LOOK_AHEAD = 8  # marks
_BITS = 64  # of a word of the feature mask
ADVERB = 14  # bytes: room for one adverb between "was" and its participle
_BY_REACH = 42  # bytes from an act to the "by" that names its agent
_SIDE_REACH = 90  # bytes from an act to its side


Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
# All must hold: (denied, numbers of the features of which one must be there)
Conditions = tuple[tuple[bool, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Rule:
    """What a condition says for a class."""

    rule_id: str
    sub_event: str
    weight: float
    condition: int  # number among the distinct conditions
    text: str


@dataclass(frozen=True)
class Marks:
    """Marks of one batch as arrays, sorted by report and start."""

    unit: npt.NDArray[np.int64]
    sent: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    cls: npt.NDArray[np.int64]
    ing: npt.NDArray[np.bool_]
    sentences: Groups
    cues: npt.NDArray[np.uint32]  # bits of `cue_mask`

    def cue(self, *names: str) -> npt.NDArray[np.bool_]:
        """Marks that are any of the named cues."""
        return np.asarray((self.cues & np.uint32(cue_mask(*names))) != 0)

    def at(self, places: Ints) -> "Marks":
        """The marks at these places (rising) alone."""
        unit = self.unit[places]
        opens = np.append(True, unit[1:] != unit[:-1])[: len(unit)]
        return Marks(
            unit, self.sent[places], self.start[places], self.end[places], self.cls[places], self.ing[places],
            group_by_start(opens), self.cues[places],
        )  # fmt: skip


@dataclass(frozen=True)
class Fired:
    """Which conditions held: `by_mask` (conditions, distinct masks), `mask_of` the mask of each passage."""

    by_mask: npt.NDArray[np.bool_]
    mask_of: npt.NDArray[np.int64]

    def conditions_of(self, passage: int) -> list[int]:
        """Numbers of the conditions that held in a passage."""
        return [int(i) for i in np.flatnonzero(self.by_mask[:, self.mask_of[passage]])]


class Features:
    """Numbers of all features that rules name, in order of first use."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        """Number of a feature, new when not seen before."""
        return self.numbers.setdefault(name, len(self.numbers))


def parse_rules(table: pl.DataFrame, features: Features) -> tuple[list[Rule], list[Conditions]]:
    """Rules of a table with `sub_event_type`, `weight`, `condition`, and the distinct conditions they speak of.

    Raises `SeedError` on a condition it cannot read.
    """
    rules, numbers = [], dict[Conditions, int]()
    for number, (sub_event, weight, text) in enumerate(
        table.select("sub_event_type", "weight", "condition").iter_rows()
    ):
        parsed = tuple(
            _parse_condition(part.strip(), features, f"evidence rule {number + 1}")
            for part in text.split(";")
        )
        condition = numbers.setdefault(parsed, len(numbers))
        rules.append(Rule(f"evidence-{number + 1}", sub_event, float(weight), condition, text))
    return rules, list(numbers)


def _parse_condition(text: str, features: Features, where: str) -> tuple[bool, tuple[int, ...]]:
    denied, plain = text.startswith("!"), text.removeprefix("!").strip()
    if not plain:
        raise SeedError(f"{where}: empty condition in {text!r}.")
    return denied, tuple(features.number(name) for name in _alternatives(plain))


def _alternatives(condition: str) -> list[str]:
    """`a|b` -> features a, b; `a|b >5 c` and `agent:a:b` are one feature each; ` or ` joins any of them."""
    names = []
    for part in condition.split(" or "):
        names.extend([part] if _NEAR.match(part) or ":" in part else part.split("|"))
    return names


@dataclass(frozen=True)
class Near:
    """Near conditions as bit sets: a pair of marks meets those that `left` of one, `right` of the other and `band` share."""

    left: npt.NDArray[np.uint64]  # class -> conditions whose left words it has
    right: npt.NDArray[np.uint64]
    band: npt.NDArray[np.uint64]  # band of distance -> conditions that still hold there
    first: int  # word of the feature mask where these bits begin
    takes: Bools  # class -> it has words of any condition
    left_set: Ints  # class -> number of its set of conditions, as left words
    right_set: Ints
    # (left set, right set) -> bytes up to which any condition of both holds, -1 none
    reach: npt.NDArray[np.int16]


@dataclass(frozen=True)
class EvidenceModel:
    """Everything that turns word classes into scores; made once per lexicon."""

    rules: list[Rule]
    labels: list[str]
    conditions: list[Conditions]  # distinct ones
    weights: npt.NDArray[np.float32]  # (condition, label)
    prior: npt.NDArray[np.float64]
    cap: npt.NDArray[np.float64]
    words: int  # of the feature mask
    presence: npt.NDArray[np.uint64]  # (word of the mask, class)
    side: npt.NDArray[np.uint8]  # class -> 1 + number of its side, 0 none
    near: Near
    bits: dict[int, list[int]]  # feature -> its bits of the mask
    role_class: npt.NDArray[np.uint16]  # class -> class of acts whose sides matter, 0 none
    role_mask: npt.NDArray[np.uint64]  # (role class, side of agent, side of patient) -> mask

    @cached_property
    def speaks(self) -> Bools:
        """For each class: can a word of it bring a feature by itself?"""
        return np.asarray(self.presence.any(axis=0))


def bit_of(number: int) -> np.uint64:
    """The bit of a feature in its word of the mask."""
    return np.uint64(1) << np.uint64(number % _BITS)


def _set(mask: npt.NDArray[np.uint64], where: tuple[object, ...], feature: int) -> None:
    index: Any = (*where, feature // _BITS)
    mask[index] |= bit_of(feature)


def _project(classes: Classes, wanted: set[str]) -> tuple[npt.NDArray[np.uint16], Classes]:
    """Classes that differ in the `wanted` groups only, and the number of each old class among them."""
    sets = [names & wanted for names in classes.groups]
    distinct = [frozenset[str](), *sorted({names for names in sets if names}, key=sorted)]
    number = {names: i for i, names in enumerate(distinct)}
    return np.array([number[names] for names in sets], dtype=np.uint16), Classes(distinct)


@dataclass
class _Wanted:
    """What the features ask for, sorted by kind."""

    tags: list[tuple[int, str]]
    nears: list[tuple[int, frozenset[str], frozenset[str], int]]  # feature, left groups, right groups, bytes
    roles: list[tuple[int, str | None, str, str | None]]  # feature, agent side, act, patient side


def _sort_features(features: Features) -> _Wanted:
    wanted = _Wanted([], [], [])
    for name, number in features.numbers.items():
        near = _NEAR.match(name)
        parts = name.split(":")
        if near:
            left, sign, gap, right = near.groups()
            a = frozenset(f"e:{tag}" for tag in left.split("|"))
            b = frozenset(f"e:{tag}" for tag in right.split("|"))
            reach = round(int(gap) * _BYTES_PER_WORD)
            wanted.nears.append((number, a, b, reach))
            if sign == "~":
                wanted.nears.append((number, b, a, reach))
        elif len(parts) == 3 and parts[0] in ("agent", "patient"):
            kind, side, act = parts
            wanted.roles.append(
                (number, side if kind == "agent" else None, act, side if kind == "patient" else None)
            )
        elif len(parts) == 3:
            wanted.roles.append((number, parts[0], parts[1], parts[2]))
        else:
            wanted.tags.append((number, name))
    for pair, tag, gap in (
        load_seed("coding/evidence_pairs").with_row_index("p").select("p", "tag", "words_between").rows()
    ):
        sides = frozenset({f"p:{pair}<"}), frozenset({f"p:{pair}>"})
        wanted.nears.append((features.number(tag), *sides, round(int(gap) * 7 + 2)))
    return wanted


def _presence(classes: Classes, wanted: _Wanted, words: int) -> npt.NDArray[np.uint64]:
    presence = np.zeros((words, len(classes.groups)), dtype=np.uint64)
    by_pair = set(load_seed("coding/evidence_pairs")["tag"])
    for number, name in wanted.tags:
        listed = classes.having(f"e:{name}")
        if not len(listed) and name not in by_pair:
            raise SeedError(
                f"evidence rules name the tag {name!r}, which has no words in coding/evidence_words."
            )
        presence[number // _BITS, listed] |= bit_of(number)
    for number, left, right, _ in wanted.nears:  # a phrase that is both stands nearer than near
        if left != right:
            both = classes.flag(*left) & classes.flag(*right)
            presence[number // _BITS, both] |= bit_of(number)
    return presence


def _near(classes: Classes, wanted: _Wanted, first: int) -> Near:
    words = len(wanted.nears) // _BITS + 1
    left = np.zeros((len(classes.groups), words), dtype=np.uint64)
    right = np.zeros_like(left)
    band = np.zeros((len(_BANDS), words), dtype=np.uint64)
    for number, (_, left_groups, right_groups, reach) in enumerate(wanted.nears):
        _set(left, (np.flatnonzero(classes.flag(*left_groups)),), number)
        _set(right, (np.flatnonzero(classes.flag(*right_groups)),), number)
        for i, limit in enumerate(_BANDS):
            if limit <= max(reach, _BANDS[0]):
                _set(band, (i,), number)
    takes = np.asarray(left.any(axis=1) | right.any(axis=1))
    _, of_left, left_set = np.unique(mask_keys(left.T), return_index=True, return_inverse=True)
    _, of_right, right_set = np.unique(mask_keys(right.T), return_index=True, return_inverse=True)
    farthest = np.full((len(of_left), len(of_right)), -1, dtype=np.int16)
    for number, (*_, reach) in enumerate(wanted.nears):
        limit = max(limit for limit in _BANDS if limit <= max(reach, _BANDS[0]))
        word, bit = number // _BITS, bit_of(number)
        pairs = np.ix_(left[of_left, word] & bit > 0, right[of_right, word] & bit > 0)
        farthest[pairs] = np.maximum(farthest[pairs], limit)
    return Near(left, right, band, first, takes, left_set, right_set, farthest)


def _roles(
    classes: Classes, wanted: _Wanted, words: int
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint64]]:
    role_class, small = _project(classes, {f"e:{act}" for _, _, act, _ in wanted.roles})
    every = range(len(SIDES) + 1)
    mask = np.zeros((len(small.groups), len(SIDES) + 1, len(SIDES) + 1, words), dtype=np.uint64)
    for number, agent, act, patient in wanted.roles:
        agents = np.array([SIDES.index(agent) + 1] if agent else every)
        patients = np.array([SIDES.index(patient) + 1] if patient else every)
        _set(mask, np.ix_(small.having(f"e:{act}"), agents, patients), number)
    return role_class, mask


def build_model(classes: Classes, rules_table: pl.DataFrame | None = None) -> EvidenceModel:
    """Compile rules against word classes; `rules_table` replaces the built-in rules (a user's refit)."""
    features = Features()
    rules, conditions = parse_rules(
        load_seed("coding/evidence_rules") if rules_table is None else rules_table, features
    )
    table = load_seed("coding/evidence_classes", "sub_event_type")
    labels = table["sub_event_type"].to_list()
    unknown = {rule.sub_event for rule in rules} - set(labels)
    if unknown:
        raise SeedError(
            f"evidence rules speak of classes that coding/evidence_classes does not list: {sorted(unknown)}"
        )
    wanted = _sort_features(features)
    first = len(features.numbers) // _BITS + 1
    near = _near(classes, wanted, first)
    words = first + near.left.shape[1]
    bits = {number: [number] for number in features.numbers.values()}
    for number, (feature, *_) in enumerate(wanted.nears):
        bits[feature].append(first * _BITS + number)
    side = np.zeros(len(classes.groups), dtype=np.uint8)
    for number, name in reversed(list(enumerate(SIDES, 1))):
        side[classes.having(f"e:{name}")] = number
    role_class, role_mask = _roles(classes, wanted, first)
    weights = np.zeros((len(conditions), len(labels)), dtype=np.float32)
    for rule in rules:
        weights[rule.condition, labels.index(rule.sub_event)] += rule.weight
    return EvidenceModel(
        rules,
        labels,
        conditions,
        weights,
        table["prior"].cast(pl.Float64).to_numpy(),
        table["cap"].cast(pl.Float64).fill_null(99.0).to_numpy(),
        words,
        _presence(classes, wanted, first),
        side,
        near,
        bits,
        role_class,
        role_mask,
    )


def side_of_acts(
    model: EvidenceModel, marks: Marks
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Positions of the acts whose sides matter, and the positions of their agent and patient (-1: none named).

    The agent is the nearest side before the act that no preposition governs, else the nearest; the patient the nearest after
    it. After a form of "be" the side before is the patient, and "by" names the agent.
    """
    acts = np.flatnonzero((model.role_class > 0)[marks.cls])
    sides = np.flatnonzero((model.side > 0)[marks.cls])
    start, end = marks.start, marks.end
    governed = marks.cue("prep", "by")[np.maximum(sides - 1, 0)] & touches(marks, sides, ADVERB)
    passive = marks.cue("aux")[np.maximum(acts - 1, 0)] & ~marks.ing[acts] & touches(marks, acts, ADVERB)
    every = _flagged(marks, sides)
    free = _flagged(marks, sides[~governed]).before(acts)
    any_before, after = every.before(acts), every.after(acts)
    next_by = Flagged(marks.cue("by"), marks.sentences).after(acts)
    near_by = (next_by >= 0) & (at(start, next_by, 0) - end[acts] <= _BY_REACH)
    after_by = np.full(len(acts), -1, dtype=np.int64)
    after_by[near_by] = every.after(next_by[near_by])
    before = np.where(free >= 0, free, any_before)
    before = np.where(start[acts] - at(end, before, 0) > _SIDE_REACH, -1, before)
    after = np.where(at(start, after, 0) - end[acts] > _SIDE_REACH, -1, after)
    agent = np.where(near_by & (after_by >= 0), after_by, np.where(passive, -1, before))
    patient = np.where(near_by | passive, before, after)
    return acts, agent, patient


def _flagged(marks: Marks, places: Ints) -> Flagged:
    flags = np.zeros(len(marks.cls), dtype=np.bool_)
    flags[places] = True
    return Flagged(flags, marks.sentences)


def touches(marks: Marks, places: Ints, reach: int) -> Bools:
    """Does another mark of the sentence end at most `reach` bytes before the mark?"""
    near = marks.start[places] - marks.end[np.maximum(places - 1, 0)] <= reach
    return np.asarray(near & (places > marks.sentences.first[places]))


@dataclass(frozen=True)
class Spread:
    """Some marks of a batch, in a text in which its sentences stand so far apart that what is near is in one sentence."""

    start: Ints
    end: Ints

    @classmethod
    def of(cls, marks: Marks, places: Ints) -> "Spread":
        """The marks at these places (rising)."""
        shift = marks.unit[places] << 32
        return cls(marks.start[places] + shift, marks.end[places] + shift)

    def ahead(self, origin: Ints, steps: int, reach: int) -> Iterator[tuple[Ints, Ints]]:
        """The marks `origin` (numbers among the places) with the next one, then with the one after it, `steps` times.

        Only pairs of one sentence at most `reach` bytes apart: what is too far already is left out of the next step.
        """
        limit = self.end[origin] + reach
        start = np.append(
            self.start, np.full(steps, np.iinfo(np.int64).max)
        )  # nothing is near behind the last
        for step in range(1, steps + 1):
            near = np.flatnonzero(start[origin + step] <= limit)
            origin, limit = origin[near], limit[near]
            yield origin, origin + step

    def behind(self, origin: Ints, steps: int, reach: int) -> Iterator[tuple[Ints, Ints]]:
        """`ahead` looking back: the earlier mark comes first in each pair."""
        for step in range(1, steps + 1):
            origin = origin[origin >= step]
            origin = origin[self.start[origin] - self.end[origin - step] <= reach]
            yield origin - step, origin


def passage_features(model: EvidenceModel, marks: Marks) -> npt.NDArray[np.uint64]:
    """Feature masks of all passages: (words, passages); `marks.unit` counts passages from 0 without gaps."""
    masks = np.zeros((model.words, int(marks.unit[-1]) + 1 if len(marks.unit) else 0), dtype=np.uint64)
    near = model.near
    speaks = np.flatnonzero(model.speaks[marks.cls])  # the marks that bring a feature by themselves
    cls, unit = marks.cls[speaks], marks.unit[speaks]
    first = np.flatnonzero(np.append(True, unit[1:] != unit[:-1])[: len(unit)])
    for word, presence in zip(masks[: near.first], model.presence, strict=True):
        word[unit[first]] = np.bitwise_or.reduceat(presence[cls], first) if len(first) else 0
    taking = np.flatnonzero(near.takes[marks.cls])
    lefts = np.flatnonzero(near.left_set[marks.cls[taking]] != near.left_set[0])
    pairs = [
        _near_pairs(near, marks, taking[left], taking[right])
        for left, right in Spread.of(marks, taking).ahead(lefts, _LOOK_AHEAD, _BANDS[-1])
    ]
    unit, met = np.concatenate([unit for unit, _ in pairs]), np.concatenate([met for _, met in pairs])
    for number, word in enumerate(masks[near.first :]):
        np.bitwise_or.at(word, unit, met[:, number])
    acts, agent, patient = side_of_acts(model, marks)
    agent_side = np.where(agent >= 0, model.side[marks.cls[agent]], 0)
    patient_side = np.where(patient >= 0, model.side[marks.cls[patient]], 0)
    role = model.role_mask[model.role_class[marks.cls[acts]], agent_side, patient_side]
    for number, word in enumerate(masks[: near.first]):
        np.bitwise_or.at(word, marks.unit[acts], role[:, number])
    return masks


def _near_pairs(near: Near, marks: Marks, left: Ints, right: Ints) -> tuple[Ints, npt.NDArray[np.uint64]]:
    """Of the pairs of marks those that meet a near condition: their passages, and the bits of the conditions."""
    one, other = marks.cls[left], marks.cls[right]
    gap = marks.start[right] - marks.end[left]
    pair = np.flatnonzero(gap <= near.reach[near.left_set[one], near.right_set[other]])
    band = np.searchsorted(_BAND_ENDS, gap[pair])
    return marks.unit[left[pair]], near.left[one[pair]] & near.right[other[pair]] & near.band[band]


def passage_scores(model: EvidenceModel, masks: npt.NDArray[np.uint64]) -> tuple[Floats, Fired]:
    """Scores of all classes for each distinct mask: (distinct masks, classes); and which conditions held in them."""
    # passages with the same features score alike
    _, first, inverse = np.unique(mask_keys(masks), return_index=True, return_inverse=True)
    masks = masks[:, first]
    held = _bit_rows(masks)
    present = [held[bits[0]] if len(bits) == 1 else held[bits].any(axis=0) for bits in model.bits.values()]
    fired = np.ones((len(model.conditions), len(first)), dtype=np.bool_)
    for fires, condition in zip(fired, model.conditions, strict=True):
        for denied, features in condition:
            holds = present[features[0]]
            for feature in features[1:]:
                holds = holds | present[feature]
            fires &= ~holds if denied else holds
    # few conditions hold at once; a matrix product would also keep other cores busy
    passage, condition_of = np.nonzero(np.ascontiguousarray(fired.T))
    scores = add_rows(condition_of, passage, len(first), model.weights) + model.prior
    return np.minimum(scores, model.cap), Fired(fired, inverse)


def mask_keys(masks: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """One 64-bit key for each mask of (words, masks), so that equal ones are found by a plain sort."""
    mix = np.random.default_rng(1).integers(1, 2**63, len(masks), dtype=np.uint64) * np.uint64(2) + np.uint64(
        1
    )
    keys = np.zeros(masks.shape[1], dtype=np.uint64)
    for word, one, other in zip(masks, mix, mix[::-1], strict=True):
        keys ^= word * one ^ (word >> np.uint64(29)) * other
    return keys


def _bit_rows(masks: npt.NDArray[np.uint64]) -> Bools:
    """(bits, masks) of (words, masks): one row for each bit of the mask."""
    in_bytes = np.ascontiguousarray(masks.T, dtype="<u8").view(np.uint8)
    return np.ascontiguousarray(np.unpackbits(in_bytes, axis=1, bitorder="little").T).view(np.bool_)

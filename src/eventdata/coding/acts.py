"""CAMEO codes from acts and the operators that govern them.

An *act* is a word, or a word with its object ("lift" ... "sanctions"), that names a CAMEO code (`seeds/coding/acts.csv`). An
*operator* (appeal, intend, demand, reject, threaten, stop, accuse, consider, deny) turns the code of the act in its scope into
another ("called for lifting the sanctions": 085 becomes 0254; `operators.csv`, `operator_codes.csv`). Of all readings of a
sentence the strongest wins: the main clause before its adjuncts, an early word before a late one, a word with its object
before a bare one.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.coding.around import is_cue
from eventdata.coding.evidence import ADVERB, Marks, Spread, touches
from eventdata.coding.neighbours import Flagged, Groups, at, group_by_start, last_before, next_after
from eventdata.coding.words import Classes
from eventdata.errors import SeedError
from eventdata.seeds import load_seed

OPERATORS = ("NEG", "REJECT", "THREAT", "DEMAND", "APPEAL", "INTENT", "STOP", "ACCUSE", "CONSIDER")
_NUMBER = {name: i + 1 for i, name in enumerate(OPERATORS)}  # 0: no operator
_STRONG = ("APPEAL", "DEMAND", "THREAT", "REJECT", "ACCUSE")  # nothing inside their scope stands alone
_BARE = {
    "NEG": 0.2,
    "INTENT": 0.6,
    "CONSIDER": 0.8,
    "STOP": 0.1,
}  # weight of an operator with no act in scope
_BARE_ELSE = 1.9
_TOKEN = 6.2  # bytes of an English word with its blank
_OBJECT_REACH = 52  # bytes from a verb to its object
_LINK = 28  # bytes between two operators of one chain
_LOOK_AHEAD = 7  # marks
_PASSIVE_REACH = 38  # bytes from an object to "was <verb>"
# What the codes of an act hide: events inside the object of "condemned", "denied", "investigated", "signed" are not reported.
_HIDING = (
    "111", "110", "112", "051", "052", "055", "056", "09", "064", "016",
    "018", "114", "115", "116", "013", "015", "181", "186", "045", "053",
)  # fmt: skip
_OP_BONUS, _SUBORDINATE, _PER_TOKEN, _OBJECT_DECAY = 0.4, 1.0, 0.08, 0.07
_LEAD_PENALTY, _RELATIVE_CLOSED, _INFINITIVE, _PASSIVE_COST = 2.5, 0.2, 0.3, 0.1
_REDUCED = 0.9  # of a participle that only describes a noun ("rebels backed by Rwanda advanced")
_PROTEST, _PROTEST_WEIGHT = "14", 3.0
# What protesters ask for -> last digit of 14x codes.
_DEMANDED = {"0831": "1", "0832": "2", "0833": "3", "0834": "4"}
_SURE_OWN = (
    3.25  # weight of an act on an operator's own word that beats acts in its scope ("declined to comment on")
)
_ORDINARY = ("a:ordinary_life", "e:sport")  # of games, films, markets
_ACCIDENT = ("e:accident", "e:natural_disaster", "a:mishap")
_FORCE = ("0874", "17", "18", "19", "20")  # in talk of ordinary life these are figures of speech
_FIGURE = 1.5  # what such a reading loses
_VERB_REACH = 20  # bytes from that "to" to an act
_NAMED = 0.85  # share of a headline's start that names must fill before "to" is its verb

Ints = npt.NDArray[np.int64]
Smalls = npt.NDArray[np.int16]  # of the large matrices
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Members = tuple[dict[str, list[int]], int]  # group -> sets that hold it; number of sets


@dataclass(frozen=True)
class ActModel:
    """Acts and operators compiled against word classes; made once per lexicon."""

    codes: list[str]  # code number -> CAMEO code; 0 is no code
    row_code: Ints  # act row -> code number
    row_weight: Floats
    row_topic: Bools  # the row counts only inside the scope of an operator
    single: Ints  # class -> act row, -1 none
    single_topic: Ints
    verb_class: Ints  # class -> verb set
    object_class: Ints  # class -> object set
    pair: Smalls  # (verb set, object set, 2) -> act row, topic row, -1 none
    operator: Ints  # class -> operator number, 0 none
    operator_verb: Ints
    operator_object: Ints
    operator_pair: Smalls  # (verb set, object set) -> operator number
    compose: Ints  # (operator number, code number) -> code number
    ordinary: Bools  # class -> a word of ordinary life
    accident: Bools  # class -> a word of accidents and disasters
    toll: Bools  # class -> a word of deaths and injuries
    force: Bools  # code number -> an act of force
    hiding: Bools  # code number -> what it speaks of is not reported
    protest: Bools  # code number -> a protest
    finer: list[tuple[int, Ints]]  # a demand, and the protests for it: code number -> code number


def _sets(classes: Classes, groups: list[str]) -> tuple[Ints, Members]:
    """For each class the number of its set of `groups` (0: none), for each group the sets that hold it, and how many."""
    members: dict[int, list[str]] = {}
    for group in sorted(set(groups)):
        for cls in classes.having(f"a:{group}").tolist():
            members.setdefault(cls, []).append(group)
    numbers: dict[tuple[str, ...], int] = {}
    result = np.zeros(len(classes.groups), dtype=np.int64)
    for cls, names in members.items():
        result[cls] = numbers.setdefault(tuple(names), len(numbers) + 1)
    holding: dict[str, list[int]] = {group: [] for group in groups}
    for held, number in numbers.items():
        for name in held:
            holding[name].append(number)
    return result, (holding, len(numbers) + 1)


def build_act_model(classes: Classes) -> ActModel:
    """Compile `acts`, `operators` and `operator_codes` of `seeds/coding/` against word classes."""
    acts = load_seed("coding/acts").with_columns(pl.col("weight").cast(pl.Float64)).with_row_index("row")
    known = load_seed("cameo/event_codes", "code")["code"].to_list()
    codes = ["", *known]
    number = {code: i for i, code in enumerate(codes)}
    unknown = set(acts["cameo_code"]) - set(known)
    if unknown:
        raise SeedError(f"coding/acts.csv names codes that CAMEO does not have: {sorted(unknown)}")
    for group in acts["words"].unique():
        classes.require(f"a:{group}", "coding/acts.csv")
    singles: dict[str, Ints] = {}
    for kind in ("act", "topic"):
        best = np.full(len(classes.groups), -1, dtype=np.int64)
        for row, group in (
            acts.filter((pl.col("kind") == kind) & pl.col("object").is_null())
            .sort("weight")
            .select("row", "words")
            .iter_rows()
        ):
            best[classes.having(f"a:{group}")] = row
        singles[kind] = best
    paired = acts.filter(pl.col("object").is_not_null()).sort("weight")
    verb_class, verbs = _sets(classes, paired["words"].to_list())
    object_class, objects = _sets(classes, paired["object"].to_list())
    pair = np.full((verbs[1], objects[1], 2), -1, dtype=np.int16)
    for kind, words, obj, row in paired.select("kind", "words", "object", "row").iter_rows():
        pair[..., int(kind == "topic")][np.ix_(verbs[0][words], objects[0][obj])] = row
    operator = np.zeros(len(classes.groups), dtype=np.int64)
    table = load_seed("coding/operators")
    for name, group in reversed(
        list(table.filter(pl.col("object").is_null()).select("operator", "words").iter_rows())
    ):
        operator[classes.having(f"a:{group}")] = _NUMBER[name]
    with_object = table.filter(pl.col("object").is_not_null())
    op_verb, op_verbs = _sets(classes, with_object["words"].to_list())
    op_object, op_objects = _sets(classes, with_object["object"].to_list())
    operator_pair = np.zeros((op_verbs[1], op_objects[1]), dtype=np.int16)
    for name, words, obj in with_object.select("operator", "words", "object").iter_rows():
        operator_pair[np.ix_(op_verbs[0][words], op_objects[0][obj])] = _NUMBER[name]
    return ActModel(
        codes,
        np.array([number[code] for code in acts["cameo_code"]], dtype=np.int64),
        acts["weight"].to_numpy(),
        (acts["kind"] == "topic").to_numpy(),
        singles["act"],
        singles["topic"],
        verb_class,
        object_class,
        pair,
        operator,
        op_verb,
        op_object,
        operator_pair,
        _composition(codes, number),
        classes.flag(*_ORDINARY),
        classes.flag(*_ACCIDENT),
        classes.flag("e:killed", "e:casualty", "e:killing_or_hurt"),
        np.array([code.startswith(_FORCE) for code in codes]),
        np.array([code.startswith(_HIDING) for code in codes]),
        np.array([code.startswith(_PROTEST) for code in codes]),
        [(number[base], _finer(codes, number, digit)) for base, digit in _DEMANDED.items()],
    )


def _finer(codes: list[str], number: dict[str, int], digit: str) -> Ints:
    """For each code the number of the code with one more digit, of codes of three digits; else its own."""
    return np.array([number.get(code + digit, i) if len(code) == 3 else i for i, code in enumerate(codes)])


def _composition(codes: list[str], number: dict[str, int]) -> Ints:
    """(operator, code) -> code: the entry of the longest prefix of the code, else the code itself."""
    table = load_seed("coding/operator_codes")
    entries = {
        (op, prefix or ""): code
        for op, prefix, code in table.select("operator", "act_prefix", "cameo_code").iter_rows()
    }
    matrix = np.tile(np.arange(len(codes)), (len(OPERATORS) + 1, 1))
    for name, op in _NUMBER.items():
        for i, code in enumerate(codes):
            prefixes = [code[:n] for n in range(len(code), -1, -1)]
            hit = next((prefix for prefix in prefixes if (name, prefix) in entries), None)
            if hit is not None:
                result = entries[(name, hit)]
                matrix[op, i] = number[result] if result else (0 if not code else i)
    return matrix


@dataclass(frozen=True)
class Clauses:
    """Clauses of the sentences of a batch. The first three are per sentence, the others flags per mark."""

    start: Ints  # first byte of the sentence
    lead_end: Ints  # byte after an opening adjunct ("After the attack, ..."), else the start
    body_end: Ints  # byte where a closing attribution (", police said") begins, else a large number
    opens_segment: Bools  # no operator reaches across
    opens_hidden: Bools  # no hiding act reaches across
    subordinates: Bools  # opens a subordinate clause
    passive: Bools  # a form of "be" stands before the mark
    infinitive: Bools  # "to" stands before the mark
    reduced: Bools  # "by" stands behind the mark and no form of "be" before it


def read_clauses(marks: Marks, sent_start: Ints) -> Clauses:
    """Clauses of each sentence, from cue words and commas; `sent_start` is per mark."""
    start, end, groups = marks.start, marks.end, marks.sentences
    far = np.iinfo(np.int64).max
    opens = groups.first == np.arange(len(start))
    first = np.flatnonzero(opens)
    begin = sent_start[first]
    leads = first[is_cue(marks, first, "lead") & (start[first] - begin <= 2)]
    commas = Flagged(marks.cue("comma"), groups)
    closing = commas.after(leads)
    closing = closing[closing >= 0]
    lead_end = begin.copy()
    lead_end[marks.unit[closing]] = np.maximum(start[closing] + 1, begin[marks.unit[closing]])

    # a closing attribution: the last comma of the sentence, a verb of saying behind it, no comma between
    says = np.flatnonzero(marks.cue("say"))
    says = says[commas.after(says) < 0]
    comma_before = commas.before(says)
    closes = comma_before >= 0
    closes &= start[says] - at(end, comma_before, 0) <= 95
    tail_at = comma_before[closes]
    tail_at = tail_at[start[tail_at] - begin[marks.unit[tail_at]] > 25]
    body_end = np.full(len(first), far)
    body_end[marks.unit[tail_at]] = start[tail_at]

    subordinates = marks.cue("subordinate")
    under = np.flatnonzero(subordinates)
    subordinates[under] = start[under] >= lead_end[marks.unit[under]]
    opens_segment = opens | marks.cue("bound")
    opens_segment[closing] = True
    opens_hidden = opens | marks.cue("and", "but", "comma", "bound")
    passive = _behind(marks, "aux", ADVERB) & ~marks.ing
    return Clauses(
        begin, lead_end, body_end, opens_segment, opens_hidden, subordinates,
        passive, _behind(marks, "to", 1), _before(marks, "by", 1) & ~passive & ~marks.ing,
    )  # fmt: skip


def _behind(marks: Marks, cue: str, reach: int) -> Bools:
    """Marks at most `reach` bytes behind a cue of their sentence, none between."""
    places = np.flatnonzero(marks.cue(cue)[:-1]) + 1
    return _flags(marks, places[touches(marks, places, reach)])


def _before(marks: Marks, cue: str, reach: int) -> Bools:
    """Marks at most `reach` bytes before a cue of their sentence, none between."""
    places = np.flatnonzero(marks.cue(cue))
    return _flags(marks, places[touches(marks, places, reach)] - 1)


def _flags(marks: Marks, places: Ints) -> Bools:
    flags = np.zeros(len(marks.cls), dtype=np.bool_)
    flags[places] = True
    return flags


@dataclass(frozen=True)
class Sentences:
    """What the structure of its sentence says about each mark that takes part."""

    start: Ints  # first byte of the sentence
    lead_end: Ints
    segment: Groups  # stretches between two boundaries that no operator reaches across
    penalty: Floats  # of a mark in a subordinate clause
    passive: Bools  # a form of "be" stands before the mark
    infinitive: Bools  # "to" stands before the mark
    reduced: Bools  # "by" stands behind the mark and no form of "be" before it
    hide_group: Groups  # stretches that a hiding act covers


def _sentences(clauses: Clauses, marks: Marks, some: Marks, places: Ints) -> Sentences:
    """What the clauses say about the marks at some `places`."""
    return Sentences(
        clauses.start[some.unit],
        clauses.lead_end[some.unit],
        _groups_of(clauses.opens_segment, places),
        _penalty(clauses, marks, some, places),
        clauses.passive[places],
        clauses.infinitive[places],
        clauses.reduced[places],
        _groups_of(clauses.opens_hidden, places),
    )


def _groups_of(opens: Bools, places: Ints) -> Groups:
    """Which of the `places` share one of the groups that begin where `opens` holds."""
    number = np.cumsum(opens, dtype=np.int32)[places]
    return group_by_start(np.append(True, number[1:] != number[:-1])[: len(places)])


def _penalty(clauses: Clauses, marks: Marks, some: Marks, places: Ints) -> Floats:
    """What a mark loses in a subordinate clause or an opening adjunct."""
    groups = marks.sentences
    before = last_before(clauses.subordinates, groups, places)
    under = np.flatnonzero(before >= 0)
    sub = before[under]
    relative = is_cue(marks, sub, "relative") & (sub > groups.first[sub])
    relative &= is_cue(marks, np.maximum(sub - 1, 0), "comma")
    sub, inside = sub[relative], under[relative]
    closed = inside[last_before(marks.cue("comma"), groups, places[inside]) > sub]
    penalty = np.zeros(len(places))
    penalty[under] = _SUBORDINATE
    penalty[closed] = _RELATIVE_CLOSED
    penalty[some.start < clauses.lead_end[some.unit]] = _LEAD_PENALTY
    return penalty


@dataclass(frozen=True)
class Candidates:
    """Readings: positions of their first and last mark, code number, weight, and whether they need an operator."""

    first: Ints
    last: Ints
    code: Ints
    weight: Floats
    topic: Bools


def find_acts(model: ActModel, marks: Marks, clauses: Clauses) -> Candidates:
    """All acts and topics: single words, verbs with a following object, objects before a passive verb."""
    first: list[Ints] = []
    last: list[Ints] = []
    rows: list[Ints | Smalls] = []
    cost: list[Floats] = []

    def add(a: Ints, b: Ints, row: Ints | Smalls, minus: float = 0.0) -> None:
        ok = np.flatnonzero(row >= 0)
        first.append(a[ok])
        last.append(b[ok])
        rows.append(row[ok])
        cost.append(np.full(len(ok), minus))

    alone = np.flatnonzero(((model.single >= 0) | (model.single_topic >= 0))[marks.cls])
    for single in (model.single, model.single_topic):
        add(alone, alone, single[marks.cls[alone]])
    taking = np.flatnonzero(((model.verb_class > 0) | (model.object_class > 0))[marks.cls])
    verb, obj = model.verb_class[marks.cls[taking]], model.object_class[marks.cls[taking]]
    verbs = np.flatnonzero(verb > 0)
    passives = verbs[clauses.passive[taking[verbs]]]
    pair = model.pair.view(np.int32).ravel()  # act and topic in one look-up
    verb *= model.pair.shape[1]

    def paired(a: Ints, b: Ints) -> tuple[Ints, Ints, Smalls]:
        found = pair[verb[a] + obj[b]]
        some = np.flatnonzero(found != -1)
        return taking[a[some]], taking[b[some]], found[some].view(np.int16).reshape(-1, 2)

    own = verbs[obj[verbs] > 0]
    spread = Spread.of(marks, taking)
    active = [(own, own), *spread.ahead(verbs, _LOOK_AHEAD, _OBJECT_REACH)]
    passive = [(own[:0], own[:0]), *spread.behind(passives, _LOOK_AHEAD, _PASSIVE_REACH)]
    for (a, b), (c, d) in zip(active, passive, strict=True):
        verb_at, object_at, both = paired(a, b)
        add(verb_at, object_at, both[:, 0])
        add(verb_at, object_at, both[:, 1])
        verb_at, object_at, both = paired(d, c)
        add(object_at, verb_at, both[:, 0], _PASSIVE_COST)
    row, starts = np.concatenate(rows), np.concatenate(first)
    weight = model.row_weight[row] - np.concatenate(cost)
    inside = marks.start[starts] < clauses.body_end[marks.unit[starts]]
    order = np.flatnonzero(inside)
    order = order[_falling(starts[order], weight[order])]
    row = row[order]
    return Candidates(
        starts[order], np.concatenate(last)[order], model.row_code[row], weight[order], model.row_topic[row]
    )


def _falling(group: Ints, score: Floats) -> Ints:
    """Order of rising groups, each with its scores falling; where two are equal (to a millionth) the earlier goes first."""
    key = (group << 32) - np.rint(score * 1e6).astype(np.int64)
    return np.argsort(key, kind="stable")


def find_operators(model: ActModel, marks: Marks, clauses: Clauses) -> tuple[Ints, Ints]:
    """Positions of the operators, rising, and the operator number of each."""
    found = model.operator[marks.cls]
    taking = np.flatnonzero(((model.operator_verb > 0) | (model.operator_object > 0))[marks.cls])
    verb, obj = model.operator_verb[marks.cls[taking]], model.operator_object[marks.cls[taking]]
    verbs = np.flatnonzero(verb > 0)
    for a, b in reversed(list(Spread.of(marks, taking).ahead(verbs, _LOOK_AHEAD, _OBJECT_REACH))):
        value = model.operator_pair[verb[a], obj[b]]
        place = taking[a[value > 0]]
        found[place] = np.where(found[place] == 0, value[value > 0], found[place])
    found[_headline_to(model, marks, clauses, found)] = _NUMBER["INTENT"]
    places = np.flatnonzero(found != 0)
    places = places[marks.start[places] < clauses.body_end[marks.unit[places]]]
    return places, found[places].astype(np.int64)


def _headline_to(model: ActModel, marks: Marks, clauses: Clauses, operators: Ints) -> Ints:
    """Marks of "to" that are the verb of a headline ("Australia, Fiji to boost trade"): names before it, an act behind."""
    start, end, cls, groups = marks.start, marks.end, marks.cls, marks.sentences
    acts = (model.single >= 0) | (model.single_topic >= 0) | (model.verb_class > 0) | (model.operator > 0)
    is_act = acts[cls]
    to = np.flatnonzero(marks.cue("to"))
    to = to[(cls[to] > 0) & (operators[to] == 0) & (to + 1 < len(cls)) & (to > groups.first[to])]
    to = to[last_before(is_act | (operators > 0), groups, to) < 0]
    near = next_after(is_act, groups, to)
    to = to[(near >= 0) & (start[np.maximum(near, 0)] - end[to] <= _VERB_REACH)]
    # names fill the start of the sentence
    first = groups.first[to]
    covered = np.add.reduceat(end - start, np.column_stack([first, to]).ravel())[::2] if len(to) else first
    return np.asarray(to[covered >= _NAMED * (start[to] - clauses.start[marks.unit[to]])])


@dataclass(frozen=True)
class Readings:
    """Scored readings of sentences, the best first within each sentence."""

    sent: Ints
    first: Ints
    last: Ints
    code: Ints  # code number
    score: Floats
    operator: Ints  # outermost operator, 0 none


def read_acts(model: ActModel, marks: Marks, sent_start: Ints) -> Readings:
    """All readings of every sentence with their scores, sorted by sentence and falling score."""
    clauses = read_clauses(marks, sent_start)
    acts = find_acts(model, marks, clauses)
    operator_at, operator = find_operators(model, marks, clauses)
    # from here on positions count the marks that take part: acts, their objects and operators
    takes_part = np.zeros(len(marks.cls), dtype=np.bool_)
    for positions in (acts.first, acts.last, operator_at):
        takes_part[positions] = True
    places = np.flatnonzero(takes_part)
    number = np.cumsum(takes_part, dtype=np.int32).astype(np.int64) - 1
    acts = replace(acts, first=number[acts.first], last=number[acts.last])
    operators = np.zeros(len(places), dtype=np.int64)
    operators[number[operator_at]] = operator
    some = marks.at(places)
    sentences = _sentences(clauses, marks, some, places)
    heads = _head_readings(model, some, sentences, acts, operators)
    alone = _lone_acts(model, some, sentences, acts, operators, heads)
    protest = _protests(model, some, sentences, acts, operators)
    first, last, code, score, operator = (
        np.concatenate([getattr(part, name) for part in (heads.reading, alone, protest)])
        for name in ("first", "last", "code", "score", "operator")
    )
    score = score - _FIGURE * (model.force[code] & _figurative(model, marks, places[first]))
    order = np.flatnonzero(code > 0)
    order = order[np.argsort(first[order], kind="stable")]
    order = order[_falling(some.unit[first[order]], score[order])]
    first = first[order]
    return Readings(
        some.sent[first], places[first], places[last[order]], code[order], score[order], operator[order]
    )


def _figurative(model: ActModel, marks: Marks, places: Ints) -> Bools:
    """Marks in talk of ordinary life, and deaths in talk of accidents."""
    unit = marks.unit[places]
    ordinary, accident = (_units_with(marks, classes)[unit] for classes in (model.ordinary, model.accident))
    return np.asarray(ordinary | (accident & model.toll[marks.cls[places]]))


def _units_with(marks: Marks, classes: Bools) -> Bools:
    """For each sentence: does it hold a word of these classes?"""
    has = np.zeros(int(marks.unit[-1]) + 1 if len(marks.unit) else 0, dtype=np.bool_)
    has[marks.unit[classes[marks.cls]]] = True
    return has


@dataclass(frozen=True)
class _Part:
    first: Ints
    last: Ints
    code: Ints
    score: Floats
    operator: Ints


@dataclass(frozen=True)
class _Heads:
    """Readings by operators, and for each mark that is an operator the byte up to which it covers what follows."""

    reading: _Part
    reach: Ints  # per mark, 0 where it is no operator


def _tokens(a: Ints, b: Ints) -> Floats:
    """Words between two bytes."""
    return np.asarray(np.maximum(b - a, 0) / _TOKEN)


def _late(sentences: Sentences, marks: Marks, at_marks: Ints) -> Floats:
    """What a reading loses for the words before it; an opening adjunct does not count as such for the main clause."""
    start = marks.start[at_marks]
    lead = sentences.lead_end[at_marks]
    return _PER_TOKEN * _tokens(np.where(start >= lead, lead, sentences.start[at_marks]), start)


def _chains(
    operators: Ints, marks: Marks, sentences: Sentences, acts: Candidates
) -> list[tuple[Ints, Ints, Ints]]:
    """For every act its operators: (act, head mark, code operators applied inside-out as columns)."""
    is_op = operators > 0
    one = last_before(is_op, sentences.segment, acts.first)
    governed = np.flatnonzero(one >= 0)
    one = one[governed]
    before = last_before(is_op, sentences.segment)
    two = before[one]
    three = np.where(two >= 0, before[np.maximum(two, 0)], -1)
    op = [at(operators, place, 0) for place in (one, two, three)]
    intent, consider, neg = _NUMBER["INTENT"], _NUMBER["CONSIDER"], _NUMBER["NEG"]

    def linked(outer: Ints, inner: Ints, outer_op: Ints, inner_op: Ints) -> Bools:
        gap = at(marks.start, inner, 0) - at(marks.end, outer, 0)
        near = (gap <= _LINK) | (outer_op == neg)
        return np.asarray(
            (outer >= 0) & near & (inner_op != intent) & (inner_op != consider) & (inner_op != outer_op)
        )

    none = np.zeros_like(one)
    chains = [(one, np.stack([op[0], none, none], axis=1))]
    with_one = linked(two, one, op[1], op[0])
    chains.append((two, np.stack([np.where(with_one, op[0], 0), op[1], none], axis=1)))
    with_two = linked(three, two, op[2], op[1])
    inner = np.where(with_one, op[0], 0)
    chains.append((three, np.stack([inner, np.where(with_two, op[1], 0), op[2]], axis=1)))
    result = []
    for head, ops in chains:
        index = np.flatnonzero(head >= 0)
        chain = ops[index]
        outer = operators[head[index]]
        several = (chain > 0).sum(axis=1) > 1
        # "will urge" is an appeal; "did not call for" is no appeal
        drops = several & (outer == intent) & _among(_STRONG)[_second(chain)]
        chain = np.where(drops[:, None] & (chain == intent), 0, chain)
        chain = np.where((several & (outer == neg))[:, None] & (chain != neg), 0, chain)
        result.append((governed[index], head[index], chain))
    return result


def _among(names: tuple[str, ...]) -> Bools:
    """For each operator number: is it one of these?"""
    return np.isin(np.arange(len(OPERATORS) + 1), [_NUMBER[name] for name in names])


def _second(chain: Ints) -> Ints:
    """The operator inside the outermost one, 0 none."""
    second = np.zeros(len(chain), dtype=np.int64)
    filled = chain > 0
    count = filled.sum(axis=1)
    for column in range(chain.shape[1]):
        position = filled[:, : column + 1].sum(axis=1)
        second = np.where(filled[:, column] & (position == count - 1), chain[:, column], second)
    return second


def _head_readings(
    model: ActModel, marks: Marks, sentences: Sentences, acts: Candidates, operators: Ints
) -> _Heads:
    start, end = marks.start, marks.end
    act_of, head_of, chain_of = [], [], []
    for index, head, chain in _chains(operators, marks, sentences, acts):
        act_of.append(index)
        head_of.append(head)
        chain_of.append(chain)
    act, head = np.concatenate(act_of), np.concatenate(head_of)
    chain = np.concatenate(chain_of) if len(chain_of) else np.zeros((0, 3), dtype=np.int64)
    score = acts.weight[act] - _OBJECT_DECAY * _tokens(end[head], start[acts.first[act]])
    # "the offer was rejected": what is rejected or stopped stands before
    turned = sentences.passive & _among(("REJECT", "STOP"))[operators]
    forward = ~turned[head]
    act, head, chain, score = act[forward], head[forward], chain[forward], score[forward]
    next_op = next_after(turned, sentences.segment, acts.first)
    back = np.flatnonzero(next_op >= 0)
    back_head = next_op[back]
    act = np.r_[act, back]
    head = np.r_[head, back_head]
    chain = np.concatenate([chain, np.stack([operators[back_head]] + [np.zeros_like(back_head)] * 2, axis=1)])
    score = np.r_[score, acts.weight[back]]

    order = np.lexsort((-score, head))
    act, head, chain, score = act[order], head[order], chain[order], score[order]
    best = np.r_[True, head[1:] != head[:-1]] if len(head) else np.zeros(0, dtype=np.bool_)
    act, head, chain, score = act[best], head[best], chain[best], score[best]
    code = acts.code[act]
    for column in range(3):
        ops = chain[:, column]
        code = np.where(ops > 0, model.compose[ops, code], code)
    outer = operators[head]
    weight = np.minimum(score, 3.0) + _OP_BONUS
    weight -= np.where((outer == _NUMBER["INTENT"]) & (score < 1.2), 0.8, 0.0) + np.where(
        outer == _NUMBER["NEG"], 0.3, 0.0
    )
    last = np.maximum(acts.last[act], head)

    every = np.flatnonzero(operators > 0)
    place = np.full(len(operators), -1, dtype=np.int64)
    place[head] = np.arange(len(head))
    slot = place[every]
    has = slot >= 0
    every_op = operators[every]
    bare = np.full(len(OPERATORS) + 1, _BARE_ELSE)
    for name, value in _BARE.items():
        bare[_NUMBER[name]] = value
    code = np.where(has, at(code, slot, 0), model.compose[every_op, np.zeros_like(every_op)]).astype(np.int64)
    weight = np.where(has, at(weight, slot, 0.0), bare[every_op]).astype(np.float64)
    last = np.where(has, at(last, slot, 0), every).astype(np.int64)

    # an act built on the operator's own word ("rejected the proposal") says more than the bare operator
    own_row = _best_from(acts, len(operators))
    own = own_row[every]
    own_weight = np.where(own >= 0, at(acts.weight, own, 0.0), 0.0).astype(np.float64)
    own_code = at(acts.code, own, 0).astype(np.int64)
    keeps = _among(("THREAT", "INTENT", "APPEAL"))[every_op] & has
    lengths = np.array([len(text) for text in model.codes])
    better = (own >= 0) & (own_weight >= np.where(has, 2.7, 2.0)) & ~keeps
    better &= ~has | (lengths[own_code] >= lengths[code])
    better |= own_weight >= _SURE_OWN
    code = np.where(better, own_code, code)
    weight = np.where(better, own_weight + _OP_BONUS, weight)
    last = np.where(better, np.maximum(last, at(acts.last, own, 0)), last).astype(np.int64)

    strong = _among(_STRONG)[operators]
    covered = last_before(strong, sentences.segment, every) >= 0
    reach = np.zeros(len(operators), dtype=np.int64)
    reach[every] = np.where(has | (own >= 0), end[last], end[every])
    previous = last_before(operators > 0, marks.sentences, every)
    covered |= at(reach, previous, 0) > start[every]
    score = weight - sentences.penalty[every] - _late(sentences, marks, every)
    free = ~covered
    reading = _Part(every[free], last[free], code[free], score[free], every_op[free])
    return _Heads(reading, reach)


def _best_from(acts: Candidates, size: int) -> Ints:
    """For each mark the strongest act (no topic) that begins with it, as a row of `acts`; -1 none."""
    best = np.full(size, -1, dtype=np.int64)
    rows = np.flatnonzero(~acts.topic & (acts.weight >= 2.0))[::-1]
    best[acts.first[rows]] = rows  # the strongest is written last: acts are sorted by falling weight
    return best


def _lone_acts(
    model: ActModel, marks: Marks, sentences: Sentences, acts: Candidates, operators: Ints, heads: _Heads
) -> _Part:
    keep = np.flatnonzero(~acts.topic)
    first = acts.first[keep]
    start = marks.start[first]
    strong = _among(_STRONG)[operators]
    covered = (last_before(strong, sentences.segment, first) >= 0) | strong[first]
    previous = np.where(operators[first] > 0, first, last_before(operators > 0, marks.sentences, first))
    covered |= at(heads.reach, previous, 0) > start
    hides = (
        model.hiding[acts.code[keep]]
        & (acts.weight[keep] >= 2.2)
        & (sentences.penalty[first] == 0)
        & ~covered
    )
    hiding = np.zeros(len(marks.cls), dtype=np.bool_)
    hiding[acts.last[keep[hides]]] = True
    covered |= last_before(hiding, sentences.hide_group, first) >= 0
    covered |= _ended(model, marks, acts, operators)[keep]
    score = (
        acts.weight[keep]
        - sentences.penalty[first]
        - _late(sentences, marks, first)
        - _INFINITIVE * sentences.infinitive[first]
    )
    rivals = np.zeros(len(marks.cls), dtype=np.bool_)
    rivals[first[~sentences.reduced[first]]] = True
    rival = next_after(rivals, marks.sentences, first) >= 0
    score -= _REDUCED * (sentences.reduced[acts.last[keep]] & rival)
    free = ~covered
    none = np.zeros(int(free.sum()), dtype=np.int64)
    return _Part(first[free], acts.last[keep][free], acts.code[keep][free], score[free], none)


def _ended(model: ActModel, marks: Marks, acts: Candidates, operators: Ints) -> Bools:
    """Protests whose object a verb of ending governs: "teachers ... called off their strike" is no strike of teachers."""
    rows = np.flatnonzero(model.protest[acts.code])
    first, last = acts.first[rows], acts.last[rows]
    ends = _among(("STOP", "NEG", "REJECT"))[operators]
    inside = last_before(ends, marks.sentences, last) > first
    single = model.single[marks.cls[last]]  # "stopped work" is a strike by itself
    itself = (single >= 0) & model.protest[model.row_code[single]]
    ended = np.zeros(len(acts.code), dtype=np.bool_)
    ended[rows] = inside | (ends[last] & (last > first) & ~itself)
    return ended


def _protests(
    model: ActModel, marks: Marks, sentences: Sentences, acts: Candidates, operators: Ints
) -> _Part:
    """Protests, with what they demand: "rallied to demand the minister's resignation" is 1411."""
    numbers = np.array([model.codes.index(code) for code in ("082", "175")])
    against = np.isin(acts.code, numbers)
    blocking = _among(("THREAT", "NEG", "REJECT", "ACCUSE", "STOP"))[operators]
    stops = np.zeros(len(operators), dtype=np.bool_)
    stops[acts.first[against & ~acts.topic]] = True
    rows = np.flatnonzero(model.protest[acts.code] & (acts.weight >= 2.4) & ~acts.topic)
    first = acts.first[rows]
    ok = sentences.penalty[first] < _LEAD_PENALTY
    ok &= last_before(blocking, marks.sentences, first) < 0
    ok &= (last_before(stops, marks.sentences, first) < 0) & (next_after(stops, marks.sentences, first) < 0)
    rows = rows[ok]
    first, code = acts.first[rows], acts.code[rows]
    ask = next_after(_among(("DEMAND", "APPEAL"))[operators], marks.sentences, first)
    asking = np.flatnonzero(ask >= 0)
    topics = np.flatnonzero(acts.topic)
    for base, finer in model.finer:
        demanded = np.zeros(len(operators), dtype=np.bool_)
        demanded[acts.first[topics[acts.code[topics] == base]]] = True
        some = asking[next_after(demanded, marks.sentences, ask[asking]) >= 0]
        some = some[code[some] == acts.code[rows[some]]]
        code[some] = finer[code[some]]
    score = _PROTEST_WEIGHT - _late(sentences, marks, first) - sentences.penalty[first]
    return _Part(first, acts.last[rows], code, score, np.zeros(len(rows), dtype=np.int64))

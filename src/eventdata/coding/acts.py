"""CAMEO codes from acts and the operators that govern them.

An *act* is a word, or a word with its object ("lift" ... "sanctions"), that names a CAMEO code (`seeds/coding/acts.csv`). An
*operator* (appeal, intend, demand, reject, threaten, stop, accuse, consider, deny) turns the code of the act in its scope into
another ("called for lifting the sanctions": 085 becomes 0254; `operators.csv`, `operator_codes.csv`). Of all readings of a
sentence the strongest wins: the main clause before its adjuncts, an early word before a late one, a word with its object
before a bare one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.coding.evidence import Marks, pairs_ahead, pairs_behind
from eventdata.coding.neighbours import Groups, at, group_by_start, last_before, next_after
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
_HIDING = [
    "111",
    "110",
    "112",
    "051",
    "052",
    "055",
    "056",
    "09",
    "064",
    "016",
    "018",
    "114",
    "115",
    "116",
    "013",
    "015",
    "181",
    "186",
    "045",
    "053",
]
_OP_BONUS, _SUBORDINATE, _PER_TOKEN, _OBJECT_DECAY = 0.4, 1.0, 0.08, 0.07
_LEAD_PENALTY, _RELATIVE_CLOSED, _INFINITIVE, _PASSIVE_COST = 2.5, 0.2, 0.3, 0.1
_REDUCED = 0.9  # of a participle that only describes a noun ("rebels backed by Rwanda advanced")
_PROTEST_WEIGHT = 3.0
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
    pair: Smalls  # (verb set, object set) -> act row, -1 none
    pair_topic: Smalls
    operator: Ints  # class -> operator number, 0 none
    operator_verb: Ints
    operator_object: Ints
    operator_pair: Smalls  # (verb set, object set) -> operator number
    compose: Ints  # (operator number, code number) -> code number
    ordinary: Bools  # class -> a word of ordinary life
    accident: Bools  # class -> a word of accidents and disasters
    toll: Bools  # class -> a word of deaths and injuries
    force: Bools  # code number -> an act of force


def _sets(classes: Classes, groups: list[str]) -> tuple[Ints, Members]:
    """For each class the number of its set of `groups` (0: none), for each group the sets that hold it, and how many."""
    wanted = sorted(set(groups))
    of_class: dict[int, list[int]] = {}
    for number, group in enumerate(wanted):
        for cls in classes.having(f"a:{group}").tolist():
            of_class.setdefault(cls, []).append(number)
    numbers: dict[tuple[int, ...], int] = {}
    result = np.zeros(len(classes.groups), dtype=np.int64)
    for cls, members in of_class.items():
        result[cls] = numbers.setdefault(tuple(members), len(numbers) + 1)
    holding: dict[str, list[int]] = {group: [] for group in wanted}
    for names, number in numbers.items():
        for name in names:
            holding[wanted[name]].append(number)
    return result, (holding, len(numbers) + 1)


def _pairs(
    rows: list[tuple[str, str, int]],
    verbs: Members,
    objects: Members,
    none: int,
) -> Smalls:
    """Matrix (verb set, object set) -> value; later rows win."""
    matrix = np.full((verbs[1], objects[1]), none, dtype=np.int16)
    for verb, obj, value in rows:
        matrix[np.ix_(verbs[0][verb], objects[0][obj])] = value
    return matrix


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
    matrices = {
        kind: _pairs(
            list(paired.filter(pl.col("kind") == kind).select("words", "object", "row").iter_rows()),
            verbs,
            objects,
            -1,
        )
        for kind in ("act", "topic")
    }
    operator = np.zeros(len(classes.groups), dtype=np.int64)
    table = load_seed("coding/operators")
    for name, group in reversed(
        list(table.filter(pl.col("object").is_null()).select("operator", "words").iter_rows())
    ):
        operator[classes.having(f"a:{group}")] = _NUMBER[name]
    with_object = table.filter(pl.col("object").is_not_null())
    op_verb, op_verbs = _sets(classes, with_object["words"].to_list())
    op_object, op_objects = _sets(classes, with_object["object"].to_list())
    op_rows = [
        (w, o, _NUMBER[n]) for n, w, o in with_object.select("operator", "words", "object").iter_rows()
    ]
    return ActModel(
        codes,
        np.array([number[code] for code in acts["cameo_code"]], dtype=np.int64),
        acts["weight"].to_numpy(),
        (acts["kind"] == "topic").to_numpy(),
        singles["act"],
        singles["topic"],
        verb_class,
        object_class,
        matrices["act"],
        matrices["topic"],
        operator,
        op_verb,
        op_object,
        _pairs(op_rows, op_verbs, op_objects, 0),
        _composition(codes, number),
        classes.flag(*_ORDINARY),
        classes.flag(*_ACCIDENT),
        classes.flag("e:killed", "e:casualty", "e:killing_or_hurt"),
        np.array([code.startswith(_FORCE) for code in codes]),
    )


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
class Sentences:
    """What the structure of its sentence says about each mark."""

    start: Ints  # first byte of the sentence
    lead_end: Ints  # byte after an opening adjunct ("After the attack, ..."), else the start
    body_end: Ints  # byte where a closing attribution (", police said") begins, else a large number
    segment: Groups  # stretches between two boundaries that no operator reaches across
    penalty: Floats  # of a mark in a subordinate clause
    passive: Bools  # a form of "be" stands before the mark
    infinitive: Bools  # "to" stands before the mark
    reduced: Bools  # "by" stands behind the mark and no form of "be" before it
    hide_group: Groups  # stretches that a hiding act covers


def read_sentences(marks: Marks, sent_start: Ints) -> Sentences:
    """Clauses of each sentence, from cue words and commas."""
    start, end, groups = marks.start, marks.end, marks.sentences
    size = len(start)
    far = np.iinfo(np.int64).max
    number = np.arange(size)
    opens = groups.first == number
    comma, bound = marks.cue("comma"), marks.cue("bound")
    first = np.flatnonzero(opens)
    leads = first[(marks.cue("lead") & opens)[first]]
    leads = leads[start[leads] - sent_start[leads] <= 2]
    closing = next_after(comma, groups, leads)
    lead_of = np.zeros(size, dtype=np.int64)
    lead_of[leads[closing >= 0]] = start[closing[closing >= 0]] + 1
    closes_lead = np.zeros(size, dtype=np.bool_)
    closes_lead[closing[closing >= 0]] = True
    lead_end = np.maximum(lead_of[groups.first], sent_start) if size else sent_start

    # a closing attribution: the last comma of the sentence, a verb of saying behind it, no comma between
    says = np.flatnonzero(marks.cue("say"))
    comma_before = last_before(comma, groups, says)
    closes = (comma_before >= 0) & (next_after(comma, groups, says) < 0)
    closes &= start[says] - at(end, comma_before, 0) <= 95
    tail = np.full(size, far)
    tail_at = comma_before[closes]
    np.minimum.at(tail, groups.first[tail_at], start[tail_at])
    tail = np.where(tail - sent_start > 25, tail, far)
    body_end = tail[groups.first] if size else tail

    in_lead = start < lead_end
    sub_before = last_before(marks.cue("subordinate") & ~in_lead, groups)
    under = np.flatnonzero(sub_before >= 0)
    sub = sub_before[under]
    relative = marks.cue("relative")[sub] & comma[np.maximum(sub - 1, 0)] & (sub > groups.first[sub])
    closed = relative & (last_before(comma, groups, under) > sub)
    penalty = np.zeros(size)
    penalty[under] = np.where(closed, _RELATIVE_CLOSED, _SUBORDINATE)
    penalty[in_lead] = _LEAD_PENALTY

    gap = np.full(size, far)
    gap[1:] = np.where(opens[1:], far, start[1:] - end[:-1])
    behind = np.concatenate([[0], number[:-1]]) if size else number
    hide_bound = opens | marks.cue("and", "but", "comma", "bound")
    passive = (gap <= 14) & marks.cue("aux")[behind] & ~marks.ing
    before_by = np.zeros(size, dtype=np.bool_)
    before_by[:-1] = marks.cue("by")[1:] & (gap[1:] <= 1)
    return Sentences(
        sent_start,
        lead_end,
        body_end,
        group_by_start(opens | bound | closes_lead),
        penalty,
        passive,
        (gap <= 1) & marks.cue("to")[behind],
        before_by & ~passive & ~marks.ing,
        group_by_start(hide_bound),
    )


@dataclass(frozen=True)
class Candidates:
    """Readings: positions of their first and last mark, code number, weight, and whether they need an operator."""

    first: Ints
    last: Ints
    code: Ints
    weight: Floats
    topic: Bools


def find_acts(model: ActModel, marks: Marks, sentences: Sentences) -> Candidates:
    """All acts and topics: single words, verbs with a following object, objects before a passive verb."""
    cls, start = marks.cls, marks.start
    first: list[Ints] = []
    last: list[Ints] = []
    rows: list[Ints | Smalls] = []
    cost: list[Floats] = []

    def add(a: Ints, b: Ints, row: Ints | Smalls, minus: float = 0.0) -> None:
        ok = row >= 0
        first.append(a[ok])
        last.append(b[ok])
        rows.append(row[ok])
        cost.append(np.full(int(ok.sum()), minus))

    number = np.arange(len(cls))
    add(number, number, model.single[cls])
    add(number, number, model.single_topic[cls])
    verb, obj = model.verb_class[cls], model.object_class[cls]
    taking = np.flatnonzero((verb > 0) | (obj > 0))
    both = taking[(verb[taking] > 0) & (obj[taking] > 0)]
    for matrix in (model.pair, model.pair_topic):
        add(both, both, matrix[verb[both], obj[both]])
    verbs = np.flatnonzero(verb[taking] > 0)
    passives = verbs[sentences.passive[taking[verbs]]]
    active = pairs_ahead(marks, taking, verbs, _LOOK_AHEAD, _OBJECT_REACH)
    passive = pairs_behind(marks, taking, passives, _LOOK_AHEAD, _PASSIVE_REACH)
    for (a, b), (c, d) in zip(active, passive, strict=True):
        for matrix in (model.pair, model.pair_topic):
            add(a, b, matrix[verb[a], obj[b]])
        add(c, d, model.pair[verb[d], obj[c]], _PASSIVE_COST)
    row = np.concatenate(rows)
    weight = model.row_weight[row] - np.concatenate(cost)
    found = Candidates(
        np.concatenate(first), np.concatenate(last), model.row_code[row], weight, model.row_topic[row]
    )
    inside = start[found.first] < sentences.body_end[found.first]
    order = np.flatnonzero(inside)
    order = order[np.lexsort((-weight[order], found.first[order]))]
    return Candidates(
        found.first[order], found.last[order], found.code[order], found.weight[order], found.topic[order]
    )


def _operators(model: ActModel, marks: Marks, sentences: Sentences) -> Ints:
    """Operator number of each mark, 0 none."""
    cls, start = marks.cls, marks.start
    found = model.operator[cls].copy()
    verb, obj = model.operator_verb[cls], model.operator_object[cls]
    taking = np.flatnonzero((verb > 0) | (obj > 0))
    verbs = np.flatnonzero(verb[taking] > 0)
    for a, b in reversed(list(pairs_ahead(marks, taking, verbs, _LOOK_AHEAD, _OBJECT_REACH))):
        value = model.operator_pair[verb[a], obj[b]]
        place = a[value > 0]
        found[place] = np.where(found[place] == 0, value[value > 0], found[place])
    found[_headline_to(model, marks, sentences, found)] = _NUMBER["INTENT"]
    return np.where(start < sentences.body_end, found, 0)


def _headline_to(model: ActModel, marks: Marks, sentences: Sentences, operators: Ints) -> Ints:
    """Marks of "to" that are the verb of a headline ("Australia, Fiji to boost trade"): names before it, an act behind."""
    start, end, cls, groups = marks.start, marks.end, marks.cls, marks.sentences
    size = len(cls)
    acts = (model.single >= 0) | (model.single_topic >= 0) | (model.verb_class > 0) | (model.operator > 0)
    to = np.flatnonzero(marks.cue("to") & (cls > 0) & (operators == 0))
    to = to[(to + 1 < size) & (to > groups.first[to])]
    near = next_after(acts[cls], groups, to)
    to = to[(near >= 0) & (start[np.maximum(near, 0)] - end[to] <= _VERB_REACH)]
    covered = np.r_[0, np.cumsum(end - start)]
    busy = np.r_[0, np.cumsum(acts[cls] | (operators > 0))]
    first = groups.first[to]
    named = (covered[to] - covered[first]) >= _NAMED * (start[to] - sentences.start[to])
    return np.asarray(to[named & (busy[to] == busy[first])])


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
    sentences = read_sentences(marks, sent_start)
    acts = find_acts(model, marks, sentences)
    operators = _operators(model, marks, sentences)
    heads = _head_readings(model, marks, sentences, acts, operators)
    alone = _lone_acts(model, marks, sentences, acts, operators, heads)
    protest = _protests(model, marks, sentences, acts, operators)
    parts = [heads.reading, alone, protest]
    joined = [
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("first", "last", "code", "score", "operator")
    ]
    first, last, code, score, operator = joined
    keep = code > 0
    figure = _in_sentence(marks, model.ordinary)
    figure |= _in_sentence(marks, model.accident) & model.toll[marks.cls]
    score = score - _FIGURE * (model.force[code] & figure[first])
    sent = marks.sent[first] if len(first) else first
    order = np.flatnonzero(keep)
    order = order[np.lexsort((first[order], -score[order], sent[order]))]
    return Readings(sent[order], first[order], last[order], code[order], score[order], operator[order])


def _in_sentence(marks: Marks, classes: Bools) -> Bools:
    """For each mark: does its sentence hold a word of these classes?"""
    first = marks.sentences.first
    has = np.zeros(len(first), dtype=np.bool_)
    has[first[classes[marks.cls]]] = True
    return has[first]


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
    two = np.where(one >= 0, last_before(is_op, sentences.segment, np.maximum(one, 0)), -1)
    three = np.where(two >= 0, last_before(is_op, sentences.segment, np.maximum(two, 0)), -1)
    op = [at(operators, place, 0).astype(np.int64) for place in (one, two, three)]
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
        drops = several & (outer == intent) & np.isin(_second(chain), [_NUMBER[n] for n in _STRONG])
        chain = np.where(drops[:, None] & (chain == intent), 0, chain)
        chain = np.where((several & (outer == neg))[:, None] & (chain != neg), 0, chain)
        result.append((index, head[index], chain))
    return result


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
    turned = sentences.passive & np.isin(operators, [_NUMBER["REJECT"], _NUMBER["STOP"]])
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
    keeps = np.isin(every_op, [_NUMBER[n] for n in ("THREAT", "INTENT", "APPEAL")]) & has
    lengths = np.array([len(text) for text in model.codes])
    better = (own >= 0) & (own_weight >= np.where(has, 2.7, 2.0)) & ~keeps
    better &= ~has | (lengths[own_code] >= lengths[code])
    better |= own_weight >= _SURE_OWN
    code = np.where(better, own_code, code)
    weight = np.where(better, own_weight + _OP_BONUS, weight)
    last = np.where(better, np.maximum(last, at(acts.last, own, 0)), last).astype(np.int64)

    strong = np.isin(operators, [_NUMBER[n] for n in _STRONG])
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
    strong = np.isin(operators, [_NUMBER[n] for n in _STRONG])
    covered = (last_before(strong, sentences.segment, first) >= 0) | strong[first]
    previous = np.where(operators[first] > 0, first, last_before(operators > 0, marks.sentences, first))
    covered |= at(heads.reach, previous, 0) > start
    hiding_code = np.array(
        [any(code.startswith(prefix) for prefix in _HIDING) and code != "" for code in model.codes]
    )
    hides = (
        hiding_code[acts.code[keep]] & (acts.weight[keep] >= 2.2) & (sentences.penalty[first] == 0) & ~covered
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
    ends = np.isin(operators, [_NUMBER["STOP"], _NUMBER["NEG"], _NUMBER["REJECT"]])
    inside = last_before(ends, marks.sentences, acts.last) > acts.first
    protest = np.array([code.startswith("14") for code in model.codes])
    own = model.row_code[model.single[marks.cls[acts.last]]]  # "stopped work" is a strike by itself
    itself = (model.single[marks.cls[acts.last]] >= 0) & protest[own]
    inside |= ends[acts.last] & (acts.last > acts.first) & ~itself
    return np.asarray(protest[acts.code] & inside)


_DEMANDED = {
    "0831": "1",
    "0832": "2",
    "0833": "3",
    "0834": "4",
}  # what protesters ask for -> last digit of 14x codes


def _protests(
    model: ActModel, marks: Marks, sentences: Sentences, acts: Candidates, operators: Ints
) -> _Part:
    """Protests, with what they demand: "rallied to demand the minister's resignation" is 1411."""
    text = model.codes
    is_protest = np.array([code.startswith("14") for code in text])
    against = np.array([code in ("082", "175") for code in text])
    blocking = np.isin(operators, [_NUMBER[n] for n in ("THREAT", "NEG", "REJECT", "ACCUSE", "STOP")])
    stops = np.zeros(len(operators), dtype=np.bool_)
    stops[acts.first[against[acts.code] & ~acts.topic]] = True
    first = acts.first
    ok = (
        is_protest[acts.code]
        & (acts.weight >= 2.4)
        & ~acts.topic
        & (sentences.penalty[first] < _LEAD_PENALTY)
    )
    ok &= last_before(blocking, marks.sentences, first) < 0
    ok &= (last_before(stops, marks.sentences, first) < 0) & (next_after(stops, marks.sentences, first) < 0)
    rows = np.flatnonzero(ok)
    first = acts.first[rows]
    code = acts.code[rows]
    asks = np.isin(operators, [_NUMBER["DEMAND"], _NUMBER["APPEAL"]])
    ask = next_after(asks, marks.sentences, first)
    for base, digit in _DEMANDED.items():
        demanded = np.zeros(len(operators), dtype=np.bool_)
        demanded[acts.first[acts.topic & (acts.code == text.index(base))]] = True
        what = next_after(demanded, marks.sentences, np.maximum(ask, 0))
        finer = np.array(
            [text.index(c + digit) if len(c) == 3 and c + digit in text else i for i, c in enumerate(text)]
        )
        code = np.where((ask >= 0) & (what >= 0) & (code == acts.code[rows]), finer[code], code)
    score = _PROTEST_WEIGHT - _late(sentences, marks, first) - sentences.penalty[first]
    return _Part(first, acts.last[rows], code, score, np.zeros(len(rows), dtype=np.int64))

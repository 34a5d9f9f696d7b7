"""Decides which sentences tell of an act worth a row: the ACLED sub-event of a passage, the CAMEO code of a sentence.

A short report (a note, a snippet) is one passage; of a longer one every sentence is. The two readings are joined where they
can speak of one act (`seeds/coding/triggers.csv` lists the CAMEO roots that go with each sub-event); else the main clause
decides.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.coding.acts import ActModel, Readings, read_acts
from eventdata.coding.evidence import EvidenceModel, Fired, Marks, passage_features, passage_scores
from eventdata.coding.neighbours import group_by_start
from eventdata.coding.vectors import CLOSE, WEIGHT, opinions
from eventdata.coding.words import Classes
from eventdata.seeds import load_seed

SHORT_SENTENCES, SHORT_BYTES = 4, 900  # a report up to this size is one passage
_FIRST_SENTENCE = 0.2  # share that the first sentence has in the score of a short report
_LEAST_SHORT, _LEAST_LONG = 2.0, 4.5  # score of a sub-event that counts
_LEAST_ACT_SHORT, _LEAST_ACT_LONG = 0.6, 1.6  # score of a CAMEO reading that counts
_VERBAL = ("01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "16")
_SURE_EVIDENCE, _WEAK_READING = (
    9.0,
    1.3,
)  # evidence that outweighs a verbal reading, and how weak that must be
_KEPT_EVIDENCE = 7.0  # evidence that stands beside a verbal reading
_SURE_ACT, _NONE_SPEAKS = (
    2.4,
    3.0,
)  # act that gives a silent passage its sub-event; evidence of "none" that forbids it
_NO_TRIGGER = 4.0  # score that a sub-event needs where no word of its sentence is its trigger
_LEAST_SECOND = 2.2  # score, its place in the sentence set aside, of a second act of a sentence
_PENALTY_FREE = 0.08 / 6.2  # gives back what a reading loses for each byte it stands behind the start
_JOIN_REACH = 24  # bytes between "and" and the act that it joins
_UNREALISED = ("02", "036", "10", "12", "13")  # a threat, demand or offer has no ACLED type
_DEMONSTRATIONS = (
    "Peaceful protest",
    "Protest with intervention",
    "Excessive force against protesters",
    "Violent demonstration",
)
_STILL_TO_COME = ("02", "03", "13")  # of a demonstration: a crowd demands and refuses by demonstrating

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Scores:
    """Scores of passages: many share a row of `distinct`, `of` says which."""

    distinct: Floats
    of: Ints

    def __getitem__(self, passage: int | Ints) -> Floats:
        """Scores of a passage, or of several."""
        return self.distinct[self.of[passage]]

    def best(self) -> tuple[Ints, Floats, Ints, Floats]:
        """For each passage the best class and its score, the second-best class and its score."""
        number = np.arange(len(self.distinct))
        rest = self.distinct.copy()
        best = rest.argmax(axis=1)
        top = rest[number, best]
        rest[number, best] = -np.inf
        second = rest.argmax(axis=1)
        return best[self.of], top[self.of], second[self.of], rest[number, second][self.of]


@dataclass(frozen=True)
class Passages:
    """Scores of one batch. `sentences` has one row per sentence with marks, in order."""

    sentences: pl.DataFrame
    scores: Scores
    fired: Fired
    readings: Readings
    marks: Marks


@dataclass(frozen=True)
class Triggers:
    """For each evidence label the tags of its trigger and the CAMEO roots that go with it."""

    flags: npt.NDArray[np.uint8]  # (label, class) -> rank of the class as a trigger, 0 none, small is better
    fits: npt.NDArray[np.bool_]  # (label, code number) -> the two can speak of one act
    verbal: npt.NDArray[np.bool_]  # code number -> a statement, demand, promise ...
    unrealised: npt.NDArray[np.bool_]  # (label, code number) -> the code says that the act is still to come
    default_code: Ints  # label -> code number of the crosswalk
    told_label: Ints  # code number -> label that the crosswalk is sure of, -1 none
    territory: Ints  # labels of gains and losses of territory


def build_triggers(evidence: EvidenceModel, acts: ActModel, classes: Classes) -> Triggers:
    """Compile `coding/triggers` and the crosswalk from ACLED to CAMEO."""
    table = {
        row["sub_event_type"]: row
        for row in load_seed("coding/triggers", "sub_event_type").iter_rows(named=True)
    }
    crosswalk = dict(
        load_seed("crosswalks/acled_to_cameo", "sub_event_type")
        .select("sub_event_type", "cameo_code")
        .iter_rows()
    )
    flags = np.zeros((len(evidence.labels), len(classes.groups)), dtype=np.uint8)
    fits = np.zeros((len(evidence.labels), len(acts.codes)), dtype=np.bool_)
    default = np.zeros(len(evidence.labels), dtype=np.int64)
    for i, label in enumerate(evidence.labels):
        if label not in table:
            continue
        tags = table[label]["tags"].split("|")
        for rank, tag in reversed(list(enumerate(tags, 1))):
            flags[i, classes.having(f"e:{tag}")] = rank
        roots = set(table[label]["roots"].split("|"))
        fits[i] = [code[:2] in roots and not code.startswith(_UNREALISED) for code in acts.codes]
        default[i] = acts.codes.index(crosswalk[label] or "")
    verbal = np.array([code[:2] in _VERBAL for code in acts.codes])
    territory = np.array(
        [i for i, label in enumerate(evidence.labels) if "territory" in label], dtype=np.int64
    )
    crowd = np.isin(evidence.labels, _DEMONSTRATIONS)
    still = [
        np.array([code.startswith(roots) for code in acts.codes])
        for roots in ((*_STILL_TO_COME, "016", "10", "12"), _STILL_TO_COME)
    ]
    unrealised = np.where(crowd[:, None], still[1], still[0])
    sure = load_seed("crosswalks/cameo_to_acled", "cameo_code").filter(pl.col("confidence") == "high")
    label_of = dict(sure.select("cameo_code", "sub_event_type").iter_rows())
    told = np.array(
        [evidence.labels.index(label_of[code]) if code in label_of else -1 for code in acts.codes]
    )
    return Triggers(flags, fits, verbal, unrealised, default, told, territory)


def read_passages(
    marks: pl.DataFrame,
    reports: pl.DataFrame,
    evidence: EvidenceModel,
    acts: ActModel,
    classes: Classes,
    *,
    vectors: bool = True,
) -> Passages:
    """Score every sentence; sentences of a short report share the scores of the whole report.

    `vectors` asks word vectors for a second opinion where the evidence is close.
    """
    arrays = as_marks(marks, classes)
    sentences, first_of_row = _sentences(marks, arrays, reports)
    masks = passage_features(evidence, arrays)
    short = sentences["short"].to_numpy()
    row_number = np.cumsum(sentences["rank"].to_numpy() == 0) - 1
    short_rows = np.flatnonzero(short[first_of_row])
    of_row = np.bitwise_or.reduceat(masks, first_of_row, axis=1)[:, short_rows] if len(short) else masks
    by_mask, fired = passage_scores(evidence, np.concatenate([masks, of_row], axis=1))
    of_sentence, of_report = np.split(fired.mask_of, [masks.shape[1]])
    whole, lead = by_mask[of_report], by_mask[of_sentence[first_of_row[short_rows]]]
    leads = lead.max(axis=1, initial=-9.0) > 5
    blended = np.where(leads[:, None], (1 - _FIRST_SENTENCE) * whole + _FIRST_SENTENCE * lead, whole)
    place = np.zeros(len(first_of_row), dtype=np.int64)  # of a short report among the short ones
    place[short_rows] = np.arange(len(short_rows))
    of, mask_of = of_sentence.copy(), of_sentence.copy()
    of[short] = len(by_mask) + place[row_number[short]]
    mask_of[short] = of_report[place[row_number[short]]]
    readings = read_acts(acts, arrays, marks["sent_start"].to_numpy().astype(np.int64))
    scores = Scores(np.concatenate([by_mask, blended]), of)
    if vectors:
        scores = sway_close(scores, sentences, reports, evidence.labels)
    return Passages(sentences, scores, Fired(fired.by_mask, mask_of), readings, arrays)


def sway_close(scores: Scores, sentences: pl.DataFrame, reports: pl.DataFrame, labels: list[str]) -> Scores:
    """The scores, swayed by word vectors in the passages whose evidence is close."""
    events = sum(not label.startswith("none") for label in labels)
    short = sentences["short"].to_numpy()
    asked = close_passages(scores, short, np.where(short, _LEAST_SHORT, _LEAST_LONG), events)
    if not len(asked):
        return scores
    opinion, text = opinions(sentences, asked, reports)
    before, of = scores.distinct, scores.of.copy()
    of[asked] = len(before) + np.arange(len(asked))
    return Scores(np.concatenate([before, before[scores.of[asked]] + WEIGHT * opinion[text]]), of)


def close_passages(scores: Scores, short: Bools, least: Floats, events: int) -> Ints:
    """Passages whose evidence leaves room for a second opinion.

    The first `events` labels are sub-events, the others speak against one; `least` is the score that a sub-event needs. Asked
    are passages whose lead, over the second or over `least`, is below `CLOSE`, and only where some evidence speaks for
    a sub-event; in a longer report this must reach `least` by itself, so that words alone make no event there.
    """
    table, of = scores.distinct, scores.of
    event = table[:, :events].max(axis=1, initial=-np.inf)
    against = table[:, events:].max(axis=1, initial=-np.inf)
    ranked = np.sort(np.c_[table[:, :events], against], axis=1)
    lead, top = ranked[:, -1] - ranked[:, -2], ranked[:, -1]
    is_close = (lead[of] < CLOSE) | (top[of] < least + CLOSE)
    return np.flatnonzero(is_close & (event[of] > np.where(short, 0, least)))


def _sentences(marks: pl.DataFrame, arrays: Marks, reports: pl.DataFrame) -> tuple[pl.DataFrame, Ints]:
    """One row per sentence with marks, and the first sentence of each report."""
    first = np.flatnonzero(arrays.sentences.first == np.arange(len(arrays.sent)))
    rows, sent = marks["row"].to_numpy()[first], arrays.sent[first]
    number = np.arange(len(first))
    first_of_row = np.flatnonzero(
        np.concatenate([np.ones(min(1, len(rows)), dtype=np.bool_), rows[1:] != rows[:-1]])
    )
    lengths = np.diff(np.append(first_of_row, len(rows)))
    sizes = reports.select("row", bytes=pl.col("clean").str.len_bytes())
    sizes = pl.DataFrame({"row": rows[first_of_row]}).join(sizes, on="row", how="left", maintain_order="left")
    few = (
        sent[first_of_row + lengths - 1] - sent[first_of_row] < SHORT_SENTENCES
        if len(rows)
        else sent.astype(np.bool_)
    )
    short = few & (sizes["bytes"] <= SHORT_BYTES).to_numpy()
    sentences = pl.DataFrame(
        {
            "row": rows,
            "sent": sent.astype(np.uint32),
            "mark": first,
            "sent_start": marks["sent_start"].to_numpy()[first],
            "short": np.repeat(short, lengths),
            "rank": number - np.repeat(first_of_row, lengths),
        }
    )
    return sentences, first_of_row


def as_marks(marks: pl.DataFrame, classes: Classes) -> Marks:
    """Marks of a batch as arrays, one unit per sentence."""

    def column(name: str) -> Ints:
        return marks[name].to_numpy().astype(np.int64)

    sent, cls = column("sent"), column("cls")
    opens = np.concatenate([np.ones(min(1, len(sent)), dtype=np.bool_), sent[1:] != sent[:-1]])
    groups = group_by_start(opens)
    return Marks(
        np.cumsum(opens) - 1,
        sent,
        column("start"),
        column("end"),
        cls,
        marks["ing"].to_numpy(),
        groups,
        classes.cue_bits[cls],
    )


def find_clauses(
    passages: Passages,
    marks: pl.DataFrame,
    evidence: EvidenceModel,
    acts: ActModel,
    triggers: Triggers,
    classes: Classes,
) -> pl.DataFrame:
    """One row per act that may become an event.

    Returns `row`, `sent`, `mark` (first mark of the trigger), `start`, `end` (its bytes), `label` (number of the sub-event, -1
    none), `code` (number of the CAMEO code, 0 none), `operator`, `evidence_score`, `second` (label), `second_score`,
    `act_score`, `coded` (`act`, `crosswalk`), `passage` (row of `passages.sentences`), `short`, `rank` (of the sentence).
    """
    sentences = passages.sentences
    number = np.arange(sentences.height)
    short = sentences["short"].to_numpy()
    real = len([label for label in evidence.labels if not label.startswith("none")])
    best, top, second, second_top = passages.scores.best()
    label = np.where((best < real) & (top >= np.where(short, _LEAST_SHORT, _LEAST_LONG)), best, -1)
    # the trigger of the sub-event in its sentence: the best ranked tag, the first of them
    cls = marks["cls"].to_numpy()
    trigger, trigger_rank = _triggers(passages.marks, label, triggers)
    # a short report has one main act: the sentence with the best trigger carries it
    rows = sentences["row"].to_numpy()
    carry = np.lexsort((number, trigger_rank, rows))
    main = np.zeros(len(number), dtype=np.bool_)
    if len(carry):
        main[carry[np.r_[True, rows[carry][1:] != rows[carry][:-1]]]] = True

    reading = passages.readings
    sents = sentences["sent"].to_numpy()
    at = np.searchsorted(reading.sent, sents)
    has = (
        (at < len(reading.sent)) & (reading.sent[np.minimum(at, max(len(reading.sent) - 1, 0))] == sents)
        if len(reading.sent)
        else np.zeros(len(number), dtype=bool)
    )
    at = np.where(has, at, 0)
    pad = (
        (lambda a, d: np.where(has, a[at], d))
        if len(reading.sent)
        else (lambda a, d: np.full(len(number), d))
    )
    act_score = pad(reading.score, -9.0)
    ok = act_score >= np.where(short, _LEAST_ACT_SHORT, _LEAST_ACT_LONG)
    code = np.where(ok, pad(reading.code, 0), 0)
    operator = np.where(ok, pad(reading.operator, 0), 0)
    act_first = np.where(ok, pad(reading.first, -1), -1)
    act_last = np.where(ok, pad(reading.last, -1), -1)

    # an act that says by itself what happened ("rallied to demand ...") where the evidence is silent
    silent = (label < 0) & ((best < real) | (top < _NONE_SPEAKS)) & (operator == 0)
    told = np.where(silent & (act_score >= _SURE_ACT), triggers.told_label[code], -1)
    label = np.where(told >= 0, told, label)
    fits = triggers.fits[label, code] & (label >= 0)
    verbal = triggers.verbal[code] & (code > 0)
    label = np.where(short & ~main, -1, label)
    conflict = (label >= 0) & verbal & ~fits
    evidence_wins = conflict & (top >= _SURE_EVIDENCE) & (act_score < _WEAK_READING)
    # "rallied to demand the release": what went before the demand did happen; what stands behind it is only demanded
    happened = ~triggers.unrealised[label, code] | ((trigger >= 0) & (trigger < act_first))
    label_kept = np.where(conflict & ~evidence_wins & ~((top >= _KEPT_EVIDENCE) & happened), -1, label)
    # a sub-event with no word that could be its trigger, and no act to carry it, is hearsay of the evidence
    label_kept = np.where((trigger < 0) & (code == 0) & (top < _NO_TRIGGER), -1, label_kept)
    from_crosswalk = (label_kept >= 0) & ((code == 0) | evidence_wins)
    code = np.where(from_crosswalk, triggers.default_code[label_kept], code)
    operator = np.where(from_crosswalk, 0, operator)
    own_trigger = (label_kept >= 0) & (trigger >= 0)
    # an act that is a lesser trigger of the sub-event than another word gives way to it ("clashes ... took control")
    act_rank = np.where(act_first >= 0, triggers.flags[label_kept, cls[act_first]], 99)
    act_rank = np.where(act_rank == 0, 99, act_rank)
    gives_way = (
        own_trigger & (act_first >= 0) & (trigger_rank < act_rank) & np.isin(label_kept, triggers.territory)
    )
    code = np.where(gives_way, triggers.default_code[label_kept], code)
    operator = np.where(gives_way, 0, operator)
    from_crosswalk |= gives_way
    mark = np.where(own_trigger & (from_crosswalk | (act_first < 0)), trigger, act_first)
    mark = np.where((mark < 0) & own_trigger, trigger, mark)
    mark = np.where((mark < 0) & (label_kept >= 0), sentences["mark"].to_numpy(), mark)
    last = np.where(from_crosswalk | (act_last < 0), mark, act_last)
    keep = np.flatnonzero((mark >= 0) & ((label_kept >= 0) | (code > 0)))
    start, end = marks["start"].to_numpy(), marks["end"].to_numpy()
    main_clauses = pl.DataFrame(
        {
            "row": rows[keep],
            "sent": sents[keep],
            "mark": mark[keep],
            "start": start[mark[keep]],
            "end": np.maximum(end[last[keep]], end[mark[keep]]),
            "label": label_kept[keep],
            "code": code[keep],
            "operator": operator[keep],
            "evidence_score": top[keep],
            "second": second[keep],
            "second_score": second_top[keep],
            "act_score": act_score[keep],
            "coded": np.where(from_crosswalk[keep], "crosswalk", "act"),
            "passage": keep,
            "short": short[keep],
            "rank": sentences["rank"].to_numpy()[keep],
            "label_mark": np.where(label_kept >= 0, trigger, -1)[keep],
        }
    )
    return pl.concat([main_clauses, _second_acts(passages, main_clauses, marks, triggers)]).sort(
        "row", "sent", "start", maintain_order=True
    )


def _triggers(marks: Marks, label: Ints, triggers: Triggers) -> tuple[Ints, Ints]:
    """For each sentence the mark that is the best ranked trigger of its label, the first of them (-1 none), and its rank."""
    some = np.flatnonzero(np.asarray(triggers.flags.any(axis=0))[marks.cls])
    some = some[label[marks.unit[some]] >= 0]
    unit = marks.unit[some]
    rank = triggers.flags[label[unit], marks.cls[some]].astype(np.int64)
    some, unit, rank = some[rank > 0], unit[rank > 0], rank[rank > 0]
    trigger = np.full(len(label), -1, dtype=np.int64)
    trigger_rank = np.full(len(label), 99, dtype=np.int64)
    order = np.lexsort((-some, -rank, unit))  # the best of a sentence is written last
    trigger[unit[order]] = some[order]
    trigger_rank[unit[order]] = rank[order]
    return trigger, trigger_rank


def _second_acts(
    passages: Passages, clauses: pl.DataFrame, marks: pl.DataFrame, triggers: Triggers
) -> pl.DataFrame:
    """Verbal acts that a sentence of a longer report coordinates with its main act ("condemned the raid and urged ...")."""
    reading = passages.readings
    start = marks["start"].to_numpy().astype(np.int64)
    end = marks["end"].to_numpy().astype(np.int64)
    later = _PENALTY_FREE * (start[reading.first] - marks["sent_start"].to_numpy()[reading.first])
    found = pl.DataFrame(
        {
            "sent": reading.sent,
            "mark": reading.first,
            "start_2": start[reading.first],
            "end_2": end[reading.last],
            "code": reading.code,
            "operator": reading.operator,
            "act_score": reading.score,
            "sure": reading.score + later,
            "joined": _coordinated(passages.marks, reading.first),
            "verbal": triggers.verbal[reading.code],
        }
    ).filter(
        (pl.col("sure") >= _LEAST_SECOND) & pl.col("joined") & pl.col("verbal") & (pl.col("act_score") > 0)
    )
    others = (
        clauses.filter(~pl.col("short"))
        .drop("mark", "code", "operator", "act_score")
        .join(found, on="sent", how="inner", maintain_order="left")
    )
    others = others.filter(pl.col("start_2") > pl.col("end").cast(pl.Int64))
    others = others.sort("sent", "sure", descending=[False, True], maintain_order=True).unique(
        "sent", keep="first", maintain_order=True
    )
    return others.with_columns(
        start=pl.col("start_2").cast(clauses.schema["start"]),
        end=pl.col("end_2").cast(clauses.schema["end"]),
        label=pl.lit(-1, dtype=clauses.schema["label"]),
        coded=pl.lit("act"),
        mark=pl.col("mark").cast(clauses.schema["mark"]),
    ).select(clauses.columns)


def _coordinated(marks: Marks, at: Ints) -> npt.NDArray[np.bool_]:
    """Marks right behind an "and" or "but", or one mark after it."""
    joins = marks.cue("and", "but")
    one, two = np.maximum(at - 1, 0), np.maximum(at - 2, 0)
    near = marks.start[at] - marks.end[one] <= _JOIN_REACH
    return (joins[one] & near) | (joins[two] & (marks.start[at] - marks.end[two] <= _JOIN_REACH))

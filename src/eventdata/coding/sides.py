"""Who did it to whom: the sides of each clause, from the actor phrases around its trigger.

Active: the source stands before the trigger, the target behind it. Passive: "by" names the source. Nouns of violence take
their sides from "by", "on", "against" and "between". What stands in an opening adjunct or before a verb of saying is no
source while the clause has one of its own.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.coding.around import Around, is_cue
from eventdata.coding.evidence import Marks
from eventdata.coding.neighbours import at, last_before, next_after
from eventdata.seeds import load_seed

REPORTERS = ("media", "monitor")  # their word is the attribution; they are no side
_AGENT_COST = 40  # bytes: a noun without a country is passed over for a name this much farther away
_BY_REACH, _SIDE_REACH = 60, 160  # bytes
_BETWEEN_REACH = 24
_STANDS_IN, _LED = 10_000, 20_000  # bytes: behind any actor of the clause's own
# demands, threats, mediation: who speaks is no side of what is "between" others
_BY_A_THIRD = ["01", "02", "03", "043", "045", "09", "10", "11", "12", "13"]
_DONE_AT_HOME = ["14", "15", "17", "18", "19", "20"]
_TRIGGER_MARKS = 8  # marks looked through for the last one of a trigger
_PLACED = ["sent", "start", "end"]
_CUES = [
    "said_end",
    "lead_end",
    "told_start",
    "told_end",
    "apart_start",
    "own_start",
    "by_end",
    "between_end",
]
_FLAGS = ["both_named", "passive", "participle", "by_next", "must", "reciprocal"]
_ADVERB = 14  # bytes: room for one adverb between "was" and its participle
_RECALLED = 4  # phrases looked back for the two that "the two countries" are
_ARTICLE = 6  # bytes: room for an article
_NEXT = 2  # bytes between two words that follow each other
_AGENT_NEXT = 24  # bytes from "by" to its agent: "by members of the"
_SPEAKER_REACH = 110  # bytes from a comma to the verb of saying of its speaker

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def clause_cues(clauses: pl.DataFrame, marks: Marks, sent_start: Ints) -> pl.DataFrame:
    """Add what the cues around each trigger say; places are bytes, null where a cue is missing. `be`: the trigger itself
    begins with a form of "be" ("were torched").

    `said_end` of the verb of saying before it, `lead_end` of an opening adjunct, `told_start` and `told_end` of the words of
    its reporter behind it, `apart_start` of a clause with "after" or "while" behind it, `own_start` of such a clause with the
    trigger in it, `by_end`, `by_next` ("by" follows at once), `between_end`, and the flags `passive`, `participle`,
    `reciprocal`, `must`, `both_named` ("the two countries").
    """
    start, end = marks.start, marks.end
    trigger = clauses["mark"].to_numpy()
    stop = clauses["end"].cast(pl.Int64).to_numpy()
    cues = Around(marks, trigger, "say", "by", "by_verb", "between", "apart", "reciprocal", "pair")
    first = marks.sentences.first[trigger]
    leads = is_cue(marks, first, "lead") & (start[first] - sent_start[first] <= 2)
    lead_end = np.where(leads, at(end, next_after(marks.cue("comma"), marks.sentences, first), 0), 0)
    by = np.where(is_cue(marks, trigger, "by_verb"), trigger, cues.behind("by", "by_verb"))
    plain_by = cues.behind("by")
    told_start, told_end = _told(marks, trigger, stop, cues.behind("say"))
    apart = at(start, cues.behind("apart"), -1)
    opener = cues.before("apart")
    comma = last_before(marks.cue("comma"), marks.sentences, trigger)
    return clauses.with_columns(
        said_end=_or_null(at(end, cues.before("say"), -1)),
        lead_end=pl.Series(np.where(lead_end <= start[trigger], lead_end, 0)),
        told_start=_or_null(told_start),
        told_end=pl.Series(told_end),
        apart_start=_or_null(np.where(apart >= stop, apart, -1)),
        own_start=_or_null(np.where(opener > comma, at(end, opener, -1), -1)),
        passive=pl.Series(
            _is_passive(marks, trigger) | _ends_passive(marks, trigger, stop) | clauses["be"].to_numpy()
        ),
        participle=pl.Series(marks.ing[trigger]),
        by_end=_or_null(at(end, by, -1)),
        by_next=pl.Series(
            (by == trigger) | ((by == plain_by) & (by >= 0) & (np.abs(start[by] - stop) <= _NEXT))
        ),
        between_end=_or_null(at(end, cues.behind("between"), -1)),
        reciprocal=pl.Series(cues.behind("reciprocal") >= 0),
        must=pl.Series(is_cue(marks, trigger, "must")),
        both_named=pl.Series(cues.before("pair") >= 0),
    )


def _is_passive(marks: Marks, trigger: Ints) -> Bools:
    """Triggers behind a form of "be" with room for an adverb ("was badly beaten"), or with one behind their noun.

    Another word of the lexicon in between makes the trigger a noun of its own: "were engaged in fighting".
    """
    first, last = marks.sentences.first[trigger], marks.sentences.last[trigger]
    before, behind = np.maximum(trigger - 1, first), np.minimum(trigger + 1, last)
    near = is_cue(marks, before, "aux") & (before < trigger)
    near[near] = _gap(marks, before[near], trigger[near]) <= _ADVERB
    near[near] = ~is_cue(marks, trigger[near], "plan")  # "is ready to"
    noun = is_cue(marks, behind, "aux") & (behind > trigger)
    noun[noun] = _gap(marks, trigger[noun], behind[noun]) <= _NEXT
    noun[noun] = ~is_cue(marks, trigger[noun], "modal", "plan", "negation", "aux")  # "will be", "has been"
    return np.asarray(((near | noun) & ~marks.ing[trigger]) | _befalls(marks, trigger, first))


def _ends_passive(marks: Marks, trigger: Ints, stop: Ints) -> Bools:
    """Triggers from an object to its passive verb: "President Moise was assassinated"."""
    last = trigger.copy()
    for ahead in range(1, _TRIGGER_MARKS):
        one = np.minimum(trigger + ahead, marks.sentences.last[trigger])
        last = np.where((one == trigger + ahead) & (marks.end[one] <= stop), one, last)
    before = np.maximum(last - 1, trigger)
    near = (before < last) & is_cue(marks, before, "aux") & (_gap(marks, before, last) <= _ADVERB)
    return np.asarray(near & ~marks.ing[last])


def _befalls(marks: Marks, trigger: Ints, first: Ints) -> Bools:
    """Nouns of what a passive tells the way or means of: "were killed in a mortar attack", "by a roadside bomb"."""
    befalls = is_cue(marks, np.maximum(trigger - 1, first), "prep", "by") & (trigger - 3 >= first)
    noun = trigger[befalls]
    auxiliary, verb, preposition = noun - 3, noun - 2, noun - 1
    joined = (_gap(marks, auxiliary, verb) <= _NEXT) & (_gap(marks, verb, preposition) <= _NEXT)
    joined &= (_gap(marks, preposition, noun) <= _ARTICLE) & ~marks.ing[verb]
    befalls[befalls] = joined & is_cue(marks, auxiliary, "aux")
    return befalls


def _gap(marks: Marks, one: Ints, other: Ints) -> Ints:
    """Bytes between two marks."""
    return np.asarray(marks.start[other] - marks.end[one])


def _told(marks: Marks, trigger: Ints, stop: Ints, say: Ints) -> tuple[Ints, Ints]:
    """Where behind each trigger the words of its reporter begin and end: ", the army said", "according to ..."; -1: nowhere."""
    start, end = marks.start, marks.end
    begin, finish = np.full(len(say), -1, dtype=np.int64), np.full(len(say), np.iinfo(np.int64).max)
    some = np.flatnonzero(say >= 0)
    said = say[some]
    comma = last_before(marks.cue("comma"), marks.sentences, said)
    closed = (comma > trigger[some]) & (start[said] - end[comma] <= _SPEAKER_REACH)
    leads = is_cue(marks, said, "bound")  # "according to", "saying"
    opens = np.where(leads, start[said], np.where(closed, end[comma], -1))
    begin[some] = np.where(opens >= stop[some], opens, -1)
    next_comma = next_after(marks.cue("comma"), marks.sentences, said)
    finish[some] = np.where(next_comma >= 0, start[next_comma], finish[some])
    return begin, finish


def _or_null(numbers: Ints) -> pl.Series:
    """Numbers as a column, null where they are below 0."""
    values = pl.Series(numbers)
    return values.set(values < 0, None)


@dataclass(frozen=True)
class _Pairs:
    """Each clause with each actor phrase of its sentence, by clause and then by phrase."""

    size: int  # number of clauses
    clause: Ints
    p: Ints

    def best(self, which: Bools, cost: Ints) -> Ints:
        """For each clause the phrase of least `cost` among `which`, the first of equals; -1 where there is none."""
        some = np.flatnonzero(which)[::-1]
        some = some[np.argsort(-cost[some], kind="stable")]
        chosen = np.full(self.size, -1, dtype=np.int64)
        chosen[self.clause[some]] = self.p[some]  # the best is written last
        return chosen

    def distance(self, chosen: Ints, away: Ints) -> Ints:
        """For each clause how far its chosen phrase is, a large number where none is."""
        far = np.full(self.size, np.iinfo(np.int64).max)
        its = self.p == chosen[self.clause]
        far[self.clause[its]] = away[its]
        return far


def _pair(clauses: Ints, phrases: Ints) -> tuple[Ints, Ints]:
    """Every clause with every phrase of the same number: their positions. Phrases are sorted by it."""
    low = np.searchsorted(phrases, clauses, side="left")
    many = np.searchsorted(phrases, clauses, side="right") - low
    one = np.repeat(np.arange(len(clauses)), many)
    return one, np.arange(len(one)) - np.repeat(np.cumsum(many) - many - low, many)


def choose_sides(clauses: pl.DataFrame, phrases: pl.DataFrame) -> pl.DataFrame:
    """Add `source` and `target`: rows of `phrases` (actor phrases with `p`, their number), null where none is named.

    `directed` is false where both sides act alike. Clauses and phrases are sorted by sentence.
    """
    c = clauses.select(pl.col(_PLACED + _CUES).cast(pl.Int64).fill_null(-1), *_FLAGS, *_acts())
    c_start, c_end, between_end = (c[name].to_numpy() for name in ("start", "end", "between_end"))
    f = _facts(phrases)
    sides = f["is_side"].arg_true().to_numpy().astype(np.int64)
    coord = f["coord"].to_numpy()
    clause, number = _pair(c["sent"].to_numpy(), f["sent"].to_numpy()[sides])
    pairs = _Pairs(clauses.height, clause, sides[number])
    start, end = f["start"].to_numpy()[pairs.p], f["end"].to_numpy()[pairs.p]
    cost = np.where(f["vague"].to_numpy()[pairs.p], _AGENT_COST, 0)
    first, last = c_start[clause], c_end[clause]
    # "soldiers seized power", "thousands of students marched": the subject is a part of the trigger
    # ... and what ends it is its object: "clashed with police"
    inside = (start == first) | (c["protest"].to_numpy()[clause] & (end < last))
    before, after = (start < first) | inside, (start >= first) & ~inside
    away = np.maximum(np.where(start < first, first - end, start - last), 0)
    near = away <= _SIDE_REACH
    said_end = c["said_end"].to_numpy()[clause]
    said = start < said_end
    led = start < c["lead_end"].to_numpy()[clause]
    by = c["by_end"].to_numpy()[clause]
    by_side = (by >= first) & (by - last <= _BY_REACH) & (start >= by) & (start - by <= _BY_REACH)
    gap = between_end - c_end
    between = (between_end >= 0) & (gap >= -_BY_REACH) & (gap <= _BETWEEN_REACH)

    # the first actor of the clause is its subject; one that says or that an opening adjunct names only stands in for it
    outside = said | (start < c["own_start"].to_numpy()[clause])
    rank = np.where(led, _LED, np.where(outside, _STANDS_IN, 0))
    # "Moscow heard what Kyiv said, condemning ...": of speakers the nearest
    place = np.where(said & c["participle"].to_numpy()[clause], said_end - end, start)
    subject = pairs.best(before & near, rank + place + cost)
    nearest = pairs.best(before & near, rank + away)
    agent = pairs.best(by_side, away)
    both = pairs.best(between[clause] & (start >= between_end[clause]), start)
    both = np.where(c["third"].to_numpy() & (subject >= 0), -1, both)
    # "by" names the source of a passive and of a noun; behind an active verb with a subject it belongs to something else
    passive = c["passive"].to_numpy() & (both < 0)
    # "rejected mediation by Kenya": what is said has its subject for a source
    next_by = c["by_next"].to_numpy() & ~(c["third"].to_numpy() & (subject >= 0))
    next_by &= at(f["start"].to_numpy(), agent, 0) - c["by_end"].to_numpy() <= _AGENT_NEXT
    by_names = (agent >= 0) & (passive | (subject < 0) | next_by)
    source = np.where(both >= 0, both, np.where(by_names, agent, np.where(passive, -1, subject)))

    s_coord = at(coord, source, -1)
    own = (pairs.p == source[clause]) | (by_names[clause] & by_side)
    fellow = (coord[pairs.p] == s_coord[clause]) & (s_coord[clause] >= 0) & (both[clause] < 0)
    told_start = c["told_start"].to_numpy()[clause]
    told = (told_start >= 0) & (start >= told_start) & (start < c["told_end"].to_numpy()[clause])
    apart_start = np.where(c["protest"], -1, c["apart_start"].to_numpy())[clause]
    apart = (apart_start >= 0) & (start >= apart_start)
    others = after & near & ~own & ~fellow & ~told
    behind = pairs.best(others & ~apart, away + cost)
    # "seized the town after fighting with the army": of whom a place is won
    beaten = np.where(c["war"].to_numpy(), pairs.best(others & apart, away + cost), -1)
    behind = np.where(behind >= 0, behind, beaten)
    nearest = np.where(nearest == source, -1, nearest)
    target = np.where(passive | (by_names & (behind < 0)), nearest, behind)
    named = (target >= 0) & ~at(f["vague"].to_numpy(), target, True)
    partner = _partners(source, coord, f["code"].to_numpy())
    # "Egyptian and Qatari mediators met a Hamas delegation": an object of its own is the other side
    direct = named & (pairs.distance(target, away) <= _ARTICLE)
    alike = c["reciprocal"] | (c["mutual"] & ~pl.Series(direct)) | (c["mutual_alone"] & pl.Series(~named))
    mutual = (partner >= 0) & alike.to_numpy()
    target = np.where(mutual, partner, target)
    # "Egypt said that Israel must withdraw": the speaker demands it of the subject
    speaker = pairs.best(said & before, away)
    demands = c["must"].to_numpy() & (speaker >= 0) & (subject != speaker)
    source, target = np.where(demands, speaker, source), np.where(demands, subject, target)
    # "the town will be defended, the president said": of a word without a subject the speaker is the source
    teller = np.where(c["third"].to_numpy() & ~passive & (source < 0), pairs.best(told, start), -1)
    source = np.where((teller >= 0) & (teller != target), teller, source)
    # "the two countries" are those that the report named last
    recalled = np.flatnonzero(c["both_named"].to_numpy() & (source < 0) & (target < 0))
    source[recalled], target[recalled] = _last_two(
        c["sent"].to_numpy()[recalled], clauses["row"].to_numpy()[recalled], f, sides
    )
    target = _place_as_target(c, f, source, target)
    return clauses.with_columns(
        directed=pl.col("directed") & ~pl.Series(mutual),
        source=_or_null(source).cast(pl.UInt32),
        target=_or_null(target).cast(pl.UInt32),
    )


def _acts() -> list[pl.Expr]:
    """What the code of a clause says of its sides: `protest`, `mutual` (both sides do it), `mutual_alone` (if no target)."""
    table = load_seed("coding/reciprocal", "cameo_prefix")
    alone = pl.col("needs_no_target") == "true"
    return [
        _starts(["14"]).alias("protest"),
        _starts(_BY_A_THIRD).alias("third"),
        _starts(table.filter(~alone)["cameo_prefix"].to_list()).alias("mutual"),
        _starts(table.filter(alone)["cameo_prefix"].to_list()).alias("mutual_alone"),
        _starts(_DONE_AT_HOME).alias("at_home"),
        _starts(["192"]).alias("war"),
        pl.col("sub_event_type").is_null().alias("no_type"),
    ]


def _starts(prefixes: list[str]) -> pl.Expr:
    """Does the code begin with one of the prefixes?"""
    sizes = sorted({len(prefix) for prefix in prefixes})
    listed = (
        pl.col("cameo_code").str.slice(0, size).is_in([prefix for prefix in prefixes if len(prefix) == size])
        for size in sizes
    )
    return pl.any_horizontal(listed).fill_null(value=False)


def _facts(phrases: pl.DataFrame) -> pl.DataFrame:
    """What the choice needs of the phrases, as numbers: texts are numbered, null is -1."""
    texts = pl.col("country", "cameo_code").cast(pl.Categorical).to_physical()
    kind = pl.col("kind").fill_null("")
    return phrases.select(
        pl.col("row", *_PLACED, "coord").cast(pl.Int64).fill_null(-1),
        texts.cast(pl.Int64).fill_null(-1),
        is_side=~kind.is_in([*REPORTERS, "location", "region"]),
        is_place=kind == "location",
        vague=pl.col("agent") & pl.col("country").is_null(),
    ).rename({"cameo_code": "code"})


def _partners(source: Ints, coord: Ints, code: Ints) -> Ints:
    """The first phrase in the source's coordination that is of another country or group; -1 where there is none."""
    order = np.argsort(coord, kind="stable")
    asking = np.flatnonzero(at(coord, source, -1) >= 0)
    one, other = _pair(coord[source[asking]], coord[order])
    clause, p = asking[one], order[other]
    differs = (p != source[clause]) & (code[p] != code[source[clause]])
    partner = np.full(len(source), -1, dtype=np.int64)
    partner[clause[differs][::-1]] = p[differs][::-1]  # the first is written last
    return partner


def _last_two(sent: Ints, row: Ints, facts: pl.DataFrame, sides: Ints) -> tuple[Ints, Ints]:
    """The last two sides of different countries that the report names before a sentence, in their order; -1, -1 for none."""
    country, rows = facts["country"].to_numpy(), facts["row"].to_numpy()
    known = sides[country[sides] >= 0]
    second = np.searchsorted(facts["sent"].to_numpy()[known], sent) - 1
    one, two = np.full(len(sent), -1, dtype=np.int64), at(known, second, -1)
    for back in range(1, _RECALLED):
        p = at(known, np.maximum(second - back, -1), -1)
        fits = (one < 0) & (p >= 0) & (at(rows, p, -1) == row) & (at(country, p, -1) != at(country, two, -1))
        one = np.where(fits, p, one)
    named = (one >= 0) & (at(rows, two, -1) == row)
    return np.where(named, one, -1), np.where(named, two, -1)


def _place_as_target(clauses: pl.DataFrame, facts: pl.DataFrame, source: Ints, target: Ints) -> Ints:
    """CAMEO takes the state in which an act is done as its target ("imposed a curfew in Haiti"); ACLED types do not.

    So it does where the target is of the source's own country, and the place is not ("Israel closed the West Bank"). In its own
    country a government coerces and fights ("imposed a curfew in Haiti"), it does not meet or host itself.
    """
    country = facts["country"].to_numpy()
    own, other = at(country, source, -1), at(country, target, -1)
    # "recalled its ambassador from Iran": a noun of no country is of the source's own
    domestic = (target >= 0) & ((other == own) | at(facts["vague"].to_numpy(), target, False))
    no_type = clauses["no_type"].to_numpy()
    asking = np.flatnonzero(((target < 0) | (domestic & no_type)) & (source >= 0))
    places = np.flatnonzero(facts["is_place"].to_numpy() & (country >= 0))
    one, number = _pair(clauses["sent"].to_numpy()[asking], facts["sent"].to_numpy()[places])
    clause, p = asking[one], places[number]
    behind = facts["start"].to_numpy()[p] >= clauses["start"].to_numpy()[clause]
    # "a village in northern Iraq was shelled": in a passive the place stands with the subject
    behind |= clauses["passive"].to_numpy()[clause]
    abroad = (country[p] != own[clause]) & (own[clause] >= 0)
    at_home = (target < 0) & no_type & clauses["at_home"].to_numpy()
    taken = behind & (abroad | at_home[clause])
    chosen = target.copy()
    chosen[clause[taken][::-1]] = p[taken][::-1]  # the first is written last
    return chosen

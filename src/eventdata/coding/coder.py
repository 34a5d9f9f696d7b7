"""The order of the stages: reports in, events out, one batch at a time.

clean > scan > passages (sub-events, CAMEO acts) > clauses (status, dates, counts, sides, places) > events. No state crosses a
batch, so threads and processes may code batches side by side.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from eventdata.coding.acts import OPERATORS, ActModel, build_act_model
from eventdata.coding.clean import clean
from eventdata.coding.events import assemble, attributions, merge_clauses
from eventdata.coding.evidence import EvidenceModel, Marks, build_model
from eventdata.coding.lexicon import Lexicon, default_lexicon
from eventdata.coding.passages import Passages, Triggers, build_triggers, find_clauses, read_passages
from eventdata.coding.scan import scan
from eventdata.coding.sides import choose_sides, clause_cues
from eventdata.coding.status import clause_status, past_status
from eventdata.coding.words import Classes
from eventdata.resolve._dates_clauses import event_dates
from eventdata.resolve.actor_abbreviations import with_abbreviations
from eventdata.resolve.actor_references import link_references
from eventdata.resolve.actors import actor_phrases
from eventdata.resolve.counts import count_expressions, event_counts
from eventdata.resolve.dates import date_expressions
from eventdata.resolve.places import event_places, place_mentions
from eventdata.result import NO_CO_ACTORS
from eventdata.schema import Event, Evidence, empty_frame

_RECIPROCAL_CODES = ["036", "040", "041", "044", "046", "057", "062"]  # both sides do them
_TOLL_TYPES = ["Attack", "Armed clash"]  # what a sentence with deaths and nothing else is read as
_VIOLENT_TYPES = [
    "Armed clash", "Attack", "Air/drone strike", "Shelling/artillery/missile attack", "Suicide bomb", "Grenade",
    "Remote explosive/landmine/IED", "Chemical weapon", "Mob violence", "Excessive force against protesters",
    "Government regains territory", "Non-state actor overtakes territory",
]  # fmt: skip
_OWN_TIERS = ["located after", "located before", "named"]  # a place that the clause itself names
_DATE_RANKS = {"explicit": 0, "publication": 0, "dateline": 2, "previous": 1, "assumed": 3, "none": 4}


@dataclass(frozen=True)
class Coder:
    """The compiled tables that code a batch."""

    lexicon: Lexicon
    evidence: EvidenceModel
    acts: ActModel
    triggers: Triggers


@dataclass(frozen=True)
class Coded:
    """Events and evidence of a batch; `reasons` says for each report without an event why (`row`, `reason`)."""

    events: pl.DataFrame
    evidence: pl.DataFrame
    co_actors: pl.DataFrame
    reasons: pl.DataFrame
    merged: int
    dropped: int


def build_coder(lexicon: Lexicon, rules: pl.DataFrame | None = None) -> Coder:
    """Compile the rules against a lexicon; `rules` replaces the evidence rules."""
    evidence = build_model(lexicon.classes, rules)
    acts = build_act_model(lexicon.classes)
    return Coder(lexicon, evidence, acts, build_triggers(evidence, acts, lexicon.classes))


@cache
def default_coder() -> Coder:
    """The coder of the tables that come with the package, compiled once per process."""
    return build_coder(default_lexicon())


def find_marks(reports: pl.DataFrame, lexicon: Lexicon) -> pl.DataFrame:
    """Marks of a batch with the keys of every module (`actor`, `place`, `date`, `count`, `cls`, `ing`)."""
    marks = scan(reports, lexicon.patterns)
    return marks.hstack(lexicon.keys.select(pl.all().gather(marks["ref"])))


def code_batch(reports: pl.DataFrame, coder: Coder, *, vectors: bool = True) -> Coded:
    """Events of a batch of reports (`row` 0, 1, ... and the columns of `Report`)."""
    reports = reports.with_columns(clean=clean(pl.col("text")))
    marks = find_marks(reports, coder.lexicon)
    if marks.is_empty():
        reasons = reports.select("row", reason=pl.lit("no-trigger"))
        return Coded(empty_frame(Event), empty_frame(Evidence), NO_CO_ACTORS, reasons, 0, 0)
    classes = coder.lexicon.classes
    passages = read_passages(marks, reports, coder.evidence, coder.acts, classes, vectors=vectors)
    sent_start = marks["sent_start"].to_numpy().astype(np.int64)
    found = find_clauses(passages, marks, coder.evidence, coder.acts, coder.triggers, classes)
    found = clause_status(found, passages.marks)
    happened = found.filter(pl.col("status").is_not_null())
    clauses = _with_possible_sides(happened, marks, passages.marks, classes)
    clauses = _describe(clauses, coder, passages, reports)
    near = _marks_near(marks, clauses, passages)
    clauses = _date_and_count(clauses.with_row_index("clause_number"), near, reports)
    phrases = actor_phrases(_actor_marks(near, coder.lexicon), reports, coder.lexicon.actors)
    phrases = _without_descriptions(phrases, marks.filter(passages.marks.cue("where_noun")))
    phrases = with_abbreviations(phrases, near, reports)
    phrases = link_references(phrases, reports).drop("refers_to")
    phrases = phrases.with_row_index("p")
    mentions = place_mentions(near, reports, phrases)
    phrases = _in_datelines(phrases, mentions)
    clauses = clauses.with_columns(be=marks["be"].gather(clauses["mark"]))
    clauses = choose_sides(clause_cues(clauses, passages.marks, sent_start), phrases)
    places = _without_borrowed(_places(clauses, mentions), clauses)
    clauses = _foreign_gains(_merge_keys(clauses, places, phrases), places, phrases)
    clauses = merge_clauses(_with_tolls(clauses, passages.marks, classes))
    say = pl.Series(passages.marks.cue("say"))
    made = assemble(clauses, places, phrases, attributions(marks.filter(say), phrases), reports)
    merged = clauses.height - clauses["group"].n_unique()
    reasons = _reasons(reports, made.events, found, passages, coder)
    return Coded(made.events, made.evidence, made.co_actors, reasons, merged, found.height - clauses.height)


def _actor_marks(marks: pl.DataFrame, lexicon: Lexicon) -> pl.DataFrame:
    """Marks of actors, with those inside of longer phrases of acts."""
    named = marks.filter(pl.col("actor").is_not_null())
    hidden = marks.filter(pl.col("actor").is_null()).drop("actor").join(lexicon.inner, on="ref", how="inner")
    start = pl.col("start") + pl.col("offset").cast(pl.UInt32)
    hidden = hidden.with_columns(start=start, end=start + pl.col("size").cast(pl.UInt32)).select(
        named.columns
    )
    return pl.concat([named, hidden]).sort("row", "start")


def _without_descriptions(phrases: pl.DataFrame, where_nouns: pl.DataFrame) -> pl.DataFrame:
    """Without the actors that only describe a place: "a rebel stronghold", "government-held areas"."""
    at = where_nouns.select("row", pl.col("start").alias("end"))
    both = pl.concat([at, at.with_columns(pl.col("end") - pl.col("end").clip(0, 1))]).unique()
    return phrases.join(both, on=["row", "end"], how="anti", maintain_order="left")


def _in_datelines(phrases: pl.DataFrame, mentions: pl.DataFrame) -> pl.DataFrame:
    """The phrases, those in a dateline ("KYIV, Ukraine (AP)") as what they are: places."""
    lines = mentions.filter(pl.col("use") == "dateline").select("row", "start", _line=True)
    found = phrases.join(lines, on=["row", "start"], how="left", maintain_order="left")
    in_line = pl.col("_line").fill_null(value=False)
    return found.with_columns(kind=pl.when(in_line).then(pl.lit("location")).otherwise("kind")).drop("_line")


def _with_possible_sides(
    clauses: pl.DataFrame, marks: pl.DataFrame, arrays: Marks, classes: Classes
) -> pl.DataFrame:
    """Without the clauses outside of ACLED's taxonomy whose sentence names nobody: in a longer report they are no rows.

    What tells of deaths or displacement stays: it may be a total over a period, which needs no sides.
    """
    actor = marks["actor"].is_not_null().to_numpy()
    trigger = clauses["mark"].to_numpy()
    unit, toll = arrays.unit[trigger], classes.flag("e:casualty", "e:displaced_or_fled")[arrays.cls[trigger]]
    with_actor = np.zeros(int(arrays.unit[-1]) + 1, dtype=np.bool_)
    with_actor[arrays.unit[actor]] = True
    return clauses.filter((pl.col("label") >= 0) | pl.col("short") | pl.Series(with_actor[unit] | toll))


def _marks_near(marks: pl.DataFrame, clauses: pl.DataFrame, passages: Passages) -> pl.DataFrame:
    """Marks of the sentences with clauses, of their neighbours, and of the first one of each report: where values stand."""
    first = passages.sentences["rank"].to_numpy() == 0
    told = np.zeros(len(first), dtype=np.bool_)
    told[clauses["passage"].to_numpy()] = True
    # a sentence without marks has no number here, so neighbours are those whose numbers follow each other
    sent = passages.sentences["sent"].to_numpy()
    touches = ~first[1:] & (sent[1:] - sent[:-1] == 1)
    asked = first | told
    asked[:-1] |= touches & told[1:]
    asked[1:] |= touches & told[:-1]
    return marks.filter(pl.Series(asked[passages.marks.unit]))


def _describe(clauses: pl.DataFrame, coder: Coder, passages: Passages, reports: pl.DataFrame) -> pl.DataFrame:
    """Names for the numbers of the clauses, the bytes of their sentences, and the confidence."""
    labels, codes = coder.evidence.labels, coder.acts.codes
    label, code = clauses["label"].to_numpy(), clauses["code"].to_numpy()
    sub_event = pl.Series(labels).gather(pl.Series(label).set(pl.Series(label < 0), None))
    cameo = pl.Series([code or None for code in codes]).gather(code)
    same_report = pl.col("row") == pl.col("row").shift(-1)
    following = passages.sentences.select(
        sent_end=pl.when(same_report).then(pl.col("sent_start").shift(-1)), sent_start="sent_start"
    )
    x = clauses.with_columns(
        sub_event_type=sub_event,
        cameo_code=cameo,
        crosswalk=pl.when(pl.col("coded") == "crosswalk").then(pl.lit("medium")).otherwise(pl.lit("native")),
        rule_id=_rule_ids(clauses),
    )
    x = x.hstack(following.select(pl.all().gather(clauses["passage"]))).join(
        reports.select("row", "published", _bytes=pl.col("clean").str.len_bytes()),
        on="row",
        how="left",
        maintain_order="left",
    )
    return x.with_columns(
        sent_end=pl.coalesce("sent_end", "_bytes"),
        type=pl.coalesce("sub_event_type", pl.col("cameo_code").str.slice(0, 2)),
        confidence=confidence(),
        directed=pl.col("sub_event_type").is_in(["Armed clash", "Agreement"]).fill_null(value=False).not_()
        & ~pl.col("cameo_code").is_in(_RECIPROCAL_CODES).fill_null(value=False),
    ).drop("_bytes")


def _rule_ids(clauses: pl.DataFrame) -> pl.Series:
    """`evidence` for a sub-event by evidence, `act` or `act+OPERATOR` for a CAMEO reading, joined by "+" where both."""
    acts = pl.Series(["act", *(f"act:{name.lower()}" for name in OPERATORS)])
    act = pl.lit(acts.gather(clauses["operator"]))
    parts = (
        pl.when((pl.col("label") >= 0) & (pl.col("coded") == "act"))
        .then(pl.concat_str(pl.lit("evidence+"), act))
        .when(pl.col("label") >= 0)
        .then(pl.lit("evidence+crosswalk"))
        .otherwise(act)
    )
    return clauses.select(parts.alias("rule_id"))["rule_id"]


_ASIDE = 0.8  # what an act beside the main act of a short report keeps of its confidence


def confidence() -> pl.Expr:
    """Chance that the reading is right, from the lead over the second-best and the score of the act."""
    lead = (pl.col("evidence_score") - pl.col("second_score")).clip(0, 12)
    by_evidence = 1 / (1 + (-(0.25 * lead + 0.06 * pl.col("evidence_score"))).exp())
    by_act = 1 / (1 + (-(0.9 * pl.col("act_score").clip(-1, 3.5) - 0.8)).exp())
    # a note or snippet has one main act, which the evidence of the whole names; what else it tells is a side of it
    aside = pl.col("short") & (pl.col("label") < 0) & (pl.col("label") >= 0).any().over("row")
    return (
        (
            pl.when((pl.col("label") >= 0) & (pl.col("coded") == "act"))
            .then(0.6 * by_evidence + 0.4 * by_act)
            .when(pl.col("label") >= 0)
            .then(by_evidence)
            .otherwise(pl.when(aside).then(_ASIDE * by_act).otherwise(by_act))
            - 0.02 * pl.col("rank").clip(0, 10)
        )
        .clip(0.02, 0.99)
        .round(3)
    )


def _date_and_count(clauses: pl.DataFrame, marks: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Dates and counts of the clauses, and the status that they tell of."""
    expressions = date_expressions(marks, reports)
    counts = count_expressions(marks, reports)
    x = clauses.hstack(event_dates(clauses, expressions, reports))
    x = past_status(x, expressions, counts)
    ranks = pl.col("date_anchor").replace_strict(_DATE_RANKS, default=5, return_dtype=pl.Int64)
    # a total is of the period that its sentence speaks of, which is a row of its own: background, never a day's deaths
    whole = counts.with_columns(scope=pl.lit("event"))
    parts = [
        event_counts(x.filter(~pl.col("is_total")), counts),
        event_counts(x.filter("is_total"), whole),
    ]
    return pl.concat(parts, how="diagonal_relaxed").sort("clause_number").with_columns(date_rank=ranks)


def _places(clauses: pl.DataFrame, mentions: pl.DataFrame) -> pl.DataFrame:
    """Places of the clauses under the names of the event table."""
    x = event_places(clauses, mentions)
    is_country = (pl.col("kind") == "country").fill_null(value=False)
    return x.select(
        "clause",
        "n",
        tier="source",
        location=pl.when(is_country).then(None).otherwise("name"),
        place_text="text",
        place_start="start",
        place_end="end",
        admin1="admin1",
        country="country",
        iso3="iso3",
        latitude="latitude",
        longitude="longitude",
        geoname_id="geoname_id",
        geo_precision="geo_precision",
        place_issue=pl.when(is_country & pl.col("issue").is_null())
        .then(pl.lit("country-only"))
        .otherwise("issue"),
    )


def _without_borrowed(places: pl.DataFrame, clauses: pl.DataFrame) -> pl.DataFrame:
    """Without the places that a total over a period has from other sentences: of these it keeps the country."""
    total = clauses["is_total"].gather(places["clause"])
    borrowed = pl.Series(total) & ~places["tier"].is_in(_OWN_TIERS)
    kept = places.filter(~borrowed | (pl.col("n") == 0))
    country = ("tier", "country", "iso3", "clause", "n")
    alone = borrowed.filter(~borrowed | (places["n"] == 0))
    return kept.with_columns(
        pl.when(alone).then(None).otherwise(name).alias(name) for name in kept.columns if name not in country
    )


def _merge_keys(clauses: pl.DataFrame, places: pl.DataFrame, phrases: pl.DataFrame) -> pl.DataFrame:
    """Add `own_place`, `own_date`, `source_role`: what keeps two clauses of one type apart, null where not named."""
    own = places.filter((pl.col("n") == 0) & pl.col("tier").is_in(_OWN_TIERS))
    own = own.select(_n=pl.col("clause").cast(pl.UInt32), own_place="location")
    x = (
        clauses.with_row_index("_n")
        .join(own, on="_n", how="left", validate="1:1", maintain_order="left")
        .drop("_n")
    )
    roles = phrases.select(source="p", source_role=pl.coalesce("role", "inter"))
    x = x.join(roles, on="source", how="left", validate="m:1", maintain_order="left")
    x = x.with_columns(
        source_role=pl.when("directed").then("source_role")
    )  # of a clash either side may stand first
    named = pl.col("date_rank") <= 1
    return x.with_columns(
        own_date=pl.when(named).then("event_date"),
        type=pl.when("is_total").then(pl.lit("total")).otherwise("type"),  # no part of any one event
    )


def _foreign_gains(clauses: pl.DataFrame, places: pl.DataFrame, phrases: pl.DataFrame) -> pl.DataFrame:
    """Territory that a foreign state takes is, by ACLED's codebook, not regained by the government but overtaken."""
    gains = pl.col("sub_event_type") == "Government regains territory"
    taken = clauses.select("source", "sub_event_type").with_row_index("clause").filter(gains)
    where = places.filter(pl.col("n") == 0).select(pl.col("clause").cast(pl.UInt32), "iso3")
    forces = phrases.select(source="p", country="country")
    both = taken.join(where, on="clause", how="inner").join(forces, on="source", how="inner")
    abroad = both.filter(pl.col("country") != pl.col("iso3"))["clause"]
    is_foreign = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(abroad.implode())
    overtaken = pl.when(is_foreign).then(pl.lit("Non-state actor overtakes territory"))
    return clauses.with_columns(overtaken.otherwise(name).alias(name) for name in ("sub_event_type", "type"))


def _with_tolls(clauses: pl.DataFrame, marks: Marks, classes: Classes) -> pl.DataFrame:
    """A sentence that only says who died ("the spokesman said five fighters were killed") tells of the act before it.

    Such a clause takes on the type of the violent act of the sentence before, where it names no place of its own.
    """
    dies = classes.flag("e:casualty") & ~classes.flag("e:attack", "e:clash", "e:shooting")
    only = pl.Series(dies[marks.cls[clauses["mark"].to_numpy()]])
    # clauses stand in the order of the text
    same = (
        (pl.col("row") == pl.col("row").shift())
        & (pl.col("status") == pl.col("status").shift())
        & (pl.col("sent") - pl.col("sent").shift() <= 1)
    )
    before = pl.col("type").shift()
    joins = (
        only
        & same
        & pl.col("sub_event_type").is_in(_TOLL_TYPES)
        & pl.col("own_place").is_null()
        & ~pl.col("is_total")
        & before.is_in(_VIOLENT_TYPES)
    ).fill_null(value=False)
    return clauses.with_columns(
        type=pl.when(joins).then(before).otherwise("type"),
        source_role=pl.when(joins).then(None).otherwise("source_role"),
    )


def _reasons(
    reports: pl.DataFrame, events: pl.DataFrame, found: pl.DataFrame, passages: Passages, coder: Coder
) -> pl.DataFrame:
    """Why reports have no event: `no-trigger`, `outside-taxonomy` (an accident, a crime ...), `status` (it did not happen)."""
    without = reports.select("row", "report_id").join(
        events.select("report_id").unique(), on="report_id", how="anti", maintain_order="left"
    )
    dropped = found.filter(pl.col("status").is_null())["row"].unique()
    is_none = np.array([label.startswith("none") for label in coder.evidence.labels])
    best, top, _, _ = passages.scores.best()
    outside = passages.sentences.filter(pl.Series(is_none[best] & (top > 1)))["row"].unique()
    return without.select(
        "row",
        reason=pl.when(pl.col("row").is_in(dropped.implode()))
        .then(pl.lit("status"))
        .when(pl.col("row").is_in(outside.implode()))
        .then(pl.lit("outside-taxonomy"))
        .otherwise(pl.lit("no-trigger")),
    )

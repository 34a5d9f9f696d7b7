"""From clauses to events: repeats of one act merge, several places or air forces make several rows.

One row is one act x one place x one date interval x one pair of sides. Within a report, clauses of the same type merge unless
their places, dates or sources differ; a clause that names no place, date or source of its own takes on those of the clause
before it. Every supporting span is kept as evidence.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.coding.neighbours import Groups, at, group_by_start, last_before, next_after
from eventdata.resolve.actor_labels import compose_code, compose_names, external_inter, interaction
from eventdata.resolve.places import country_codes
from eventdata.schema import Event, Evidence, conform
from eventdata.seeds import load_seed

# Strikes of two forces that the text tells apart are two acts.
_SPLIT_BY_SOURCE = ("Air/drone strike", "Shelling/artillery/missile attack")
_OWN_PLACE = ("located after", "located before", "named", "origin")
_CIVILIANS = "Civilians"
_PUBLIC = ("OPP", "REB", "MIL", "PTY")  # nouns whose word is news: "the opposition rejected ..."
_SURE_ACT = 1.9  # score of a CAMEO reading that needs no target to be a row of its own
_STATE_ROLES = (
    "GOV",
    "MIL",
    "COP",
    "LEG",
    "JUD",
    "SPY",
    "OPP",
    "REB",
    "CVL",
    "UAF",
    "PTY",
    "LAB",
    "EDU",
    "REL",
    "SEP",
    "INS",
    "RAD",
    "REF",
    "CRM",
    "BUS",
    "AGR",
    "MED",
    "HLH",
    "HRI",
    "ENV",
)
_OF_FIRST = [
    "group", "row", "start", "end", "sent_start", "sent_end", "published", "status", "sub_event_type", "cameo_code",
    "crosswalk", "rule_id", "directed", "short", "act_score",
    "is_total",
]  # fmt: skip
_OF_DATE = [
    "event_date", "event_date_end", "time_precision", "date_precision", "date_anchor", "date_text", "date_issue",
]  # fmt: skip
_COUNTS = [
    "fatalities", "fatalities_low", "fatalities_high", "fatalities_text", "injured", "displaced", "arrested", "crowd_size",
]  # fmt: skip


@dataclass(frozen=True)
class Assembled:
    """Events, evidence, and the co-actors of each side (`event_id`, `side` "1" or "2", `actor`, `code`, `country`)."""

    events: pl.DataFrame
    evidence: pl.DataFrame
    co_actors: pl.DataFrame


def merge_clauses(clauses: pl.DataFrame) -> pl.DataFrame:
    """Add `group`: clauses of one event share it (the number of its first clause).

    Reads `row`, `type` (sub-event, else the CAMEO root), `status`, `own_place`, `own_date`, `source_role`, `start`.
    """
    x = clauses.with_row_index("clause")
    codes = x.select(
        "start",
        key=_number(["row", "type", "status"]),
        place=_number(["own_place"]),
        date=_number(["own_date"]),
        role=_number(["source_role"]),
    )
    key, start = codes["key"].to_numpy(), codes["start"].to_numpy()
    order = np.lexsort((start, key))
    groups = group_by_start(
        np.concatenate([np.ones(min(1, len(key)), dtype=np.bool_), np.diff(key[order]) != 0])
    )
    known = [_filled(codes[name], order, groups) for name in ("place", "date", "role")]
    # in this order the first clause of an event comes first
    parts = pl.DataFrame({"key": key[order], **{str(i): values for i, values in enumerate(known)}})
    numbers = parts.select(_number(parts.columns)).to_series().to_numpy()
    _, first, of = np.unique(numbers, return_index=True, return_inverse=True)
    group = np.empty(len(key), dtype=np.uint32)
    group[order] = order[first[of]]
    return x.with_columns(group=pl.Series(group))


def _number(columns: list[str]) -> pl.Expr:
    """The same number for equal values of `columns`; of one column null stays null."""
    return pl.col(columns[0]).rank("dense") if len(columns) == 1 else pl.struct(columns).rank("dense")


def _filled(codes: pl.Series, order: npt.NDArray[np.int64], groups: Groups) -> npt.NDArray[np.int64]:
    """Numbers in `order`; where null, that of the one before in its group, else of the one behind; -1 where all are null."""
    values = codes.cast(pl.Int64).fill_null(-1).to_numpy()[order]
    some = values >= 0
    number = np.arange(len(values))
    before = last_before(some, groups)
    behind = next_after(some, groups)
    source = np.where(some, number, np.where(before >= 0, before, behind))
    return at(values, source, -1)


def attributions(say: pl.DataFrame, phrases: pl.DataFrame) -> pl.DataFrame:
    """Whose word each sentence is: `sent`, `p` (number of the phrase); reporters, and the actors beside a verb of saying."""
    reporters = phrases.filter(pl.col("kind").is_in(["media", "monitor"])).select("sent", "p")
    said = say.select("sent", s_start=pl.col("start").cast(pl.Int64), s_end=pl.col("end").cast(pl.Int64))
    near = said.join(
        phrases.filter(pl.col("kind").ne_missing("location")).select(
            "sent", "p", pl.col("start").cast(pl.Int64), pl.col("end").cast(pl.Int64)
        ),
        on="sent",
        how="inner",
    )
    speaker = ((pl.col("s_start") - pl.col("end")).is_between(0, 22)) | (
        (pl.col("start") - pl.col("s_end")).is_between(0, 5)
    )
    near = near.filter(speaker).select("sent", "p")
    return pl.concat([reporters, near]).unique().sort("sent", "p")


def _side(phrases: pl.DataFrame, index: pl.Series, number: str) -> pl.DataFrame:
    """Columns of one side, for the phrases of these numbers; null where there is none."""
    names = {
        "actor": "actor", "_assoc_": "assoc", "code": "cameo_code", "country": "country", "role": "role", "inter": "inter",
        "kind": "kind", "agent": "agent", "coord": "coord", "issue": "issue",
    }  # fmt: skip
    x = phrases.select(
        pl.col(name).gather(index).alias(f"{column}{number}") for column, name in names.items()
    )
    return x.with_columns(pl.col(f"country{number}").is_not_null().alias(f"named{number}"))


def _with_context_country(events: pl.DataFrame, phrases: pl.DataFrame, number: str) -> pl.DataFrame:
    """A noun without a country ("the army", "rebels") is of the event's country; its code and name are composed anew.

    Where the event has none either, it is the country that most actors of the report are of.
    """
    bare = (
        pl.col(f"agent{number}")
        & pl.col(f"country{number}").is_null()
        & pl.col(f"role{number}").is_in(_STATE_ROLES)
        & (pl.col(f"kind{number}") != "weapon")  # tanks and drones are anybody's
    )
    x = events.with_columns(_bare=bare)
    asked = x.filter(pl.col("_bare") & pl.col("iso3").is_null())["row"].unique()
    x = x.join(_report_country(phrases, asked), on="row", how="left", validate="m:1", maintain_order="left")
    context = pl.coalesce("iso3", "report_country")
    x = x.with_columns(
        pl.when("_bare").then(context).otherwise(f"country{number}").alias(f"country{number}")
    ).drop("report_country")
    renamed = x["_bare"] & x[f"country{number}"].is_not_null()
    some = renamed.fill_null(value=False).arg_true()
    bare_sides = x.select(
        pl.col(f"{name}{number}").gather(some).alias(name)
        for name in ("actor", "country", "role", "kind", "inter")
    )
    # few are different, and only those are composed
    said = ["country", "role", "kind", "inter"]
    distinct = bare_sides.select(said).unique()
    composed = distinct.with_columns(compose_names(distinct)["name"], code=compose_code())
    made = bare_sides.join(
        composed, on=said, how="left", nulls_equal=True, validate="m:1", maintain_order="left"
    )
    made = made.select("code", actor=pl.coalesce("name", "actor"))
    return x.with_columns(
        x[f"actor{number}"].scatter(some, made["actor"]), x[f"code{number}"].scatter(some, made["code"])
    ).drop("_bare")


def _report_country(phrases: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """The country that most actors of these reports are of, the first named of several: `row`, `report_country`."""
    named = phrases.select("row", "country").filter(
        pl.col("row").is_in(rows.implode()) & pl.col("country").is_not_null()
    )
    counts = named.group_by("row", "country", maintain_order=True).agg(pl.len())
    return (
        counts.sort("row", pl.col("len"), descending=[False, True], maintain_order=True)
        .unique("row", keep="first", maintain_order=True)
        .select("row", report_country="country")
    )


def _co_actors(events: pl.DataFrame, phrases: pl.DataFrame, side: str, number: str) -> pl.DataFrame:
    """The other phrases of a side's coordination: `event`, `side`, `actor`, `code`, `country`."""
    others = phrases.filter(pl.col("coord").is_not_null()).select(
        "coord", "p", "actor", code="cameo_code", country="country"
    )
    taken = pl.col("p").ne_missing(pl.col("source")) & pl.col("p").ne_missing(pl.col("target"))
    return (
        events.filter(~pl.col("split") if side == "source" else pl.lit(True))
        .select("event", "source", "target", _coord=pl.col(f"coord{number}"), _own=pl.col(f"actor{number}"))
        .filter(pl.col(side).is_not_null() & pl.col("_coord").is_not_null())
        .join(others, left_on="_coord", right_on="coord", how="inner", maintain_order="left")
        .filter(taken & (pl.col("actor") != pl.col("_own")))
        .unique(["event", "actor"], keep="first", maintain_order=True)
        .select("event", "actor", "code", "country", side=pl.lit(number))
    )


def _assoc_names(events: pl.DataFrame, co_actors: pl.DataFrame, number: str) -> pl.DataFrame:
    """Add `assoc_actor_<number>`: the co-actors of a side and the group ACLED puts beside it, split by "; "."""
    own = pl.col(f"_assoc_{number}")
    names = (
        co_actors.filter(pl.col("side") == number)
        .group_by("event", maintain_order=True)
        .agg(_names=pl.col("actor"))
    )
    names = names.join(events.select("event", own), on="event", how="inner", validate="1:1").select(
        "event",
        _names=pl.concat_list(own, "_names")
        .list.drop_nulls()
        .list.unique(maintain_order=True)
        .list.join("; "),
    )
    x = events.join(names, on="event", how="left", validate="1:1", maintain_order="left")
    return x.with_columns(
        pl.coalesce("_names", pl.when(own != "").then(own)).alias(f"assoc_actor_{number}")
    ).drop("_names")


def _split_sources(groups: pl.DataFrame, phrases: pl.DataFrame) -> pl.DataFrame:
    """One row per source where the forces of several countries strike, else one per group: `g`, `source`, `split`."""
    x = groups.select("source", "sub_event_type").with_row_index("g")
    of_source = phrases.select(pl.col("coord", "country").gather(groups["source"]))
    splits = pl.col("sub_event_type").is_in(_SPLIT_BY_SOURCE) & pl.col("coord").is_not_null()
    others = phrases.select("coord", _other="p", _other_country="country").drop_nulls(
        ["coord", "_other_country"]
    )
    more = (
        x.hstack(of_source)
        .filter(splits)
        .join(others, on="coord", how="inner", maintain_order="left")
        .filter(pl.col("_other_country") != pl.col("country"))
        .unique(["g", "_other_country"], keep="first", maintain_order=True)
        .select("g", source="_other")
    )
    return pl.concat([x.select("g", "source"), more]).with_columns(
        split=pl.col("g").is_in(more["g"].implode())
    )


def _rows(groups: pl.DataFrame, places: pl.DataFrame, phrases: pl.DataFrame) -> pl.DataFrame:
    """One row per event in the order of the text: `event`, `n`, `g` and `place` (rows of `groups` and `places`), `source`."""
    at = groups.select("row", "start", "group").with_row_index("g")
    named = places.select("group", "place_n").with_row_index("place").join(at, on="group", how="inner")
    x = _split_sources(groups, phrases).join(
        named.select("g", "place", "place_n"), on="g", how="left", maintain_order="left"
    )
    x = x.with_columns(at.select(pl.col("row", "start").gather(x["g"])))
    x = x.sort("row", "start", "g", "place_n", "source", maintain_order=True)
    return x.with_row_index("event").with_columns(n=_place_in_run("row", "start"))


def _has_sides() -> pl.Expr:
    """An act outside of ACLED's taxonomy is a row only with coded sides: in a longer report a named source, or both.

    A total over a period needs none: nobody in particular caused it.
    """
    named = (~pl.col("agent1") & pl.col("country1").is_not_null()) | (
        ~pl.col("agent2") & pl.col("country2").is_not_null()
    )
    both = pl.col("code1").is_not_null() & pl.col("code2").is_not_null() & named.fill_null(value=False)
    either = pl.col("code1").is_not_null() | pl.col("code2").is_not_null()
    # an organisation (the United Nations, al-Qaeda) has a code and no country
    known = (pl.col("named1") | ~pl.col("agent1")).fill_null(value=False) | (
        pl.col("role1").is_in(_PUBLIC) & pl.col("country1").is_not_null()
    )
    sure = pl.col("code1").is_not_null() & known & (pl.col("act_score") >= _SURE_ACT)
    coded = pl.col("sub_event_type").is_not_null() | (pl.col("short") & either) | both | sure
    return coded | pl.col("is_total")


def code_columns(events: pl.DataFrame) -> pl.DataFrame:
    """Add what follows from `sub_event_type` and `cameo_code` by table: types, root, quad class, Goldstein, PLOVER."""
    types = load_seed("acled/event_types", "sub_event_type").select(
        "sub_event_type", "event_type", "disorder_type"
    )
    codes = load_seed("cameo/event_codes", "code").select(
        cameo_code="code",
        cameo_root="root",
        quad_class=pl.col("quad_class_gdelt").cast(pl.Int64),
        goldstein=pl.col("goldstein_gdelt").cast(pl.Float64),
    )
    plover = load_seed("crosswalks/cameo_to_plover", "cameo_code").select(
        "cameo_code", "plover_event", "plover_mode"
    )
    return (
        events.join(types, on="sub_event_type", how="left", validate="m:1", maintain_order="left")
        .join(codes, on="cameo_code", how="left", validate="m:1", maintain_order="left")
        .join(plover, on="cameo_code", how="left", validate="m:1", maintain_order="left")
    )


def assemble(
    clauses: pl.DataFrame,
    places: pl.DataFrame,
    phrases: pl.DataFrame,
    said: pl.DataFrame,
    reports: pl.DataFrame,
) -> Assembled:
    """Events and evidence of one batch, in the declared columns.

    `clauses` have type, status, date, counts and sides (`source`, `target`: phrase numbers) and `group`; `places` the places of
    each clause (`clause`, `n`, `tier` and the place columns); `said` the phrases whose word a sentence is.
    """
    groups = _groups(_with_names(clauses, phrases))
    group_places = _group_places(clauses, places)
    x = _rows(groups, group_places, phrases)
    told = ["group", "target", "sub_event_type", "short", "act_score", "is_total"]
    x = x.hstack(groups.select(pl.col(told).gather(x["g"])))
    x = x.with_columns(group_places.select(pl.col("iso3").gather(x["place"])))
    for side, number in (("source", "1"), ("target", "2")):
        x = _with_context_country(x.hstack(_side(phrases, x[side], number)), phrases, number)
    x = x.filter(_has_sides())
    co_actors = pl.concat([_co_actors(x, phrases, "source", "1"), _co_actors(x, phrases, "target", "2")])
    for number in ("1", "2"):
        x = _assoc_names(x, co_actors, number)
    x = _attribution(x, clauses, phrases, said)
    x = x.with_columns(
        inter1=external_inter("inter1", "country1", "iso3"),
        inter2=external_inter("inter2", "country2", "iso3"),
    )
    x = x.rename({"source": "source_p", "target": "target_p"})
    x = _with_missing(x, groups.drop("source", "target").select(pl.all().gather(x["g"])))
    x = _with_missing(x, group_places.select(pl.all().gather(x["place"])))
    shared = reports.select("row", "report_id", "source", "source_url", "source_file", "source_row", "text")
    x = code_columns(x).join(shared, on="row", how="left", validate="m:1", maintain_order="left")
    x = x.with_columns(_country_columns(x))
    acled = pl.col("sub_event_type").is_not_null()
    x = x.with_columns(
        event_id=pl.format("{}#{}.{}", "report_id", "start", "n"),
        dataset=pl.lit("reports"),
        source_code="code1",
        target_code="code2",
        source_country="country1",
        target_country="country2",
        trigger_start="start",
        trigger_end="end",
        trigger=_cut("text", "start", "end"),
        notes=_cut("text", "sent_start", "sent_end").str.strip_chars(),
        interaction=pl.when(acled).then(interaction()),
        civilian_targeting=pl.when(acled).then((pl.col("inter2") == _CIVILIANS).fill_null(value=False)),
        place_text="place_text",
        actor_issue=pl.when(pl.col("actor1").is_null() & pl.col("actor2").is_null())
        .then(pl.lit("no-actor"))
        .when(pl.col("actor1").is_null())
        .then(pl.lit("no-source"))
        .otherwise(
            pl.coalesce("issue1", "issue2", pl.when(pl.col("actor2").is_null()).then(pl.lit("no-target")))
        ),
    )
    co_actors = co_actors.join(x.select("event", "event_id"), on="event", how="left", validate="m:1").drop(
        "event"
    )
    return Assembled(conform(x, Event), conform(_evidence(x, clauses, phrases, said), Evidence), co_actors)


def _with_missing(x: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """The columns of `more` that `x` does not have yet beside those of `x`."""
    return x.hstack(more.select(name for name in more.columns if name not in x.columns))


def _place_in_run(*columns: str) -> pl.Expr:
    """0, 1, ... along each run of rows with equal values of `columns`."""
    number = pl.int_range(pl.len())
    changes = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in columns) | (
        number == 0
    )
    return number - pl.when(changes).then(number).forward_fill()


def _cut(text: str, start: str, end: str) -> pl.Expr:
    """Bytes `start` to `end` of a text column."""
    length = pl.col(end).cast(pl.Int64) - pl.col(start).cast(pl.Int64)
    return (
        pl.col(text)
        .cast(pl.Binary)
        .bin.slice(pl.col(start).cast(pl.Int64), length)
        .cast(pl.String, strict=False)
    )


def _groups(clauses: pl.DataFrame) -> pl.DataFrame:
    """One row per event: the first clause, what it lacks filled from the clauses that merge with it."""
    group = clauses["group"].to_numpy()
    # clauses of one event follow each other in this order, the first one first
    order = np.argsort(group, kind="stable")
    first = np.flatnonzero(
        np.concatenate([np.ones(min(1, len(group)), dtype=np.bool_), np.diff(group[order]) != 0])
    )
    number = np.empty(len(group), dtype=np.int64)
    number[order] = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(group))))

    # most events are one clause; of the others the values are chosen
    several = np.flatnonzero(np.bincount(number)[number] > 1) if len(number) else number

    def best(some: npt.NDArray[np.int64], rank: npt.NDArray[np.int64] | None = None) -> npt.NDArray[np.int64]:
        """Of the clauses `some` the first one with the lowest rank of each group; -1 where there is none."""
        chosen = np.full(len(first), -1, dtype=np.int64)
        by_rank = some if rank is None else some[np.lexsort((rank[some], number[some]))]
        chosen[number[by_rank[::-1]]] = by_rank[::-1]  # the best is written last
        return chosen

    def pick(name: str, rank: npt.NDArray[np.int64] | None = None) -> pl.Series:
        known = clauses[name].gather(several).is_not_null().to_numpy()
        chosen = best(several[known], rank)
        asked = np.flatnonzero(chosen >= 0)
        return firsts[name].scatter(asked, clauses[name].gather(chosen[asked]))

    bare = {
        name: clauses[f"{name}_bare"].fill_null(9).cast(pl.Int64).to_numpy() for name in ("source", "target")
    }
    sure = -(clauses["confidence"].fill_null(0) * 1000).cast(pl.Int64).to_numpy()
    firsts = clauses.select(pl.col(*_OF_FIRST, *bare, *_COUNTS, "confidence").gather(order[first]))
    dated = best(several, clauses["date_rank"].to_numpy())
    return firsts.select(_OF_FIRST).with_columns(
        *clauses.select(pl.col(_OF_DATE).gather(np.where(dated < 0, order[first], dated))),
        # "the rebels" in one clause are the group that another clause names
        *(pick(name, rank) for name, rank in bare.items()),
        *(pick(name) for name in _COUNTS),
        pick("confidence", sure),
    )


def _with_names(clauses: pl.DataFrame, phrases: pl.DataFrame) -> pl.DataFrame:
    """Add `source_bare`, `target_bare`: the side is a noun and no name; null where there is no side."""
    agent = phrases["agent"]
    return clauses.with_columns(
        agent.gather(clauses[side]).alias(f"{side}_bare") for side in ("source", "target")
    )


def _without_repeats(x: pl.DataFrame, runs: list[str], values: list[str]) -> pl.DataFrame:
    """The first of the rows with equal `values` in each run of rows with equal `runs`."""
    run = np.logical_or.reduce([x[name].ne_missing(x[name].shift()).to_numpy() for name in runs])
    # most runs are one row long
    several = pl.Series(~(run & np.append(run, True)[1:]))
    keys = x.select(*runs, *values).with_row_index("at").filter(several)
    kept = keys.unique([*runs, *values], keep="first", maintain_order=True)["at"]
    return x.filter((~several).scatter(kept, True))


def _group_places(clauses: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """The places of each event: those that its clauses name themselves, else the first clause's borrowed one."""
    x = places.with_columns(
        group=clauses["group"].gather(places["clause"])
    )  # `clause` is a place in `clauses`
    x = x.with_columns(own=pl.col("tier").is_in(_OWN_PLACE).fill_null(value=False))
    x = x.sort("group", maintain_order=True)
    with_own = x.filter("own")["group"].unique()
    first_clause = pl.when(_place_in_run("group") == 0).then("clause").forward_fill()
    x = x.filter(
        pl.col("own") | (~pl.col("group").is_in(with_own.implode()) & (pl.col("clause") == first_clause))
    )
    x = _without_repeats(x, ["group"], ["location", "admin1"])
    return x.with_columns(place_n=_place_in_run("group")).drop("clause", "own", "n")


def _attribution(
    events: pl.DataFrame, clauses: pl.DataFrame, phrases: pl.DataFrame, said: pl.DataFrame
) -> pl.DataFrame:
    names = said.with_columns(phrases.select(pl.col("actor").gather(said["p"])))
    told = clauses.select("group", "sent").filter(pl.col("group").is_in(events["group"].unique().implode()))
    by_group = (
        told.join(names, on="sent", how="inner", maintain_order="left")
        .group_by("group", maintain_order=True)
        .agg(attribution=pl.col("actor").unique(maintain_order=True).str.join("; "))
    )
    return events.join(by_group, on="group", how="left", validate="m:1", maintain_order="left")


def _country_columns(events: pl.DataFrame) -> list[pl.Series]:
    """ACLED's name and region of the country."""
    codes = country_codes(events["iso3"])
    return [codes["region"].alias("region")]


def _evidence(
    events: pl.DataFrame, clauses: pl.DataFrame, phrases: pl.DataFrame, said: pl.DataFrame
) -> pl.DataFrame:
    """One row per event, field and span, in the order of the event table."""
    events = events.with_row_index("order")
    members = events.select("order", "group", "rule_id").join(
        clauses.select(
            "group",
            "clause",
            "start",
            "end",
            "fatalities_start",
            "fatalities_end",
            "date_start",
            "date_end",
            "date_rule",
        ),
        on="group",
        how="inner",
        maintain_order="left_right",
    )
    heard = clauses.select("group", "sent").filter(pl.col("sent").is_in(said["sent"].unique().implode()))
    heard = heard.unique(maintain_order=True)
    heard = heard.join(said, on="sent", how="inner", maintain_order="left_right")
    heard = events.select("order", "group").join(heard, on="group", how="inner", maintain_order="left_right")
    # in the order of their names
    spoken = {
        "actor1": events.select("order", p="source_p", rule_id=pl.lit("source")),
        "actor2": events.select("order", p="target_p", rule_id=pl.lit("target")),
        "attribution": heard.select("order", "p", rule_id=pl.lit("attribution")),
    }
    fields = {
        **{
            name: frame.with_columns(phrases.select(pl.col("start", "end").gather(frame["p"])))
            for name, frame in spoken.items()
        },
        "event_date": members.select("order", start="date_start", end="date_end", rule_id="date_rule"),
        "fatalities": members.select(
            "order", start="fatalities_start", end="fatalities_end", rule_id=pl.lit("counts")
        ),
        "location": events.select("order", start="place_start", end="place_end", rule_id="tier"),
        "trigger": members.select("order", "start", "end", "rule_id"),
    }
    frames = [
        frame.select(
            "order",
            pl.lit(i, dtype=pl.UInt8).alias("field"),
            pl.col("start", "end").cast(pl.Int64),
            "rule_id",
        )
        for i, frame in enumerate(fields.values())
    ]
    x = (
        pl.concat(frames)
        .filter(pl.col("start").is_not_null())
        .sort("order", "field", "start", maintain_order=True)
    )
    x = _without_repeats(x, ["order", "field"], ["start", "end"])
    texts = events.select(pl.col("event_id", "text").gather(x["order"]))
    names = pl.Series(list(fields)).gather(x["field"])
    return x.hstack(texts).with_columns(field=names, text=_cut("text", "start", "end"))

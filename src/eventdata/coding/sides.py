"""Who did it to whom: the sides of each clause, from the actor phrases around its trigger.

Active: the source stands before the trigger, the target behind it. Passive: "by" names the source. Nouns of violence take
their sides from "by", "on", "against" and "between". What stands in an opening adjunct or before a verb of saying is no
source while the clause has one of its own.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.coding.evidence import Marks
from eventdata.coding.neighbours import last_before, next_after
from eventdata.seeds import load_seed

REPORTERS = ("media", "monitor")  # their word is the attribution; they are no side
_AGENT_COST = 40  # bytes: a noun without a country is passed over for a name this much farther away
_BY_REACH, _SIDE_REACH = 60, 160  # bytes
_BETWEEN_REACH = 24


def clause_cues(clauses: pl.DataFrame, marks: Marks, sent_start: npt.NDArray[np.int64]) -> pl.DataFrame:
    """Add what the cues around each trigger say: `said_end`, `lead_end`, `passive`, `by_end`, `between_end`, `reciprocal`."""
    groups, start, end = marks.sentences, marks.start, marks.end
    at = clauses["mark"].to_numpy()

    def end_of(index: npt.NDArray[np.int64]) -> pl.Series:
        return (
            pl.Series(np.where(index >= 0, end[index], -1)) if len(index) else pl.Series([], dtype=pl.Int64)
        )

    first = groups.first[at]
    leads = marks.cue("lead")[first] & (start[first] - sent_start[first] <= 2)
    first_comma = next_after(marks.cue("comma"), groups, first)
    lead_end = np.where(leads & (first_comma >= 0), end[first_comma], 0)
    auxiliary = last_before(marks.cue("aux"), groups, at)
    passive = (auxiliary >= 0) & (start[at] - end[auxiliary] <= 14) & ~marks.ing[at]

    def cue(name: str, find: Callable[..., npt.NDArray[np.int64]]) -> pl.Series:
        return end_of(find(marks.cue(name), groups, at))

    reach = [cue("say", last_before), cue("by", next_after), cue("between", next_after)]
    said, by, between = (pl.select(pl.when(series >= 0).then(series)).to_series() for series in reach)
    return clauses.with_columns(
        said_end=said,
        lead_end=pl.Series(np.where(lead_end <= start[at], lead_end, 0)),
        passive=pl.Series(passive),
        by_end=by,
        between_end=between,
        reciprocal=pl.Series(next_after(marks.cue("reciprocal"), groups, at) >= 0),
        must=pl.Series(marks.cue("must")[at]),
    )


def choose_sides(clauses: pl.DataFrame, phrases: pl.DataFrame) -> pl.DataFrame:
    """Add `source` and `target`: rows of `phrases` (actor phrases with `p`, their number), null where none is named.

    `directed` is false where both sides act alike.
    """
    clauses = clauses.with_row_index("clause")
    sides = phrases.filter(~pl.col("kind").is_in([*REPORTERS, "location", "region"]).fill_null(value=False))
    pairs = clauses.select(
        "clause",
        "sent",
        "said_end",
        "lead_end",
        "passive",
        "by_end",
        "between_end",
        "cameo_code",
        c_start="start",
        c_end="end",
    ).join(sides.select("sent", "p", "start", "end", "country", "agent", "coord"), on="sent", how="inner")
    start, end = pl.col("start").cast(pl.Int64), pl.col("end").cast(pl.Int64)
    c_start, c_end = pl.col("c_start").cast(pl.Int64), pl.col("c_end").cast(pl.Int64)
    cost = pl.when(pl.col("agent") & pl.col("country").is_null()).then(_AGENT_COST).otherwise(0)
    by = pl.col("by_end").cast(pl.Int64)
    # "thousands of students marched": the crowd stands inside the words of a protest
    crowd = (pl.col("cameo_code").str.starts_with("14") & (end <= c_end)).fill_null(value=False)
    pairs = pairs.with_columns(
        before=(start < c_start) | crowd,
        after=(start >= c_start) & ~crowd,
        said=(start < pl.col("said_end")).fill_null(value=False),
        led=start < pl.col("lead_end"),
        by_side=(
            (by >= c_start) & (by - c_end <= _BY_REACH) & (start >= by) & (start - by <= _BY_REACH)
        ).fill_null(value=False),
        away=pl.when(start < c_start).then((c_start - end).clip(0)).otherwise((start - c_end).clip(0)),
        cost=cost,
    )
    between = (
        (pl.col("between_end").cast(pl.Int64) - c_end).is_between(-60, _BETWEEN_REACH).fill_null(value=False)
    )
    pairs = pairs.with_columns(between=between & (start >= pl.col("between_end")))

    def first(condition: pl.Expr, order: pl.Expr) -> pl.DataFrame:
        return (
            pairs.filter(condition)
            .with_columns(order=order)
            .sort("clause", "order", "p")
            .unique("clause", keep="first", maintain_order=True)
            .select("clause", "p", "coord")
        )

    own = ~pl.col("said") & ~pl.col("led")
    # the first actor of the clause is its subject; one that says or that an opening adjunct names only stands in for it
    rank = pl.when(own).then(0).when(~pl.col("led")).then(10_000).otherwise(20_000)
    before = first(
        pl.col("before") & (pl.col("away") <= _SIDE_REACH),
        rank + start - start.min().over("clause") + pl.col("cost"),
    )
    nearest_before = first(pl.col("before") & (pl.col("away") <= _SIDE_REACH), rank + pl.col("away"))
    agent_by = first(pl.col("by_side"), pl.col("away"))
    both = first(pl.col("between"), start)
    x = clauses
    for name, frame in (("before", before), ("nearest", nearest_before), ("by", agent_by), ("both", both)):
        x = x.join(
            frame.rename({"p": f"{name}_p", "coord": f"{name}_coord"}),
            on="clause",
            how="left",
            validate="1:1",
            maintain_order="left",
        )
    # "by" names the source of a passive and of a noun; behind an active verb with a subject it belongs to something else
    is_passive = pl.col("passive") & pl.col("both_p").is_null()
    by_names = pl.col("by_p").is_not_null() & (is_passive | pl.col("before_p").is_null())
    x = x.with_columns(
        source=pl.when(pl.col("both_p").is_not_null())
        .then("both_p")
        .when(by_names)
        .then("by_p")
        .when(~is_passive)
        .then("before_p"),
        by_names=by_names,
    )
    x = _with_partner(x, phrases)
    after = (
        pairs.filter(pl.col("after") & (pl.col("away") <= _SIDE_REACH))
        .join(
            x.select("clause", "source", "s_coord", "by_names", is_both=pl.col("both_p").is_not_null()),
            on="clause",
            how="inner",
        )
        .filter(
            pl.col("p").ne_missing(pl.col("source"))
            & ~(pl.col("by_names") & pl.col("by_side"))
            & (pl.col("is_both") | (pl.col("coord") != pl.col("s_coord")).fill_null(value=True))
        )
        .sort("clause", pl.col("away") + pl.col("cost"), "p")
        .unique("clause", keep="first", maintain_order=True)
        .select("clause", after_p="p")
    )
    x = x.join(after, on="clause", how="left", validate="1:1", maintain_order="left")
    nearest = pl.when(pl.col("nearest_p").ne_missing(pl.col("source"))).then("nearest_p")
    target = (
        pl.when(is_passive)
        .then(nearest)
        .when(pl.col("by_names"))
        .then(pl.coalesce("after_p", nearest))
        .otherwise("after_p")
    )
    mutual = pl.col("partner").is_not_null() & (
        pl.col("reciprocal") | pl.col("mutual_code") | (pl.col("mutual_alone") & target.is_null())
    )
    x = x.with_columns(
        target=pl.when(mutual).then("partner").otherwise(target), directed=pl.col("directed") & ~mutual
    )
    # "Egypt said that Israel must withdraw": the speaker demands it of the subject
    speaker = first(pl.col("said") & pl.col("before"), pl.col("away")).select("clause", speaker_p="p")
    x = x.join(speaker, on="clause", how="left", validate="1:1", maintain_order="left")
    demands = (
        pl.col("must")
        & pl.col("speaker_p").is_not_null()
        & pl.col("before_p").ne_missing(pl.col("speaker_p"))
    )
    x = x.with_columns(
        source=pl.when(demands).then("speaker_p").otherwise("source"),
        target=pl.when(demands).then("before_p").otherwise("target"),
    )
    x = _place_as_target(x, phrases)
    return x.select(*clauses.columns[1:], "source", "target")


def _with_partner(x: pl.DataFrame, phrases: pl.DataFrame) -> pl.DataFrame:
    """Add `s_coord` and `partner`: the next phrase in the source's coordination that is of another country or group."""
    own = phrases.select("p", s_coord="coord", s_code="cameo_code")
    x = x.join(own, left_on="source", right_on="p", how="left", validate="m:1", maintain_order="left")
    partner = (
        x.select("clause", "source", "s_coord", "s_code")
        .drop_nulls("s_coord")
        .join(phrases.select("coord", "p", "cameo_code"), left_on="s_coord", right_on="coord", how="inner")
        .filter((pl.col("p") != pl.col("source")) & pl.col("cameo_code").ne_missing(pl.col("s_code")))
        .sort("clause", "p")
        .unique("clause", keep="first", maintain_order=True)
        .select("clause", partner="p")
    )
    x = x.join(partner, on="clause", how="left", validate="1:1", maintain_order="left")
    table = load_seed("coding/reciprocal", "cameo_prefix")
    alone = pl.col("needs_no_target") == "true"
    code = pl.col("cameo_code").fill_null("")
    return x.with_columns(
        mutual_code=_starts(code, table.filter(~alone)["cameo_prefix"].to_list()),
        mutual_alone=_starts(code, table.filter(alone)["cameo_prefix"].to_list()),
    )


def _starts(code: pl.Expr, prefixes: list[str]) -> pl.Expr:
    return pl.any_horizontal(code.str.starts_with(prefix) for prefix in prefixes)


def _place_as_target(x: pl.DataFrame, phrases: pl.DataFrame) -> pl.DataFrame:
    """CAMEO takes the state in which an act is done as its target ("imposed a curfew in Haiti"); ACLED types do not.

    So it does where the target is of the source's own country, and the place is not ("Israel closed the West Bank").
    """
    country = phrases.select("p", "country")
    x = x.join(
        country.rename({"p": "source", "country": "_s"}),
        on="source",
        how="left",
        validate="m:1",
        maintain_order="left",
    )
    x = x.join(
        country.rename({"p": "target", "country": "_t"}),
        on="target",
        how="left",
        validate="m:1",
        maintain_order="left",
    )
    domestic = pl.col("_t").is_not_null() & (pl.col("_t") == pl.col("_s"))
    states = phrases.filter((pl.col("kind") == "location") & pl.col("country").is_not_null())
    found = (
        x.filter(
            (pl.col("target").is_null() | domestic)
            & pl.col("source").is_not_null()
            & pl.col("sub_event_type").is_null()
        )
        .select("clause", "sent", "target", "_s", c_start="start")
        .join(states.select("sent", "p", "start", "country"), on="sent", how="inner")
        .filter(pl.col("start") >= pl.col("c_start"))
        .filter(pl.col("target").is_null() | (pl.col("country") != pl.col("_s")))
        .sort("clause", "start")
        .unique("clause", keep="first", maintain_order=True)
        .select("clause", place_p="p")
    )
    x = x.join(found, on="clause", how="left", validate="1:1", maintain_order="left")
    return x.with_columns(target=pl.coalesce("place_p", "target"))

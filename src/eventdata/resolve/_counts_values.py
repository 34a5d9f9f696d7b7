"""From a number and its words to the bounds, the scope and the words of a count."""

import numpy as np
import polars as pl

from eventdata.resolve._counts_find import slice_of
from eventdata.resolve._counts_words import (
    BELOW,
    KINDS,
    LEAST,
    MOST,
    RISES,
    ROLES,
    RULE_NAMES,
    changes,
    vocabulary,
)

COUNT_SCHEMA = pl.Schema(
    {
        "row": pl.UInt32(),
        "sent": pl.UInt32(),
        "start": pl.UInt32(),
        "end": pl.UInt32(),
        "text": pl.String(),
        "kind": pl.String(),
        "low": pl.Int64(),
        "high": pl.Int64(),
        "best": pl.Int64(),
        "vague": pl.String(),
        "scope": pl.String(),
        "whose": pl.String(),
        "part": pl.Boolean(),
        "rule": pl.String(),
        "issue": pl.String(),
    }
)
# More than these is a slip or a hoax: about the dead of the Second World War, and half of mankind.
_LARGEST = {"killed": 100_000_000, "crowd": 100_000_000}
_LARGEST_ELSE = 4_000_000_000
_WAR_DEAD, _WAR_DISPLACED = 5_000, 100_000


def bounds_of(x: pl.DataFrame) -> pl.DataFrame:
    """`low`, `high`, `best`, `vague` and `issue` of every count, from its number and its qualifier."""
    label, bound, value = pl.col("label"), pl.col("bound"), pl.col("value")
    one = label.is_in(["1", "q"]) | (label.is_in(["<", ">"]) & (pl.col("letter") == ord("S")))
    many = label.is_in(["p", "b"])
    largest = pl.col("counted").replace_strict(_LARGEST, default=_LARGEST_ELSE, return_dtype=pl.Float64)
    is_vague = (pl.col("role") == ROLES["vague"]) & label.is_in(["1", "?"]).not_()
    # a toll that "rose from 11 to 17" is 17
    rises = ((label == "^") & (bound == RISES)).fill_null(False)
    x = x.with_columns(
        value=pl.when(one).then(1.0).when(rises).then("high").otherwise("value"),
        vague=pl.when(is_vague).then(vocabulary().words["phrase"].gather(x["ref"])),
    ).with_columns(
        issue=pl.when((value > largest) | (pl.col("high") > largest))
        .then(pl.lit("out-of-range"))
        .when(value != value.round())
        .then(pl.lit("not-whole"))
        .when(label == "?")
        .then(pl.lit("unknown-number"))
        .when(pl.col("families"))
        .then(pl.lit("families"))
        .when((pl.col("counted") == "casualties") & (value != 0).fill_null(True))
        .then(pl.lit("killed-or-injured"))
    )
    clear, mixed = pl.col("issue").is_null(), (pl.col("issue") == "killed-or-injured").fill_null(False)
    low = (
        pl.when(many)
        .then(2.0)
        .when("is_vague")
        .then("low")
        .when(bound.is_between(MOST, BELOW))
        .then(None)
        .otherwise("value")
    )
    high = pl.coalesce(
        "high", pl.when(~(many | pl.col("is_vague") | (bound == LEAST).fill_null(False))).then("value")
    )
    best = pl.when(~(many | (bound == BELOW).fill_null(False))).then("value")
    return x.with_columns(is_vague=is_vague).with_columns(
        low=pl.when(clear).then(low).cast(pl.Int64),
        high=pl.when(clear | mixed).then(high).cast(pl.Int64),
        best=pl.when(clear).then(best).cast(pl.Int64),
    )


def expand(x: pl.DataFrame) -> pl.DataFrame:
    """Gives casualties to killed (and none of them to injured, too), and marks parts of a toll."""
    casualties = pl.col("counted") == "casualties"
    none_hurt = x.filter(casualties & (pl.col("best") == 0)).with_columns(counted=pl.lit("injured"))
    x = pl.concat(
        [x.with_columns(counted=pl.when(casualties).then(pl.lit("killed")).otherwise("counted")), none_hurt]
    )
    # so many are no single event: "more than 12,000 have died" tells of a war
    least = pl.coalesce("low", "best")
    many = ((pl.col("counted") == "killed") & (least >= _WAR_DEAD)) | (
        (pl.col("counted") == "displaced") & (least >= _WAR_DISPLACED)
    )
    x = x.with_columns(period=pl.col("period") | many.fill_null(False))
    tolls = x.filter((pl.col("label") == "^") & ~pl.col("period"))["sentence"].unique()
    killed = pl.col("counted") == "killed"
    in_toll = killed & (pl.col("label") != "^") & pl.col("sentence").is_in(tolls.implode())
    return x.with_columns(
        kind="counted",
        scope=pl.when("period").then(pl.lit("period")).otherwise(pl.lit("event")),
        part=pl.col("label").is_in(["Q", "q"]) | (in_toll & ~pl.col("period")),
        rule=pl.col("label").replace_strict(RULE_NAMES, return_dtype=pl.String),
    ).filter((pl.col("kind") != "crowd") | pl.col("rule").ne("no-number"))


def with_words(x: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Adds the words of each count as the caller wrote them."""
    text = "text" if "text" in reports.columns else "clean"
    texts = reports.select(pl.col("row").cast(pl.UInt32), bytes=pl.col(text).cast(pl.Binary))
    return x.join(texts, on="row", how="left", validate="m:1", maintain_order="left").with_columns(
        text=slice_of("start", "end")
    )


def mark_repeats(x: pl.DataFrame) -> pl.DataFrame:
    """ "The 12 dead" after "12 people were killed" is no new count."""
    again = pl.col("definite") & ~pl.col("part") & pl.col("best").is_not_null()
    keys = x.select("row", pl.col("kind").cast(pl.Enum(KINDS)), "best", "part", again=again).with_row_index(
        "place"
    )
    rows = keys.filter("again")["row"].unique().to_numpy()
    # few reports say a number again, and only their counts are compared
    asked = pl.Series(np.isin(x["row"].to_numpy(), rows))
    few = keys.filter(asked & ~keys["part"]).sort("row", "kind", "place")
    best = few["best"].fill_null(-1).to_numpy()
    opens = np.zeros(few.height, np.int64)
    opens[changes(few["row"].to_numpy(), few["kind"].to_physical().to_numpy())] = 1
    # steps between the groups that no count can climb, so that one running maximum serves all
    step = np.cumsum(opens) * (_LARGEST_ELSE + 2)
    earlier = np.append(-1, np.maximum.accumulate(best + step)[:-1]) - step
    repeats = few["place"].filter(few["again"] & pl.Series(best <= earlier))
    return x.with_columns(x["part"].scatter(repeats, True), x["rule"].scatter(repeats, "repeat"))

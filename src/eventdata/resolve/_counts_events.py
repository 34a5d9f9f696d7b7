"""Counts of the events, of the texts, and of an export by ACLED's conventions."""

from collections.abc import Sequence
from functools import cache

import polars as pl

from eventdata.seeds import load_seed

_FIELDS = {
    "fatalities": ("killed",),
    "injured": ("injured",),
    "displaced": ("displaced",),
    "arrested": ("arrested", "abducted"),
    "abducted": ("abducted",),
    "crowd_size": ("crowd",),
}


def event_counts(clauses: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """Adds to every event clause what it counts.

    Args:
        clauses: `row, sent, start, end` (bytes); other columns stay.
        counts: what `count_expressions` gives.

    Returns:
        The clauses with `fatalities`, `fatalities_low`, `fatalities_high`, `fatalities_text` (the vague word or, where persons
        have no number, their noun), `injured`, `displaced`, `arrested` (or abducted), `abducted`, `crowd_size`, each with
        its span as `<field>_start`, `<field>_end`. A count goes to the clause that holds it, else to the nearest one of its
        sentence. The killed and injured of a sentence without a clause ("Doctors said six people had died") belong to the
        last violent act of the sentence before, unless it has such a count itself (only where clauses have a
        `sub_event_type`). Counts of one clause add up, parts and totals over a period are left out; a toll stands for
        all. With a vague member ("three soldiers and several civilians") the number is null and the low ends add up.
    """
    keyed = clauses.select("row", "sent", "start", "end").with_row_index("_clause")
    whole = counts.filter(~pl.col("part") & (pl.col("scope") == "event"))
    owned = _owner(keyed, whole)
    if "sub_event_type" in clauses.columns:
        violent = clauses["sub_event_type"].is_in(_violent_types()).fill_null(False)
        told = _told_after(
            keyed.filter(violent), whole.join(keyed, on=["row", "sent"], how="anti", maintain_order="left")
        )
        told = told.join(owned, on=["_clause", "kind"], how="anti", maintain_order="left")
        owned = pl.concat([owned, told.select(owned.columns)])
    sums = keyed.select("_clause")
    for field, kinds in _FIELDS.items():
        sums = sums.join(
            _sum(owned, field, kinds), on="_clause", how="left", validate="1:1", maintain_order="left"
        )
    return clauses.hstack(sums.drop("_clause"))


def _owner(clauses: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """Each count with the clause of its sentence that holds it or is nearest; of two, the first."""
    spans = clauses.select("_clause", "row", "sent", clause_start="start", clause_end="end")
    pairs = counts.with_row_index("_count").join(
        spans, on=["row", "sent"], how="inner", maintain_order="left"
    )
    away = pl.max_horizontal(
        pl.col("clause_start").cast(pl.Int64) - pl.col("start").cast(pl.Int64),
        pl.col("start").cast(pl.Int64) - pl.col("clause_end").cast(pl.Int64) + 1,
        pl.lit(0, pl.Int64),
    )
    return (
        pairs.with_columns(away=away)
        .sort("_count", "away", "_clause")
        .unique("_count", keep="first", maintain_order=True)
        .select("_clause", *counts.columns)
    )


@cache
def _violent_types() -> list[str]:
    """Sub-events of violence: all of ACLED's disorder types but demonstrations without violence and strategic developments."""
    types = load_seed("acled/event_types", "sub_event_type")
    peaceful = pl.col("sub_event_type").is_in(["Peaceful protest", "Protest with intervention"])
    return types.filter(~peaceful & (pl.col("event_type") != "Strategic developments"))[
        "sub_event_type"
    ].to_list()


def _told_after(clauses: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """Counts of the killed and injured with the last of the clauses of the sentence before."""
    last = clauses.select("row", "_clause", sent=pl.col("sent") + 1)
    return counts.filter(pl.col("kind").is_in(["killed", "injured"])).join(
        last.unique(["row", "sent"], keep="last", maintain_order=True),
        on=["row", "sent"],
        how="inner",
        maintain_order="left",
    )


def _sum(owned: pl.DataFrame, field: str, kinds: tuple[str, ...]) -> pl.DataFrame:
    """The sums of one field by clause; null where one member has none."""
    x = owned.filter(pl.col("kind").is_in(list(kinds)))
    # beside a number, "killing students" or "several deaths" says the same again
    loose = (pl.col("rule") == "no-number") | (
        pl.col("best").is_null() & pl.all_horizontal(pl.col("low", "high").is_null())
    )
    x = x.filter(~loose | ~pl.col("best").is_not_null().any().over("_clause"))
    toll = (pl.col("rule") == "toll").any().over("_clause")
    x = x.filter(~toll | (pl.col("rule") == "toll"))
    word = pl.coalesce("vague", pl.when(pl.col("rule") == "no-number").then("text"))

    def total(column: str) -> pl.Expr:
        value = pl.col(column)
        summed = pl.when(value.null_count() == 0).then(value.sum())
        return (
            pl.when((pl.col("rule") == "toll").any() | (pl.col("kind") == "crowd").all())
            .then(value.max())
            .otherwise(summed)
        )

    columns = [
        total("best").alias(field),
        pl.col("start").min().alias(f"{field}_start"),
        pl.col("end").max().alias(f"{field}_end"),
    ]
    if field == "fatalities":
        columns += [
            total("low").alias("fatalities_low"),
            total("high").alias("fatalities_high"),
            word.drop_nulls().first().alias("fatalities_text"),
        ]
    return x.group_by("_clause", maintain_order=True).agg(columns)


def report_counts(counts: pl.DataFrame) -> pl.DataFrame:
    """One row a text: what its first sentence with a count of that kind says, or a later toll.

    Returns `row` and the columns of `event_counts` without spans. Later sentences mostly say the same again, and are not added.
    """
    sentences = counts.group_by("row", "sent", maintain_order=True).agg(
        pl.col("start").min(),
        pl.col("end").max(),
        _toll=((pl.col("rule") == "toll") & (pl.col("scope") == "event")).any(),
    )
    x = event_counts(sentences, counts)
    killed = ["fatalities", "fatalities_low", "fatalities_high", "fatalities_text"]
    named = pl.any_horizontal(pl.col(killed).is_not_null())
    toll_first = (~pl.col("_toll").fill_null(False)).cast(pl.Int8)
    first = [
        pl.col(column).sort_by(toll_first).filter(named.sort_by(toll_first)).first() for column in killed
    ]
    others = [pl.col(field).drop_nulls().first() for field in _FIELDS if field != "fatalities"]
    return x.group_by("row", maintain_order=True).agg(*first, *others)


def acled_counts(frame: pl.DataFrame, *, shared_by: str | Sequence[str] | None = None) -> pl.DataFrame:
    """Fills `fatalities` as ACLED does: for export only.

    Vague words become the numbers of `seeds/counts/acled_vague.csv` (several 3, tens 10, dozens 12, hundreds 100), persons
    without a number 3. `shared_by` names columns that tell counts apart (say, the report and the span of the
    number): events that are alike in them share one count, and each gets its part; what does not divide goes to the first.

    >>> acled_counts(pl.DataFrame({"fatalities": [None, 2], "fatalities_text": ["dozens", None]}))["fatalities"].to_list()
    [12, 2]
    """
    words = load_seed("counts/acled_vague", "phrase").select(
        fatalities_text="phrase", _value=pl.col("value").cast(frame.schema["fatalities"])
    )
    x = frame.with_columns(_word=pl.col("fatalities_text").str.to_lowercase()).join(
        words, left_on="_word", right_on="fatalities_text", how="left", validate="m:1", maintain_order="left"
    )
    unknown = pl.when(pl.col("fatalities_text").is_not_null()).then(3)
    x = x.with_columns(fatalities=pl.coalesce("fatalities", "_value", unknown)).select(frame.columns)
    if shared_by is None:
        return x
    keys = [shared_by] if isinstance(shared_by, str) else list(shared_by)
    place, size = pl.int_range(pl.len()).over(keys), pl.len().over(keys)
    share = pl.col("fatalities") // size + (place < pl.col("fatalities") % size).cast(pl.Int64)
    return x.with_columns(fatalities=share.cast(frame.schema["fatalities"]))

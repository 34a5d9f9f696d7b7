"""Counts of the events, of the texts, and of an export by ACLED's conventions."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.resolve._counts_words import KINDS, Bools, Ints
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
    return clauses.hstack(_sums(owned, clauses.height))


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


def _sums(owned: pl.DataFrame, clauses: int) -> pl.DataFrame:
    """The sums of every field, one row a clause; null where a clause has no such count, or one member has no number."""
    x, key = _by_field(owned)
    number = np.cumsum(_opens(key)) - 1
    best = x["best"].is_not_null().to_numpy()
    none = ~best & x.select(pl.all_horizontal(pl.col("low", "high").is_null())).to_series().to_numpy()
    unnumbered, toll = (x["rule"] == "no-number").to_numpy(), (x["rule"] == "toll").to_numpy()
    # beside a number, "killing students" or "several deaths" says the same again
    kept = ~(unnumbered | none) | ~_in_group(best, number)
    kept &= ~_in_group(toll & kept, number) | toll
    x, key = x.filter(pl.Series(kept)), key[kept]
    first = np.flatnonzero(_opens(key))
    largest = toll[kept] | (x["kind"] == "crowd").to_numpy()
    # one toll stands for all, and sizes of crowds are of one crowd
    by_size = _reduced(np.logical_or, largest, first)
    word = pl.coalesce("vague", pl.when(pl.col("rule") == "no-number").then("text"))
    table = pl.DataFrame(
        {
            "best": _total(x["best"], first, by_size),
            "low": _total(x["low"], first, by_size),
            "high": _total(x["high"], first, by_size),
            "start": _reduced(np.minimum, x["start"].to_numpy(), first),
            "end": _reduced(np.maximum, x["end"].to_numpy(), first),
            "text": _first_known(x.select(word).to_series(), first),
        }
    )
    table = pl.concat(
        [table, table.clear(1)], rechunk=True
    )  # of the last row take those without such a count
    clause, field = np.divmod(key[first], len(_FIELDS))
    place = np.full((len(_FIELDS), clauses), len(first))
    place[field, clause] = np.arange(len(first))
    columns: list[pl.Series] = []
    for name, at in zip(_FIELDS, place, strict=True):
        wanted = _TOTALS | _MORE if name == "fatalities" else _TOTALS
        taken = table.select(pl.col(list(wanted)).gather(at))
        columns += [taken[column].alias(name + suffix) for column, suffix in wanted.items()]
    return pl.DataFrame(columns)


_TOTALS = {"best": "", "start": "_start", "end": "_end"}
_MORE = {"low": "_low", "high": "_high", "text": "_text"}


def _by_field(owned: pl.DataFrame) -> tuple[pl.DataFrame, Ints]:
    """The counts by clause and field, and one number for both; the abducted are among the arrested, too."""
    kind = owned["kind"].cast(pl.Enum(KINDS)).to_physical().to_numpy()
    clause = owned["_clause"].to_numpy().astype(np.int64)
    pairs = [
        (np.flatnonzero(kind == KINDS.index(name)), number)
        for number, kinds in enumerate(_FIELDS.values())
        for name in kinds
    ]
    count = np.concatenate([some for some, _ in pairs])
    field = np.concatenate([np.full(len(some), number) for some, number in pairs])
    key = clause[count] * len(_FIELDS) + field
    order = np.lexsort((count, key))
    return owned[count[order]], key[order]


def _opens(key: Ints) -> Bools:
    """True where a run of equal numbers begins."""
    found = np.ones(len(key), dtype=np.bool_)
    found[1:] = key[1:] != key[:-1]
    return found


def _in_group(where: Bools, number: Ints) -> Bools:
    """Whether `where` holds for any member of the group that each row is in."""
    found: Bools = (np.bincount(number, where) > 0)[number]
    return found


def _reduced(by: np.ufunc, values: npt.NDArray[Any], first: Ints) -> npt.NDArray[Any]:
    """One value a run, of runs that begin at `first`."""
    return np.asarray(by.reduceat(values, first) if len(first) else values)


def _total(values: pl.Series, first: Ints, by_size: Bools) -> pl.Series:
    """The sums of runs, null where a member is null; the largest number where `by_size`."""
    known, numbers = values.is_not_null().to_numpy(), values.fill_null(0).to_numpy()
    largest = _reduced(np.maximum, np.where(known, numbers, -1), first)
    total = np.where(by_size, largest, _reduced(np.add, numbers, first))
    found = np.where(by_size, largest >= 0, _reduced(np.logical_and, known, first))
    return pl.Series(total).set(pl.Series(~found), None)


def _first_known(texts: pl.Series, first: Ints) -> pl.Series:
    """The first text of each run that is not null."""
    known = texts.is_not_null().arg_true().to_numpy().astype(np.int64)
    run = np.searchsorted(first, known, side="right") - 1
    once = _opens(run)
    return pl.repeat(None, len(first), dtype=pl.String, eager=True).scatter(
        run[once], texts.gather(known[once])
    )


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

"""The expressions of a batch while they are worked out: their words as a frame, what they say as arrays of numbers."""

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.resolve._dates_foreign import read_foreign
from eventdata.resolve._dates_parts import Parts, read_parts

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NULL = np.iinfo(np.int64).min
"""Stands for "nothing said" in an array of numbers."""

PRECISIONS = (
    "day",
    "range",
    "week",
    "month",
    "quarter",
    "season",
    "year",
    "decade",
    "century",
    "half",
    "hour",
)
ISSUES = (
    "no-published", "impossible-date", "out-of-range", "other-calendar", "vague", "duration", "repeated", "unparsed",
    "ambiguous-order", "far-from-published", "open-interval",
)  # fmt: skip
ANCHORS = ("explicit", "publication", "dateline", "previous", "none")
DIRECTIONS = (
    "since", "until", "by", "before", "after", "past", "present", "future", "dateline", "from", "to",
)  # fmt: skip
NEEDS = ("year", "month", "season", "weekday", "clock", "dom")
RULES = (
    "named", "iso", "numeric", "calendar", "holiday", "within", "monthday", "days", "month", "weekday", "set", "day", "overnight",
    "century", "decade", "half", "quarter", "season", "year", "years", "hours", "clock", "dom", "unit", "shift", "age", "ago",
    "span", "the-unit", "duration", "vague", "unparsed", "range", "dateparser",
)  # fmt: skip
_NAMES = {"precision": PRECISIONS, "issue": ISSUES, "needs": NEEDS, "rule": RULES}
_CODES: dict[str, dict[object, int]] = {
    field: {None: NULL} | {name: code for code, name in enumerate(names)} for field, names in _NAMES.items()
}


def precision(name: str) -> int:
    return PRECISIONS.index(name)


def issue(name: str) -> int:
    return ISSUES.index(name)


def anchor(name: str) -> int:
    return ANCHORS.index(name)


def direction(name: str) -> int:
    return DIRECTIONS.index(name)


def rule(name: str) -> int:
    return RULES.index(name)


def names_of(codes: Ints, names: tuple[str, ...]) -> pl.Series:
    """The names that the codes stand for, null for `NULL`."""
    return pl.Series([*names, None], dtype=pl.String).gather(np.where(codes == NULL, len(names), codes))


@dataclass
class Dates:
    """Arrays with one number for each expression, in the order of `words`.

    Those up to `needs` are the fields of `Parts`; `precision`, `issue`, `needs`, `rule`, `anchor_name` and `direction`
    are numbers of names.
    """

    words: pl.DataFrame
    rule: Ints
    op: Ints
    precision: Ints
    first: Ints
    last: Ints
    year: Ints
    month: Ints
    day: Ints
    month2: Ints
    day2: Ints
    weekday: Ints
    unit: Ints
    n: Ints
    years: Ints
    edge: Ints
    base: Ints
    approx: Ints
    issue: Ints
    needs: Ints
    row: Ints
    window: Ints
    published: Ints
    source: Ints
    dateline_day: Ints
    tense: Ints
    anchor: Ints
    anchor_name: Ints
    direction: Ints
    dateline: Bools
    shared: Bools
    continued: Bools
    opens: Bools

    def __len__(self) -> int:
        return len(self.op)

    def take(self, index: npt.NDArray[np.generic]) -> "Dates":
        """The expressions at these places, or where this mask is true."""
        at = np.flatnonzero(index) if index.dtype == np.bool_ else index
        return Dates(self.words[at], **{name: getattr(self, name)[at] for name in _ARRAYS})


_ARRAYS = [field.name for field in fields(Dates) if field.name != "words"]


@lru_cache(maxsize=65_536)
def _numbers(text: str, lang: str | None) -> tuple[int, ...]:
    """`Parts` as numbers."""
    parts = read_parts(text) if lang is None else read_foreign(text, lang)
    return tuple(
        _CODES[name][value] if name in _CODES else NULL if value is None else int(value)
        for name, value in zip(Parts._fields, parts, strict=True)
    )


def read_words(words: pl.DataFrame) -> tuple[Ints, Ints]:
    """What each distinct expression says, a column of numbers for each, and which of them stands where."""
    said = words.select("text", "lang").unique(maintain_order=True).with_row_index("key")
    numbers = np.array([_numbers(text, lang) for _, text, lang in said.iter_rows()], dtype=np.int64)
    if said["lang"].null_count() == said.height:
        said, on = said.drop("lang"), ["text"]
    else:
        on = ["text", "lang"]
    key = words.join(said, on=on, how="left", maintain_order="left", validate="m:1", nulls_equal=True)["key"]
    return numbers.reshape(-1, len(Parts._fields)).T, key.to_numpy().astype(np.int64)


def make_dates(words: pl.DataFrame, numbers: Ints, published: Ints, source: Ints) -> Dates:
    """`words` with what they say: `numbers` has a row for each field of `Parts`."""
    height = words.height
    numbered = {name: numbers[i] for i, name in enumerate(Parts._fields)}
    nothing = {name: np.full(height, NULL) for name in ("dateline_day", "anchor", "anchor_name", "direction")}
    return Dates(
        words,
        **numbered,
        row=words["row"].to_numpy().astype(np.int64),
        window=words["window_id"].to_numpy().astype(np.int64),
        published=published,
        source=source,
        tense=np.zeros(height, dtype=np.int64),
        **nothing,
        dateline=np.zeros(height, dtype=np.bool_),
        shared=np.zeros(height, dtype=np.bool_),
        continued=np.zeros(height, dtype=np.bool_),
        opens=np.zeros(height, dtype=np.bool_),
    )

"""The small language of check rules, and its three readings: polars expression, Python test, JSON Schema.

    column is filled, a or b is filled      column >= 1, <= 2, < 3, > 4, = text, = true, >= other_column
    column between 1 and 3                  column in one|two|three, column in table.column
    column matches REGEX                    column starts with other_column
    a with b in table                       the filled pair is a row of the table (also of three columns)
    a filled with b                         both are filled or neither
    if CONDITION then CONDITION             not CONDITION and CONDITION

A condition holds where a value that it reads is null, except for the two that ask for filled values.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

import polars as pl

from eventdata.errors import SeedError
from eventdata.seeds import load_seed

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
_BOUNDS = {">=": "minimum", "<=": "maximum", "<": "exclusiveMaximum", ">": "exclusiveMinimum"}
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_COLUMN = re.compile(r"^[a-z][a-z0-9_]*$")
_Row = Mapping[str, Any]
_Schema = dict[str, Any]


class Condition:
    """One condition of a rule."""

    columns: tuple[str, ...]

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns without which nothing can break it: where one of them is null the condition holds."""
        return self.columns

    def expr(self) -> pl.Expr:
        """True or null where it holds."""
        raise NotImplementedError

    def distinct_expr(self) -> pl.Expr:
        """The same for each distinct value, where that is faster: enough to tell whether any row breaks it."""
        return self.expr()

    def holds(self, row: _Row) -> bool:
        """Whether one row keeps it."""
        raise NotImplementedError

    def schema(self) -> _Schema | None:
        """JSON Schema of the rows that keep it; null where JSON Schema has no words for it."""
        raise NotImplementedError


def parse(text: str, columns: Mapping[str, Any]) -> Condition:
    """The condition that `text` says about a table with these columns; raises `SeedError` where it cannot be read."""
    text = text.strip()
    if found := re.fullmatch(r"if (.+?) then (.+)", text):
        return If(parse(found[1], columns), parse(found[2], columns))
    if found := re.fullmatch(r"not (.+?) and (.+)", text):
        return NotBoth(parse(found[1], columns), parse(found[2], columns))
    if found := re.fullmatch(r"(\w+(?: or \w+)*) is filled", text):
        return _known(Filled(tuple(found[1].split(" or "))), columns)
    if found := re.fullmatch(r"(\w+) filled with (\w+)", text):
        return _known(Together((found[1], found[2])), columns)
    if found := re.fullmatch(r"(\w+) between (\S+) and (\S+)", text):
        return _known(Between((found[1],), float(found[2]), float(found[3])), columns)
    if found := re.fullmatch(r"(\w+(?: with \w+)+) in (\S+)", text):
        return _known(InTable(tuple(found[1].split(" with ")), found[2]), columns)
    if found := re.fullmatch(r"(\w+) in (\S+)", text):
        return _known(In((found[1],), _values_of(found[2])), columns)
    if found := re.fullmatch(r"(\w+) matches (\S+)", text):
        return _known(Matches((found[1],), found[2]), columns)
    if found := re.fullmatch(r"(\w+) starts with (\w+)", text):
        return _known(StartsWith((found[1], found[2])), columns)
    if found := re.fullmatch(r"(\w+) (>=|<=|<|>|=) (.+)", text):
        return _known(_comparison(found[1], found[2], found[3], columns), columns)
    raise SeedError(f"rule expression {text!r} cannot be read.")


def _known(condition: Condition, columns: Mapping[str, Any]) -> Condition:
    if unknown := [c for c in condition.columns if c not in columns]:
        raise SeedError(f"rule expression names columns that the table lacks: {unknown}.")
    return condition


def _comparison(column: str, sign: str, text: str, columns: Mapping[str, Any]) -> Condition:
    if _COLUMN.match(text) and text in columns:
        return Compare((column, text), sign)
    value: Any = text
    if _DATE.match(text):
        value = date.fromisoformat(text)
    elif text in ("true", "false"):
        value = text == "true"
    elif re.fullmatch(r"-?\d+(\.\d+)?", text):
        value = float(text)
    return Limit((column,), sign, value)


def _values_of(text: str) -> tuple[str, ...]:
    if "/" not in text:
        return tuple(text.split("|"))
    table, _, column = text.rpartition(".")
    return tuple(load_seed(table)[column].drop_nulls().unique(maintain_order=True))


@dataclass(frozen=True)
class Filled(Condition):
    """One of the columns is not null and no empty text."""

    columns: tuple[str, ...]

    @property
    def needs(self) -> tuple[str, ...]:
        """See `Condition`."""
        return ()

    def expr(self) -> pl.Expr:
        """See `Condition`."""
        return pl.any_horizontal(
            [pl.col(c).is_not_null() & (pl.col(c).cast(pl.String) != "") for c in self.columns]
        )

    def holds(self, row: _Row) -> bool:
        """See `Condition`."""
        return any(row.get(c) not in (None, "") for c in self.columns)

    def schema(self) -> _Schema:
        """See `Condition`."""
        parts = [{"required": [c], "properties": {c: {"not": {"enum": [None, ""]}}}} for c in self.columns]
        return parts[0] if len(parts) == 1 else {"anyOf": parts}


@dataclass(frozen=True)
class Together(Condition):
    """Both columns are filled, or neither is."""

    columns: tuple[str, ...]

    @property
    def needs(self) -> tuple[str, ...]:
        """See `Condition`."""
        return ()

    def expr(self) -> pl.Expr:
        """See `Condition`."""
        return pl.col(self.columns[0]).is_null() == pl.col(self.columns[1]).is_null()

    def holds(self, row: _Row) -> bool:
        """See `Condition`."""
        return (row.get(self.columns[0]) is None) == (row.get(self.columns[1]) is None)

    def schema(self) -> _Schema:
        """See `Condition`."""
        one, two = (Filled((c,)).schema() for c in self.columns)
        return {"anyOf": [{"allOf": [one, two]}, {"allOf": [{"not": one}, {"not": two}]}]}


@dataclass(frozen=True)
class Between(Condition):
    """The number lies between two bounds, both included."""

    columns: tuple[str, ...]
    low: float
    high: float

    def expr(self) -> pl.Expr:
        """See `Condition`."""
        return pl.col(self.columns[0]).is_between(self.low, self.high)

    def holds(self, row: _Row) -> bool:
        """See `Condition`."""
        value = row.get(self.columns[0])
        return value is None or bool(self.low <= value <= self.high)

    def schema(self) -> _Schema:
        """See `Condition`."""
        return {"properties": {self.columns[0]: {"minimum": self.low, "maximum": self.high}}}


@dataclass(frozen=True)
class In(Condition):
    """The value is one of a list."""

    columns: tuple[str, ...]
    values: tuple[str, ...]

    def expr(self) -> pl.Expr:
        """See `Condition`."""
        return pl.col(self.columns[0]).is_in(list(self.values))

    def holds(self, row: _Row) -> bool:
        """See `Condition`."""
        value = row.get(self.columns[0])
        return value is None or value in self.values

    def schema(self) -> _Schema:
        """See `Condition`."""
        return {"properties": {self.columns[0]: {"enum": [*self.values, None]}}}


@dataclass(frozen=True)
class InTable(Condition):
    """The filled values of several columns are together a row of a seed table."""

    columns: tuple[str, ...]
    table: str

    def _rows(self) -> pl.DataFrame:
        return load_seed(self.table).select(self.columns).drop_nulls().unique(maintain_order=True)

    def _single_key(self) -> tuple[str, str] | None:
        """The column that decides the other one, and the other one, where a table of two columns has such."""
        if len(self.columns) != 2:
            return None
        for key, other in (self.columns, self.columns[::-1]):
            if self._rows()[key].is_unique().all():
                return key, other
        return None

    def _tuples(self) -> frozenset[tuple[str, ...]]:
        return frozenset(self._rows().rows())

    def expr(self) -> pl.Expr:
        """See `Condition`."""
        if (single := self._single_key()) is not None:
            key, other = single
            wanted = dict(self._rows().select(key, other).iter_rows())
            found = pl.col(key).cast(pl.String).replace_strict(wanted, default="", return_dtype=pl.String)
            return pl.when(pl.col(other).is_not_null()).then(found == pl.col(other).cast(pl.String))
        known = self._rows().select(pl.concat_str(pl.all(), separator="\x1f")).to_series().to_list()
        texts = [pl.col(c).cast(pl.String) for c in self.columns]
        return pl.concat_str(texts, separator="\x1f").is_in(known)

    def holds(self, row: _Row) -> bool:
        """See `Condition`."""
        values = tuple(row.get(c) for c in self.columns)
        return None in values or tuple(str(v) for v in values) in self._tuples()

    def schema(self) -> _Schema | None:
        """See `Condition`."""
        if len(self.columns) != 2:
            return None
        first, second = self.columns
        parts = []
        for value in self._rows()[second].unique(maintain_order=True):
            allowed = self._rows().filter(pl.col(second) == value)[first].to_list()
            given = {"required": [second], "properties": {second: {"const": value}}}
            parts.append({"if": given, "then": {"properties": {first: {"enum": [*allowed, None]}}}})
        return {"allOf": parts}


@dataclass(frozen=True)
class Matches(Condition):
    """The text fits a regular expression."""

    columns: tuple[str, ...]
    pattern: str

    def expr(self) -> pl.Expr:
        """See `Condition`."""
        return pl.col(self.columns[0]).str.contains(self.pattern)

    def distinct_expr(self) -> pl.Expr:
        """See `Condition`."""
        return pl.col(self.columns[0]).unique().str.contains(self.pattern)

    def holds(self, row: _Row) -> bool:
        """See `Condition`."""
        value = row.get(self.columns[0])
        # The engine of polars has no `$` before a last line break.
        return value is None or re.search(self.pattern.replace("$", r"\Z"), value) is not None

    def schema(self) -> _Schema:
        """See `Condition`."""
        return {"properties": {self.columns[0]: {"pattern": self.pattern}}}


@dataclass(frozen=True)
class StartsWith(Condition):
    """The text starts with the text of another column."""

    columns: tuple[str, ...]

    def expr(self) -> pl.Expr:
        """See `Condition`."""
        return pl.col(self.columns[0]).str.starts_with(pl.col(self.columns[1]))

    def holds(self, row: _Row) -> bool:
        """See `Condition`."""
        text, start = (row.get(c) for c in self.columns)
        return text is None or start is None or text.startswith(start)

    def schema(self) -> None:
        """See `Condition`."""
        return


@dataclass(frozen=True)
class Limit(Condition):
    """The value compares with a constant."""

    columns: tuple[str, ...]
    sign: str
    value: Any

    def expr(self) -> pl.Expr:
        """See `Condition`."""
        result: pl.Expr = _COMPARISONS[self.sign](pl.col(self.columns[0]), pl.lit(self.value))
        return result

    def holds(self, row: _Row) -> bool:
        """See `Condition`."""
        value = row.get(self.columns[0])
        return value is None or bool(_COMPARISONS[self.sign](value, self.value))

    def schema(self) -> _Schema | None:
        """See `Condition`."""
        name = self.columns[0]
        if self.sign == "=":
            return {"properties": {name: {"enum": [self.value, None]}}}
        if isinstance(self.value, date):
            return None
        return {"properties": {name: {_BOUNDS[self.sign]: self.value}}}


@dataclass(frozen=True)
class Compare(Condition):
    """Two columns compare."""

    columns: tuple[str, ...]
    sign: str

    def expr(self) -> pl.Expr:
        """See `Condition`."""
        result: pl.Expr = _COMPARISONS[self.sign](pl.col(self.columns[0]), pl.col(self.columns[1]))
        return result

    def holds(self, row: _Row) -> bool:
        """See `Condition`."""
        one, two = (row.get(c) for c in self.columns)
        return one is None or two is None or bool(_COMPARISONS[self.sign](one, two))

    def schema(self) -> None:
        """See `Condition`."""
        return


class _Pair(Condition):
    """Two conditions in one."""

    def __init__(self, first: Condition, second: Condition) -> None:
        self.first, self.second = first, second
        self.columns = tuple(dict.fromkeys((*first.columns, *second.columns)))

    def _is_surely(self, condition: Condition, row: _Row) -> bool:
        known = isinstance(condition, Filled) or all(row.get(c) is not None for c in condition.columns)
        return known and condition.holds(row)


class If(_Pair):
    """Where the first condition surely holds, the second holds."""

    @property
    def needs(self) -> tuple[str, ...]:
        """See `Condition`."""
        several = isinstance(self.first, Filled) and len(self.first.columns) > 1
        return () if several else tuple(dict.fromkeys((*self.first.columns, *self.second.needs)))

    def expr(self) -> pl.Expr:
        """See `Condition`."""
        return ~self.first.expr().fill_null(value=False) | self.second.expr()

    def holds(self, row: _Row) -> bool:
        """See `Condition`."""
        return not self._is_surely(self.first, row) or self.second.holds(row)

    def schema(self) -> _Schema | None:
        """See `Condition`."""
        first, second = self.first.schema(), self.second.schema()
        if first is None or second is None:
            return None
        filled = [Filled((c,)).schema() for c in self.first.columns]
        return {"if": {"allOf": [first, *filled]}, "then": second}


class NotBoth(_Pair):
    """The two conditions do not surely hold at once."""

    def expr(self) -> pl.Expr:
        """See `Condition`."""
        return ~reduce(operator.and_, (c.expr().fill_null(value=False) for c in (self.first, self.second)))

    def holds(self, row: _Row) -> bool:
        """See `Condition`."""
        return not (self._is_surely(self.first, row) and self._is_surely(self.second, row))

    def schema(self) -> _Schema | None:
        """See `Condition`."""
        first, second = self.first.schema(), self.second.schema()
        if first is None or second is None:
            return None
        filled = [Filled((c,)).schema() for c in self.columns]
        return {"not": {"allOf": [first, second, *filled]}}

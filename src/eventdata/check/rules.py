"""Check rules as data (`seeds/checks/event_rules.csv`): compiled once, run over a frame, told as pydantic and JSON Schema."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from pydantic import model_validator

from eventdata.check.expressions import Condition, In, InTable, parse
from eventdata.errors import MissingColumnError
from eventdata.schema import Event, Reject, json_schema, polars_schema
from eventdata.seeds import load_seed

if TYPE_CHECKING:
    from eventdata.check.validate import Validation

SUMMARY_SCHEMA = pl.Schema(
    {"rule": pl.String(), "severity": pl.String(), "rows": pl.Int64(), "message": pl.String()}
)


@dataclass(frozen=True)
class Rule:
    """One rule of a table: what holds of every good row, and what becomes of a row that breaks it."""

    name: str
    severity: str
    condition: Condition
    message: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rule reads."""
        return self.condition.columns


@cache
def event_rules() -> tuple[Rule, ...]:
    """The rules of the event table, in the order in which a reject is given its reason.

    >>> len(event_rules()) >= 40
    True
    """
    columns = Event.model_fields
    rows = load_seed("checks/event_rules", "rule").iter_rows(named=True)
    return tuple(Rule(r["rule"], r["severity"], parse(r["expression"], columns), r["message"]) for r in rows)


def check_events(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Accepted rows, rejects and a summary of an event frame (more columns may stand behind the event columns).

    A row that breaks a rule of severity reject leaves the table; the rejects frame has one row for each, with the first
    rule that it breaks. The summary counts every broken rule, warnings too: `rule, severity, rows, message`.
    """
    present = set(frame.columns)
    missing = [c for c in polars_schema(Event) if c not in present]
    if missing:
        raise MissingColumnError(
            "check_events", missing, frame.columns, "use eventdata.schema.conform(frame, Event)"
        )
    broken = _broken(frame, event_rules())
    summary = _summary(broken, event_rules())
    refused = {name: mask for name, mask in broken.items() if _severity(name) == "reject"}
    if not refused:
        return frame, pl.DataFrame(schema=polars_schema(Reject)), summary
    is_bad = pl.select(pl.any_horizontal([mask.alias(name) for name, mask in refused.items()])).to_series()
    return frame.filter(~is_bad), _rejects(frame, refused, is_bad), summary


def validate(frame_or_path: pl.DataFrame | str | Path, layout: str | None = None) -> "Validation":
    """Accepted rows, rejects and summary of an event table or an archive file: see `eventdata.check.validate`.

    >>> events = pl.DataFrame({"event_id": ["a", "b"], "dataset": "reports", "latitude": [35.1, 135.0]})
    >>> checked = validate(events)
    >>> checked.accepted["event_id"].to_list(), checked.rejects["column"].to_list()
    (['a'], ['latitude'])
    """
    from eventdata.check.validate import validate as run

    return run(frame_or_path, layout)


@cache
def _rules_by_name() -> dict[str, Rule]:
    return {rule.name: rule for rule in event_rules()}


def _severity(name: str) -> str:
    return _rules_by_name()[name].severity


@cache
def _any_broken(names: tuple[str, ...]) -> tuple[pl.Expr, ...]:
    return tuple((~_rules_by_name()[name].condition.distinct_expr()).any().alias(name) for name in names)


@cache
def _code_columns() -> frozenset[str]:
    """Columns whose values come from lists: few combinations of them stand in many rows."""
    listed = (r.columns for r in event_rules() if isinstance(r.condition, (In, InTable)))
    return frozenset(column for columns in listed for column in columns)


def _which_broken(frame: pl.DataFrame, asked: tuple[str, ...]) -> list[str]:
    """The rules that any row breaks; rules about codes are asked of one row of each combination."""
    codes = _code_columns()
    of_codes = tuple(name for name in asked if codes.issuperset(_rules_by_name()[name].columns))
    read = sorted({column for name in of_codes for column in _rules_by_name()[name].columns})
    others = tuple(name for name in asked if name not in of_codes)
    found: dict[str, bool] = {}
    for names, rows in ((of_codes, _combinations(frame, read)), (others, frame)):
        if names:
            found |= rows.select(_any_broken(names)).row(0, named=True)
    return [name for name in asked if found[name]]


def _combinations(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """One row of each combination of values, told apart by their hash."""
    if not columns:
        return frame
    values = frame.select(columns)
    return values.filter(values.hash_rows(seed=1).is_first_distinct())


def _broken(frame: pl.DataFrame, rules: tuple[Rule, ...]) -> dict[str, pl.Series]:
    """Masks of the rows that break a rule, for the rules that any row breaks."""
    if frame.is_empty():
        return {}
    height = frame.height
    empty = {s.name for s in frame.get_columns() if s.null_count() == height}
    asked = tuple(rule.name for rule in rules if empty.isdisjoint(rule.condition.needs))
    # First one yes or no per rule: on good data no mask is kept.
    names = _which_broken(frame, asked)
    if not names:
        return {}
    masks = frame.select(
        (~_rules_by_name()[name].condition.expr()).fill_null(value=False).alias(name) for name in names
    )
    return {name: masks[name] for name in names}


def _summary(broken: Mapping[str, pl.Series], rules: tuple[Rule, ...]) -> pl.DataFrame:
    rows = [(r.name, r.severity, int(broken[r.name].sum()), r.message) for r in rules if r.name in broken]
    return pl.DataFrame(rows, schema=SUMMARY_SCHEMA, orient="row")


def _rejects(frame: pl.DataFrame, refused: Mapping[str, pl.Series], is_bad: pl.Series) -> pl.DataFrame:
    rows = []
    bad = frame.with_row_index("at").filter(is_bad)
    masks = {name: mask.filter(is_bad) for name, mask in refused.items()}
    for at, row in enumerate(bad.iter_rows(named=True)):
        rule = _rules_by_name()[next(name for name, mask in masks.items() if mask[at])]
        column = rule.columns[0]
        value = row[column]
        rows.append(
            {
                "stage": "check",
                "source_file": row["source_file"],
                "source_row": row["source_row"],
                "record_id": row["event_id"],
                "rule": rule.name,
                "column": column,
                "value": None if value is None else str(value),
                "message": rule.message,
                "raw": None,
            }
        )
    return pl.DataFrame(rows, schema=polars_schema(Reject))


def broken_rules(row: Mapping[str, Any], severity: str = "reject") -> list[str]:
    """Names of the rules of a severity that one event (a mapping of plain values) breaks: the slow twin of `check_events`."""
    return [r.name for r in event_rules() if r.severity == severity and not r.condition.holds(row)]


class CheckedEvent(Event):
    """An event that keeps the rules of severity reject; pydantic raises where it does not."""

    @model_validator(mode="after")
    def _keep_rules(self) -> "CheckedEvent":
        if broken := broken_rules(dict(self)):
            messages = "; ".join(f"{name}: {_rules_by_name()[name].message}" for name in broken)
            raise ValueError(messages)
        return self


def event_json_schema() -> dict[str, Any]:
    """JSON Schema of an event with the reject rules in it; rules that compare two columns are named in `$comment`."""
    schema = json_schema(Event)
    parts, left = [], []
    for rule in event_rules():
        if rule.severity == "reject":
            part = rule.condition.schema()
            if part is None:
                left.append(rule.name)
            else:
                parts.append({"$comment": rule.name} | part)
    return schema | {"allOf": parts, "$comment": f"Not expressible here: {', '.join(left)}."}

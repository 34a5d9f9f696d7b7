"""The rules of the event table: one verdict of rules, pydantic and JSON Schema; counts and rejects."""

import contextlib
import math
from datetime import date
from typing import Any

import jsonschema
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from eventdata.check.expressions import parse
from eventdata.check.rules import (
    CheckedEvent,
    broken_rules,
    check_events,
    event_json_schema,
    event_rules,
)
from eventdata.errors import MissingColumnError, SeedError
from eventdata.schema import Event, Reject, closed_list, polars_schema
from eventdata.seeds import load_seed

BASE: dict[str, Any] = {"event_id": "acled:MLI1", "dataset": "acled", "event_date": date(2021, 3, 4)}
# Rules that JSON Schema has no words for: two columns that are compared, and days.
NOT_IN_JSON_SCHEMA = {
    "date-order",
    "date-after-1800",
    "date-not-in-2100",
    "cameo-root-starts-code",
    "trigger-in-order",
}


def frame_of(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(
        [dict.fromkeys(Event.model_fields) | row for row in rows], schema=polars_schema(Event)
    )


def test_there_are_at_least_forty_rules_with_a_message_each() -> None:
    assert len(event_rules()) >= 40
    assert all(rule.message for rule in event_rules())
    assert {rule.severity for rule in event_rules()} <= {"reject", "warn", "repair"}


BROKEN = [
    ("id-present", {"event_id": ""}),
    ("dataset-present", {"dataset": ""}),
    ("row-from-one", {"source_row": 0}),
    ("time-precision-range", {"time_precision": 4}),
    ("date-order", {"event_date_end": date(2021, 3, 3)}),
    ("date-after-1800", {"event_date": date(203, 1, 1)}),
    ("event-type-list", {"event_type": "Battle"}),
    ("sub-event-type-list", {"sub_event_type": "Clash"}),
    ("sub-event-fits-type", {"event_type": "Battles", "sub_event_type": "Attack"}),
    ("disorder-type-list", {"disorder_type": "Demostrations"}),
    ("cameo-code-form", {"cameo_code": "1"}),
    ("cameo-code-list", {"cameo_code": "999"}),
    ("cameo-root-form", {"cameo_root": "21"}),
    (
        "cameo-root-starts-code",
        {"cameo_root": "19", "cameo_code": "190", "plover_event": None} | {"cameo_code": "180"},
    ),
    ("quad-class-range", {"quad_class": 5}),
    ("goldstein-range", {"goldstein": -10.5}),
    ("plover-event-list", {"plover_event": "CLASH"}),
    ("inter1-list", {"inter1": "State Forces", "actor1": "x"}),
    ("interaction-list", {"interaction": "12"}),
    ("source-code-form", {"source_code": "SY"}),
    ("target-country-form", {"target_country": "Syria"}),
    ("iso3-form", {"iso3": "ML"}),
    ("latitude-range", {"latitude": 91.0}),
    ("longitude-range", {"longitude": -181.0}),
    ("geo-precision-range", {"geo_precision": 0}),
    ("fatalities-not-negative", {"fatalities": -1}),
    ("injured-not-negative", {"injured": -1}),
    ("trigger-in-order", {"trigger_start": 5, "trigger_end": 4}),
    ("confidence-range", {"confidence": 1.5}),
]


@pytest.mark.parametrize(("rule", "changes"), BROKEN)
def test_a_row_that_breaks_a_rule_leaves_the_table_with_its_reason(
    rule: str, changes: dict[str, Any]
) -> None:
    accepted, rejects, summary = check_events(frame_of(BASE, BASE | changes))
    assert accepted.height == 1
    assert rejects.height == 1
    assert rejects.schema == polars_schema(Reject)
    assert rule in summary.filter(pl.col("severity") == "reject")["rule"].to_list()


WARNED = [
    ("quad-class-fits-root", {"cameo_root": "19", "quad_class": 1}),
    (
        "interaction-fits-inters",
        {"inter1": "Rioters", "inter2": "Civilians", "interaction": "Protesters only"},
    ),
    ("inter2-needs-actor2", {"inter2": "Civilians"}),
    ("coordinates-in-pairs", {"latitude": 3.5}),
    ("coordinates-not-zero", {"latitude": 0.0, "longitude": 0.0}),
    ("fatalities-best-below-high", {"fatalities": 9, "fatalities_high": 3}),
    ("strategic-has-no-deaths", {"event_type": "Strategic developments", "fatalities": 2}),
    ("protest-has-no-fighters", {"event_type": "Protests", "inter1": "Rebel group", "actor1": "x"}),
    ("published-not-before-event", {"published": date(2021, 3, 3)}),
]


@pytest.mark.parametrize(("rule", "changes"), WARNED)
def test_a_warning_keeps_the_row_and_is_counted(rule: str, changes: dict[str, Any]) -> None:
    accepted, rejects, summary = check_events(frame_of(BASE, BASE | changes))
    assert (accepted.height, rejects.height) == (2, 0)
    assert (rule, 1) in summary.select("rule", "rows").rows()


def values_of(column: str) -> st.SearchStrategy[Any]:
    """Good and bad values of a column."""
    info = Event.model_fields[column]
    dtype = polars_schema(Event)[column]
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    if dtype == pl.Date:
        return st.sampled_from([None, date(2021, 3, 4), date(2021, 3, 5), date(1650, 1, 1)])
    if dtype == pl.Boolean:
        return st.sampled_from([None, True, False])
    if dtype == pl.Int64:
        return st.sampled_from([None, -1, 0, 1, 2, 3, 4, 5, 200])
    if dtype == pl.Float64:
        return st.sampled_from([None, -200.0, -10.0, -0.5, 0.0, 0.5, 10.0, 95.0, 200.0])
    texts: list[str | None] = [None, "x?", "AB", "ABC", "19", "190", "1"]
    if "codelist" in extra:
        table, _, name = str(extra["codelist"]).rpartition(".")
        texts += load_seed(table)[name].drop_nulls().unique(maintain_order=True).head(8).to_list()
    with contextlib.suppress(KeyError):
        texts += closed_list(Event, column)[:4]
    return st.sampled_from(texts)


CHECKED = sorted({column for rule in event_rules() for column in rule.columns})


@st.composite
def event_rows(draw: st.DrawFn) -> dict[str, Any]:
    columns = draw(st.lists(st.sampled_from(CHECKED), max_size=4, unique=True))
    row = BASE | {column: draw(values_of(column)) for column in columns}
    row["event_id"] = row["event_id"] or "x:1"
    row["dataset"] = row["dataset"] or "x"
    return row


@settings(max_examples=400, deadline=None)
@given(row=event_rows())
def test_rules_pydantic_and_json_schema_agree(row: dict[str, Any]) -> None:
    accepted, _, summary = check_events(frame_of(row))
    broken = summary.filter(pl.col("severity") == "reject")["rule"].to_list()
    assert sorted(broken) == sorted(broken_rules(row))
    assert accepted.is_empty() == bool(broken)
    try:
        CheckedEvent(**row)
        is_valid = True
    except ValidationError:
        is_valid = False
    assert is_valid == (not broken)
    if not set(broken) & NOT_IN_JSON_SCHEMA:
        plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
        assert VALIDATOR.is_valid(plain) == is_valid


VALIDATOR = jsonschema.Draft202012Validator(event_json_schema())


def test_an_empty_table_keeps_its_schema() -> None:
    accepted, rejects, summary = check_events(frame_of())
    assert accepted.schema == polars_schema(Event)
    assert rejects.is_empty()
    assert summary.is_empty()


def test_checking_twice_changes_nothing() -> None:
    frame = frame_of(BASE, BASE | {"latitude": 99.0})
    once = check_events(frame)[0]
    assert check_events(once)[0].equals(once)


def test_a_table_without_the_event_columns_is_a_wrong_call() -> None:
    with pytest.raises(MissingColumnError, match="conform"):
        check_events(pl.DataFrame({"event_id": ["x"]}))


@pytest.mark.parametrize("text", ["latitude about 3", "height >= 2", "latitude between 1"])
def test_an_expression_that_cannot_be_read_is_a_seed_error(text: str) -> None:
    with pytest.raises(SeedError, match=r"cannot be read|lacks"):
        parse(text, Event.model_fields)


def test_a_number_that_is_none_breaks_no_range() -> None:
    accepted, _, _ = check_events(frame_of(BASE | {"latitude": math.nan, "longitude": None}))
    assert accepted.height in (0, 1)

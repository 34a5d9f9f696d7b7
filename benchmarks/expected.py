"""Compares events with `seeds/reports/expected.csv`: what a careful human coder wants of the sample reports.

A row names one event. An empty cell is not compared; `|` separates values of which any will do;
`event_date` is a day or an interval `first/last`, and an event dated to any part of an interval that is
no longer than it will do; `none` in `fatalities` wants none given, 0 wants 0 or none. The status
`absent` says what must not come out as occurred or ongoing: no event with all the values of the row.
With all cells empty it says that the report has no event at all.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from eventdata.seeds import load_seed

CLAIMED = ("occurred", "ongoing")
COMPARED = (
    "sub_event_type",
    "cameo_root",
    "event_date",
    "actor1_code_contains",
    "actor2_code_contains",
    "iso3",
    "location",
    "fatalities",
)
# An event is looked for by its type, or by its root where it has none; the other columns are then compared.
_IDENTITY = ("sub_event_type", "cameo_root")
Row = Mapping[str, object]


def _days(text: str) -> tuple[str, str]:
    first, _, last = text.partition("/")
    return first, last or first


def _same_date(wanted: str, event: Row) -> bool:
    first, last = event["event_date"], event["event_date_end"] or event["event_date"]
    if not isinstance(first, date):
        return False
    for value in wanted.split("|"):
        low, high = _days(value)
        if len(low) < len("2024-01-01"):  # "2012" or "2022-02": any day of it
            if first.isoformat().startswith(low):
                return True
        elif low <= first.isoformat() and str(last) <= high:
            return True
    return False


def _same_count(wanted: str, found: object) -> bool:
    if wanted in ("none", "0"):
        return found in (None, 0)
    return str(found) == wanted


def same(column: str, wanted: str, event: Row) -> bool:
    """Whether an event has the wanted value of a column of `COMPARED`."""
    if column == "event_date":
        return _same_date(wanted, event)
    if column == "fatalities":
        return _same_count(wanted, event["fatalities"])
    values = wanted.split("|")
    if column == "location":
        # The gazetteer may know the place by another name than the text.
        names = f"{event['location']} {event['place_text']}"
        return any(value in names for value in values)
    if column.endswith("_code_contains"):
        return any(value in str(event[_CODE_COLUMNS[column]] or "") for value in values)
    return event[column] in values


_CODE_COLUMNS = {"actor1_code_contains": "source_code", "actor2_code_contains": "target_code"}


def _turned(event: Row) -> Row:
    """A reciprocal event with its sides changed over: a clash has no first side."""
    if event["directed"] is not False:
        return event
    return {**event, "source_code": event["target_code"], "target_code": event["source_code"]}


def _verdicts(wanted: Row, event: Row) -> dict[str, bool]:
    """Columns that the row fills, and whether the event has them; a reciprocal event either way round."""
    ways = [
        {column: same(column, str(wanted[column]), way) for column in COMPARED if wanted[column] is not None}
        for way in (event, _turned(event))
    ]
    return max(ways, key=lambda way: sum(way.values()))


def _is_candidate(wanted: Row, event: Row) -> bool:
    column = _IDENTITY[0] if wanted["sub_event_type"] is not None else _IDENTITY[1]
    return same(column, str(wanted[column]), event)


def compare(events: pl.DataFrame) -> pl.DataFrame:
    """One row per expected row and compared column: `report_id, number, status, column, wanted, right`.

    The column `event` says whether an event of the type was found at all; the other columns of a row are
    compared on the found event that has most of the wanted values. No event is used twice.
    """
    claimed = events.filter(pl.col("status").is_in(CLAIMED))
    of_report: dict[str, list[Row]] = {}
    for event in claimed.iter_rows(named=True):
        of_report.setdefault(event["report_id"], []).append(event)
    rows: list[tuple[object, ...]] = []
    for expected in load_seed("reports/expected", "report_id", "number").iter_rows(named=True):
        found = of_report.get(expected["report_id"], [])
        if expected["status"] == "absent":
            rows.append((*_key(expected), "absent", _in_words(expected), _is_absent(expected, found)))
        else:
            rows.extend(_present(expected, found))
    columns = ["report_id", "number", "status", "column", "wanted", "right"]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String) | {"right": pl.Boolean}, orient="row")


def _key(expected: Row) -> tuple[object, ...]:
    return expected["report_id"], expected["number"], expected["status"]


def _in_words(expected: Row) -> str:
    return ", ".join(str(expected[column]) for column in COMPARED if expected[column] is not None)


def _is_absent(expected: Row, found: list[Row]) -> bool:
    return not any(all(_verdicts(expected, event).values()) for event in found)


def _present(expected: Row, found: list[Row]) -> list[tuple[object, ...]]:
    candidates = [event for event in found if _is_candidate(expected, event)]
    key = _key(expected)
    rows: list[tuple[object, ...]] = [(*key, "event", _in_words(expected), bool(candidates))]
    if not candidates:
        return rows
    best = max(candidates, key=lambda event: sum(_verdicts(expected, event).values()))
    found.remove(best)
    return rows + [
        (*key, column, expected[column], right) for column, right in _verdicts(expected, best).items()
    ]


def summary(compared: pl.DataFrame) -> pl.DataFrame:
    """Share of right values by column: `column, right, rows`."""
    return compared.group_by("column", maintain_order=True).agg(
        pl.col("right").mean(), pl.len().alias("rows")
    )

"""Sentences of our own with their sides and status, and what the coder makes of them.

`tests/data/sides/sentences.csv`: `cameo_root` of the act asked about, `source` and `target` (ISO3; `none`: not named; empty: not
compared), `source_role` and `target_role` (CAMEO; empty: not compared), `status` (`absent`: no such act occurred or is ongoing).
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import polars as pl

import eventdata

PATH = Path(__file__).parent / "data" / "sides" / "sentences.csv"
CLAIMED = ("occurred", "ongoing")
Row = Mapping[str, str | None]


def sentences() -> pl.DataFrame:
    """The sentences with `report_id`; empty cells are null."""
    table = pl.read_csv(PATH, infer_schema=False).with_row_index("n")
    return table.with_columns(report_id=pl.col("n").cast(pl.String)).drop("n")


@cache
def _events() -> dict[str, list[dict[str, object]]]:
    coded = eventdata.normalize(sentences().select("report_id", "text"), published="2024-06-12").events
    return {str(key[0]): rows.to_dicts() for key, rows in coded.group_by("report_id", maintain_order=True)}


def events_of(row: Row) -> list[dict[str, object]]:
    """The events of a sentence: those of its root, else all."""
    events = _events().get(str(row["report_id"]), [])
    same = [event for event in events if event["cameo_root"] == row["cameo_root"]]
    return same or (events if row["status"] != "absent" else [])


def _side(event: Mapping[str, object], side: str, row: Row, wanted: str) -> bool:
    country, role, code = row[wanted], row[f"{wanted}_role"], str(event[f"{side}_code"] or "")
    roles = [code[at : at + 3] for at in range(0, len(code), 3)]
    same_country = country is None or (event[f"{side}_country"] or "none") == country
    return same_country and (role is None or role in roles)


def right_sides(row: Row) -> bool:
    """Does an event of the sentence have both sides as wanted? In an act of both either may stand first."""
    for event in events_of(row):
        orders = [("source", "target")] + ([] if event["directed"] else [("target", "source")])
        if any(_side(event, a, row, "source") and _side(event, b, row, "target") for a, b in orders):
            return True
    return False


def right_status(row: Row) -> bool:
    """Is the act there with its status, or, where it is to be absent, not claimed?"""
    claimed = [event for event in events_of(row) if event["status"] in CLAIMED]
    if row["status"] == "absent":
        return not claimed
    return any(event["status"] == row["status"] for event in events_of(row))

"""The tables of eventdata: declared in `tables`, everything else derived in `derive`."""

from eventdata.schema.derive import (
    arrow_schema,
    closed_list,
    conform,
    empty_frame,
    json_schema,
    polars_schema,
)
from eventdata.schema.tables import TABLES, Accounting, Event, Evidence, Reject, Report, Table

__all__ = [
    "TABLES",
    "Accounting",
    "Event",
    "Evidence",
    "Reject",
    "Report",
    "Table",
    "arrow_schema",
    "closed_list",
    "conform",
    "empty_frame",
    "json_schema",
    "polars_schema",
]

"""Turns news reports and conflict-event archives into one validated event table."""

import importlib
import logging
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Where each public name lives. Modules load when a name is first used, so that importing the package stays quick.
_HOMES = {
    "normalize": "eventdata.pipeline",
    "normalize_batches": "eventdata.pipeline",
    "read_archive": "eventdata.archives",
    "scan_archive": "eventdata.archives",
    "validate": "eventdata.check.rules",
    "resolve_actor": "eventdata.resolve.actors",
    "resolve_actors": "eventdata.resolve.actors",
    "resolve_places": "eventdata.resolve.places",
    "resolve_dates": "eventdata.resolve.dates",
    "resolve_counts": "eventdata.resolve.counts",
    "Result": "eventdata.result",
    "Report": "eventdata.schema.tables",
    "Event": "eventdata.schema.tables",
    "EventDataError": "eventdata.errors",
}

__all__ = [
    "Event",
    "EventDataError",
    "Report",
    "Result",
    "normalize",
    "normalize_batches",
    "read_archive",
    "resolve_actor",
    "resolve_actors",
    "resolve_counts",
    "resolve_dates",
    "resolve_places",
    "scan_archive",
    "validate",
]

logging.getLogger(__name__).addHandler(logging.NullHandler())

if TYPE_CHECKING:
    from eventdata.archives import read_archive, scan_archive
    from eventdata.check.rules import validate
    from eventdata.errors import EventDataError
    from eventdata.pipeline import normalize, normalize_batches
    from eventdata.resolve.actors import resolve_actor, resolve_actors
    from eventdata.resolve.counts import resolve_counts
    from eventdata.resolve.dates import resolve_dates
    from eventdata.resolve.places import resolve_places
    from eventdata.result import Result
    from eventdata.schema.tables import Event, Report


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""What `normalize` and `read_archive` return: events, rejects, evidence and accounting, and what can be done with them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import polars as pl

from eventdata.errors import BadCallError
from eventdata.schema import Accounting, Event, Evidence, Reject, empty_frame

NO_CO_ACTORS = pl.DataFrame(
    schema={
        "event_id": pl.String,
        "side": pl.String,
        "actor": pl.String,
        "code": pl.String,
        "country": pl.String,
    }
)
Layout = Literal["eventdata", "acled"]
Counts = Literal["raw", "acled"]


@dataclass(frozen=True)
class Result:
    """Events of one input and what became of every record of it.

    `events`, `rejects`, `evidence` and `accounting` are polars frames with the columns of the tables of the same name.
    Records in = reports or rows with events + without (by reason) + rejects, as `accounting` shows.

    >>> import eventdata
    >>> result = eventdata.normalize("Rebels shelled Hama on 3 May 2021.")
    >>> result.events["sub_event_type"].to_list(), result.rejects.height
    (['Shelling/artillery/missile attack'], 0)
    """

    events: pl.DataFrame
    rejects: pl.DataFrame = field(default_factory=lambda: empty_frame(Reject))
    accounting: pl.DataFrame = field(default_factory=lambda: empty_frame(Accounting))
    evidence: pl.DataFrame = field(default_factory=lambda: empty_frame(Evidence))
    reports: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)
    co_actors: pl.DataFrame = field(default_factory=lambda: NO_CO_ACTORS, repr=False)

    def __repr__(self) -> str:
        return f"Result({self.events.height} events, {self.rejects.height} rejects)"

    def directed(self) -> pl.DataFrame:
        """Source-target rows: every pair of a source and a target is a row, a reciprocal act gives both directions.

        Co-actors stand in for their side, one row each. Counts stand on the first row of an event only, so that sums hold. Adds
        `direction`, "as-coded" or "reverse". Without a second side an event has one row per source.

        >>> import eventdata
        >>> result = eventdata.normalize("Iran and Iraq clashed near Basra on 3 May 2021.")
        >>> result.directed().select("source_code", "target_code").rows()
        [('IRN', 'IRQ'), ('IRQ', 'IRN')]
        """
        return directed(self.events, self.co_actors)

    def write(self, path: str | Path, layout: Layout = "eventdata", counts: Counts | None = None) -> Path:
        """Write the events to a `.csv` or `.parquet` file, by way of a temporary file; returns the path.

        `layout="acled"` writes the columns and labels of an ACLED export, of events that occurred or go on. `counts="raw"` (of
        the layout "eventdata") leaves vague numbers of deaths open, `counts="acled"` (of the layout "acled") writes ACLED's
        numbers for them (dozens: 12) and divides a number that several events of one report share.
        """
        from eventdata.write.tables import write_events

        return write_events(self.events, Path(path), layout, counts)

    def explain(self, event_id: str) -> str:
        """Why an event was coded as it was: its sentence with the spans marked, and the rules in words.

        Raises `BadCallError` when the result has no such event.

        >>> import eventdata
        >>> result = eventdata.normalize("Rebels shelled Hama on 3 May 2021.")
        >>> print(result.explain(result.events["event_id"][0]))  # doctest: +ELLIPSIS
        Event ...
        """
        from eventdata.explain import explain_event

        if event_id not in self.events["event_id"]:
            near = self.events["event_id"].head(3).to_list()
            raise BadCallError(
                f"no event {event_id!r} in this result. Hint: it has {self.events.height}, such as {near}."
            )
        return explain_event(self, event_id)


_COUNTS = [
    "fatalities",
    "fatalities_low",
    "fatalities_high",
    "injured",
    "displaced",
    "arrested",
    "crowd_size",
    "fatalities_text",
]
_SIDES = {
    "actor1": "actor2",
    "assoc_actor_1": "assoc_actor_2",
    "inter1": "inter2",
    "source_code": "target_code",
    "source_country": "target_country",
}


def directed(events: pl.DataFrame, co_actors: pl.DataFrame = NO_CO_ACTORS) -> pl.DataFrame:
    """`Result.directed` for a frame of events and their co-actors."""
    x = events.with_row_index("_n").with_columns(direction=pl.lit("as-coded"), _k=pl.lit(0, dtype=pl.UInt32))
    columns = x.columns
    for side, (actor, code, country) in {
        "1": ("actor1", "source_code", "source_country"),
        "2": ("actor2", "target_code", "target_country"),
    }.items():
        others = co_actors.filter(pl.col("side") == side).select(
            "event_id", _actor="actor", _code="code", _country="country"
        )
        more = (
            x.join(others, on="event_id", how="inner", maintain_order="left")
            .with_columns(
                pl.col("_actor").alias(actor),
                pl.col("_code").alias(code),
                pl.col("_country").alias(country),
                _k=pl.lit(1, pl.UInt32),
            )
            .select(columns)
        )
        x = pl.concat([x, more])
    swap = _SIDES | {b: a for a, b in _SIDES.items()}
    both = pl.col("actor1").is_not_null() & pl.col("actor2").is_not_null()
    back = x.filter(both & ~pl.col("directed").fill_null(value=True)).with_columns(
        *(pl.col(other).alias(name) for name, other in swap.items()),
        direction=pl.lit("reverse"),
        _k=pl.lit(2, pl.UInt32),
    )
    x = pl.concat([x, back]).sort("_n", "_k", maintain_order=True)
    first = pl.col("_n").is_first_distinct()
    return x.with_columns(pl.when(first).then(pl.col(name)).alias(name) for name in _COUNTS).drop("_n", "_k")


def join_results(results: Iterable[Result]) -> Result:
    """One result of many: tables one under the other."""
    parts = list(results)
    if len(parts) == 1:
        return parts[0]

    def stack(name: str, empty: pl.DataFrame) -> pl.DataFrame:
        frames = [getattr(part, name) for part in parts]
        return pl.concat(frames) if frames else empty

    return Result(
        stack("events", empty_frame(Event)),
        stack("rejects", empty_frame(Reject)),
        stack("accounting", empty_frame(Accounting)),
        stack("evidence", empty_frame(Evidence)),
        stack("reports", pl.DataFrame()),
        stack("co_actors", NO_CO_ACTORS),
    )

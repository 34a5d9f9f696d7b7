"""One batch of archive rows to events: the family's own columns, then what all families share."""

from collections.abc import Callable
from functools import cache

import polars as pl

from eventdata.harmonise.acled import harmonise_acled
from eventdata.harmonise.gdelt import harmonise_gdelt
from eventdata.harmonise.icews import harmonise_icews
from eventdata.harmonise.layouts import families
from eventdata.harmonise.mentions import MENTION_SCHEMA, harmonise_mentions
from eventdata.harmonise.phoenix import harmonise_phoenix
from eventdata.harmonise.polecat import harmonise_polecat
from eventdata.harmonise.tally import Tally
from eventdata.harmonise.ucdp import harmonise_ucdp
from eventdata.schema import Event, polars_schema

MENTIONS = "gdelt_mentions"
_HARMONISERS: dict[str, Callable[[pl.DataFrame, Tally], pl.DataFrame]] = {
    "acled": harmonise_acled,
    "gdelt": harmonise_gdelt,
    "ucdp": harmonise_ucdp,
    "icews": harmonise_icews,
    "polecat": harmonise_polecat,
    "phoenix": harmonise_phoenix,
    "phoenix_historical": harmonise_phoenix,
    MENTIONS: harmonise_mentions,
}


def harmonise(values: pl.DataFrame, family: str, rows: pl.Series, file: str, tally: Tally) -> pl.DataFrame:
    """The event columns (for mentions: the evidence columns) of typed values, one row each, in order.

    `event_id` is `{dataset}:{origin_id}`; `crosswalk` tells how sure the filled scheme is; `status` is occurred, since an
    archive lists what its coders took for done; `confidence` stays null.
    """
    own = _HARMONISERS[family](values, tally)
    dataset = families()[family].dataset
    own = own.with_columns(
        source_file=pl.Series("source_file", [file], dtype=pl.String).new_from_index(0, own.height),
        source_row=rows,
    )
    if family == MENTIONS:
        return _in_order(own, MENTION_SCHEMA)
    tally.reject(own["origin_id"].is_null(), "bad-id", "origin_id", own["origin_id"])
    own = own.with_columns(
        event_id=pl.concat_str(pl.lit(f"{dataset}:"), "origin_id"),
        dataset=pl.lit(dataset),
        status=pl.lit("occurred"),
    )
    return _in_order(own, polars_schema(Event))


def _in_order(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    present = {column.name: column for column in frame.get_columns()}
    columns = [
        # A column that has the type already comes back as it is.
        present[name].cast(dtype)
        if name in present
        else _no_value(name, dtype).new_from_index(0, frame.height)
        for name, dtype in schema.items()
    ]
    return pl.DataFrame(columns)


@cache
def _no_value(name: str, dtype: pl.DataType) -> pl.Series:
    return pl.Series(name, [None], dtype=dtype)

"""Derives the polars, Arrow and JSON forms of a table from its one declaration."""

import types
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import polars as pl
import pyarrow as pa

from eventdata.schema.tables import Table

_POLARS: dict[type, pl.DataType] = {
    str: pl.String(),
    int: pl.Int64(),
    float: pl.Float64(),
    bool: pl.Boolean(),
    date: pl.Date(),
    datetime: pl.Datetime("us"),
}
_ARROW: dict[type, pa.DataType] = {
    str: pa.large_string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    date: pa.date32(),
    datetime: pa.timestamp("us"),
}


def _plain_type(annotation: Any) -> type:
    """`Literal["a"] | None` -> str, `int | None` -> int."""
    if get_origin(annotation) in (Union, types.UnionType):
        (annotation,) = [a for a in get_args(annotation) if a is not type(None)]
    if get_origin(annotation) is Literal:
        return type(get_args(annotation)[0])
    if not isinstance(annotation, type):
        raise TypeError(f"no column type for {annotation}")
    return annotation


@cache
def polars_schema(table: type[Table]) -> pl.Schema:
    """Columns and polars types of a table, in the declared order."""
    return pl.Schema({name: _POLARS[_plain_type(f.annotation)] for name, f in table.model_fields.items()})


@cache
def arrow_schema(table: type[Table]) -> pa.Schema:
    """Arrow schema of a table; each field's metadata holds its description, group, unit and code list."""
    fields = []
    for name, info in table.model_fields.items():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        metadata = {"description": info.description or ""} | {k: str(v) for k, v in extra.items()}
        fields.append(
            pa.field(
                name, _ARROW[_plain_type(info.annotation)], nullable=not info.is_required(), metadata=metadata
            )
        )
    return pa.schema(fields, metadata={"eventdata:table": table.__name__.lower(), "eventdata:version": "1"})


def json_schema(table: type[Table]) -> dict[str, Any]:
    """JSON Schema 2020-12 of one row of a table."""
    schema = table.model_json_schema()
    schema["description"] = (table.__doc__ or "").strip().split("\n\n")[0]  # without the example
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def empty_frame(table: type[Table]) -> pl.DataFrame:
    """The table with no rows."""
    return pl.DataFrame(schema=polars_schema(table))


def conform(frame: pl.DataFrame, table: type[Table]) -> pl.DataFrame:
    """The declared columns of `table` in order and type; columns that `frame` lacks become null."""
    columns = [
        (pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype=dtype).alias(name))
        for name, dtype in polars_schema(table).items()
    ]
    return frame.select(columns)


def closed_list(table: type[Table], column: str) -> tuple[str, ...]:
    """The values that a column with a closed list may take."""
    annotation = table.model_fields[column].annotation
    for part in (annotation, *get_args(annotation)):
        if get_origin(part) is Literal:
            return tuple(get_args(part))
    raise KeyError(f"{table.__name__}.{column} has no closed list")

"""Writes a table batch by batch to one Parquet or CSV file, whole or not at all."""

import os
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import polars as pl

from eventdata.errors import BadCallError
from eventdata.schema.derive import arrow_schema
from eventdata.schema.tables import Table

_PARQUET = (".parquet", ".pq")
_CSV = (".csv",)


class TableWriter:
    """One output file that is filled batch by batch and moved into place when all went well.

    Until then it has a temporary name in the same folder; after an error that file is removed, and what stood
    under the name before stays. The suffix decides the format: `.parquet`, `.pq` or `.csv`. With `table`, the
    columns of a Parquet file carry their description as field metadata.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with TableWriter(folder / "numbers.csv") as writer:
    ...     writer.write(pl.DataFrame({"n": [1]}))
    ...     writer.write(pl.DataFrame({"n": [2]}))
    >>> (folder / "numbers.csv").read_text().split()
    ['n', '1', '2']
    """

    def __init__(self, path: str | Path, table: type[Table] | None = None) -> None:
        self.path = Path(path)
        self._table = table
        self._temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
        self._handle: IO[bytes] | None = None
        self._parquet: Any = None
        self._is_empty = True
        if self.path.suffix.lower() not in _PARQUET + _CSV:
            raise BadCallError(f"{self.path}: cannot write '{self.path.suffix}'. Hint: .parquet or .csv.")

    def __enter__(self) -> "TableWriter":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = self._temporary.open("wb")
        return self

    def write(self, frame: pl.DataFrame) -> None:
        """Append a batch; all have the same columns. The first one, though empty, gives the header."""
        if self._handle is None:
            raise BadCallError("a TableWriter is written to inside its `with` block")
        if self.path.suffix.lower() in _CSV:
            frame.write_csv(self._handle, include_header=self._is_empty)
        else:
            self._write_parquet(frame, self._handle)
        self._is_empty = False

    def _write_parquet(self, frame: pl.DataFrame, handle: IO[bytes]) -> None:
        import pyarrow.parquet as pq

        batch = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._table is not None:
            batch = batch.cast(arrow_schema(self._table))
        if self._parquet is None:
            self._parquet = pq.ParquetWriter(handle, batch.schema, compression="zstd")
        self._parquet.write_table(batch)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._parquet is not None:
                self._parquet.close()
            if self._handle is not None:
                self._handle.close()
            if kind is None:
                self._temporary.replace(self.path)
        finally:
            self._temporary.unlink(missing_ok=True)

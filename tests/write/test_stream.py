"""Batches into one file: whole or not at all."""

from datetime import date
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from polars.testing import assert_frame_equal

from eventdata.errors import BadCallError
from eventdata.schema import Accounting, empty_frame, polars_schema
from eventdata.write.stream import TableWriter

BATCH = pl.DataFrame({"when": [date(2024, 12, 3), None], "text": ['a "b", c', None], "n": [1, None]})


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".pq"])
def test_batches_follow_each_other_in_one_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"table{suffix}"
    with TableWriter(path) as writer:
        writer.write(BATCH)
        writer.write(BATCH)
    read = pl.read_csv(path, try_parse_dates=True) if suffix == ".csv" else pl.read_parquet(path)
    assert_frame_equal(read, pl.concat([BATCH, BATCH]))


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_table_without_rows_keeps_its_columns(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"table{suffix}"
    with TableWriter(path, Accounting) as writer:
        writer.write(empty_frame(Accounting))
    read = pl.read_csv(path) if suffix == ".csv" else pl.read_parquet(path)
    assert read.columns == polars_schema(Accounting).names()


def test_parquet_carries_the_meaning_of_each_column(tmp_path: Path) -> None:
    with TableWriter(tmp_path / "table.parquet", Accounting) as writer:
        writer.write(empty_frame(Accounting))
    assert pq.read_schema(tmp_path / "table.parquet").field("rows").metadata[b"description"] == b"How many."


def _write_and_fail(writer: TableWriter) -> None:
    writer.write(BATCH)
    raise RuntimeError("half way")


def test_after_an_error_the_old_file_stands_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")
    writer = TableWriter(path)
    with pytest.raises(RuntimeError, match="half way"), writer:
        _write_and_fail(writer)
    assert [file.name for file in tmp_path.iterdir()] == ["table.csv"]
    assert path.read_text() == "old"


def test_an_unknown_suffix_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadCallError, match=r"\.parquet or \.csv"):
        TableWriter(tmp_path / "table.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_writing_outside_of_the_block_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCallError, match="with"):
        TableWriter(tmp_path / "table.csv").write(BATCH)

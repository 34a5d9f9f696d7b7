"""Reports from files: encodings, separators, bad dates, bad rows."""

import gzip
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from eventdata.errors import MissingColumnError, UnreadableFileError
from eventdata.read.reports import Options, ReportBatch, read_reports


def read(source: object, **options: object) -> ReportBatch:
    batches = list(read_reports(source, Options(**options)))  # type: ignore[arg-type]
    assert len(batches) == 1
    return batches[0]


def test_a_csv_file_with_date_and_text(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text('date,text\n2024-01-01,"Hello, ""world"""\n2024-01-02,"two\nlines"\n', encoding="utf-8")
    batch = read(path)
    assert batch.reports["text"].to_list() == ['Hello, "world"', "two\nlines"]
    assert batch.reports["published"].to_list() == [date(2024, 1, 1), date(2024, 1, 2)]
    assert batch.reports["source_row"].to_list() == [1, 2]


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b"date;text\n2024-01-01;caf\xe9\n", ["café"]),
        (b"\xef\xbb\xbfdate,text\r\n2024-01-01,x\r\n", ["x"]),
        ("date\ttext\n2024-01-01\tŁódź\n".encode(), ["Łódź"]),
    ],
    ids=["latin-1-and-semicolon", "bom-and-crlf", "tab"],
)
def test_other_encodings_and_separators(tmp_path: Path, content: bytes, texts: list[str]) -> None:
    path = tmp_path / "news.csv"
    path.write_bytes(content)
    assert read(path).reports["text"].to_list() == texts


def test_a_packed_file(tmp_path: Path) -> None:
    path = tmp_path / "news.csv.gz"
    path.write_bytes(gzip.compress(b"date,text\n2024-01-01,x\n"))
    assert read(path).reports.height == 1


@pytest.mark.parametrize(
    ("row", "rule", "value"),
    [
        ("0025-02-01,x", "published-out-of-range", "0025-02-01"),
        ("03/04/2024,x", "published-unreadable", "03/04/2024"),
        ("2024-01-01,", "text-missing", None),
        ("2024-01-01,first", "duplicate-id", None),
        ("a,b,c", "field-count", None),
    ],
    ids=["year-25", "no-iso-date", "no-text", "twice", "three-fields"],
)
def test_a_bad_row_is_a_reject_with_its_number_rule_and_value(
    tmp_path: Path, row: str, rule: str, value: str | None
) -> None:
    path = tmp_path / "news.csv"
    path.write_text(f"date,text\n2024-01-01,first\n{row}\n", encoding="utf-8")
    batch = read(path)
    reject = batch.rejects.row(0, named=True)
    assert batch.reports.height == 1
    assert batch.records == 2
    assert (reject["rule"], reject["source_row"]) == (rule, 2)
    assert reject["source_file"].endswith("news.csv")
    if value is not None:
        assert reject["value"] == value


def test_a_named_date_order_reads_other_dates() -> None:
    frame = pl.DataFrame({"text": ["x"], "date": ["03/04/2024"]})
    assert read(frame, date_order="DMY").reports["published"].to_list() == [date(2024, 4, 3)]
    assert read(frame, date_order="MDY").reports["published"].to_list() == [date(2024, 3, 4)]


def test_columns_are_renamed() -> None:
    frame = pl.DataFrame({"body": ["x"], "when": [date(2024, 1, 1)]})
    batch = read(frame, columns={"body": "text", "when": "published"})
    assert batch.reports.select("text", "published").row(0) == ("x", date(2024, 1, 1))


def test_an_acled_export_given_as_reports_is_told() -> None:
    frame = pl.DataFrame({"event_id_cnty": ["A"], "event_type": ["B"], "actor1": ["C"], "notes": ["D"]})
    with pytest.raises(MissingColumnError, match="read_archive"):
        read(frame)


@pytest.mark.parametrize("name", ["empty.csv", "empty.txt", "empty.jsonl"])
def test_an_empty_file_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(UnreadableFileError, match="empty"):
        read(tmp_path / name)


def test_json_lines_and_parquet(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "x", "published": "2024-01-01"}\n', encoding="utf-8")
    pl.DataFrame({"text": ["x"], "published": [date(2024, 1, 1)]}).write_parquet(tmp_path / "b.parquet")
    for name in ("a.jsonl", "b.parquet"):
        assert read(tmp_path / name).reports["published"].to_list() == [date(2024, 1, 1)]


def test_without_ids_the_id_is_made_of_the_text() -> None:
    one, two = (
        read(["same"]).reports["report_id"][0],
        read(pl.DataFrame({"text": ["same"]})).reports["report_id"][0],
    )
    assert one == two
    assert len(one) == 16

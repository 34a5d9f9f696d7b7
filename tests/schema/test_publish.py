"""The published contracts: fresh, valid, and of one mind with the classes that they are made from."""

from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow.parquet as pq
import pydantic
import pytest

from eventdata.schema import (
    TABLES,
    Event,
    Table,
    arrow_schema,
    closed_list,
    conform,
    empty_frame,
    json_schema,
    polars_schema,
)
from eventdata.schema.publish import generated_files, main, stale_files, table_schema, write_files
from eventdata.seeds import load_seed

ALL_TABLES = [pytest.param(table, id=name) for name, table in TABLES.items()]
EVENT: dict[str, Any] = {
    "event_id": "r1#10.0",
    "dataset": "reports",
    "event_date": date(2024, 12, 3),
    "time_precision": 1,
    "cameo_code": "190",
    "cameo_root": "19",
    "quad_class": 4,
    "goldstein": -10.0,
    "status": "occurred",
    "latitude": 35.1,
    "fatalities": 0,
    "directed": False,
}


@pytest.mark.parametrize("table", ALL_TABLES)
def test_all_forms_of_a_table_have_the_same_columns_in_the_same_order(table: type[Table]) -> None:
    columns = list(table.model_fields)
    assert polars_schema(table).names() == columns
    assert arrow_schema(table).names == columns
    assert list(json_schema(table)["properties"]) == columns
    assert [field["name"] for field in table_schema(table)["fields"]] == columns


@pytest.mark.parametrize("table", ALL_TABLES)
def test_the_polars_types_are_the_arrow_types(table: type[Table]) -> None:
    arrow = empty_frame(table).to_arrow()
    declared = arrow_schema(table)
    assert arrow.cast(declared).schema.equals(declared)


@pytest.mark.parametrize("table", ALL_TABLES)
def test_the_json_schema_is_valid_2020_12_and_describes_every_column(table: type[Table]) -> None:
    schema = json_schema(table)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert all(column["description"] for column in schema["properties"].values())


def test_every_code_list_is_a_column_of_a_seed_table() -> None:
    for info in Event.model_fields.values():
        extra = info.json_schema_extra
        if isinstance(extra, dict) and (codelist := extra.get("codelist")):
            table, _, column = str(codelist).rpartition(".")
            assert column in load_seed(table).columns, codelist


VERDICTS = [
    pytest.param({}, True, id="good"),
    pytest.param({"cameo_code": "010"}, True, id="code-with-zero"),
    pytest.param({"cameo_code": 10}, False, id="code-as-number"),
    pytest.param({"cameo_code": "1"}, False, id="code-too-short"),
    pytest.param({"latitude": 90.5}, False, id="latitude-too-large"),
    pytest.param({"latitude": None}, True, id="latitude-unknown"),
    pytest.param({"fatalities": -1}, False, id="negative-count"),
    pytest.param({"status": "maybe"}, False, id="not-in-closed-list"),
    pytest.param({"time_precision": 4}, False, id="precision-out-of-range"),
    pytest.param({"event_id": ""}, False, id="empty-id"),
    pytest.param({"event_id": None}, False, id="no-id"),
    pytest.param({"fatalites": 1}, False, id="unknown-column"),
]


@pytest.mark.parametrize(("change", "is_good"), VERDICTS)
def test_pydantic_and_json_schema_give_one_verdict(change: dict[str, Any], is_good: bool) -> None:
    row = EVENT | change
    as_json = row | {"event_date": row["event_date"].isoformat()}
    assert jsonschema.Draft202012Validator(json_schema(Event)).is_valid(as_json) is is_good
    if is_good:
        Event(**row)
    else:
        with pytest.raises(pydantic.ValidationError):
            Event(**row)


def test_a_closed_list_is_known_to_the_schema() -> None:
    assert closed_list(Event, "status") == ("occurred", "ongoing", "planned", "denied", "background")
    with pytest.raises(KeyError, match="no closed list"):
        closed_list(Event, "actor1")


def test_parquet_keeps_the_meaning_of_each_column(tmp_path: Path) -> None:
    frame = conform(empty_frame(Event), Event)
    pq.write_table(frame.to_arrow().cast(arrow_schema(Event)), tmp_path / "events.parquet")
    field = pq.read_schema(tmp_path / "events.parquet").field("sub_event_type")
    assert field.metadata[b"codelist"] == b"acled/event_types.sub_event_type"
    assert b"null where" in field.metadata[b"description"]


def test_a_dictionary_page_names_every_column() -> None:
    page = generated_files()["docs/data-dictionary.md"]
    for table in TABLES.values():
        assert all(f"| `{column}` |" in page for column in table.model_fields)


def _checkout(folder: Path) -> Path:
    (folder / "pyproject.toml").touch()
    write_files(folder)
    return folder


def test_fresh_files_pass_the_check(tmp_path: Path) -> None:
    root = _checkout(tmp_path)
    assert stale_files(root) == []
    assert main(["--check", "--root", str(root)]) == 0


def test_an_edited_a_missing_and_a_left_over_file_are_stale(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = _checkout(tmp_path)
    (root / "schemas/event.schema.json").write_text("{}")
    (root / "schemas/report.schema.json").unlink()
    (root / "schemas/old.schema.json").write_text("{}")
    assert main(["--check", "--root", str(root)]) == 1
    assert [line.split()[-1] for line in capsys.readouterr().err.splitlines()[:3]] == [
        "schemas/event.schema.json",
        "schemas/old.schema.json",
        "schemas/report.schema.json",
    ]
    assert main(["--root", str(root)]) == 0
    assert stale_files(root) == []


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["--root", str(tmp_path)])

"""`validate` checks event tables, and archive files as they are."""

from pathlib import Path

import polars as pl
import pytest
from archive_files import acled_row, make_file, write_rows

from eventdata.archives import read_archive
from eventdata.check.validate import validate
from eventdata.errors import BadCallError


def test_an_acled_file_is_checked_as_it_is(tmp_path: Path) -> None:
    rows = [
        acled_row(0),
        acled_row(1, event_type="Battle"),
        acled_row(2, latitude=123),
        acled_row(3, notes="  a  "),
    ]
    path = tmp_path / "acled.csv"
    path.write_text(write_rows("acled_export_2023_31", rows))
    accepted, rejects, summary = validate(path, layout="acled")
    assert accepted.columns == write_rows("acled_export_2023_31", []).strip().split(",")
    assert accepted["event_id_cnty"].to_list() == ["MLI1", "MLI4"]
    assert accepted["notes"][1] == "  a  "
    assert rejects["rule"].to_list() == ["event-type-list", "latitude-range"]
    assert ("blanks", "repair", 1) in summary.select("rule", "severity", "rows").rows()


def test_a_frame_of_acled_rows_is_checked_too() -> None:
    frame = pl.DataFrame([acled_row(0), acled_row(1, fatalities=-3)])
    accepted, rejects, _ = validate(frame, layout="acled")
    assert accepted.height == 1
    assert rejects["rule"].to_list() == ["fatalities-not-negative"]


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_an_event_table_is_checked_from_a_file(tmp_path: Path, suffix: str) -> None:
    source = tmp_path / "g.txt"
    source.write_text(make_file("gdelt2_events_61"))
    events = read_archive(source).events
    path = tmp_path / f"events{suffix}"
    events.write_parquet(path) if suffix == ".parquet" else events.write_csv(path)
    accepted, rejects, _ = validate(path)
    assert accepted.equals(events)
    assert rejects.is_empty()


def test_cells_of_another_type_than_their_column_make_rejects(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    lines = [
        "event_id,dataset,event_date,fatalities,latitude,directed,mine",
        "a,reports,2021-05-03,2.0,12.5,TRUE,7",
        "b,reports,3 May,2,12.5,true,x",
        "c,reports,2021-05-03,two,north,,",
        "d,reports,2021-05-03,1.5,12.5,perhaps,",
        'e,reports,2021-05-03,1,99,"fa""lse",',
        "f,reports",
        "g,reports,,-1,,false,",
    ]
    path.write_text("\n".join(lines))
    accepted, rejects, summary = validate(path)
    assert accepted.select("event_id", "fatalities", "directed", "mine").rows() == [("a", 2, True, "7")]
    assert rejects.select("source_row", "rule", "column", "value").rows() == [
        (7, "field-count", None, None),
        (3, "wrong-type", "event_date", "3 May"),
        (4, "wrong-type", "latitude", "north"),
        (5, "wrong-type", "directed", "perhaps"),
        (6, "wrong-type", "directed", 'fa"lse'),
        (8, "fatalities-not-negative", "fatalities", "-1"),
    ]
    assert rejects["source_file"].unique().to_list() == [str(path)]
    counts = dict(summary.select("rule", "rows").iter_rows())
    assert (counts["wrong-type"], counts["field-count"], counts["fatalities-not-negative"]) == (4, 1, 1)


def test_a_frame_of_nobody_knows_what_needs_a_layout() -> None:
    with pytest.raises(BadCallError, match="name its layout"):
        validate(pl.DataFrame({"a": [1]}))
    with pytest.raises(BadCallError, match="is not known"):
        validate(pl.DataFrame({"a": [1]}), layout="acle")

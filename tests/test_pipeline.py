"""Reports in, events out: the public entry points."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import eventdata
from eventdata.errors import BadCallError, MissingColumnError, UnreadableFileError
from eventdata.schema import Event, Evidence, polars_schema

CLASH = "On Tuesday rebels clashed with Syrian troops near Hama, killing five soldiers, the army said."
STRIKES = (
    "Both Turkish and Russian warplanes bombed villages near Idlib on Monday. "
    "Residents said four people were killed."
)


def first(text: str, published: str | None = "2024-12-04") -> dict[str, object]:
    return eventdata.normalize(text, published=published).events.row(0, named=True)


def test_a_clash_has_its_date_place_sides_and_deaths() -> None:
    event = first(CLASH)
    assert event["sub_event_type"] == "Armed clash"
    assert event["event_date"] == date(2024, 12, 3)
    assert event["iso3"] == "SYR"
    assert (event["source_code"], event["target_code"]) == ("SYRREB", "SYRMIL")
    assert event["fatalities"] == 5
    assert event["directed"] is False
    assert event["interaction"] == "State forces-Rebel group"


def test_without_a_publication_date_a_weekday_stays_open_with_the_reason() -> None:
    event = first(CLASH, None)
    assert event["event_date"] is None
    assert event["date_text"] == "Tuesday"
    assert event["date_issue"] == "no-published"


def test_two_air_forces_are_two_acts_without_an_invented_target() -> None:
    events = eventdata.normalize(STRIKES, published="2024-12-04").events
    strikes = events.filter(pl.col("sub_event_type") == "Air/drone strike")
    assert set(strikes["source_code"]) == {"TURMIL", "RUSMIL"}


@pytest.mark.parametrize(
    "text",
    [
        "Manchester United beat Arsenal 3-1 on Sunday.",
        "An earthquake of magnitude 6.1 killed 40 people in northern Peru.",
        "If the rebels attacked the town, thousands would flee.",
        "Their goal was to capture the city after the winter.",
        "Shares in London rose two per cent on Friday.",
        "",
        " \n ",
    ],
)
def test_no_acled_event_where_there_is_none(text: str) -> None:
    result = eventdata.normalize([text], published="2024-12-04")
    claimed = result.events.filter(pl.col("status").is_in(["occurred", "ongoing"]))
    assert claimed["sub_event_type"].drop_nulls().is_empty()


def test_every_value_has_the_words_that_it_came_from() -> None:
    result = eventdata.normalize(CLASH, published="2024-12-04")
    body = CLASH.encode()
    assert {"trigger", "actor1", "actor2", "event_date", "location"} <= set(result.evidence["field"])
    for row in result.evidence.iter_rows(named=True):
        assert body[row["start"] : row["end"]].decode() == row["text"]


def test_events_have_the_declared_columns() -> None:
    result = eventdata.normalize(["nothing here"], published="2024-12-04")
    assert result.events.schema == polars_schema(Event)
    assert result.evidence.schema == polars_schema(Evidence)


def test_reports_in_are_reports_with_events_plus_without_plus_rejected() -> None:
    texts = [CLASH, "", None, "Nothing happened.", CLASH, STRIKES]
    result = eventdata.normalize(texts, published="2024-12-04")
    count = dict(result.accounting.filter(pl.col("stage") == "reports").select("reason", "rows").iter_rows())
    records = count.pop("records")
    assert records == len(texts) == sum(count.values()) + result.rejects.height
    assert sorted(result.rejects["rule"]) == ["duplicate-id", "text-missing", "text-missing"]


def test_batches_give_what_one_call_gives() -> None:
    frame = pl.DataFrame({"text": [f"{CLASH} No {i}." for i in range(25)], "published": ["2024-12-04"] * 25})
    whole = eventdata.normalize(frame).events
    for workers in (1, 2):
        parts = eventdata.normalize_batches(frame, batch_size=7, workers=workers)
        assert pl.concat([part.events for part in parts]).equals(whole)


def test_coding_is_the_same_in_any_order() -> None:
    frame = pl.DataFrame(
        {"report_id": ["a", "b", "c"], "text": [CLASH, STRIKES, "Police arrested two men in Lagos."]}
    )
    there = eventdata.normalize(frame, published="2024-12-04").events.sort("event_id")
    back = eventdata.normalize(frame.reverse(), published="2024-12-04").events.sort("event_id")
    assert there.drop("source_row").equals(back.drop("source_row"))


def test_a_reciprocal_act_becomes_two_directed_rows_that_carry_counts_once() -> None:
    result = eventdata.normalize(CLASH, published="2024-12-04")
    rows = result.directed()
    assert rows.select("source_code", "target_code").rows() == [("SYRREB", "SYRMIL"), ("SYRMIL", "SYRREB")]
    assert rows["fatalities"].to_list() == [5, None]


def test_explain_marks_the_spans_and_names_the_rules() -> None:
    result = eventdata.normalize(CLASH, published="2024-12-04")
    text = result.explain(result.events["event_id"][0])
    assert "[act: clashed]" in text
    assert "Why Armed clash" in text
    assert "Second best" in text
    with pytest.raises(BadCallError, match="no event"):
        result.explain("x#1.0")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_written_events_read_back(tmp_path: Path, suffix: str) -> None:
    result = eventdata.normalize(CLASH, published="2024-12-04")
    path = result.write(tmp_path / f"events.{suffix}")
    back = pl.read_parquet(path) if suffix == "parquet" else pl.read_csv(path, infer_schema=False)
    assert back.height == result.events.height
    assert back["cameo_code"].to_list() == result.events["cameo_code"].to_list()
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_the_acled_layout_has_acleds_columns(tmp_path: Path) -> None:
    path = eventdata.normalize(CLASH, published="2024-12-04").write(tmp_path / "acled.csv", layout="acled")
    table = pl.read_csv(path, infer_schema=False)
    assert table.columns[:5] == ["event_id_cnty", "event_date", "year", "time_precision", "disorder_type"]
    assert table.row(0, named=True)["fatalities"] == "5"


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: eventdata.normalize(pl.DataFrame({"body": ["x"]})), MissingColumnError, "columns="),
        (lambda: eventdata.normalize(Path("no-such-file.csv")), UnreadableFileError, "no-such-file.csv"),
        (lambda: eventdata.normalize("news.csv"), BadCallError, "Path"),
        (lambda: eventdata.normalize("x", published="soon"), BadCallError, "ISO date"),
        (lambda: eventdata.normalize("x", date_order="YDM"), BadCallError, "date_order"),
        (lambda: eventdata.normalize(5), BadCallError, "int"),
        (lambda: eventdata.normalize("x").write("x.docx"), BadCallError, ".csv or .parquet"),
    ],
    ids=["no-text-column", "no-file", "file-as-text", "no-date", "bad-order", "no-reports", "bad-suffix"],
)
def test_bad_calls_say_what_to_do(call, error, says) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error, match=says):
        call()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.none(), st.text(max_size=80), st.sampled_from([CLASH, STRIKES])), max_size=6))
def test_any_text_is_coded_or_rejected(texts: list[str | None]) -> None:
    result = eventdata.normalize(texts, published="2024-12-04")
    count = dict(result.accounting.filter(pl.col("stage") == "reports").select("reason", "rows").iter_rows())
    records = count.pop("records", 0)
    assert records == len(texts) == sum(count.values()) + result.rejects.height
    bodies = (
        {row["report_id"]: row["text"].encode() for row in result.reports.iter_rows(named=True)}
        if texts
        else {}
    )
    for event in result.events.iter_rows(named=True):
        body = bodies[event["report_id"]]
        assert body[event["trigger_start"] : event["trigger_end"]].decode() == event["trigger"]

"""The sample reports: the coder against what a careful human coder wants from them."""

import polars as pl
import pytest
from expected import compare

import eventdata
from eventdata.seeds import load_seed, seed_file

REPORTS = load_seed("reports/reports", "report_id")
EXPECTED = load_seed("reports/expected", "report_id", "number")
TYPES = set(load_seed("acled/event_types", "sub_event_type")["sub_event_type"])


@pytest.fixture(scope="module")
def events() -> pl.DataFrame:
    return eventdata.normalize(seed_file("reports/reports.csv")).events


@pytest.fixture(scope="module")
def compared(events: pl.DataFrame) -> pl.DataFrame:
    return compare(events)


# The least share of right values; a change of the tables may raise these and must not fall below them.
FLOORS = [
    pytest.param("event", 0.75, id="events-found"),
    pytest.param("absent", 0.75, id="no-event-invented"),
    pytest.param("cameo_root", 0.8, id="cameo-root"),
    pytest.param("event_date", 0.8, id="date"),
    pytest.param("iso3", 0.8, id="country"),
    pytest.param("location", 0.7, id="place"),
    pytest.param("actor1_code_contains", 0.65, id="source"),
    pytest.param("actor2_code_contains", 0.65, id="target"),
    pytest.param("fatalities", 0.6, id="deaths"),
]


@pytest.mark.parametrize(("column", "floor"), FLOORS)
def test_enough_values_are_as_a_human_coder_wants_them(compared: pl.DataFrame, column: str, floor: float):
    rows = compared.filter(pl.col("column") == column)
    wrong = rows.filter(~pl.col("right")).select("report_id", "number", "wanted").rows()
    assert rows["right"].mean() >= floor, wrong


def test_every_report_gives_the_same_events_alone_as_with_others(events: pl.DataFrame):
    alone = pl.concat(
        [
            eventdata.normalize(REPORTS.filter(report_id=report)).events
            for report in REPORTS["report_id"].head(6)
        ]
    )
    together = events.filter(pl.col("report_id").is_in(alone["report_id"].implode()))
    compare_on = [
        "event_id",
        "sub_event_type",
        "cameo_code",
        "event_date",
        "location",
        "fatalities",
        "actor1",
        "actor2",
    ]
    assert alone.select(compare_on).rows() == together.select(compare_on).rows()


def test_spans_cut_the_trigger_out_of_the_report(events: pl.DataFrame):
    texts = dict(REPORTS.select("report_id", "text").iter_rows())
    for report, trigger, start, end in events.select(
        "report_id", "trigger", "trigger_start", "trigger_end"
    ).iter_rows():
        assert texts[report].encode()[start:end].decode() == trigger


def test_the_reports_cover_every_acled_type_and_cameo_root():
    wanted = EXPECTED.filter(pl.col("status") != "absent")
    types = set(wanted["sub_event_type"].drop_nulls().str.split("|").explode())
    roots = set(wanted["cameo_root"].drop_nulls().str.split("|").explode())
    assert types == TYPES
    assert roots == {f"{number:02d}" for number in range(1, 21)}


def test_every_expected_place_stands_in_its_report():
    rows = EXPECTED.filter(pl.col("status") != "absent").drop_nulls("location").join(REPORTS, on="report_id")
    for location, text in rows.select("location", "text").iter_rows():
        assert any(name in text for name in location.split("|"))


def test_the_reports_are_of_an_agency_length():
    words = REPORTS["text"].str.split(" ").list.len()
    assert words.is_between(140, 360).all()

"""A real report, read where it is at hand: what a careful coder wants of it."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

import eventdata

REPORT = Path(__file__).parents[2] / "shared" / "seed" / "report.txt"
pytestmark = pytest.mark.skipif(not REPORT.exists(), reason="the report is not at hand")


@pytest.fixture(scope="module")
def result() -> eventdata.Result:
    return eventdata.normalize(REPORT.read_text(encoding="utf-8"), published="2024-12-04")


@pytest.fixture(scope="module")
def occurred(result: eventdata.Result) -> pl.DataFrame:
    return result.events.filter(pl.col("status").is_in(["occurred", "ongoing"]))


def test_a_clash_near_hama_between_rebels_and_the_army(occurred: pl.DataFrame) -> None:
    clash = occurred.filter(pl.col("sub_event_type") == "Armed clash").row(0, named=True)
    assert clash["event_date"] == date(2024, 12, 3)
    assert "REB" in clash["source_code"]
    assert clash["target_code"] == "SYRMIL"
    assert "Syrian Observatory for Human Rights" in clash["attribution"]
    assert "Hayat Tahrir al-Sham" in f"{clash['actor1']} {clash['assoc_actor_1']}"


def test_territory_taken_at_aleppo_and_north_of_hama(occurred: pl.DataFrame) -> None:
    gains = occurred.filter(pl.col("sub_event_type") == "Non-state actor overtakes territory")
    assert gains["location"].str.contains("Aleppo").any()
    recent = gains.filter(pl.col("date_text").str.contains("recent hours"))
    assert recent.select("event_date", "event_date_end").row(0) == (date(2024, 12, 3), date(2024, 12, 4))


def test_air_strikes_of_two_forces_without_a_target(occurred: pl.DataFrame) -> None:
    strikes = occurred.filter(pl.col("sub_event_type") == "Air/drone strike")
    assert set(strikes["source_code"]) == {"SYRMIL", "RUSMIL"}
    assert strikes["target_code"].null_count() == strikes.height
    assert strikes["attribution"].str.contains("SANA").all()
    assert strikes["location"].n_unique() == 2


def test_totals_are_no_deaths_of_the_clash(result: eventdata.Result, occurred: pl.DataFrame) -> None:
    assert occurred["fatalities"].drop_nulls().is_empty()
    total = result.events.filter(pl.col("displaced") == 50_000).row(0, named=True)
    assert total["status"] == "background"
    assert total["fatalities_text"] == "hundreds"


def test_history_is_background_with_its_own_date(result: eventdata.Result) -> None:
    past = result.events.filter(pl.col("status") == "background")
    assert date(1982, 1, 1) in past["event_date"].to_list()


def test_wishes_are_no_events(occurred: pl.DataFrame) -> None:
    assert not occurred["notes"].str.contains("significant blow").any()
    assert not occurred["notes"].str.contains("their goal was").any()


def test_without_a_publication_date_the_dates_stay_open_with_the_reason() -> None:
    events = eventdata.normalize(REPORT.read_text(encoding="utf-8")).events
    clash = events.filter(pl.col("sub_event_type") == "Armed clash").row(0, named=True)
    assert clash["event_date"] is None
    assert clash["date_issue"] == "no-published"
    assert clash["date_text"] == "Tuesday"

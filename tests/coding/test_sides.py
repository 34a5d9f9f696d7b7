"""Sides of acts: who did it to whom, in the forms in which news says it."""

import polars as pl
import pytest
from labelled_sides import right_sides, sentences

import eventdata


def sides(text: str) -> list[tuple[str | None, str | None]]:
    events = eventdata.normalize(text, published="2024-06-12").events
    return events.select("source_code", "target_code").rows()


NAMED = [
    pytest.param("Egypt condemned Ethiopia on Monday.", ("EGY", "ETH"), id="active"),
    pytest.param("Ethiopia was condemned by Egypt on Monday.", ("EGY", "ETH"), id="passive"),
    pytest.param(
        "The Russian ambassador was expelled by Poland.", ("POL", "RUSGOV"), id="passive-verb-inside-trigger"
    ),
    pytest.param(
        "Three US servicemen were killed by a roadside bomb in Basra.",
        (None, "USAMIL"),
        id="weapon-is-no-agent",
    ),
    pytest.param("Iran was hit with sanctions by the United States.", ("USA", "IRN"), id="by-behind-a-noun"),
    pytest.param("Kenya rejected mediation by Uganda.", ("KEN", "UGA"), id="by-behind-what-is-said"),
    pytest.param("Israel bombed Syria, the Iranian president said.", ("ISR", "SYR"), id="speaker-at-the-end"),
    pytest.param("Israel bombed Syria, according to Russia.", ("ISR", "SYR"), id="according-to"),
    pytest.param(
        "Turkey expelled the Greek ambassador after Cyprus complained.",
        ("TUR", "GRCGOV"),
        id="clause-with-after",
    ),
    pytest.param(
        "According to the Nigerian army, Niger attacked Mali.", ("NER", "MLI"), id="opens-with-according-to"
    ),
    pytest.param("NATO-member Norway accused Russia of spying.", ("NOR", "RUS"), id="member-of"),
    pytest.param(
        "Iran said on Monday that Israel must free the captain.", ("IRN", "ISR"), id="demand-on-the-subject"
    ),
]


@pytest.mark.parametrize(("text", "wanted"), NAMED)
def test_the_sides_are_those_of_the_act(text: str, wanted: tuple[str | None, str | None]) -> None:
    assert sides(text)[0] == wanted


RECALLED = [
    "Relations between Morocco and Algeria have soured. The two countries broke off diplomatic relations on Monday.",
    "Morocco and Algeria held talks. Both countries signed a border agreement.",
]


@pytest.mark.parametrize("text", RECALLED)
def test_the_two_countries_are_those_named_before(text: str) -> None:
    assert set(sides(text)[-1]) == {"MAR", "DZA"}


def test_a_mediator_is_the_source_of_talks_between_others() -> None:
    events = eventdata.normalize("Qatar mediated between Israel and Hamas.", published="2024-06-12").events
    assert events["source_country"].to_list() == ["QAT"]


def test_a_noun_at_the_start_of_a_trigger_is_its_subject() -> None:
    events = eventdata.normalize("Soldiers seized power in Guinea on Sunday.", published="2024-06-12").events
    assert events["source_code"].to_list() == ["GINMIL"]


def test_most_sides_of_labelled_sentences_are_right() -> None:
    rows = sentences().filter(pl.col("status") != "absent").to_dicts()
    wrong = [row["text"] for row in rows if not right_sides(row)]
    assert 1 - len(wrong) / len(rows) >= 0.74, wrong


IN_TRIGGER = [
    pytest.param("Four Haitian police stations were torched in Delmas.", None, "HTICOP", id="passive-in-trigger"),
    pytest.param("President Jovenel Moise was assassinated in Haiti.", None, "HTIGOV", id="object-in-trigger"),
    pytest.param("KYIV, Ukraine (AP) — Russia fired missiles at Ukraine.", "RUS", "UKR", id="dateline"),
    pytest.param("KANO, Nigeria (AP) — Islamist rebels shot Nigerian soldiers.", "NGAREB", "NGAMIL", id="agency"),
    pytest.param("British Foreign Secretary David Lammy hosted a conference in London.", "GBRGOV", None, id="host"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "source", "target"), IN_TRIGGER)
def test_sides_of_triggers_that_hold_them_and_of_datelines(
    text: str, source: str | None, target: str | None
) -> None:
    row = eventdata.normalize(text).events.row(0, named=True)
    assert row["source_code"] == source
    assert row["target_code"] == target

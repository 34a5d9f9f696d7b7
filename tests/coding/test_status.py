"""Status of acts: what happened is told apart from what is denied, planned, imagined or long gone."""

import polars as pl
import pytest
from labelled_sides import right_status, sentences

import eventdata


def statuses(text: str) -> list[str]:
    return eventdata.normalize(text, published="2024-06-12").events["status"].to_list()


STATUS = [
    pytest.param("Israel bombed Syria on Monday.", ["occurred"], id="occurred"),
    pytest.param("India has never bombed Pakistan, the minister said.", ["denied"], id="never"),
    pytest.param("Iran and Saudi Arabia have yet to sign the agreement.", ["denied"], id="have-yet-to"),
    pytest.param("Rebels could attack Goma within days.", [], id="could"),
    pytest.param("If Israel bombs Iran, oil prices will rise.", [], id="if"),
    pytest.param("Ukrainian troops continue to attack Russian positions.", ["ongoing"], id="goes-on"),
    pytest.param(
        "Villagers said that ten years since Boko Haram attacked their school.",
        ["background"],
        id="years-since",
    ),
    pytest.param(
        "Tuareg rebels, whose stronghold of Kidal fell last year, attacked Malian soldiers.",
        ["occurred"],
        id="past-in-an-aside",
    ),
    pytest.param("In 1990, Iraqi forces invaded Kuwait.", ["background"], id="long-gone"),
]


@pytest.mark.parametrize(("text", "wanted"), STATUS)
def test_status(text: str, wanted: list[str]) -> None:
    assert statuses(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "No shots were fired at the rally in La Paz, Bolivian police said.",
        "No one was arrested at the rally in Izmir, Turkish police said.",
    ],
)
def test_words_that_say_themselves_that_nothing_happened_claim_nothing(text: str) -> None:
    assert not set(statuses(text)) & {"occurred", "ongoing"}


@pytest.mark.parametrize(("absent", "floor"), [(True, 0.9), (False, 0.95)])
def test_most_labelled_sentences_have_their_status(absent: bool, floor: float) -> None:
    rows = sentences().filter((pl.col("status") == "absent") == absent).to_dicts()
    wrong = [row["text"] for row in rows if not right_status(row)]
    assert 1 - len(wrong) / len(rows) >= floor, wrong

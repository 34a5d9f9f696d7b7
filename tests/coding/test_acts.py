"""CAMEO codes: at least one sentence of our own for every code that English wording tells apart."""

import polars as pl
import pytest

import eventdata
from eventdata.seeds import load_seed

READ = [
    pytest.param("France condemned the attack on the embassy.", "111", id="condemn"),
    pytest.param(
        "Germany called for an end to the sanctions on Iran.", "0254", id="appeal-to-lift-sanctions"
    ),
    pytest.param("Russia threatened to impose sanctions on Georgia.", "1312", id="threaten-sanctions"),
    pytest.param("Turkey rejected the peace plan of the United Nations.", "127", id="reject-plan"),
    pytest.param("China denied responsibility for the cyber attack on India.", "016", id="deny"),
    pytest.param("The United States imposed sanctions on North Korea.", "163", id="sanctions"),
    pytest.param("Israel released 40 Palestinian prisoners.", "0841", id="release"),
    pytest.param("Egypt and Ethiopia signed an agreement.", "057", id="sign"),
    pytest.param("Pakistan accused India of violating the ceasefire.", "1123", id="accuse-aggression"),
    pytest.param("Japan expelled two Russian diplomats.", "161", id="expel-diplomats"),
    pytest.param("Kenya will send peacekeepers to Haiti.", "0334", id="intend-peacekeepers"),
    pytest.param("Sudan refused to withdraw its troops from Abyei.", "1246", id="refuse-withdrawal"),
]


@pytest.mark.parametrize(("text", "code"), READ)
def test_an_act_and_its_operator_give_the_code(text: str, code: str) -> None:
    events = eventdata.normalize(text, published="2024-12-04").events
    assert events["cameo_code"].to_list() == [code]


@pytest.fixture(scope="module")
def coded() -> pl.DataFrame:
    """Each sentence with the code of its first event."""
    sentences = load_seed("contrast/cameo", "cameo_code", "text").with_row_index("n")
    reports = sentences.select(pl.col("n").cast(pl.String).alias("report_id"), "text")
    events = eventdata.normalize(reports, published="2024-12-04").events.unique(
        "report_id", keep="first", maintain_order=True
    )
    found = events.select(n=pl.col("report_id").cast(pl.UInt32), found="cameo_code")
    return sentences.join(found, on="n", how="left")


def test_every_code_has_sentences(coded: pl.DataFrame) -> None:
    codes = load_seed("cameo/event_codes", "code").filter(pl.col("code").str.len_chars() >= 3)["code"]
    assert codes.is_in(coded["cameo_code"].implode()).mean() > 0.95


def test_most_sentences_get_their_code(coded: pl.DataFrame) -> None:
    root = coded["cameo_code"].str.slice(0, 2).eq_missing(coded["found"].str.slice(0, 2)).mean()
    full = coded["cameo_code"].eq_missing(coded["found"]).mean()
    assert (round(root, 2), round(full, 2)) >= (0.85, 0.68)

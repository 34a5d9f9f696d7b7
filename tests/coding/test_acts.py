"""CAMEO codes: at least one sentence of our own for every code that English wording tells apart."""

from pathlib import Path

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


STRUCTURE = [
    pytest.param(
        "Despite warnings of famine, the generals refused to let aid convoys into Gedaref.", "1245", id="lead"
    ),
    pytest.param("Australia, Japan to boost military cooperation", "0312", id="headline-to"),
    pytest.param(
        "The Israeli military declined to comment on reports of a strike in Damascus.", "011", id="own"
    ),
    pytest.param("Nurses in Ghana will not end the strike.", "1242", id="unended-strike"),
    pytest.param("Miners in Bolivia called off a four-day strike.", "082", id="ended-strike"),
    pytest.param("Kenya vowed on Friday to impose sanctions on Sudan.", "1312", id="day-inside-operator"),
    pytest.param(
        "France admitted that its soldiers had killed two farmers in Mali.", "015", id="admission-hides"
    ),
    pytest.param("The Algerian president called his Tunisian counterpart on Monday.", "041", id="apart"),
]


@pytest.mark.parametrize(("text", "code"), STRUCTURE)
def test_the_structure_of_the_sentence_decides(text: str, code: str) -> None:
    events = eventdata.normalize(text, published="2024-12-04").events
    assert events["cameo_code"].to_list()[:1] == [code]


@pytest.fixture(scope="module")
def sentences() -> pl.DataFrame:
    """Sentences of news with their code (none: no event) and the code of the surest event found."""
    table = pl.read_csv(Path(__file__).parent / "act_sentences.csv", infer_schema=False).with_row_index("n")
    reports = table.select(pl.col("n").cast(pl.String).alias("report_id"), "text")
    events = eventdata.normalize(reports, published="2024-12-04").events
    events = events.filter(pl.col("status").is_in(["occurred", "ongoing"]))
    best = events.sort("confidence", descending=True, maintain_order=True).unique("report_id", keep="first")
    found = best.select(n=pl.col("report_id").cast(pl.UInt32), found="cameo_code")
    return table.join(found, on="n", how="left")


@pytest.mark.parametrize(
    ("part", "root", "full"), [("first", 0.96, 0.92), ("second", 0.96, 0.89), ("news", 0.85, 0.72)]
)
def test_sentences_of_news_get_their_code(
    sentences: pl.DataFrame, part: str, root: float, full: float
) -> None:
    coded = sentences.filter((pl.col("part") == part) & pl.col("cameo_code").is_not_null())
    same = coded.select(
        root=pl.col("cameo_code").str.slice(0, 2).eq_missing(pl.col("found").str.slice(0, 2)).mean(),
        full=pl.col("cameo_code").eq_missing(pl.col("found")).mean(),
    )
    assert (same["root"][0] >= root, same["full"][0] >= full) == (True, True), same.rows()


def test_sentences_without_an_act_stay_silent(sentences: pl.DataFrame) -> None:
    silent = sentences.filter(pl.col("cameo_code").is_null())["found"].is_null().mean()
    assert silent is not None
    assert silent >= 0.84


def test_every_root_is_read_well(sentences: pl.DataFrame) -> None:
    coded = sentences.filter(pl.col("cameo_code").is_not_null())
    right = coded.group_by(root=pl.col("cameo_code").str.slice(0, 2)).agg(
        (pl.col("cameo_code").str.slice(0, 2) == pl.col("found").str.slice(0, 2))
        .fill_null(value=False)
        .mean()
        .alias("share")
    )
    assert right.height == 20
    assert right["share"].min() >= 0.75

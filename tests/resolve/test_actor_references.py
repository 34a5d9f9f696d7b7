"""What a report says again in other words: "the group", "they", and abbreviations that it defines."""

from datetime import date

import polars as pl
import pytest

from eventdata import normalize
from eventdata.coding.clean import clean
from eventdata.coding.scan import compile_patterns, scan
from eventdata.resolve.actor_abbreviations import spelled_out, with_abbreviations
from eventdata.resolve.actor_phrases import actor_phrases
from eventdata.resolve.actor_references import link_references
from eventdata.resolve.actor_tables import actor_lexicon
from eventdata.resolve.actors import resolve_actor, resolve_actors


def phrases_of(text: str) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Phrases, marks and reports of one text."""
    lexicon = actor_lexicon()
    first = pl.col("phrase").str.slice(0, 1).str.to_uppercase() + pl.col("phrase").str.slice(1)
    every = pl.concat([lexicon.phrases, lexicon.phrases.filter(~pl.col("proper")).with_columns(phrase=first)])
    reports = pl.DataFrame({"text": [text]}).with_row_index("row").with_columns(clean=clean(pl.col("text")))
    marks = scan(reports, compile_patterns(every["phrase"]))
    marks = marks.with_columns(actor=every["key"].gather(marks["ref"]))
    return actor_phrases(marks, reports), marks, reports


NOUNS = [
    pytest.param("Boko Haram came. The group fled.", "group", "NGAREB", id="the-group"),
    pytest.param("Boko Haram came. The rebels fled.", "rebels", "NGAREB", id="the-rebels"),
    pytest.param("The Nigerian army came. The army fled.", "army", "NGAMIL", id="the-army"),
    pytest.param("The Nigerian army came. The police fled.", "police", "COP", id="another-role"),
    pytest.param("Boko Haram said that its fighters fled.", "fighters", "NGAREB", id="its-fighters"),
    pytest.param("Boko Haram said on Facebook its men fled.", "Facebook", "USABUS", id="media-stay"),
    pytest.param("Boko Haram came. Rebels fled.", "Rebels", "REB", id="without-the"),
]


@pytest.mark.parametrize(("text", "noun", "code"), NOUNS)
def test_nouns_with_the_refer_to_what_the_report_named(text: str, noun: str, code: str) -> None:
    phrases, _, reports = phrases_of(text)
    linked = link_references(phrases, reports)
    assert linked.filter(pl.col("text") == noun)["cameo_code"].to_list() == [code]
    assert linked.columns == [*phrases.columns, "refers_to"]


def test_a_report_without_references_is_left_as_it_is() -> None:
    phrases, _, reports = phrases_of("The Nigerian army came.")
    assert link_references(phrases, reports).drop("refers_to").equals(phrases)


def test_what_another_report_said_is_no_reference() -> None:
    texts = ["Boko Haram killed three men in Jos.", "The group killed two women in Lima."]
    events = normalize(texts, published="2020-05-04").events
    assert events["actor1"].to_list() == ["Boko Haram", None]


PRONOUNS = [
    pytest.param("Nigerian soldiers came. They fled.", "They", ["NGAMIL"], id="they"),
    pytest.param("Boko Haram came. They fled.", "They", ["NGAREB"], id="they-a-group"),
    pytest.param("Bola Tinubu came. He left.", "He", ["NGAGOV"], id="he"),
    pytest.param("The soldiers met Bola Tinubu. He left.", "He", ["NGAGOV"], id="he-the-only-person"),
    pytest.param("Police arrested five activists. They fled.", "They", [], id="two-may-be-meant"),
    pytest.param("Bola Tinubu came. They fled.", "They", [], id="one-is-not-they"),
    pytest.param("They fled.", "They", [], id="nobody-before"),
    pytest.param('Nigerian soldiers came. "They fled," a man said.', "They", [], id="in-a-quotation"),
]


@pytest.mark.parametrize(("text", "pronoun", "codes"), PRONOUNS)
def test_a_pronoun_stands_for_the_only_one_it_can_mean(text: str, pronoun: str, codes: list[str]) -> None:
    phrases, marks, reports = phrases_of(text)
    reports = reports.with_columns(published=pl.lit(date(2024, 5, 1)))
    phrases = actor_phrases(marks, reports)
    linked = link_references(phrases, reports)
    assert linked.filter(pl.col("text") == pronoun)["cameo_code"].to_list() == codes


def test_a_pronoun_is_a_side_of_what_it_does() -> None:
    text = "Boko Haram fighters attacked Jos. They burned five houses."
    events = normalize(text, published="2020-05-04").events
    assert set(events["actor1"]) == {"Boko Haram"}


def test_pronouns_alone_name_nobody() -> None:
    assert resolve_actors(["They met. He left."]).is_empty()
    assert resolve_actor("They").name is None


SPELLED_OUT = [
    ("fighters of the Zorbax Front for Peace", "ZFP", "Zorbax Front for Peace"),
    ("the Free Ozu Army", "FOA", "Free Ozu Army"),
    ("the Free Ozu Army", "FA", None),
    ("the army of peace", "AP", None),
    ("Army", "FOA", None),
]


@pytest.mark.parametrize(("before", "abbreviation", "name"), SPELLED_OUT)
def test_an_abbreviation_has_the_first_letters_of_the_name_before_it(
    before: str, abbreviation: str, name: str | None
) -> None:
    assert spelled_out(before, abbreviation) == name


def test_an_abbreviation_that_the_text_defines_is_found_again() -> None:
    text = "Boko Haram (BHZQ) came. Later BHZQ met police, and XBHZQ stayed."
    phrases, marks, reports = phrases_of(text)
    found = with_abbreviations(phrases, marks, reports)
    assert found.select("start", "end", "actor", "sent").rows()[1] == (30, 34, "Boko Haram", 2)
    assert found.schema == phrases.schema


def test_a_name_that_no_table_holds_is_learnt_where_it_is_defined() -> None:
    text = "The Free Ozu Army (FOA) attacked a village near Jos on Monday. On Tuesday the FOA shelled Lagos."
    events = normalize(text, published="2020-05-06").events
    assert set(events.select("actor1", "source_code").rows()) == {("Free Ozu Army", "REB")}


def test_the_text_goes_before_the_table_about_its_own_abbreviation() -> None:
    text = "The Sor Defence Front (SDF) was founded in Lima. The SDF killed a man."
    phrases, marks, reports = phrases_of(text)
    found = with_abbreviations(phrases, marks, reports)
    assert found.filter(pl.col("text") == "SDF")["actor"].to_list()[-1] == "Sor Defence Front"


def test_a_bracket_that_is_no_abbreviation_of_the_name_defines_nothing() -> None:
    phrases, marks, reports = phrases_of("Hamas (QXZ) came. QXZ left.")
    assert with_abbreviations(phrases, marks, reports).equals(phrases)


def test_a_nation_inside_of_a_name_is_its_country() -> None:
    text = "The Syrian Zorbax Army (SZA) came to Hama."
    phrases, marks, reports = phrases_of(text)
    found = with_abbreviations(phrases, marks, reports)
    assert found.select("actor", "country").rows()[0] == ("Syrian Zorbax Army", "SYR")

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventdata.coding.clean import clean
from eventdata.coding.scan import scan
from eventdata.errors import BadCallError
from eventdata.resolve import actors
from eventdata.resolve.actor_labels import with_ruler_spans
from eventdata.resolve.actor_links import gap_links
from eventdata.resolve.actor_phrases import PHRASE_SCHEMA
from eventdata.resolve.actor_tables import actor_lexicon, read_actor_names, spelling_variants
from eventdata.resolve.actors import (
    ACTOR_ISSUES,
    actor_phrases,
    external_inter,
    interaction,
    resolve_actor,
    resolve_actors,
)
from eventdata.seeds import load_seed


def codes(text: str, day: date | None = date(2016, 5, 1)) -> list[tuple[str, str | None]]:
    return resolve_actors([text], [day]).select("text", "cameo_code").rows()


COMPOSED = [
    pytest.param("The Syrian army left.", [("Syrian army", "SYRMIL")], id="nationality-noun"),
    pytest.param("Soldiers of the Malian army came.", [("Soldiers of the Malian army", "MLIMIL")], id="noun-of-country"),
    pytest.param("Peru's interior minister spoke.", [("Peru's interior minister", "PERGOV")], id="possessive"),
    pytest.param("Chilean riot police came.", [("Chilean riot police", "CHLCOP")], id="long-noun"),
    pytest.param("Ukrainian agricultural workers met.", [("Ukrainian agricultural workers", "UKRAGR")], id="adjective"),
    pytest.param("Kenyan police officials met.", [("Kenyan police officials", "KENCOP")], id="soft-head-yields"),
    pytest.param("Boko Haram gunmen came.", [("Boko Haram gunmen", "NGAREB")], id="group-noun"),
    pytest.param("Turkish-backed rebels came.", [("rebels", "REB")], id="backed-is-not-the-backer"),
    pytest.param("Rebels backed by Turkey came.", [("Rebels", "REB")], id="backed-by"),
    pytest.param(
        "Rebels backed by Turkey and Qatar came.", [("Rebels", "REB")], id="backed-by-two"
    ),
    pytest.param(
        "Syrian and Russian air forces came.",
        [("Syrian", "SYRMIL"), ("Russian air forces", "RUSMIL")],
        id="two-nations-share-a-noun",
    ),
    pytest.param(
        "US, British and French warplanes came.",
        [("US", "USAMIL"), ("British", "GBRMIL"), ("French warplanes", "FRAMIL")],
        id="three-nations-share-a-noun",
    ),
    pytest.param(
        "Israeli soldiers and policemen came.",
        [("Israeli soldiers", "ISRMIL"), ("policemen", "ISRCOP")],
        id="nouns-share-a-country",
    ),
    pytest.param(
        "Israeli soldiers and the policemen came.",
        [("Israeli soldiers", "ISRMIL"), ("policemen", "COP")],
        id="the-starts-anew",
    ),
    pytest.param(
        "Israel attacked soldiers.", [("Israel", "ISR"), ("soldiers", "MIL")], id="a-verb-parts"
    ),
    pytest.param("The envoy of Chad to Sudan spoke.", [("envoy of Chad to Sudan", "TCDGOV")], id="host-is-swallowed"),
    pytest.param("King Brumo of Tonga spoke.", [("King Brumo of Tonga", "TONGOV")], id="name-of-country"),
    pytest.param("The Iraqi city of Basra fell.", [("Iraqi", "IRQ")][:0], id="nationality-of-a-town"),
    pytest.param("Bombs fell in Syria.", [], id="a-place-is-no-actor"),
    pytest.param("Syria's army came.", [("Syria's army", "SYRMIL")], id="apostrophe"),
    pytest.param("Syria’s army came.", [("Syria’s army", "SYRMIL")], id="curly-apostrophe"),
    pytest.param("Hostages of Hamas came.", [("Hostages of Hamas", "PSECVL")], id="victims-are-not-the-group"),
    pytest.param("Former Ukrainian defence minister spoke.", [("Former Ukrainian defence minister", "UKRELI")], id="former"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), COMPOSED)
def test_marks_join_to_actor_phrases(text: str, expected: list[tuple[str, str]]) -> None:
    assert codes(text) == expected


def test_allies_stand_beside_the_actor_and_take_its_side() -> None:
    phrases = resolve_actors(["Boko Haram and its allies fled."])
    assert phrases.select("text", "cameo_code").rows() == [("Boko Haram", "NGAREB"), ("allies", "NGAREB")]


def test_a_code_is_one_country_and_one_role() -> None:
    glued = resolve_actors(["Syrian Kurdish and US police soldiers met French and German troops of Mali."])
    for code in glued["cameo_code"]:
        assert code is None or len(code) <= 6


def test_the_same_name_is_another_actor_in_another_year() -> None:
    years = [date(1999, 1, 1), date(2005, 1, 1), date(2023, 1, 1)]
    roles = resolve_actors(["Taliban fighters came."] * 3, years)["role"].to_list()
    assert roles == ["GOV", "REB", "GOV"]


def test_a_name_without_a_date_says_so_where_the_date_decides() -> None:
    assert resolve_actors(["Taliban fighters came."])["issue"].to_list() == ["no-date"]


def test_a_former_state_outside_its_dates_is_flagged() -> None:
    assert resolve_actors(["The Soviet Union spoke."], [date(2020, 1, 1)])["issue"].to_list() == [
        "outside-dates"
    ]


def test_a_name_of_two_countries_goes_to_the_country_of_the_context() -> None:
    text = "Troops of the SAF advanced."
    rows = resolve_actors([text, "In Khartoum, " + text], [date(2023, 5, 1)] * 2, ["Sudan", None])
    assert rows.filter(pl.col("text").str.contains("SAF"))["country"].to_list() == ["SDN", "SDN"]


def test_nouns_take_the_country_given() -> None:
    row = resolve_actors(["Police came."], countries="Kenya").row(0, named=True)
    assert (row["name"], row["cameo_code"], row["issue"]) == ("Police Forces of Kenya", "KENCOP", None)


def test_offsets_count_bytes_or_characters() -> None:
    text = "Ça: Malian soldiers."
    as_bytes = resolve_actors([text]).row(0, named=True)
    as_chars = resolve_actors([text], offsets="chars").row(0, named=True)
    assert text.encode()[as_bytes["start"] : as_bytes["end"]].decode() == "Malian soldiers"
    assert text[as_chars["start"] : as_chars["end"]] == "Malian soldiers"


def test_a_wrong_call_is_refused_with_a_hint() -> None:
    with pytest.raises(BadCallError, match="2 values for 1 texts"):
        resolve_actors(["Army."], [None, None])
    with pytest.raises(BadCallError, match="bytes"):
        resolve_actors(["Army."], offsets="words")  # type: ignore[arg-type]


def test_no_texts_and_empty_texts_keep_the_schema() -> None:
    assert resolve_actors([]).schema == resolve_actors(["", None, "nothing here at all"]).schema
    assert resolve_actors([]).is_empty()


SINGLE = [
    pytest.param("the mayor of Kherson", "GOV", "UKR", id="town-gives-country"),
    pytest.param("Kherson", "CVL", "UKR", id="a-town-is-its-people"),
    pytest.param("18th Prime Minister of Estonia", "GOV", "EST", id="ordinal"),
    pytest.param("targets in Syria", None, "SYR", id="place-only"),
    pytest.param("he", None, None, id="pronoun"),
    pytest.param("two men", None, None, id="anybody"),
    pytest.param("SOUTH AFRICA", None, "ZAF", id="capitals"),
    pytest.param("Nairobi University", "EDU", "KEN", id="organisation-word"),
    pytest.param("Russia’s ambassador to Poland", "GOV", "RUS", id="host"),
    pytest.param("a former minister", "ELI", None, id="former"),
    pytest.param("Deputy Prime Minister General Ozu Brak", "GOV", None, id="office-before-rank"),
]


@pytest.mark.parametrize(("text", "role", "country"), SINGLE)
def test_one_phrase_is_one_actor(text: str, role: str | None, country: str | None) -> None:
    actor = resolve_actor(text)
    assert (actor.role, actor.country) == (role, country)


def test_an_unknown_name_is_kept_as_text() -> None:
    actor = resolve_actor("the Zorbax Quell")
    assert (actor.name, actor.issue, actor.cameo_code) == ("Zorbax Quell", "unknown-name", None)


def test_an_unknown_name_behind_a_title_has_the_role_of_the_title() -> None:
    actor = resolve_actor("Foreign Minister Ozu Brak", country="Peru")
    assert (actor.name, actor.role, actor.cameo_code) == ("Ozu Brak", "GOV", "PERGOV")


VARIANTS = [
    pytest.param("al-Qaeda", "Al Qaida", id="article-and-vowels"),
    pytest.param("Ministry of Defence", "Ministry of Defense", id="british-american"),
    pytest.param("Türkiye", "Turkiye", id="diacritics"),
    pytest.param("Sana'a", "Sanaa", id="apostrophe"),
    pytest.param("Guinea-Bissau", "Guinea Bissau", id="hyphen"),
    pytest.param("Abdel Fattah al-Sisi", "Abdel Fattah el-Sisi", id="el"),
]


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_spellings_are_made_by_rule(name: str, variant: str) -> None:
    assert variant in spelling_variants(name)


GAPS = [
    pytest.param("", "join", id="blank"),
    pytest.param("s", "possessive", id="possessive"),
    pytest.param("of the", "of", id="of"),
    pytest.param(", and two", "and", id="and-two"),
    pytest.param("and its", "ally", id="allies"),
    pytest.param("backed by", "backer", id="backer"),
    pytest.param("-led", "join", id="lead"),
    pytest.param("-backed", None, id="suffix"),
    pytest.param("agricultural", "adjective", id="adjective"),
    pytest.param("killed", None, id="verb"),
    pytest.param("says", None, id="verb-in-s"),
    pytest.param("against", None, id="preposition"),
]


@pytest.mark.parametrize(("gap", "link"), GAPS)
def test_the_text_between_marks_makes_a_link(gap: str, link: str | None) -> None:
    assert gap_links(pl.Series([gap])).to_list() == [link]


def test_interaction_knows_both_orders_and_a_single_side() -> None:
    frame = pl.DataFrame(
        {"inter1": ["Civilians", "Rebel group", None], "inter2": ["State forces", None, None]}
    )
    expected = ["State forces-Civilians", "Rebel group only", None]
    assert frame.select(interaction())["interaction"].to_list() == expected


def test_state_forces_abroad_are_external() -> None:
    frame = pl.DataFrame({"inter": ["State forces"] * 3, "own": ["RUS", "SYR", None], "event": ["SYR"] * 3})
    assert frame.select(external_inter("inter", "own", "event").alias("i"))["i"].to_list() == [
        "External/Other forces",
        "State forces",
        "State forces",
    ]


# --- the column-wise path against plain look-up ------------------------------------------------------------------------

PIECES = """Syrian Russian army police soldiers and , of the Hamas Taliban fighters killed president US France 's in
former two rebels allies its Turkish-backed ( ) é"""
WORDS = st.sampled_from(PIECES.split())


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(WORDS, max_size=12).map(" ".join), min_size=1, max_size=4))
def test_a_batch_gives_what_its_texts_give_alone(texts: list[str]) -> None:
    together = resolve_actors(texts, [date(2016, 1, 1)] * len(texts))
    alone = [
        resolve_actors([text], [date(2016, 1, 1)]).with_columns(row=pl.lit(n, pl.UInt32))
        for n, text in enumerate(texts)
    ]
    assert together.rows() == pl.concat(alone).rows()


@settings(max_examples=15, deadline=None)
@given(st.lists(WORDS, max_size=12).map(" ".join))
def test_the_scan_finds_what_plain_lookup_finds(text: str) -> None:
    cleaned = pl.select(clean(pl.lit(text))).item()
    plain = actors._single_marks(cleaned, actor_lexicon())
    patterns, keys = actors._scan_patterns(actor_lexicon())
    marks = scan(
        pl.DataFrame({"row": [0], "clean": [cleaned]}, schema_overrides={"row": pl.UInt32}), patterns
    )
    found = marks.with_columns(actor=keys.gather(marks["ref"])).select("start", "end", "actor")
    assert found.rows() == plain.select("start", "end", "actor").rows()


@settings(max_examples=15, deadline=None)
@given(st.lists(WORDS, max_size=14).map(" ".join))
def test_phrases_lie_in_order_and_quote_the_text(text: str) -> None:
    rows = resolve_actors([text])
    assert (rows["start"] < rows["end"]).all()
    assert (rows["start"].diff().drop_nulls() > 0).all() or rows.height < 2
    for start, end, quoted in rows.select("start", "end", "text").rows():
        assert text.encode()[start:end].decode() == quoted


# --- the tables -------------------------------------------------------------------------------------------------------


def test_phrases_of_no_marks_have_the_schema() -> None:
    marks = pl.DataFrame(schema=dict.fromkeys(("row", "sent", "start", "end", "actor"), pl.UInt32))
    reports = pl.DataFrame({"row": [0], "clean": [""]}, schema_overrides={"row": pl.UInt32})
    assert actor_phrases(marks, reports).schema == PHRASE_SCHEMA


def test_every_country_of_the_code_table_with_people_has_a_name_and_a_key() -> None:
    names = read_actor_names().filter(pl.col("kind") == "state")["country"].unique()
    empty = {"ATA", "ATF", "BVT", "CCK", "HMD", "SGS", "UMI"}
    assert set(load_seed("countries/codes", "iso3")["iso3"]) - set(names) == empty


def test_keys_are_row_numbers_and_candidates_lie_together() -> None:
    lexicon = actor_lexicon()
    assert lexicon.phrases["key"].to_list() == list(range(lexicon.phrases.height))
    assert lexicon.candidates["key"].is_sorted()
    assert lexicon.phrases["phrase"].is_unique().all()


def test_issues_come_from_the_closed_list() -> None:
    text = "Taliban, SAF, the Soviet Union and police met Zorbax."
    found = set(resolve_actors([text, text], [None, date(2020, 1, 1)])["issue"].drop_nulls())
    assert found <= set(ACTOR_ISSUES)


def test_country_columns_hold_iso_codes() -> None:
    table = read_actor_names().filter(pl.col("table") == "actors/states")
    assert set(table["country"].drop_nulls()) <= set(load_seed("countries/codes", "iso3")["iso3"])


RULED = [
    pytest.param(
        "Military Forces of Syria", date(2020, 1, 1), "Military Forces of Syria (2000-2024)", id="closed"
    ),
    pytest.param("Government of Syria", date(2024, 12, 8), "Government of Syria (2024-)", id="day-of-change"),
    pytest.param(
        "Military Forces of Syria", date(1990, 1, 1), "Military Forces of Syria", id="before-the-table"
    ),
    pytest.param("Police Forces of Kenya", None, "Police Forces of Kenya", id="no-day"),
    pytest.param("Protesters (Kenya)", date(2023, 1, 1), "Protesters (Kenya)", id="no-state-forces"),
    pytest.param(None, date(2023, 1, 1), None, id="nobody"),
]


@pytest.mark.parametrize(("name", "day", "dated"), RULED)
def test_state_forces_bear_the_years_of_their_ruler(
    name: str | None, day: date | None, dated: str | None
) -> None:
    names, days = pl.Series([name], dtype=pl.String), pl.Series([day], dtype=pl.Date)
    assert with_ruler_spans(names, days).to_list() == [dated]


def test_the_terms_of_the_rulers_of_a_country_do_not_overlap() -> None:
    terms = load_seed("actors/rulers").sort("country", "valid_from")
    following = terms["valid_from"].shift(-1)
    same = terms["country"] == terms["country"].shift(-1)
    ends = terms.filter(same)["valid_to"]
    assert (ends <= following.filter(same)).all()


PEOPLES = [
    ("The Albanians of southern Serbia demand autonomy.", "SRBCVL"),
    ("Iraqi Kurds demand autonomy.", "IRQCVL"),
    ("Kurds demand autonomy.", "KUR"),
    ("Pakistani Christians demand autonomy.", "PAKCVL"),
    ("Iraq's al-Qaeda demands revenge.", "IRQREB"),
    ("NATO-member Norway demands peace.", "NOR"),
    ("Former Arab League Secretary-General Chedli Klibi came.", "IGOARL"),
    ("President Bush came.", "USAGOV"),
]


@pytest.mark.parametrize(("text", "code"), PEOPLES)
def test_a_people_a_faith_or_a_group_is_of_the_country_that_the_phrase_says(text: str, code: str) -> None:
    assert resolve_actors([text])["cameo_code"].to_list() == [code]


def test_the_seat_of_government_behind_capital_is_a_place() -> None:
    texts = ["Rebels shelled the regional capital Juba.", "Rebels shelled the city of Damascus."]
    assert resolve_actors(texts)["text"].to_list() == ["Rebels", "Rebels"]

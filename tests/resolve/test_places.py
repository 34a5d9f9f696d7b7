"""Place names: what they stand for, whether they are the place of an event, and what never happens."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eventdata
from eventdata.coding.scan import find_phrases
from eventdata.errors import BadCallError
from eventdata.resolve.place_tables import fold, place_names, places, skeleton
from eventdata.resolve.place_windows import Texts
from eventdata.resolve.places import (
    country_codes,
    event_places,
    lexicon_phrases,
    lookup_names,
    place_mentions,
)
from eventdata.seeds import load_seed

LEXICON = lexicon_phrases()


def mentions(text: str) -> pl.DataFrame:
    reports = pl.DataFrame({"text": [text]}).with_row_index("row")
    marks = find_phrases(reports["text"], LEXICON["phrase"].to_list())
    marks = marks.with_columns(place=LEXICON["key"].gather(marks["ref"]))
    return place_mentions(marks, reports)


def use_of(text: str, name: str) -> str | None:
    found = mentions(text).filter(pl.col("text") == name)
    return found["use"][0] if found.height else None


def place_of(text: str, act: str) -> str | None:
    """Name of the event's place where `act` is the words of the act."""
    at = len(text[: text.index(act)].encode())
    found = mentions(text)
    sent = text[: text.index(act)].count(". ") + 1
    clause = pl.DataFrame({"row": [0], "sent": [sent], "start": [at], "end": [at + len(act.encode())]})
    return event_places(clause, found)["name"][0]


@pytest.mark.parametrize(
    ("text", "name", "iso3"),
    [
        ("Shells fell on Saraqib in Idlib province.", "Saraqib", "SYR"),
        ("Shells fell on Idleb in Syria.", "Idlib", "SYR"),
        ("Protests were held in Hama, Syria.", "Hama", "SYR"),
        ("A bomb went off in Raqqah, Syria.", "Raqqa", "SYR"),
        ("Soldiers entered Tripoli in Lebanon.", "Tripoli", "LBN"),
        ("Soldiers entered Tripoli in Libya.", "Tripoli", "LBY"),
        ("Police fired on students in Mérida, Venezuela.", "Merida", "VEN"),
        ("An attack in Valencia, Venezuela, killed two.", "Valencia", "VEN"),
        ("Gunmen stormed Rafah in Egypt.", "Rafah", "EGY"),
        ("Rebels took Galkayo in Somalia.", "Galkayo", "SOM"),
        ("Two died near Nekemte, Ethiopia.", "Nekemte", "ETH"),
        ("Ukrainian troops left Artemivsk.", "Bakhmut", "UKR"),
        ("Clashes broke out in Kiev.", "Kyiv", "UKR"),
        ("Clashes broke out in the Donbas.", "Donbas", "UKR"),
        ("They marched in Cox’s Bazar, Bangladesh.", "Cox's Bazar", "BGD"),
        ("The village of Dabiq in Syria was shelled.", "Dabiq", "SYR"),
        ("Clashes in Santiago, Chile.", "Santiago", "CHL"),
        ("Clashes in San Jose, Costa Rica.", "San Jose", "CRI"),
    ],
)
def test_names_are_resolved_by_what_stands_beside_them(text: str, name: str, iso3: str):
    first = eventdata.resolve_places(text).row(0, named=True)
    assert (first["name"], first["iso3"], first["issue"]) == (name, iso3, None)
    assert first["latitude"] is not None


@pytest.mark.parametrize(
    ("text", "name", "use"),
    [
        ("The monitor, which is based in Britain, said so.", "Britain", "other"),
        ("The opposition leader, exiled in Paris, called for protests.", "Paris", "other"),
        ("The London-based group reported the raid.", "London", "other"),
        ("Refugees born in Aleppo gathered.", "Aleppo", "other"),
        ("The Washington Post reported a raid.", "Washington", "other"),
        ("He told reporters in Geneva that it was over.", "Geneva", "speaker"),
        ("The governor of Borno condemned it.", "Borno", "speaker"),
        ("Gunmen attacked the eastern city of Deir ez-Zor on Friday.", "Deir ez-Zor", "event"),
        ("Gunmen attacked the town of Saraqib in Idlib.", "Saraqib", "event"),
        ("The Paris Agreement was signed.", "Paris", "other"),
        ("KABUL, Dec. 3 (World Desk) - A bomb went off in Kunduz.", "KABUL", "dateline"),
        ("KABUL, Dec. 3 (World Desk) - A bomb went off in Kunduz.", "Kunduz", "event"),
        ("Mohamed Kaduna, a trader, fled Nigeria.", "Kaduna", "other"),
    ],
)
def test_use_tells_places_of_events_from_others(text: str, name: str, use: str):
    assert use_of(text, name) == use


@pytest.mark.parametrize(
    ("text", "act", "place"),
    [
        ("Gunmen attacked a market in Bama on Monday.", "attacked", "Bama"),
        ("In Bama, gunmen attacked a market.", "attacked", "Bama"),
        ("Kunduz was shelled by the Taliban in Afghanistan.", "shelled", "Kunduz"),
        ("Gunmen attacked a village in Saraqib in Idlib province.", "attacked", "Saraqib"),
        ("Gunmen fired at a checkpoint in Khan Younis, in the southern Gaza Strip.", "fired", "Khan Younis"),
        ("Gunmen killed five in Syria. The attack hit Palmyra.", "killed", "Palmyra"),
        ("KABUL, Dec. 3 (World Desk) - A bomb exploded and killed two.", "killed", "Kabul"),
        ("The monitor based in Britain said rebels shelled Homs.", "shelled", "Homs"),
        ("Troops clashed with rebels in the hills around Goma, Congo.", "clashed", "Goma"),
        ("Five people were killed. Idlib province.", "killed", "Idlib"),
    ],
)
def test_an_event_gets_the_place_that_the_text_gives_it(text: str, act: str, place: str):
    assert place_of(text, act) == place


@pytest.mark.parametrize(
    ("text", "name", "latitude", "longitude", "issue"),
    [
        # a village that no table lists lies where its district does, and so does a namesake that is far away
        ("Gunmen shot two men in Qwertabad village (Damboa LGA, Borno State).", "Qwertabad", 11.2, 12.8, "unknown-name"),
        ("Bandits raided Kware village (Shinkafi LGA, Zamfara).", "Kware", 13.1, 6.5, "unknown-name"),
        ("They fought in Qwertkhin village (Qwertyu township, Hpakant township, Kachin).", "Qwertkhin", 25.6, 96.3,
         "unknown-name"),
        ("They shelled Um Qwertif village, near Tal Tamr (Hasakah governorate).", "Um Qwertif", 36.7, 40.4,
         "unknown-name"),
        ("Rockets hit As-Sukhnah town in the eastern countryside of Homs.", "As-Sukhnah", 34.9, 38.9, None),
        # a name without a preposition, before a comma or a bracket
        ("Rockets hit Novyy Oskol, Belgorod region, at dawn.", "Novyy Oskol", 50.8, 37.9, None),
        ("Troops captured Rylsk (Kursk oblast) at dawn.", "Rylsk", 51.6, 34.7, None),
        # a district of a town; a unit's name beside its town's
        ("A man died in the Korabelnyi district of Kherson.", "Kherson", 46.6, 32.6, None),
        ("Shells fell on the centre of Izium, Kharkiv region.", "Izium", 49.2, 37.3, None),
        # measured from a town
        ("Two soldiers died 40 km north-east of Kirkuk, Iraq.", "Kirkuk", 35.7, 44.7, None),
        ("Two soldiers died about 50 miles west of Kirkuk, Iraq.", "Kirkuk", 35.5, 43.5, None),
    ],
)  # fmt: skip
def test_a_place_lies_where_the_text_puts_it(
    text: str, name: str, latitude: float, longitude: float, issue: str | None
):
    first = eventdata.resolve_places(text).row(0, named=True)
    assert (first["text"], first["issue"]) == (name, issue)
    assert first["latitude"] == pytest.approx(latitude, abs=0.15)
    assert first["longitude"] == pytest.approx(longitude, abs=0.15)


def test_streets_and_halves_of_longer_names_are_no_places():
    found = eventdata.resolve_places(
        [
            "Police fired on a crowd on Port Harcourt Road in Aba, Nigeria.",
            "They met near Guri Qwert, Somalia.",
        ]
    )
    assert found.select("row", "text").rows() == [(0, "Aba"), (0, "Nigeria"), (1, "Somalia")]


def test_a_province_gives_way_to_its_town_in_the_next_sentence():
    text = "Rebels attacked an army battalion in North Darfur. The base lies near Kutum."
    assert place_of(text, "attacked") == "Kutum"


def test_a_list_of_towns_gives_several_places():
    text = "Shells hit Aleppo, Hama and Idlib on Monday."
    clause = pl.DataFrame({"row": [0], "sent": [1], "start": [7], "end": [10]})
    assert event_places(clause, mentions(text))["name"].to_list() == ["Aleppo", "Hama", "Idlib"]


def test_a_clause_without_any_place_has_an_issue():
    clause = pl.DataFrame({"row": [0], "sent": [1], "start": [0], "end": [5]})
    out = event_places(clause, mentions("Gunmen killed two men."))
    assert out.select("name", "issue").rows() == [(None, "no-place")]


@pytest.mark.parametrize(
    ("text", "precision"),
    [
        ("A bomb went off in Kunduz, Afghanistan.", 1),
        ("A bomb went off near Kunduz, Afghanistan.", 2),
        ("A bomb went off in Helmand province, Afghanistan.", 3),
        ("A bomb went off in Afghanistan.", None),
    ],
)
def test_precision_follows_the_kind_of_place_and_the_preposition(text: str, precision: int | None):
    assert eventdata.resolve_places(text)["geo_precision"][0] == precision


def test_a_name_that_no_table_lists_takes_the_position_of_the_place_that_contains_it():
    found = eventdata.resolve_places(
        "Men were beheaded in the village of Xarxarluumo in Quissanga district, Mozambique."
    )
    first = found.row(0, named=True)
    assert (first["name"], first["iso3"], first["issue"]) == ("Xarxarluumo", "MOZ", "unknown-name")
    assert first["geo_precision"] == 2
    assert first["latitude"] == pytest.approx(-12.4, abs=0.3)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Russia's Grozny was quiet.", "Russia"),
        ("The Paris-based group spoke.", "Paris"),
        ("The non-Aleppo group spoke.", "Aleppo"),
    ],
)
def test_what_hangs_on_to_a_name_is_read(text: str, name: str):
    found = mentions(text).filter(pl.col("text") == name)
    assert found.filter(pl.col("use") == "event", ~pl.col("container")).is_empty()


def test_few_consonants_alone_make_no_place():
    found = eventdata.resolve_places("The village of Tibaqo in Syria was shelled.")
    assert found.select("text", "issue").row(0) == ("Tibaqo", "unknown-name")


def test_a_name_of_many_countries_without_context_is_open():
    found = eventdata.resolve_places("Two people died in San Isidro.")
    assert found["issue"].to_list() == ["shared-name"]
    assert found["latitude"].to_list() == [None]


def test_the_callers_country_decides():
    found = eventdata.resolve_places(
        ["Two people died in Tripoli.", "Two died in Tripoli."], countries=["LBN", "LBY"]
    )
    assert found["iso3"].to_list() == ["LBN", "LBY"]


def test_offsets_count_bytes_or_characters():
    text = "Él dijo: protests in Bogotá, Colombia."
    found = eventdata.resolve_places(text)
    in_bytes = [text.encode()[a:b].decode() for a, b in found.select("start", "end").rows()]
    found = eventdata.resolve_places(text, offsets="chars")
    in_characters = [text[a:b] for a, b in found.select("start", "end").rows()]
    assert in_bytes == in_characters == ["Bogotá", "Colombia"]


@pytest.mark.parametrize("call", [{"offsets": "words"}, {"countries": ["SYR", "IRQ"]}])
def test_a_wrong_call_says_so(call: dict[str, object]):
    with pytest.raises(BadCallError):
        eventdata.resolve_places("In Hama.", **call)  # type: ignore[arg-type]


@pytest.mark.parametrize("texts", ["", [], [""], [None], ["", None, "In Hama, Syria."]])
def test_empty_and_missing_texts_have_no_places_and_raise_nothing(texts: object):
    found = eventdata.resolve_places(texts)  # type: ignore[arg-type]
    assert found.height == (1 if isinstance(texts, list) and len(texts) == 3 else 0) * 2


PIECES = st.sampled_from(
    ["in ", "near ", "the town of ", "Hama", "Bogotá", "Şırnak", " province", ", ", " and ", "'s ", "’", "“", " (", ")", "-",
     "—", "\n", ". ", "al-", "Kafr", "Syria", "Ég", "日本", "🙂", "KABUL, Dec. 3 (X) - ", "St. ", "\x00", "é", "district of "]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=12).map("".join)), max_size=3))
def test_any_text_has_valid_offsets_and_raises_nothing(texts: list[str]):
    found = eventdata.resolve_places(texts)
    for row, start, end, text in found.select("row", "start", "end", "text").rows():
        assert texts[row].encode()[start:end].decode() == text
    assert found.select(pl.col("latitude").is_between(-90, 90).all()).item() in (True, None)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.integers(0, 40), st.integers(0, 40))
def test_a_cut_inside_a_character_leaves_it_out(text: str, start: int, end: int):
    texts = Texts(pl.DataFrame({"text": [text]}).with_row_index("row"))
    rows = pl.Series([0]).to_numpy()
    piece = texts.cut(rows, pl.Series([start]).to_numpy(), pl.Series([end]).to_numpy())[0]
    assert piece in text


@pytest.mark.parametrize(
    "name", ["‘Saraqib’", "“Saraqib’", "Saraqib’", "‘Kafr Batna’", "’Kafr Batna’", "Cox’s Bazar"]
)
def test_a_typographic_quote_beside_a_name_is_no_part_of_it(name: str):
    text = f"Shells fell on the village of {name} in Syria, police said."
    found = mentions(text).filter(pl.col("name") != "Syria").row(0, named=True)
    assert text.encode()[found["start"] : found["end"]].decode() == name.strip("‘“’")


@pytest.mark.parametrize(
    ("one", "other"),
    [("Deir ez-Zor", "deirezzor"), ("Şırnak", "Sirnak"), ("N'Djamena", "ndjamena"), ("Ōsaka", "osaka")],
)
def test_spellings_that_look_the_same_fold_together(one: str, other: str):
    assert pl.select(fold(pl.lit(one)) == fold(pl.lit(other))).item()


@pytest.mark.parametrize(
    ("one", "other"), [("al-Tel", "At Tall"), ("Kafr Batna", "Kafar Batnah"), ("Qaryatain", "Qaryatayn")]
)
def test_transliterations_share_their_consonants(one: str, other: str):
    assert pl.select(skeleton(pl.lit(one)) == skeleton(pl.lit(other))).item()


def test_lookup_finds_whatever_the_spelling_and_only_in_the_given_countries_by_sound():
    found = lookup_names(pl.Series(["Deir-ez-Zor", "Nonesuchville", None, "Kafar Batnah"]), countries=["SYR"])
    assert set(found["index"]) == {0, 3}
    assert found.filter(index=3)["how"].to_list() == ["spelling"] * found.filter(index=3).height


def test_every_row_of_our_own_places_has_a_position_and_is_scanned_for():
    extra = load_seed("places/extra", "name", "iso3", "kind")
    phrases = place_names().table["phrase"]
    never = load_seed("places/stop", "name").filter(rule="never")["name"]
    assert extra.filter(
        ~pl.col("name").is_in(phrases.implode()), ~pl.col("name").is_in(never.implode())
    ).is_empty()
    usual = places().filter(pl.col("usual"), pl.col("kind") != "country")
    assert usual.filter(pl.col("latitude").is_null()).is_empty()


def test_the_gazetteer_stays_small():
    assert 20_000 <= place_names().table.filter(what="name").height <= 40_000


def test_country_codes_come_in_the_given_order_with_nulls_for_unknown_ones():
    out = country_codes(pl.Series(["SYR", "ZZZ", None, "COD"]))
    assert out["iso3"].to_list() == ["SYR", "ZZZ", None, "COD"]
    assert out["cow_number"].to_list()[0] == "652"
    assert out["country"].to_list()[1:3] == [None, None]

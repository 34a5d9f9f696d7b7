from pathlib import Path

import polars as pl
import pytest

from eventdata.coding.clean import clean
from eventdata.coding.scan import compile_patterns, scan
from eventdata.errors import MissingColumnError, UnreadableFileError
from eventdata.resolve.actor_lexicon import lexicon_lint, lexicon_unmatched, read_actor_table, user_lexicon
from eventdata.resolve.actor_petrarch import decode, read_petrarch
from eventdata.resolve.actor_phrases import actor_phrases
from eventdata.resolve.actor_references import defined_abbreviations, link_references
from eventdata.resolve.actor_tables import ActorLexicon, actor_lexicon

PHOENIX = Path(__file__).parents[3] / "shared" / "reference" / "phoenix"

DICTIONARY = """# a comment
ZORBAX_FRONT_ [PERREB]
+ZF_
+MOVEMENT_OF_ZORBAX_(MOZ)_
OZU_BRAK_  # chief
+BRAK_O._
\t[PERELI <900101]
\t[PERGOV 900101-19951231]
\t[PERELI >19960101]
NO_CODE_HERE_
"""

AGENTS = """!PERSON! = MAN, MEN
ROPE!PERSON! [~LAB]
ROPE_GIRL {ROPE_GIRLS} [~LAB]
LAMPLIGHTER [~GOV]
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def coded(lexicon: ActorLexicon, text: str) -> list[tuple[str, str | None]]:
    phrases = lexicon.phrases
    reports = pl.DataFrame({"text": [text]}).with_row_index("row").with_columns(clean=clean(pl.col("text")))
    marks = scan(reports, compile_patterns(phrases["phrase"])).with_columns(
        actor=pl.col("ref").replace_strict(dict(enumerate(phrases["key"])), return_dtype=pl.UInt32)
    )
    return actor_phrases(marks, reports, lexicon).select("text", "cameo_code").rows()


def test_a_dictionary_gives_one_row_a_name_and_code(tmp_path: Path) -> None:
    table = read_petrarch(write(tmp_path, "d.txt", DICTIONARY))
    assert table.filter(pl.col("name") == "Ozu Brak").select(
        "cameo_code", "valid_from", "valid_to"
    ).rows() == [
        ("PERELI", None, "1990-01-01"),
        ("PERGOV", "1990-01-01", "1995-12-31"),
        ("PERELI", "1996-01-01", None),
    ]
    assert table.filter(pl.col("line") == 3)["name"].to_list() == ["ZF", "Zf"]
    assert set(table.filter(pl.col("actor") == "Zorbax Front")["name"]) >= {"Movement of Zorbax", "MOZ"}
    assert table.filter(pl.col("problem").is_not_null()).select("line", "problem").rows() == [(10, "no-code")]


def test_alternatives_and_plurals_of_agents_are_spelled_out(tmp_path: Path) -> None:
    table = read_petrarch(write(tmp_path, "a.txt", AGENTS))
    assert table["name"].to_list() == ["ropeman", "ropemen", "rope girl", "lamplighter"]
    lexicon = user_lexicon(write(tmp_path, "a.txt", AGENTS))
    assert coded(lexicon, "Peru's lamplighters and rope girls.") == [
        ("Peru's lamplighters", "PERGOV"),
        ("rope girls", "PERLAB"),
    ]


DECODED = [
    pytest.param("SYRMIL", ("SYR", "MIL", "State forces"), id="country-role"),
    pytest.param("ROMGOV", ("ROU", "GOV", "State forces"), id="cameo-country"),
    pytest.param("IGOUNO", (None, "IGO", "External/Other forces"), id="organisation"),
    pytest.param("PERREBXYZ", ("PER", "REB", "Rebel group"), id="group-behind"),
]


@pytest.mark.parametrize(("code", "parts"), DECODED)
def test_a_code_is_read_as_country_and_first_role(
    code: str, parts: tuple[str | None, str | None, str | None]
) -> None:
    assert decode(code) == parts


def test_the_users_csv_comes_before_his_dictionary_and_ours(tmp_path: Path) -> None:
    dictionary = write(tmp_path, "d.txt", "ZORBAX_FRONT_ [PERREB]\nHAMAS_ [PERREB]\n")
    table = write(tmp_path, "t.csv", "name,cameo_code\nZorbax Front,PERPTY\n")
    assert coded(user_lexicon(dictionary), "Zorbax Front met Hamas.") == [
        ("Zorbax Front", "PERREB"),
        ("Hamas", "PERREB"),
    ]
    both = user_lexicon(dictionary, table)
    assert coded(both, "Zorbax Front met Hamas and the Syrian army.") == [
        ("Zorbax Front", "PERPTY"),
        ("Hamas", "PERREB"),
        ("Syrian army", "SYRMIL"),
    ]


def test_a_table_without_codes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingColumnError, match="cameo_code"):
        read_actor_table(write(tmp_path, "t.csv", "name,code\nx,y\n"))
    with pytest.raises(UnreadableFileError, match="not there"):
        read_actor_table(tmp_path / "none.csv")


def test_lint_names_the_line_of_each_fault(tmp_path: Path) -> None:
    text = (
        "name,cameo_code,valid_from,valid_to\n"
        "Zorbax Front,PERREB,,\n"
        "Zorbax Front,PERREB,,\n"
        "Zorbax Front,PERPTY,2000,\n"
        "Quell Party,PERPTYBRAGOV,,\n"
        "of,PERPTY,,\n"
        "Brak Unit,PERXQZ,,\n"
        "Lost One,,,\n"
        "Odd One,per,,\n"
        "Mill Club,PERPTY,2000,2005\n"
        "Mill Club,PEROPP,2003,2009\n"
        "Late Club,PERPTY,2009,2005\n"
        "Syria,LBN,,\n"
    )
    found = set(lexicon_lint(write(tmp_path, "t.csv", text)).select("line", "issue").rows())
    assert found == {
        (3, "duplicate"),
        (4, "shadowed"),
        (5, "glued"),
        (6, "dead"),
        (7, "unknown-code"),
        (8, "no-code"),
        (9, "bad-code"),
        (11, "conflict"),
        (12, "dead"),
        (13, "hides-own"),
    }


def test_unmatched_counts_names_without_an_entry() -> None:
    texts = ["The Zorbax Front hit Syria.", "Zorbax Front and Ozu Brak met. Later the rain came later.", None]
    assert lexicon_unmatched(texts).rows() == [("Zorbax Front", 2, 2), ("Ozu Brak", 1, 1)]


@pytest.mark.skipif(not PHOENIX.is_dir(), reason="the dictionaries are not there")
def test_the_phoenix_dictionaries_load_whole_and_code() -> None:
    lexicon = user_lexicon(*sorted(PHOENIX.glob("*.actors.txt")), PHOENIX / "Phoenix.agents.txt")
    assert lexicon.phrases.height > 60_000
    assert coded(lexicon, "Boko Haram met the Syrian army.") == [
        ("Boko Haram", "NGAREB"),
        ("Syrian army", "SYRMIL"),
    ]


# --- references -------------------------------------------------------------------------------------------------------


def phrases_of(text: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    lexicon = actor_lexicon()
    first = pl.col("phrase").str.slice(0, 1).str.to_uppercase() + pl.col("phrase").str.slice(1)
    every = pl.concat([lexicon.phrases, lexicon.phrases.filter(~pl.col("proper")).with_columns(phrase=first)])
    reports = pl.DataFrame({"text": [text]}).with_row_index("row").with_columns(clean=clean(pl.col("text")))
    marks = scan(reports, compile_patterns(every["phrase"]))
    marks = marks.with_columns(actor=every["key"].gather(marks["ref"]))
    return actor_phrases(marks, reports), reports


REFERENCES = [
    pytest.param("Boko Haram came. The group fled.", "group", "NGAREB", id="the-group"),
    pytest.param("Boko Haram came. The rebels fled.", "rebels", "NGAREB", id="the-rebels"),
    pytest.param("The Nigerian army came. The army fled.", "army", "NGAMIL", id="the-army"),
    pytest.param("The Nigerian army came. The police fled.", "police", "COP", id="another-role"),
    pytest.param("Boko Haram came. Rebels fled.", "Rebels", "REB", id="without-the"),
]


@pytest.mark.parametrize(("text", "noun", "code"), REFERENCES)
def test_nouns_with_the_refer_to_what_the_report_named(text: str, noun: str, code: str) -> None:
    phrases, reports = phrases_of(text)
    linked = link_references(phrases, reports)
    assert linked.filter(pl.col("text") == noun)["cameo_code"].to_list() == [code]
    assert linked.columns == [*phrases.columns, "refers_to"]


def test_an_abbreviation_that_the_text_defines_is_found_again() -> None:
    text = "Boko Haram (BHZQ) came. Later BHZQ left, and XBHZQ stayed."
    phrases, reports = phrases_of(text)
    found = defined_abbreviations(phrases, reports)
    assert found.select("start", "end", "text", "refers_to").rows() == [(30, 34, "BHZQ", 0)]


def test_a_report_without_references_is_left_as_it_is() -> None:
    phrases, reports = phrases_of("The Nigerian army came.")
    assert link_references(phrases, reports).drop("refers_to").equals(phrases)

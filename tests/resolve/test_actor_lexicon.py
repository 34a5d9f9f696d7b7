import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from eventdata import normalize
from eventdata.coding.clean import clean
from eventdata.coding.scan import compile_patterns, scan
from eventdata.errors import MissingColumnError, UnreadableFileError
from eventdata.resolve.actor_lexicon import lexicon_lint, lexicon_unmatched, read_actor_table, user_lexicon
from eventdata.resolve.actor_petrarch import decode, read_petrarch
from eventdata.resolve.actor_phrases import actor_phrases
from eventdata.resolve.actor_tables import ActorLexicon
from eventdata.resolve.actors import resolve_actor, resolve_actors

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


# --- a user's tables in the coder -------------------------------------------------------------------------------------

OWN = "name,cameo_code,valid_from,valid_to\nZorbax Front,PERREB,,2019\nZorbax Front,PERGOV,2020,\n"
OWN_TABLES = [
    pytest.param("The Zorbax Front attacked Lima.", date(2015, 5, 1), "PERREB", id="before"),
    pytest.param("The Zorbax Front attacked Lima.", date(2021, 5, 1), "PERGOV", id="after"),
    pytest.param(
        "Lamplighters of Peru attacked the Zorbax Front.", date(2021, 5, 1), "PERGOV", id="own-noun"
    ),
    pytest.param("The MOZ attacked Lima.", date(2015, 5, 1), "PERREB", id="from-the-dictionary"),
]


@pytest.mark.parametrize(("text", "day", "code"), OWN_TABLES)
def test_the_coder_takes_tables_and_dictionaries(tmp_path: Path, text: str, day: date, code: str) -> None:
    files = [
        write(tmp_path, "d.txt", DICTIONARY), write(tmp_path, "a.txt", AGENTS), write(tmp_path, "o.csv", OWN),
    ]  # fmt: skip
    event = normalize(text, published=day, actors=files).events
    assert event["source_code"].to_list() == [code]
    assert resolve_actors([text], day, actors=files)["cameo_code"].to_list()[0] == code


def test_a_table_before_a_dictionary_and_both_before_our_own(tmp_path: Path) -> None:
    dictionary = write(tmp_path, "d.txt", "BOKO_HARAM_ [PERREB]\nTALIBAN_ [PERREB]\n")
    table = write(tmp_path, "o.csv", "name,cameo_code\nBoko Haram,CHLREB\n")
    files = [dictionary, table]
    assert resolve_actor("Boko Haram", actors=files).cameo_code == "CHLREB"
    assert resolve_actor("Taliban", actors=files).cameo_code == "PERREB"
    assert resolve_actor("Syrian army", actors=files).cameo_code == "SYRMIL"
    assert resolve_actor("Boko Haram").country == "NGA"


def test_a_set_of_files_is_compiled_once_until_one_changes(tmp_path: Path) -> None:
    path = write(tmp_path, "o.csv", "name,cameo_code\nZorbax Front,PERREB\n")
    first = user_lexicon(path)
    assert user_lexicon(str(path)) is first
    write(tmp_path, "o.csv", "name,cameo_code\nZorbax Front,PERGOV\n")
    os.utime(path, ns=(0, 0))
    assert coded(user_lexicon(path), "The Zorbax Front came.") == [("Zorbax Front", "PERGOV")]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"nothing\.csv"):
        normalize("Rebels attacked.", actors=tmp_path / "nothing.csv")

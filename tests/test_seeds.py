"""The reference tables: keys, references, sources, and the facts that are easy to get wrong."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from eventdata import seeds
from eventdata.errors import SeedError
from eventdata.seedcheck import check_seeds
from eventdata.seeds import load_seed, seed_names


def test_all_keys_are_unique_all_references_resolve_and_all_tables_have_a_source() -> None:
    problems = check_seeds()
    assert problems.is_empty(), problems.rows()


@pytest.mark.parametrize("name", seed_names())
def test_a_seed_table_has_rows_and_only_text(name: str) -> None:
    table = load_seed(name)
    assert table.height > 0
    assert set(table.dtypes) == {pl.String()}


def test_codes_keep_their_zeros() -> None:
    assert {"01", "010", "0211", "20"} <= set(load_seed("cameo/event_codes")["code"])
    assert "004" in load_seed("countries/codes")["iso_numeric"]


def test_namibia_is_no_missing_value() -> None:
    codes = load_seed("countries/codes", "iso3").filter(pl.col("iso3") == "NAM")
    assert codes["iso2"].to_list() == ["NA"]


def test_acled_has_six_event_types_and_twenty_five_sub_event_types() -> None:
    types = load_seed("acled/event_types", "sub_event_type")
    assert types.height == 25
    assert types["event_type"].n_unique() == 6


def test_an_interaction_code_is_the_lower_code_times_ten_plus_the_higher() -> None:
    wrong = load_seed("acled/interactions", "code").filter(
        pl.col("code").cast(pl.Int64)
        != pl.col("low_inter").cast(pl.Int64) * 10 + pl.col("high_inter").cast(pl.Int64)
    )
    assert wrong.rows() == []


def test_an_interaction_label_is_made_of_the_two_actor_types() -> None:
    label = dict(load_seed("acled/inter").select("code", "label").iter_rows())
    for code, low, high, text in load_seed("acled/interactions").iter_rows():
        if high == "0":
            expected = f"{label[low]} only"
        elif code == "78":  # ACLED names the higher code first in this one label
            expected = f"{label[high]}-{label[low]}"
        else:
            expected = f"{label[low]}-{label[high]}"
        assert text == expected, code


def test_a_cameo_code_begins_with_its_root_and_its_parent() -> None:
    codes = load_seed("cameo/event_codes", "code").with_columns(pl.col("parent").fill_null(""))
    wrong = codes.filter(
        ~pl.col("code").str.starts_with(pl.col("root")) | ~pl.col("code").str.starts_with(pl.col("parent"))
    )
    assert wrong.rows() == []
    assert codes["root"].n_unique() == 20


@pytest.mark.parametrize(
    ("code", "goldstein", "quad"),
    [
        pytest.param("010", "0.0", "1", id="statement"),
        pytest.param("057", "8.0", "1", id="agreement"),
        pytest.param("0874", "10.0", "2", id="retreat"),
        pytest.param("112", "-2.0", "3", id="accusation"),
        pytest.param("190", "-10.0", "4", id="fight"),
    ],
)
def test_a_cameo_code_has_the_value_and_the_class_of_gdelt(code: str, goldstein: str, quad: str) -> None:
    row = load_seed("cameo/event_codes", "code").filter(pl.col("code") == code)
    assert row.select("goldstein_gdelt", "quad_class_gdelt").row(0) == (goldstein, quad)


def test_every_cameo_code_has_a_row_in_both_crosswalks() -> None:
    codes = set(load_seed("cameo/event_codes")["code"])
    assert set(load_seed("crosswalks/cameo_to_acled")["cameo_code"]) == codes
    assert set(load_seed("crosswalks/cameo_to_plover")["cameo_code"]) == codes


def test_every_acled_sub_event_type_has_a_row_in_the_crosswalk_to_cameo() -> None:
    types = set(load_seed("acled/event_types")["sub_event_type"])
    assert set(load_seed("crosswalks/acled_to_cameo")["sub_event_type"]) == types


def test_all_of_cameo_but_statements_has_a_plover_event() -> None:
    without = load_seed("crosswalks/cameo_to_plover").filter(pl.col("plover_event").is_null())
    assert set(without["cameo_code"].str.slice(0, 2)) == {"01"}


@pytest.fixture
def copied_seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the code tables that a test may damage."""
    copy = tmp_path / "seeds"
    shutil.copytree(seeds.SEEDS, copy, ignore=shutil.ignore_patterns("gazetteer*"))
    monkeypatch.setattr(seeds, "SEEDS", copy)
    load_seed.cache_clear()
    yield copy
    load_seed.cache_clear()


DAMAGE = [
    pytest.param("acled/inter", "1,State", "2,State", "key-repeats", id="key-repeats"),
    pytest.param("acled/inter", "1,State", ",State", "key-empty", id="key-empty"),
    pytest.param("acled/inter", "code,", "number,", "key-missing", id="key-column-missing"),
    pytest.param("acled/countries", ",AFG,", ",AFX,", "reference-unresolved", id="unknown-country"),
    pytest.param("plover/sectors", "Police,COP", "Police,KOP", "reference-unresolved", id="unknown-role"),
    pytest.param(
        "crosswalks/acled_to_cameo", "193|194", "193|199", "reference-unresolved", id="one-of-a-list"
    ),
    pytest.param("SOURCES", "acled/inter,", "acled/outer,", "no-source", id="no-source"),
    pytest.param("KEYS", "acled/inter,", "acled/outer,", "no-key", id="no-key"),
    pytest.param("KEYS", "acled/inter,", "acled/outer,", "no-table", id="no-table"),
    pytest.param("plover/sectors", "Police,", "Police ,", "stray-blanks", id="stray-blanks"),
]


@pytest.mark.parametrize(("table", "old", "new", "rule"), DAMAGE)
def test_a_damaged_table_is_found(copied_seeds: Path, table: str, old: str, new: str, rule: str) -> None:
    path = copied_seeds / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    before = check_seeds()
    load_seed.cache_clear()
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = check_seeds().join(before, on=before.columns, how="anti", nulls_equal=True)
    assert rule in found["rule"].to_list()


def test_a_repeated_key_stops_the_load_and_is_named(copied_seeds: Path) -> None:
    path = copied_seeds / "acled" / "inter.csv"
    path.write_text("code,label\n1,State forces\n1,Rebel group\n", encoding="utf-8")
    with pytest.raises(SeedError, match=r"acled/inter.csv.*'1'"):
        load_seed("acled/inter", "code")


def test_a_missing_table_is_named() -> None:
    with pytest.raises(SeedError, match=r"no/such\.csv"):
        load_seed("no/such")

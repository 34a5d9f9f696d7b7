"""The synthetic corpus of the benchmarks: reproducible, and its gold says what its text says."""

import polars as pl
import pytest
from corpus import GOLD_SCHEMA, REPORTS_SCHEMA, SHARE_WITHOUT_EVENT, load_words, make_corpus, write_corpus

from eventdata.seeds import load_seed

REPORTS, GOLD = make_corpus(3000, seed=11)


def test_the_same_numbers_give_the_same_corpus():
    reports, gold = make_corpus(200, seed=5)
    again, gold_again = make_corpus(200, seed=5)
    assert reports.equals(again)
    assert gold.equals(gold_again)


def test_another_seed_gives_another_corpus():
    assert not make_corpus(50, seed=1)[0].equals(make_corpus(50, seed=2)[0])


def test_a_longer_corpus_begins_with_the_shorter_one():
    assert make_corpus(100, seed=3)[0].head(40).equals(make_corpus(40, seed=3)[0])


def test_an_empty_corpus_keeps_its_columns():
    reports, gold = make_corpus(0)
    assert (reports.schema, gold.schema) == (REPORTS_SCHEMA, GOLD_SCHEMA)


def test_every_acled_type_and_every_cameo_root_occurs():
    types = set(load_seed("acled/event_types", "sub_event_type")["sub_event_type"])
    assert set(GOLD["sub_event_type"].drop_nulls()) == types
    assert GOLD["cameo_root"].n_unique() - GOLD["cameo_root"].has_nulls() == 20


def test_every_code_is_a_cameo_code():
    codes = load_seed("cameo/event_codes", "code")["code"]
    assert GOLD["cameo_code"].drop_nulls().is_in(codes.implode()).all()


def test_every_country_is_known_to_cameo_and_iso():
    countries = load_seed("cameo/countries", "code")
    assert GOLD["source_code"].drop_nulls().str.head(3).is_in([*countries["code"], "IGO"]).all()
    assert GOLD["iso3"].drop_nulls().is_in(countries["iso3"].drop_nulls().to_list()).all()


def test_at_least_ninety_templates_and_each_in_use():
    assert len(load_words().templates) + len(load_words().without_event) >= 90
    assert GOLD["template_id"].n_unique() == len(load_words().templates)


def test_about_one_report_in_eight_has_no_event():
    share = 1 - GOLD["report_id"].n_unique() / REPORTS.height
    assert share == pytest.approx(SHARE_WITHOUT_EVENT, abs=0.02)


def test_reports_are_as_long_as_an_agency_item():
    assert REPORTS["text"].str.len_bytes().mean() == pytest.approx(680, abs=40)


def test_no_slot_or_choice_is_left_open():
    assert not REPORTS["text"].str.contains(r"[{}\[\]|]").any()


@pytest.mark.parametrize("column", ["location", "fatalities"])
def test_the_gold_value_stands_in_the_text(column: str):
    value = pl.col(column).cast(pl.String)
    # Numbers up to ten are written as words.
    found = GOLD.filter(value.str.len_chars() > 1, value != "10").join(REPORTS, on="report_id")
    assert found.height > 200
    assert found.select(pl.col("text").str.contains(value, literal=True).all()).item()


def test_an_event_is_no_later_than_its_report():
    dated = GOLD.join(REPORTS, on="report_id")
    assert dated.select((pl.col("event_date_end") <= pl.col("published")).all()).item()
    assert dated.select((pl.col("event_date") <= pl.col("event_date_end")).all()).item()


def test_the_files_are_what_was_made(tmp_path):
    write_corpus(30, 4, tmp_path)
    assert pl.read_parquet(tmp_path / "reports.parquet").equals(make_corpus(30, 4)[0])
    assert pl.read_parquet(tmp_path / "gold.parquet").equals(make_corpus(30, 4)[1])

"""The contrast sentences: fresh, distinct, and wide enough to fit on."""

import polars as pl
import pytest
from contrast import SENTENCES, make_sentences

from eventdata.seeds import load_seed

FRAMES = load_seed("contrast/frames", "frame_id")
SENTENCE_TABLE = load_seed("contrast/sentences", "text")
TYPES = [*load_seed("acled/event_types", "sub_event_type")["sub_event_type"], "none"]


def test_the_table_is_what_the_frames_give():
    stored = pl.read_csv(SENTENCES, infer_schema=False)
    assert stored.equals(make_sentences()), "run `python benchmarks/contrast.py`"


def test_there_are_at_least_2500_sentences_from_500_frames():
    assert SENTENCE_TABLE.height >= 2500
    assert FRAMES["frame"].n_unique() >= 500


@pytest.mark.parametrize("sub_event_type", TYPES)
def test_every_type_has_enough_frames(sub_event_type: str):
    assert FRAMES.filter(pl.col("sub_event_type") == sub_event_type).height >= 15


def test_every_type_is_one_of_acled_or_none():
    assert set(FRAMES["sub_event_type"]) == set(TYPES)


def test_every_code_is_a_cameo_code():
    codes = load_seed("cameo/event_codes", "code")["code"]
    assert FRAMES["cameo_code"].drop_nulls().is_in(codes.implode()).all()


def test_no_slot_or_choice_is_left_open():
    assert not SENTENCE_TABLE["text"].str.contains(r"[{}|]|\[|\]|  | [.,;]").any()


def test_every_frame_gives_sentences():
    assert set(SENTENCE_TABLE["frame_id"]) == set(FRAMES["frame_id"])


CAMEO = load_seed("contrast/cameo", "text")


def test_every_cameo_code_of_three_or_four_digits_has_two_sentences():
    codes = load_seed("cameo/event_codes", "code").filter(pl.col("level") != "root")["code"]
    counts = dict(CAMEO.group_by("cameo_code").len().iter_rows())
    assert [code for code in codes if counts.get(code, 0) < 2] == []


def test_every_side_of_a_cameo_sentence_is_a_known_actor():
    known = [
        *load_seed("cameo/countries", "code")["code"],
        *load_seed("cameo/known_groups", "code")["code"],
        *load_seed("cameo/roles", "code")["code"],
    ]
    for column in ("source_code", "target_code"):
        assert CAMEO[column].drop_nulls().str.head(3).is_in(known).all()

import numpy as np
import polars as pl
import pytest

from eventdata.coding.passages import Scores, sway_close
from eventdata.coding.vectors import find_words, load_vectors, second_opinion, split_words
from eventdata.seeds import load_seed

LABELS = load_seed("coding/evidence_classes", "sub_event_type")["sub_event_type"].to_list()
PIECES = pl.DataFrame({"piece": ["war", "warlord", "##s", "##lo", "x", "##y", "##ing"]}).with_columns(
    number=pl.int_range(7, dtype=pl.UInt32)
)


@pytest.mark.parametrize(
    ("word", "pieces"),
    [
        ("war", ["war"]),
        ("warlords", ["warlord", "##s"]),
        ("warlos", ["war", "##lo", "##s"]),
        ("wärs", ["war", "##s"]),
        ("xy", ["x", "##y"]),
        ("xq", ["x"]),
        ("война", []),
        ("", []),
    ],
)
def test_a_word_is_split_into_the_longest_pieces_from_its_start(word: str, pieces: list[str]) -> None:
    split = split_words(pl.Series([word], dtype=pl.String), PIECES)
    assert sorted(PIECES["piece"].gather(split["number"])) == sorted(pieces)


def test_pieces_stand_beside_the_word_that_they_make() -> None:
    split = split_words(pl.Series(["xy", "war", "warlords"]), PIECES)
    assert split["word"].to_list() == [0, 0, 1, 2, 2]


def test_words_keep_their_text_and_order() -> None:
    tokens, words = find_words(pl.Series(["Rebels shelled; rebels fled.", None, "...", "Shelled"]))
    assert words.to_list() == ["rebels", "shelled", "fled"]
    assert tokens.rows() == [(0, 0), (0, 1), (0, 0), (0, 2), (3, 1)]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Students marched through the square holding banners against the new fees.", "Peaceful protest"),
        ("Fighter jets bombed a depot near the village.", "Air/drone strike"),
        ("A suicide bomber blew himself up at the gate.", "Suicide bomb"),
        ("The two sides signed a ceasefire agreement.", "Agreement"),
        ("Unknown men kidnapped a priest on the road.", "Abduction/forced disappearance"),
    ],
)
def test_plain_words_speak_for_their_type(text: str, label: str) -> None:
    assert LABELS[int(second_opinion(pl.Series([text])).argmax())] == label


def test_all_classes_against_an_event_share_one_number() -> None:
    opinion = second_opinion(pl.Series(["The striker scored twice in the second half of the match."]))
    against = opinion[:, [label.startswith("none") for label in LABELS]]
    assert (against == against[:, :1]).all()


def test_a_text_without_a_known_word_has_no_opinion() -> None:
    opinion = second_opinion(pl.Series([None, "", "—", "Война", "Troops attacked."], dtype=pl.String))
    assert (opinion[:4] == 0).all()
    assert (opinion[4] != 0).any()


def test_no_texts_give_no_rows() -> None:
    opinion = second_opinion(pl.Series([], dtype=pl.String))
    assert opinion.shape == (0, len(LABELS))
    assert opinion.dtype == np.float32


def test_an_opinion_does_not_depend_on_the_other_texts() -> None:
    texts = pl.Series(
        ["Police fired on marchers.", "Shells hit the ungoogleable market.", "Police fired on marchers."]
    )
    together = second_opinion(texts)
    alone = np.vstack([second_opinion(texts[i : i + 1]) for i in range(3)])
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_capitals_and_accents_do_not_matter() -> None:
    opinion = second_opinion(pl.Series(["Les manifestants à Bébé", "LES MANIFESTANTS A BEBE"]))
    np.testing.assert_allclose(opinion[0], opinion[1], atol=1e-4)


def test_every_label_of_the_evidence_has_a_class() -> None:
    vectors = load_vectors()
    assert len(vectors.column_of) == len(LABELS)
    assert vectors.matrix.shape == (vectors.pieces.height, len(vectors.intercept) + 1)
    assert (vectors.matrix[:, -1] > 0).all()


AIR, SHELLING = LABELS.index("Air/drone strike"), LABELS.index("Shelling/artillery/missile attack")
TEXT = "Aid came. Fighter jets bombed a depot. The prices rose."
REPORTS = pl.DataFrame({"row": [0], "clean": [TEXT]}, schema={"row": pl.UInt32, "clean": pl.String})
STARTS = [TEXT.index(word) for word in ("Aid", "Fighter", "The prices")]


def swayed(air: float, shelling: float, *, short: bool) -> np.ndarray:
    """Scores of three sentences that all have the same evidence, after the second opinion."""
    scores = np.full((3, len(LABELS)), -0.6)
    scores[:, AIR], scores[:, SHELLING] = air, shelling
    sentences = pl.DataFrame({"row": [0] * 3, "sent_start": STARTS}).cast(pl.UInt32)
    sentences = sentences.with_columns(short=pl.lit(short))
    after = sway_close(Scores(scores[:1], np.zeros(3, dtype=np.int64)), sentences, REPORTS, LABELS)
    return after[np.arange(3)] - scores


def test_a_close_reading_is_swayed_by_the_words_of_its_sentence() -> None:
    change = swayed(5.0, 5.5, short=False)
    np.testing.assert_allclose(
        change[1], second_opinion(pl.Series(["Fighter jets bombed a depot."]))[0], atol=1e-4
    )
    assert change[1, AIR] > change[1, SHELLING]
    assert not np.allclose(change[0], change[1])


def test_a_short_report_is_one_passage() -> None:
    change = swayed(5.0, 5.5, short=True)
    np.testing.assert_allclose(change, np.tile(second_opinion(pl.Series([TEXT])), (3, 1)), atol=1e-4)


@pytest.mark.parametrize(
    ("air", "shelling", "short"),
    [
        pytest.param(15.0, 2.0, True, id="wide-lead"),
        pytest.param(-0.6, -0.6, True, id="no-evidence"),
        pytest.param(4.0, 3.0, False, id="below-what-a-long-report-asks"),
    ],
)
def test_a_reading_that_is_clear_or_baseless_stays(air: float, shelling: float, short: bool) -> None:
    assert (swayed(air, shelling, short=short) == 0).all()

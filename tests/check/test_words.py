"""Looking after word lists."""

from pathlib import Path

import polars as pl
import pytest

from eventdata.check.words import lint_words, unmatched_words
from eventdata.coding.scan import compile_patterns
from eventdata.errors import MissingColumnError, UnreadableFileError


def _list(folder: Path, *rows: str) -> Path:
    path = folder / "words.csv"
    path.write_text("\n".join(["kind,words", *rows]) + "\n", encoding="utf-8")
    return path


FINDINGS = [
    pytest.param(["a,fire|shell"], [], id="good"),
    pytest.param(["a,fire", "b,fire"], [], id="one-word-with-two-meanings"),
    pytest.param(["a,fire|fire"], [(1, "repeats", "fire")], id="repeated"),
    pytest.param(["a,open fire", "a, open  fire"], [(2, "stray-blanks", " open  fire")], id="blanks"),
    pytest.param(["a,"], [(1, "empty", None)], id="empty"),
    pytest.param(["a,x"], [(1, "one-letter", "x")], id="one-letter"),
    pytest.param(["a,fire|12"], [(1, "only-digits", "12")], id="number"),
]


@pytest.mark.parametrize(("rows", "findings"), FINDINGS)
def test_a_word_list_is_checked(
    tmp_path: Path, rows: list[str], findings: list[tuple[int, str, str | None]]
) -> None:
    assert lint_words(_list(tmp_path, *rows)).select("row", "rule", "value").rows() == findings


def test_a_table_without_words_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text("n\n1\n")
    with pytest.raises(MissingColumnError, match="phrase, word, words"):
        lint_words(path)


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"nothing\.csv"):
        lint_words(tmp_path / "nothing.csv")


def test_words_that_no_phrase_covers_are_counted_once_per_text() -> None:
    texts = pl.Series(["The Syrian army zapped Rastan, zapped it.", None, "Zapped again: the army."])
    found = unmatched_words(texts, compile_patterns(["Syrian army", "army"]))
    assert found.select("word", "texts").rows() == [("zapped", 2), ("Rastan", 1)]
    assert "army zapped Rastan" in found["example"][0]


def test_texts_that_are_all_known_leave_no_words() -> None:
    assert unmatched_words(pl.Series(["The army"]), compile_patterns(["army"])).rows() == []

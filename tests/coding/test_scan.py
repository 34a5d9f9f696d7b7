"""The scan against a slow twin in plain Python, which reads as the rules are told."""

import re
import unicodedata
from collections.abc import Sequence

import corpus
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventdata.coding.clean import clean
from eventdata.coding.lexicon import default_lexicon
from eventdata.coding.neighbours import group_by_start, last_before, next_after
from eventdata.coding.scan import ABBREVIATIONS, Patterns, Table, compile_patterns, find_phrases, scan

PARAGRAPH = "\x02"
BLANKED = "“”‘’«»‹›„‚—–―…\"'`´()[]{}<>\n\r\t\x0b\x0c\x01\x02\x03\u00a0\u2009\u200a\u202f\u200b\u200e\u200f\ufeff/*_|"
PHRASES = [
    "army", "Syrian", "Syrian army", "Syrian army base", "U.N.", "U.N. envoy", "Mr. Smith", "in", "in the city", "the city",
    ",", ";", "-backed", "Ta'izz", "São", "日本", "№ 5", "12", "12 people", "and", "a", "é", "don't", "army",
]  # fmt: skip


def blanked(text: str) -> str:
    """Quotes, brackets and breaks as blanks, one for each byte; the end of a paragraph keeps a sign of its own."""

    def blanks(found: re.Match[str]) -> str:
        size = len(found.group().encode())
        breaks = found.group() in ("\r\n\r\n", "\n\n", "\u2029")
        return PARAGRAPH + " " * (size - 1) if breaks else " " * size

    return re.sub("\r\n\r\n|\n\n|\u2029|[" + re.escape(BLANKED) + "]", blanks, text)


def patterns_of(phrases: Sequence[str]) -> dict[str, tuple[str, int]]:
    """What is looked for -> its kind and the number of the phrase; the first of two equal ones counts."""
    known: dict[str, tuple[str, int]] = {}
    for ref, phrase in enumerate(phrases):
        word = blanked(phrase).strip(" " + PARAGRAPH)
        if word:
            known.setdefault(word if word[0] in "-,;:" else " " + word, ("phrase", ref))
    for word in ABBREVIATIONS:
        known.setdefault(" " + word, ("abbreviation", 0))
    return known | dict.fromkeys((".", "!", "?", PARAGRAPH), ("stop", 0))


def twin(texts: Sequence[str | None], phrases: Sequence[str]) -> list[tuple[int, ...]]:
    """`scan` in plain Python: at each place the longest pattern, then on from its end."""
    known = patterns_of(phrases)
    longest = max(len(pattern) for pattern in known)
    firsts = {pattern[0] for pattern in known}
    marks: list[tuple[int, ...]] = []
    sent, para = 0, 0
    for row, text in enumerate(texts):
        if text is None:
            continue
        body, sent, para, sent_start, at = " " + blanked(text), sent + 1, para + 1, 0, 0
        if body.isascii():
            offset: Sequence[int] = range(-1, len(body) + 1)
        else:
            offset = np.concatenate([[-1], np.cumsum([len(c.encode()) for c in body]) - 1]).tolist()
        while at < len(body):
            size = longest_at(body, at, known, longest) if body[at] in firsts else 0
            if not size:
                at += 1
                continue
            pattern, begin, at = body[at : at + size], at, at + size
            kind, ref = known[pattern]
            if kind == "stop" and (
                at == len(body) or body[at] == " " or longest_at(body, at, known, longest)
            ):
                sent, para, sent_start = sent + 1, para + (pattern == PARAGRAPH), offset[at]
            elif kind == "phrase":
                marks.append(
                    (row, sent, sent_start, para, offset[begin + (pattern[0] == " ")], offset[at], ref)
                )
    return marks


def longest_at(body: str, at: int, known: dict[str, tuple[str, int]], longest: int) -> int:
    """Size of the longest pattern here behind which no letter or digit goes on; 0 none."""
    for size in range(min(longest, len(body) - at), 0, -1):
        if body[at : at + size] in known and (at + size == len(body) or not is_word(body[at + size])):
            return size
    return 0


def is_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN"


def scanned(texts: Sequence[str | None], phrases: Sequence[str]) -> list[tuple[int, ...]]:
    return find_phrases(pl.Series(texts, dtype=pl.String), phrases).rows()


# Rust's and Python's Unicode tables differ in what is assigned; only characters that both know are compared.
any_text = st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=40)
SIGNS = [" ", " ", " ", ". ", ".", "! ", "?", "\n", "\n\n", "\r\n\r\n", "’", "x", "9", "ñ", "\u0301", "。"]
near_text = st.lists(st.sampled_from([*PHRASES, *ABBREVIATIONS[:12], *SIGNS])).map("".join)


@given(st.lists(st.one_of(st.none(), any_text, near_text), max_size=6))
@settings(max_examples=150, deadline=None)
def test_scan_finds_in_any_text_what_its_plain_twin_finds(texts: list[str | None]) -> None:
    assert scanned(texts, PHRASES) == twin(texts, PHRASES)


@given(
    st.lists(near_text, max_size=3),
    st.lists(near_text.filter(lambda text: text.strip() != ""), min_size=1, max_size=8),
)
@settings(max_examples=80, deadline=None)
def test_scan_finds_any_phrases_that_its_plain_twin_finds(texts: list[str], phrases: list[str]) -> None:
    assert scanned(texts, phrases) == twin(texts, phrases)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", ".", "\n\n", "army", " army", "army.", "army army", "Syrian army", "armyx army", "army-backed", "xarmy",
        ",army,", "the city in", "\ufeffarmy", "army\u0301", "army。", "ammo9 12 people", "Mr. Smith left. The army.",
        "Syrian army bases", "U.N.army", "army-backers", "U.N. army.", "日本 army 日本",
        "“army”", "army…army", "in.in", "a.,a", "É a", "\x01army\x01000001 army\x02",
    ],
)  # fmt: skip
def test_scan_finds_marks_at_both_ends_and_next_to_signs(text: str) -> None:
    assert scanned([text], PHRASES) == twin([text], PHRASES)


@pytest.mark.parametrize(
    "texts", [[], [None], [None, None], ["", None], [None, "army", None, "", "army", None]]
)
def test_a_report_without_text_has_no_marks(texts: list[str | None]) -> None:
    assert scanned(texts, PHRASES) == twin(texts, PHRASES)


def test_a_megabyte_in_one_line_is_scanned_like_any_other_text() -> None:
    text = "The Syrian army base in the city é, U.N. envoy " * 22_000
    assert len(text) > 1_000_000
    assert scanned([text, "army"], PHRASES) == twin([text, "army"], PHRASES)


def test_reports_are_scanned_with_the_whole_lexicon_as_by_the_twin() -> None:
    reports, _ = corpus.make_corpus(1000, 11)
    patterns = default_lexicon().patterns
    rows = reports.select(clean=clean(pl.col("text"))).with_row_index("row")
    phrases = phrases_of(patterns)
    assert scan(rows, patterns).rows() == twin(reports["text"].to_list(), phrases)


def phrases_of(patterns: Patterns) -> list[str]:
    """The phrases of compiled patterns in the order of their numbers."""
    refs = patterns.table["ref"]
    phrases = [""] * (max(refs.drop_nulls(), default=0) + 1)
    for ref, pattern in zip(refs, patterns.patterns, strict=True):
        if ref is not None:
            phrases[ref] = pattern
    return phrases


def test_of_two_equal_phrases_the_first_counts() -> None:
    compiled = compile_patterns(["army", "army"])
    assert compiled.table["ref"].drop_nulls().to_list() == [0]


def test_a_long_phrase_that_a_word_goes_on_from_leaves_the_shorter_one() -> None:
    assert scanned(["The Syrian army bases."], ["Syrian army base", "Syrian army"]) == [
        (0, 1, 0, 1, 4, 15, 1)
    ]


@given(st.lists(st.integers(0, 2**64 - 1), unique=True), st.lists(st.integers(0, 2**64 - 1)))
def test_a_table_finds_its_keys_and_no_others(keys: list[int], others: list[int]) -> None:
    table = Table(np.array(keys, dtype=np.uint64))
    asked = [*keys, *others]
    found = table.find(np.array(asked, dtype=np.uint64)).tolist()
    assert found == [keys.index(key) if key in keys else -1 for key in asked]


groups_of_flags = st.lists(
    st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=6), max_size=6
)


@given(groups_of_flags)
@settings(deadline=None)
def test_neighbours_of_marks_are_those_of_a_plain_search_in_their_group(
    groups: list[list[tuple[bool, bool]]],
) -> None:
    number = [i for i, group in enumerate(groups) for _ in group]
    flag = [marked for group in groups for marked, _ in group]
    asked = [i for i, wanted in enumerate(wanted for group in groups for _, wanted in group) if wanted]
    positions = range(len(flag))
    before = [
        max((j for j in positions if j < i and number[j] == number[i] and flag[j]), default=-1)
        for i in positions
    ]
    after = [
        min((j for j in positions if j > i and number[j] == number[i] and flag[j]), default=-1)
        for i in positions
    ]
    opens = np.array([i == 0 or number[i] != number[i - 1] for i in positions], dtype=np.bool_)
    made, flags, at = group_by_start(opens), np.array(flag, dtype=np.bool_), np.array(asked, dtype=np.int64)
    assert last_before(flags, made).tolist() == before
    assert next_after(flags, made).tolist() == after
    assert last_before(flags, made, at).tolist() == [before[i] for i in asked]
    assert next_after(flags, made, at).tolist() == [after[i] for i in asked]

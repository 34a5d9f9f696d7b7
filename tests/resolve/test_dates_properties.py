"""What holds for every text."""

from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from eventdata.resolve.dates import EXPRESSIONS, resolve_dates

WORDS = st.sampled_from(
    [
        *(
            "on",
            "in",
            "since",
            "the",
            "last",
            "next",
            "this",
            "a",
            "several",
            "between",
            "and",
            "from",
            "to",
            "until",
            "of",
        ),
        *(
            "May",
            "March",
            "February",
            "Ramadan",
            "Tuesday",
            "Monday's",
            "overnight",
            "yesterday",
            "ago",
            "later",
            "late",
        ),
        *(
            "3",
            "30",
            "31",
            "29",
            "2011",
            "0025",
            "1999-2001",
            "mid-1980s",
            "12:30",
            "GMT",
            "03/04/2024",
            "19th",
            "century",
        ),
        *(
            "weeks",
            "days",
            "months",
            "year",
            "quarter",
            "third",
            "early",
            "two",
            ".",
            ",",
            "-",
            "–",
            "(",
            ")",
            "“",
            "\n\n",
        ),
        *("é", "ü", "东", "😀", "martes", "ayer", "hace", "вторник", "мая"),
    ]
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=14).map(" ".join))
DAYS = st.one_of(st.none(), st.dates(date(1000, 1, 1), date(2199, 12, 31)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXTS, DAYS), max_size=4), st.sampled_from(["news", "narrative"]))
def test_any_text_gives_valid_spans_and_ordered_days(
    reports: list[tuple[str, date | None]], mode: str
) -> None:
    texts = [text for text, _ in reports]
    rows = resolve_dates(pl.Series(texts, dtype=pl.String), [day for _, day in reports], mode=mode)  # type: ignore[arg-type]
    for row in rows.iter_rows(named=True):
        assert 0 <= row["start"] < row["end"] <= len(texts[row["row"]].encode())
        if row["date_start"] is not None and row["date_end"] is not None:
            assert row["date_start"] <= row["date_end"]
        if row["date_start"] is None:
            assert row["issue"] is not None
            assert row["anchor"] == "none"
    assert rows["row"].is_sorted()


@settings(max_examples=40, deadline=None)
@given(TEXTS, DAYS)
def test_the_words_returned_stand_at_their_offsets(text: str, day: date | None) -> None:
    as_bytes, as_chars = resolve_dates(text, day), resolve_dates(text, day, offsets="chars")
    assert as_bytes.height == as_chars.height
    for one, other in zip(as_bytes.iter_rows(named=True), as_chars.iter_rows(named=True), strict=True):
        cut = text.encode()[one["start"] : one["end"]].decode()
        assert cut == text[other["start"] : other["end"]]
        assert cut.split() == one["text"].split() or not cut.isascii() or any(mark in cut for mark in '"()[]')


@settings(max_examples=25, deadline=None)
@given(st.lists(TEXTS, min_size=2, max_size=4), DAYS)
def test_reports_do_not_touch_each_other(texts: list[str], day: date | None) -> None:
    together = resolve_dates(texts, day, date_order="dmy")
    alone = [
        resolve_dates(text, day, date_order="dmy").with_columns(row=pl.lit(i, pl.UInt32))
        for i, text in enumerate(texts)
    ]
    assert together.equals(pl.concat(alone))


def test_an_empty_input_keeps_its_columns() -> None:
    empty = resolve_dates([], [])
    assert empty.is_empty()
    assert empty.columns == [name for name in EXPRESSIONS if name not in ("sent", "para")]

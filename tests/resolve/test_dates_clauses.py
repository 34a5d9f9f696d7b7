"""Which date a clause gets: its own, its sentence's, its paragraph's, else the day of publication."""

from datetime import date

import polars as pl
import pytest

from eventdata.coding.scan import find_phrases
from eventdata.resolve.dates import date_expressions, event_dates, lexicon_phrases

PUBLISHED = date(2024, 5, 15)  # a Wednesday


def marks_of(texts: pl.Series) -> pl.DataFrame:
    """Date words as the coder's scan would mark them, with capitalised variants of common words."""
    phrases = lexicon_phrases()
    common = phrases.filter(~pl.col("proper"))["phrase"]
    return find_phrases(texts, [*phrases["phrase"], *(word.capitalize() for word in common)])


def dated(
    text: str, verb: str, published: date | None = PUBLISHED, status: str | None = None
) -> dict[str, object]:
    """The date of the clause whose verb is `verb`."""
    reports = pl.DataFrame(
        {"row": [0], "text": [text], "published": [published]},
        schema={"row": pl.UInt32, "text": pl.String, "published": pl.Date},
    )
    clauses = find_phrases(reports["text"], [verb]).select("row", "sent", "para", "start", "end")
    if status is not None:
        clauses = clauses.with_columns(status=pl.lit(status))
    expressions = date_expressions(marks_of(reports["text"]), reports)
    rows = event_dates(clauses, expressions, reports)
    assert rows.height == clauses.height == 1
    return rows.row(0, named=True)


CASES = [
    ("Gunmen attacked a village on Tuesday and fled on Wednesday.", "attacked", "2024-05-14"),
    (
        "Gunmen attacked a village on Monday, and on Tuesday soldiers arrested two men.",
        "arrested",
        "2024-05-14",
    ),
    ("Gunmen attacked a village on Tuesday. They wounded six people.", "wounded", "2024-05-14"),
    ("Gunmen attacked a village on Tuesday.\n\nPolice arrested two men elsewhere.", "arrested", "2024-05-15"),
    ("Gunmen attacked a village, police said on Tuesday.", "attacked", "2024-05-14"),
    ("Gunmen attacked a village near the border.", "attacked", "2024-05-15"),
    (
        "A bomb killed three on Tuesday, after rebels attacked in late April. The blast wounded ten.",
        "wounded",
        "2024-05-14",
    ),
    ("Rebels attacked the base, which was built in 2011.", "attacked", "2024-05-15"),
]


@pytest.mark.parametrize(("text", "verb", "day"), CASES[:7])
def test_a_clause_takes_the_nearest_date_that_can_be_its_own(text: str, verb: str, day: str) -> None:
    assert str(dated(text, verb)["event_date"]) == day


def test_without_a_date_the_day_of_publication_is_assumed() -> None:
    row = dated("Gunmen attacked a village.", "attacked")
    assert (row["event_date"], row["date_anchor"], row["time_precision"], row["date_text"]) == (
        PUBLISHED,
        "assumed",
        2,
        None,
    )


def test_without_a_date_and_publication_nothing_is_assumed() -> None:
    row = dated("Gunmen attacked a village.", "attacked", None)
    assert (row["event_date"], row["event_date_end"], row["date_anchor"], row["date_issue"]) == (
        None,
        None,
        "none",
        "no-published",
    )


def test_what_has_occurred_is_never_dated_after_publication() -> None:
    assert dated("Gunmen attacked a village on Thursday.", "attacked")["event_date"] == date(2024, 5, 9)
    row = dated("The army attacked rebels who will meet on June 2.", "attacked")
    assert (row["event_date"], row["date_anchor"]) == (PUBLISHED, "assumed")


def test_what_is_planned_may_lie_ahead() -> None:
    row = dated("The army will attack rebels on June 2.", "attack", status="planned")
    assert row["event_date"] == date(2024, 6, 2)


def test_this_month_ends_with_publication_for_what_has_occurred() -> None:
    row = dated("Gunmen attacked a village this month.", "attacked")
    assert (row["event_date"], row["event_date_end"]) == (date(2024, 5, 1), PUBLISHED)


@pytest.mark.parametrize(
    ("text", "precision", "time_precision"),
    [
        ("Gunmen attacked a village on Tuesday.", "day", 1),
        ("Gunmen attacked a village last week.", "week", 2),
        ("Gunmen attacked a village overnight.", "range", 2),
        ("Gunmen attacked a village in late April.", "range", 3),
        ("Gunmen attacked a village last month.", "month", 3),
        ("Gunmen attacked a village last year.", "year", None),
    ],
)
def test_time_precision_is_acleds(text: str, precision: str, time_precision: int | None) -> None:
    row = dated(text, "attacked")
    assert (row["date_precision"], row["time_precision"]) == (precision, time_precision)


@pytest.mark.parametrize(
    ("text", "verb", "start"),
    [
        ("Rebels have attacked villages since 2011.", "attacked", "2011-01-01"),
        ("The militia has killed more than 10,000 people since 2011.", "killed", "2011-01-01"),
        ("Police have arrested 200 people since Friday.", "arrested", "2024-05-10"),
    ],
)
def test_what_goes_on_since_a_day_has_no_last_day(text: str, verb: str, start: str) -> None:
    row = dated(text, verb)
    assert (str(row["event_date"]), row["event_date_end"], row["date_issue"]) == (
        start,
        None,
        "open-interval",
    )


@pytest.mark.parametrize("phrase", ["recent years", "the past decades", "recent months"])
def test_a_time_of_unknown_length_leaves_the_date_open(phrase: str) -> None:
    row = dated(f"The group has killed hundreds of villagers in {phrase}.", "killed")
    assert (row["event_date"], row["date_anchor"], row["date_issue"]) == (None, "none", "vague")


def test_an_act_since_which_something_goes_on_is_not_its_date() -> None:
    row = dated("Rebels have attacked the army since the raid of May 3.", "attacked")
    assert (row["event_date"], row["date_anchor"]) == (PUBLISHED, "assumed")


def test_a_vague_word_of_its_own_leaves_the_date_open() -> None:
    row = dated("Gunmen recently attacked a village.", "attacked")
    assert (row["event_date"], row["date_anchor"], row["date_issue"], row["date_text"]) == (
        None,
        "none",
        "vague",
        "recently",
    )


def test_the_dateline_dates_no_event() -> None:
    row = dated("KABUL, May 14 (Reuters) - Gunmen attacked a village.", "attacked")
    assert row["date_anchor"] == "assumed"


def test_the_span_of_the_words_is_returned() -> None:
    text = "Gunmen attacked a village on Tuesday."
    row = dated(text, "attacked")
    assert text[row["date_start"] : row["date_end"]] == row["date_text"] == "Tuesday"  # type: ignore[misc]


def test_an_empty_batch_gives_empty_frames() -> None:
    reports = pl.DataFrame(schema={"row": pl.UInt32, "text": pl.String, "published": pl.Date})
    marks = marks_of(reports["text"])
    expressions = date_expressions(marks, reports)
    clauses = marks.select("row", "sent", "para", "start", "end")
    assert expressions.is_empty()
    assert event_dates(clauses, expressions, reports).is_empty()


def test_the_lexicon_is_small_and_has_no_doubles() -> None:
    phrases = lexicon_phrases()
    assert phrases.schema == {"phrase": pl.String, "key": pl.UInt32, "proper": pl.Boolean}
    assert phrases.height < 1100
    assert phrases["phrase"].is_unique().all()
    assert {"2011", "Tuesday".lower(), "yesterday", "May"} <= set(phrases["phrase"])


def test_the_coder_learns_the_order_of_day_and_month_for_each_source() -> None:
    texts = [
        "Gunmen attacked on 03/04/2024.",
        "Gunmen attacked on 25/04/2024.",
        "Gunmen attacked on 03/04/2024.",
    ]
    reports = pl.DataFrame(
        {"row": [0, 1, 2], "text": texts, "published": [PUBLISHED] * 3, "source": ["Times", "Times", None]},
        schema_overrides={"row": pl.UInt32},
    )
    rows = date_expressions(marks_of(reports["text"]), reports)
    assert rows["issue"].to_list() == [None, None, "ambiguous-order"]
    assert rows["date_start"][0] == date(2024, 4, 3)

"""Histories: dates count from the one named before, and the ends of a range are dates of their own."""

from datetime import date

import pytest

from eventdata.resolve.dates import resolve_dates

CASES = [
    (
        "In 1917 the front broke. In November the town fell. In January the army came back.",
        ["1917-01-01..1917-12-31", "1917-11-01..1917-11-30", "1918-01-01..1918-01-31"],
    ),
    ("On May 3, 1917 they left. On June 5 they came back.", ["1917-05-03", "1917-06-05"]),
    ("On December 26, 1917 they left. On January 4 they came back.", ["1917-12-26", "1918-01-04"]),
    ("They left on May 3, 1917. Six days later they came back.", ["1917-05-03", "1917-05-09"]),
    (
        "They left on May 3, 1917. The next day it rained. The following week they came back.",
        ["1917-05-03", "1917-05-04", "1917-05-07..1917-05-13"],
    ),
    ("They left in 1917. The following year they came back.", ["1917-01-01..1917-12-31", "1918-01-01..1918-12-31"]),
    ("They left in May 1917. That summer they came back.", ["1917-05-01..1917-05-31", "1917-06-01..1917-08-31"]),
    ("They left on May 3, 1917. On Saturday they came back.", ["1917-05-03", "1917-05-05"]),
    ("They left on 3 May 1917 and on the 5th, they came back.", ["1917-05-03", "1917-05-05"]),
    ("The war of 1917-1919 was long.", ["1917-01-01..1917-12-31", "1919-01-01..1919-12-31"]),
    ("Between April 1917 and June 1918 they fought.", ["1917-04-01..1917-04-30", "1918-06-01..1918-06-30"]),
    ("From April 6-8, 1917 they fought.", ["1917-04-06", "1917-04-08"]),
    (
        "In 1917 it was the largest army since 1813. In May it left. In 1918 it came back.",
        ["1917-01-01..1917-12-31", "1813-01-01..1813-12-31", "1917-05-01..1917-05-31", "1918-01-01..1918-12-31"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_a_narrative_counts_from_the_date_named_before(text: str, expected: list[str]) -> None:
    rows = resolve_dates(text, date(2009, 12, 19), mode="narrative")
    days = [str(a) if a == b else f"{a}..{b}" for a, b in rows.select("date_start", "date_end").iter_rows()]
    assert days == expected


def test_the_ends_of_a_range_say_so() -> None:
    rows = resolve_dates(
        "Between April 1917 and June 1918 they fought.", date(2009, 12, 19), mode="narrative"
    )
    assert rows["direction"].to_list() == ["from", "to"]


def test_old_years_are_no_disagreement_with_the_day_a_history_was_published() -> None:
    assert resolve_dates("They left in 1917.", date(2009, 12, 19), mode="narrative")["issue"].to_list() == [
        None
    ]

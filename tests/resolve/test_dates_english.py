"""English date expressions as news writes them: the words, the day of publication, and the days that are meant."""

from datetime import date, datetime

import polars as pl
import pytest

from eventdata.errors import BadCallError
from eventdata.resolve.dates import resolve_dates

WEDNESDAY = "2024-05-15"


def found(text: str, published: str | None = WEDNESDAY, **options: object) -> list[tuple[str, str | None]]:
    """Expressions of a text with their days: "2024-05-14", "2024-05-13..2024-05-15", "2011-01-01.." or None."""
    frame = resolve_dates(text, None if published is None else date.fromisoformat(published), **options)  # type: ignore[arg-type]
    return [(row["text"], days(row)) for row in frame.iter_rows(named=True)]


def days(row: dict[str, object]) -> str | None:
    start, end = row["date_start"], row["date_end"]
    if start is None:
        return None
    if end is None:
        return f"{start}.."
    return str(start) if start == end else f"{start}..{end}"


def the_days(text: str, published: str | None = WEDNESDAY, **options: object) -> str | None:
    rows = found(text, published, **options)
    assert len(rows) == 1, rows
    return rows[0][1]


# Published on Wednesday, May 15, 2024
PAST_WEEKDAYS = {
    "Monday": "2024-05-13",
    "Tuesday": "2024-05-14",
    "Wednesday": "2024-05-15",
    "Friday": "2024-05-10",
    "Saturday": "2024-05-11",
    "Sunday": "2024-05-12",
}
PAST_SENTENCES = [
    "Gunmen killed three farmers on {} near the river.",
    "On {}, gunmen killed three farmers.",
    "Three farmers were killed {} in a raid.",
    "{}'s raid left three farmers dead.",
    "Police said {} that three farmers had been killed.",
    "A raid late on {} left three farmers dead.",
    "A bomb that went off {} night wounded six.",
]


@pytest.mark.parametrize("sentence", PAST_SENTENCES)
@pytest.mark.parametrize(("weekday", "day"), PAST_WEEKDAYS.items())
def test_a_weekday_of_what_happened_lies_in_the_days_before(sentence: str, weekday: str, day: str) -> None:
    assert the_days(sentence.format(weekday)) == day


FUTURE_WEEKDAYS = {
    "Thursday": "2024-05-16",
    "Friday": "2024-05-17",
    "Saturday": "2024-05-18",
    "Sunday": "2024-05-19",
}
FUTURE_SENTENCES = [
    "The two sides will meet on {}.",
    "On {} the two sides will meet.",
    "The talks are to be held {} in the capital.",
    "A vote is scheduled for {}.",
    "The minister is expected to resign on {}.",
    "Unions plan to strike on {}.",
]


@pytest.mark.parametrize("sentence", FUTURE_SENTENCES)
@pytest.mark.parametrize(("weekday", "day"), FUTURE_WEEKDAYS.items())
def test_a_weekday_of_what_is_to_come_lies_ahead(sentence: str, weekday: str, day: str) -> None:
    assert the_days(sentence.format(weekday)) == day


@pytest.mark.parametrize("offset", range(7))
@pytest.mark.parametrize(
    "sentence", ["Troops shot two men on {}.", "Troops will withdraw on {}.", "{}: troops shot two men."]
)
def test_the_weekday_of_publication_is_that_same_day(offset: int, sentence: str) -> None:
    published = date(2024, 5, 13 + offset)
    assert the_days(sentence.format(f"{published:%A}"), published.isoformat()) == published.isoformat()


AHEAD = [
    "Officials said Friday's vote will go ahead.",
    "He said he would visit the camp on Friday.",
    "The court ruled that the vote must be held by Friday.",
    "The minister, who arrived on Monday, leaves on Friday.",
    "Talks resume Friday in Doha.",
    "The deadline is Friday.",
    "A deadline of Friday was set for the withdrawal.",
    "The army gave the rebels until Friday to leave.",
    "The two leaders are to meet Friday.",
    "Voters go to the polls on Friday.",
    "The parliament is due to vote on the bill on Friday, officials said.",
    "The strike, which starts on Friday, was called by teachers.",
    "The president is expected in Cairo on Friday.",
    "He is scheduled to appear in court on Friday.",
    "A rally planned for Friday was banned.",
    "The opposition called for protests on Friday.",
    "The union has called a general strike for Friday.",
    "Ahead of Friday's election, troops patrolled the streets.",
    "On Friday, lawmakers will vote on the plan.",
    "The truce, announced on Monday, takes effect on Friday.",
    "The funeral will take place on Friday, his family said.",
]
BEHIND = [
    "Gunmen killed six on Friday, police said.",
    "The attack on Friday was the deadliest this year.",
    "Friday's attack was the deadliest this year.",
    "Police said the man arrested on Friday would be charged.",
    "The blast came a day after a raid on Friday that killed two.",
    "He was charged over the attack on Friday.",
    "The group claimed Friday's bombing.",
    "Officials will investigate Friday's bombing.",
    "The two men shot dead on Friday were farmers.",
    "He told reporters on Friday that the vote would be delayed.",
    "The UN said on Friday it would send aid.",
    "The court on Friday sentenced him to death.",
    "A bomb exploded late Friday near the base that will be closed.",
    "The clashes, which began on Friday, continued.",
    "Since Friday, ten have died.",
    "The ministry said in a statement Friday that it plans to act.",
    "Police blamed the group for Friday's blast.",
    "The attack, claimed on Friday by the group, will be probed.",
    "Security forces killed two on Friday and said they would press on.",
    "He died on Friday, the day his trial was to open.",
]


@pytest.mark.parametrize(
    ("text", "day"), [(text, "2024-05-17") for text in AHEAD] + [(text, "2024-05-10") for text in BEHIND]
)
def test_the_clause_of_a_weekday_tells_whether_it_lies_ahead(text: str, day: str) -> None:
    assert day in [found_day.split("..")[0] for _, found_day in found(text) if found_day]


MODIFIED_WEEKDAYS = [
    ("Rebels struck last Tuesday.", "2024-05-14"),
    ("Rebels struck last Wednesday.", "2024-05-08"),
    ("Rebels struck last Friday.", "2024-05-10"),
    ("They meet next Friday.", "2024-05-17"),
    ("They meet next Wednesday.", "2024-05-22"),
    ("They meet this Saturday.", "2024-05-18"),
    ("Rebels struck on Tuesday last week.", "2024-05-07"),
    ("Rebels struck on Friday of last week.", "2024-05-10"),
    ("They meet on Monday next week.", "2024-05-20"),
    ("Rebels struck early on Tuesday morning.", "2024-05-14"),
    ("Rebels struck on the night of Monday.", "2024-05-13"),
    ("Rebels struck on Tues. near the dam.", "2024-05-14"),
]


@pytest.mark.parametrize(("text", "day"), MODIFIED_WEEKDAYS)
def test_last_and_next_move_a_weekday(text: str, day: str) -> None:
    assert the_days(text) == day


MONTH_DAYS = [
    # published, text, day
    ("2024-05-15", "The clash of May 3 left two dead.", "2024-05-03"),
    ("2024-05-15", "The clash of 3 May left two dead.", "2024-05-03"),
    ("2024-05-15", "The clash on the 3rd of May left two dead.", "2024-05-03"),
    ("2024-05-15", "On May 15, two men died.", "2024-05-15"),
    ("2024-05-15", "He was shot on December 20.", "2023-12-20"),
    ("2024-05-15", "He was shot on 20 Dec. in the town.", "2023-12-20"),
    ("2024-05-15", "He was shot on Sept. 9 in the town.", "2023-09-09"),
    ("2024-05-15", "He was shot on Aug. 1 in the town.", "2023-08-01"),
    ("2024-05-15", "He was shot on March 1.", "2024-03-01"),
    ("2024-05-15", "He was shot on January 31.", "2024-01-31"),
    ("2024-05-15", "The vote will be held on June 2.", "2024-06-02"),
    ("2024-05-15", "The vote will be held on November 5.", "2024-11-05"),
    ("2024-05-15", "The vote will be held on 5 November.", "2024-11-05"),
    ("2024-10-15", "The vote will be held on February 2.", "2025-02-02"),
    ("2024-01-03", "A bomb exploded on December 31.", "2023-12-31"),
    ("2024-01-03", "A bomb exploded on Dec. 30.", "2023-12-30"),
    ("2024-01-03", "A bomb exploded on January 2.", "2024-01-02"),
    ("2024-01-01", "A bomb exploded on 31 December.", "2023-12-31"),
    ("2023-12-30", "The truce will begin on January 1.", "2024-01-01"),
    ("2023-12-30", "The truce takes effect on Jan. 2.", "2024-01-02"),
    ("2023-12-30", "The raid of November 12 killed two.", "2023-11-12"),
    ("2024-03-05", "A bomb exploded on February 29.", "2024-02-29"),
    ("2024-03-05", "The raid of 29 February killed two.", "2024-02-29"),
    ("2024-05-15", "He was shot on Tuesday, May 14.", "2024-05-14"),
    ("2024-05-15", "He was shot on Tuesday (May 14) at home.", "2024-05-14"),
    ("2024-05-15", "He was shot on Sunday, 10 September.", "2023-09-10"),
    ("2024-05-15", "He was shot on May 3 last year.", "2023-05-03"),
    ("2024-05-15", "The vote is set for May 3 of next year.", "2025-05-03"),
    ("2024-05-15", "He was shot late on May 3.", "2024-05-03"),
    ("2024-05-15", "He was shot on the night of May 3.", "2024-05-03"),
]


@pytest.mark.parametrize(("published", "text", "day"), MONTH_DAYS)
def test_a_day_of_a_month_takes_its_year_from_the_tense(published: str, text: str, day: str) -> None:
    assert the_days(text, published) == day


EXPLICIT = [
    ("He was shot on May 3, 2011.", "2011-05-03"),
    ("He was shot on 3 May 2011.", "2011-05-03"),
    ("He was shot on 3rd May, 2011.", "2011-05-03"),
    ("He was shot on the 3rd of May 2011.", "2011-05-03"),
    ("He was shot on Tuesday, May 3, 2011.", "2011-05-03"),
    ("He was shot on Tuesday, 3 May 2011.", "2011-05-03"),
    ("He was shot on 2011-05-03.", "2011-05-03"),
    ("He was shot on 2011/05/03.", "2011-05-03"),
    ("He was shot on 03.05.2011.", "2011-05-03"),
    ("He was shot on 25/12/2011.", "2011-12-25"),
    ("He was shot on 12/25/2011.", "2011-12-25"),
    ("He was shot on 25-12-2011.", "2011-12-25"),
    ("He was shot on 05/05/2011.", "2011-05-05"),
    ("He was shot on February 29, 2012.", "2012-02-29"),
    ("He was shot in the early morning hours of May 3, 2011.", "2011-05-03"),
    ("He was shot in May 2011.", "2011-05-01..2011-05-31"),
    ("He was shot in May, 2011.", "2011-05-01..2011-05-31"),
    ("He was shot in Feb. 2012.", "2012-02-01..2012-02-29"),
    ("He was shot in February of 2011.", "2011-02-01..2011-02-28"),
    ("He was shot in 2011.", "2011-01-01..2011-12-31"),
    ("The 2011 war left many dead.", "2011-01-01..2011-12-31"),
    ("He was shot in the year 2011.", "2011-01-01..2011-12-31"),
    ("He was shot in early 2011.", "2011-01-01..2011-12-31"),
    ("He was shot in mid-2011.", "2011-01-01..2011-12-31"),
    ("He was shot at the end of 2011.", "2011-01-01..2011-12-31"),
    ("He was shot in the summer of 2011.", "2011-06-01..2011-08-31"),
    ("He was shot in the winter of 2011.", "2011-12-01..2012-02-29"),
    ("He was shot in spring 2011.", "2011-03-01..2011-05-31"),
    ("He was shot in the autumn of 2011.", "2011-09-01..2011-11-30"),
    ("He was shot in the third quarter of 2011.", "2011-07-01..2011-09-30"),
    ("He was shot in the first half of 2011.", "2011-01-01..2011-06-30"),
    ("He was shot in the 1980s.", "1980-01-01..1989-12-31"),
    ("He was shot in the mid-1980s.", "1980-01-01..1989-12-31"),
    ("He was shot in the late '90s.", "1990-01-01..1999-12-31"),
    ("The town was built in the 19th century.", "1800-01-01..1899-12-31"),
    ("The town was built in the early twentieth century.", "1900-01-01..1999-12-31"),
    ("He was shot in late November 2011.", "2011-11-21..2011-11-30"),
    ("He was shot in early November 2011.", "2011-11-01..2011-11-10"),
    ("He was shot in mid-November 2011.", "2011-11-11..2011-11-20"),
    ("He was shot at the end of February 2012.", "2012-02-21..2012-02-29"),
]


@pytest.mark.parametrize("published", [WEDNESDAY, None, "1999-01-01"])
@pytest.mark.parametrize(("text", "day"), EXPLICIT)
def test_an_explicit_date_needs_no_day_of_publication(text: str, day: str, published: str | None) -> None:
    assert the_days(text, published) == day


RELATIVE = [
    ("A bomb exploded today.", "2024-05-15"),
    ("A bomb exploded yesterday.", "2024-05-14"),
    ("A bomb exploded late yesterday evening.", "2024-05-14"),
    ("The talks start tomorrow.", "2024-05-16"),
    ("The talks start tonight.", "2024-05-15"),
    ("A bomb exploded the day before yesterday.", "2024-05-13"),
    ("The talks start the day after tomorrow.", "2024-05-17"),
    ("A bomb exploded this morning.", "2024-05-15"),
    ("A bomb exploded last night.", "2024-05-14"),
    ("A bomb exploded overnight.", "2024-05-14..2024-05-15"),
    ("Clashes broke out in recent hours.", "2024-05-14..2024-05-15"),
    ("Clashes broke out in the past few hours.", "2024-05-14..2024-05-15"),
    ("Clashes broke out in the last 24 hours.", "2024-05-14..2024-05-15"),
    ("Clashes broke out this week.", "2024-05-13..2024-05-19"),
    ("Clashes broke out earlier this week.", "2024-05-13..2024-05-15"),
    ("Clashes broke out earlier in the week.", "2024-05-13..2024-05-15"),
    ("The talks start later this week.", "2024-05-15..2024-05-19"),
    ("Clashes broke out last week.", "2024-05-06..2024-05-12"),
    ("The talks start next week.", "2024-05-20..2024-05-26"),
    ("Clashes broke out over the weekend.", "2024-05-11..2024-05-12"),
    ("Clashes broke out last weekend.", "2024-05-11..2024-05-12"),
    ("The talks start this weekend.", "2024-05-18..2024-05-19"),
    ("Clashes broke out this month.", "2024-05-01..2024-05-31"),
    ("Clashes broke out earlier this month.", "2024-05-01..2024-05-15"),
    ("Clashes broke out last month.", "2024-04-01..2024-04-30"),
    ("Clashes broke out late last month.", "2024-04-21..2024-04-30"),
    ("Clashes broke out early this month.", "2024-05-01..2024-05-10"),
    ("The talks start next month.", "2024-06-01..2024-06-30"),
    ("Clashes broke out last year.", "2023-01-01..2023-12-31"),
    ("Clashes broke out at the end of last year.", "2023-01-01..2023-12-31"),
    ("Clashes broke out earlier this year.", "2024-01-01..2024-05-15"),
    ("The talks start next year.", "2025-01-01..2025-12-31"),
    ("Clashes broke out in the last quarter.", "2024-01-01..2024-03-31"),
    ("Clashes broke out in the first quarter.", "2024-01-01..2024-03-31"),
    ("Clashes broke out in the fourth quarter of last year.", "2023-10-01..2023-12-31"),
    ("Clashes broke out last summer.", "2023-06-01..2023-08-31"),
    ("Clashes broke out last winter.", "2023-12-01..2024-02-29"),
    ("Clashes broke out in January.", "2024-01-01..2024-01-31"),
    ("Clashes broke out in November.", "2023-11-01..2023-11-30"),
    ("Clashes broke out last May.", "2023-05-01..2023-05-31"),
    ("Clashes broke out in May last year.", "2023-05-01..2023-05-31"),
    ("The talks will start in July.", "2024-07-01..2024-07-31"),
    ("The talks start next January.", "2025-01-01..2025-01-31"),
    ("Clashes broke out in late April.", "2024-04-21..2024-04-30"),
    ("Clashes broke out two days ago.", "2024-05-13"),
    ("Clashes broke out a day ago.", "2024-05-14"),
    ("Clashes broke out 10 days ago.", "2024-05-05"),
    ("Clashes broke out a couple of days ago.", "2024-05-13"),
    ("Clashes broke out a week ago.", "2024-05-06..2024-05-12"),
    ("Clashes broke out two weeks ago.", "2024-04-29..2024-05-05"),
    ("Clashes broke out three months ago.", "2024-02-01..2024-02-29"),
    ("Clashes broke out six months ago.", "2023-11-01..2023-11-30"),
    ("Clashes broke out twenty-five years ago.", "1999-01-01..1999-12-31"),
    ("Clashes broke out a decade ago.", "2010-01-01..2019-12-31"),
    ("Clashes broke out in the past three days.", "2024-05-12..2024-05-15"),
    ("Clashes broke out in the past two months.", "2024-03-15..2024-05-15"),
    ("The talks start in the next two weeks.", "2024-05-15..2024-05-29"),
    ("Clashes broke out in the first week of May.", "2024-05-01..2024-05-07"),
    ("Clashes broke out in the last week of October.", "2023-10-25..2023-10-31"),
    ("Clashes broke out on the last day of March.", "2024-03-31"),
    ("Clashes broke out on the 12th of last month.", "2024-04-12"),
    ("Clashes broke out in the past week.", "2024-05-08..2024-05-15"),
    ("Clashes broke out in mid-April.", "2024-04-11..2024-04-20"),
    ("The May Day march turned violent.", "2024-05-01"),
    ("Clashes broke out on New Year's Eve.", "2023-12-31"),
    ("Clashes broke out on Christmas Day.", "2023-12-25"),
]


@pytest.mark.parametrize(("text", "day"), RELATIVE)
def test_a_relative_date_counts_from_publication(text: str, day: str) -> None:
    assert the_days(text) == day


@pytest.mark.parametrize(("text", "_day"), RELATIVE)
def test_a_relative_date_without_publication_has_no_days_and_says_so(text: str, _day: str) -> None:
    row = resolve_dates(text).row(0, named=True)
    assert (row["date_start"], row["date_end"], row["issue"], row["anchor"]) == (
        None,
        None,
        "no-published",
        "none",
    )


def test_a_relative_date_without_publication_keeps_its_relation() -> None:
    rows = resolve_dates(["It began two days ago.", "It begins tomorrow.", "It began today."])
    assert rows["direction"].to_list() == ["past", "future", "present"]


RANGES = [
    ("Clashes went on between Monday and Wednesday.", "2024-05-13..2024-05-15"),
    ("Clashes went on from Friday to Sunday.", "2024-05-10..2024-05-12"),
    ("Clashes went on May 3-5.", "2024-05-03..2024-05-05"),
    ("Clashes went on from 3 to 5 May.", "2024-05-03..2024-05-05"),
    ("Clashes went on from May 3 to May 5.", "2024-05-03..2024-05-05"),
    ("Clashes went on from 28 April to 3 May.", "2024-04-28..2024-05-03"),
    ("Clashes went on from May 3 to 5, 2011.", "2011-05-03..2011-05-05"),
    ("Clashes went on from December 28 to January 3, 2012.", "2011-12-28..2012-01-03"),
    ("Clashes went on from April to September 2011.", "2011-04-01..2011-09-30"),
    ("Clashes went on between April 2011 and January 2012.", "2011-04-01..2012-01-31"),
    ("Clashes went on between 2011 and 2013.", "2011-01-01..2013-12-31"),
    ("Clashes went on from 2011 to 2013.", "2011-01-01..2013-12-31"),
    ("The 2011-2013 war left many dead.", "2011-01-01..2013-12-31"),
    ("The 2011-13 war left many dead.", "2011-01-01..2013-12-31"),
    ("Clashes went on from November to February 2012.", "2011-11-01..2012-02-29"),
]


@pytest.mark.parametrize(("text", "day"), RANGES)
def test_a_range_is_one_interval(text: str, day: str) -> None:
    assert the_days(text) == day
    assert resolve_dates(text, date(2024, 5, 15))["precision"].to_list() == ["range"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("They have fought since 2011.", "2011-01-01.."),
        ("They have fought since May 2011.", "2011-05-01.."),
        ("They have fought since Monday.", "2024-05-13.."),
        ("They have fought since last week.", "2024-05-06.."),
        ("They have fought since late April.", "2024-04-21.."),
        ("There have been protests in the north since Monday.", "2024-05-13.."),
        ("Attacks have killed at least 81 people since April.", "2024-04-01.."),
    ],
)
def test_since_opens_an_interval(text: str, day: str) -> None:
    row = resolve_dates(text, date(2024, 5, 15)).row(0, named=True)
    assert (days(row), row["precision"], row["direction"], row["issue"]) == (
        day,
        "open",
        "since",
        "open-interval",
    )


@pytest.mark.parametrize(
    "text",
    [
        "It was the worst attack since 2004.",
        "It was the first attack in the town since 2004.",
        "It was the deadliest attack on the police since 2004.",
    ],
)
def test_a_record_since_a_year_dates_what_came_before(text: str) -> None:
    assert the_days(text) == "2004-01-01..2004-12-31"


NO_DATES = [
    "Mrs May said the army had left.",
    "May said the army had left.",
    "Protesters march for peace.",
    "The rebels may attack.",
    "The fall of the city was near.",
    "Prices began to fall.",
    "Some 2000 people fled.",
    "At least 1,500 soldiers fled.",
    "They killed 1990 men.",
    "They paid $2010 for it.",
    "A 2000-strong force left.",
    "The sun shone and he sat down.",
    "A second bomb went off.",
    "He works in the Spring Valley area.",
    "Flight 2024 landed.",
    "Hill 1920 fell.",
    "The Sunday Times said so.",
    "The staff Quarters burnt.",
]


@pytest.mark.parametrize("text", NO_DATES)
def test_words_that_only_look_like_dates_are_none(text: str) -> None:
    assert found(text) == []


IMPOSSIBLE = [
    ("He was shot on February 30.", "impossible-date"),
    ("He was shot on 31 June 2011.", "impossible-date"),
    ("He was shot on February 29, 2011.", "impossible-date"),
    ("He was shot on 2011-13-03.", "impossible-date"),
    ("He was shot on 32/13/2011.", "impossible-date"),
    ("He was shot on 0025-05-03.", "out-of-range"),
    ("He was shot on May 3, 0025.", "out-of-range"),
    ("He was shot in May 9999.", "out-of-range"),
    ("He was shot on 10 Muharram 1445.", "other-calendar"),
    ("He was shot in 1402 AH.", "other-calendar"),
    ("He was shot on 22 Bahman 1357.", "other-calendar"),
    ("He was shot in Ramadan.", "other-calendar"),
    ("He was shot recently.", "vague"),
    ("They fought for three days.", "duration"),
    ("They fight every Friday.", "repeated"),
]


@pytest.mark.parametrize(("text", "issue"), IMPOSSIBLE)
def test_what_cannot_be_a_day_is_null_with_a_reason(text: str, issue: str) -> None:
    row = resolve_dates(text, date(2024, 5, 15)).row(0, named=True)
    assert (row["date_start"], row["date_end"], row["issue"]) == (None, None, issue)


def test_february_29_without_a_year_is_of_a_leap_year_or_none() -> None:
    assert the_days("He was shot on February 29.", "2024-03-10") == "2024-02-29"
    assert the_days("He was shot on February 29.", "2023-03-10") is None


CHAINS = [
    ("They left on May 3. The next day they came back.", ["2024-05-03", "2024-05-04"]),
    ("They left on May 3 and came back two days later.", ["2024-05-03", "2024-05-05"]),
    ("He was shot on May 3, a day after the vote.", ["2024-05-03", None]),
    ("They left on May 3. The previous day two men had died.", ["2024-05-03", "2024-05-02"]),
    (
        "They left in 2011. The following year they came back.",
        ["2011-01-01..2011-12-31", "2012-01-01..2012-12-31"],
    ),
    (
        "They left in May 2011. Two months later they came back.",
        ["2011-05-01..2011-05-31", "2011-07-01..2011-07-31"],
    ),
    (
        "They left on May 3. Two days later it rained. The next day they came back.",
        ["2024-05-03", "2024-05-05", "2024-05-06"],
    ),
    (
        "In June 2014 they took the town and in August they left.",
        ["2014-06-01..2014-06-30", "2014-08-01..2014-08-31"],
    ),
    ("On November 3, 2011 they took it; on January 7 they left.", ["2011-11-03", "2012-01-07"]),
    (
        "In 2011 rebels took the town. In May they lost it, and on June 3 they came back.",
        ["2011-01-01..2011-12-31", "2011-05-01..2011-05-31", "2011-06-03"],
    ),
    ("He was jailed for the 2011 coup. On May 3 he was freed.", ["2011-01-01..2011-12-31", "2024-05-03"]),
    ("He was jailed in June 2014 and freed in May.", ["2014-06-01..2014-06-30", "2024-05-01..2024-05-31"]),
    (
        "In the third quarter of 2009 it won; a year earlier it lost.",
        ["2009-07-01..2009-09-30", "2008-07-01..2008-09-30"],
    ),
    ("On Monday they met. Earlier in the day they had fought.", ["2024-05-13", "2024-05-13"]),
    ("He left on Friday and was found the next morning.", ["2024-05-10", "2024-05-11"]),
    ("Clashes on Thursday and Friday left two dead.", ["2024-05-09", "2024-05-10"]),
    ("Clashes on Thursday and Friday last week left two dead.", ["2024-05-09", "2024-05-10"]),
    ("They will meet on Thursday and Friday.", ["2024-05-16", "2024-05-17"]),
    ("At 5 a.m. on Tuesday they left.", ["2024-05-14", "2024-05-14"]),
    ("They left on Tuesday at 14:30.", ["2024-05-14", "2024-05-14"]),
]


@pytest.mark.parametrize(("text", "expected"), CHAINS)
def test_what_follows_a_date_counts_from_it(text: str, expected: list[str | None]) -> None:
    assert [day for _, day in found(text)] == expected


def test_a_dateline_is_the_anchor_and_no_event_date() -> None:
    text = "KABUL, Dec. 3 (Reuters) - A bomb killed three people on Tuesday."
    rows = resolve_dates(text, date(2015, 12, 4)).select("text", "date_start", "anchor", "direction").rows()
    assert rows == [
        ("Dec. 3", date(2015, 12, 3), "dateline", "dateline"),
        ("Tuesday", date(2015, 12, 1), "dateline", "past"),
    ]


def test_a_dateline_with_its_year_stands_in_for_the_day_of_publication() -> None:
    text = "KABUL, December 3, 2015 (AFP) - A bomb killed three people on Tuesday."
    assert found(text, None) == [("December 3, 2015", "2015-12-03"), ("Tuesday", "2015-12-01")]


def test_an_explicit_date_far_from_publication_is_flagged() -> None:
    rows = resolve_dates(["He was shot on May 3, 2011.", "He was shot on May 3, 2023."], date(2024, 4, 15))
    assert rows["issue"].to_list() == ["far-from-published", None]


def test_day_and_month_in_unknown_order_are_ambiguous() -> None:
    row = resolve_dates("He was shot on 03/04/2024.", date(2024, 5, 15)).row(0, named=True)
    assert (days(row), row["precision"], row["issue"]) == (
        "2024-03-04..2024-04-03",
        "range",
        "ambiguous-order",
    )


@pytest.mark.parametrize(("order", "day"), [("dmy", "2024-04-03"), ("mdy", "2024-03-04")])
def test_the_order_of_day_and_month_can_be_given(order: str, day: str) -> None:
    assert the_days("He was shot on 03/04/2024.", date_order=order) == day


def test_the_order_of_day_and_month_is_learnt_from_the_batch() -> None:
    rows = resolve_dates(["He was shot on 03/04/2024.", "He was shot on 25/04/2024."], date(2024, 5, 15))
    assert rows["date_start"].to_list() == [date(2024, 4, 3), date(2024, 4, 25)]


def test_a_batch_that_contradicts_itself_teaches_no_order() -> None:
    rows = resolve_dates(["On 03/04/2024.", "On 25/04/2024.", "On 04/25/2024."], date(2024, 5, 15))
    assert rows["issue"].to_list() == ["ambiguous-order", None, None]


def test_offsets_are_bytes_by_default_and_characters_on_demand() -> None:
    text = "Ñuñoa “fue” — on Tuesday the army said it left Córdoba."
    row = resolve_dates(text, date(2024, 5, 15)).row(0, named=True)
    assert text.encode()[row["start"] : row["end"]].decode() == "Tuesday"
    row = resolve_dates(text, date(2024, 5, 15), offsets="chars").row(0, named=True)
    assert text[row["start"] : row["end"]] == "Tuesday"


def test_the_words_are_those_of_the_report_with_its_brackets() -> None:
    assert resolve_dates("On Monday (13 May), gunmen fled.", date(2024, 5, 15))["text"].to_list() == [
        "Monday (13 May"
    ]


def test_one_text_and_a_series_of_texts_give_the_same_rows() -> None:
    text = "Rebels struck on Tuesday and on May 3."
    one = resolve_dates(text, date(2024, 5, 15))
    many = resolve_dates(pl.Series([text, None, text]), [date(2024, 5, 15), None, date(2024, 5, 15)])
    assert many.filter(pl.col("row") == 2).drop("row").equals(one.drop("row"))
    assert many["row"].to_list() == [0, 0, 2, 2]


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        (("on Tuesday", "15/05/2024"), {}, "no day"),
        ((["on Tuesday"], [5]), {}, "no day"),
        ((["on Tuesday", "on Friday"], [date(2024, 5, 15)]), {}, "one day for each text"),
        (([1, 2],), {}, "no text"),
        ((None,), {}, "no text"),
        (("on Tuesday",), {"mode": "story"}, "mode is"),
        (("on Tuesday",), {"offsets": "words"}, "offsets"),
        (("on Tuesday",), {"date_order": "ymd"}, "date_order"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(
    arguments: tuple[object, ...], options: dict[str, str], said: str
) -> None:
    with pytest.raises(BadCallError, match=said):
        resolve_dates(*arguments, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "published", [date(2024, 5, 15), "2024-05-15", "2024-05-15T10:30:00", datetime(2024, 5, 15, 10)]
)
def test_the_day_of_publication_may_be_a_date_a_time_or_iso_text(published: object) -> None:
    assert resolve_dates("on Tuesday", published)["date_start"].to_list() == [date(2024, 5, 14)]  # type: ignore[arg-type]

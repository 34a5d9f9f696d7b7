"""What a date takes from its report: the order of day and month of its source, the local day of its dateline."""

from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest

from eventdata.errors import BadCallError
from eventdata.resolve.dates import local_day, resolve_dates

DAY_FIRST, MONTH_FIRST = date(2024, 4, 3), date(2024, 3, 4)


def test_the_order_of_day_and_month_is_learnt_for_each_source() -> None:
    texts = ["On 03/04/2024.", "On 25/04/2024.", "On 03/04/2024.", "On 04/25/2024.", "On 03/04/2024."]
    rows = resolve_dates(texts, date(2024, 5, 15), sources=["Times", "Times", "Post", "Post", None])
    assert rows["date_start"].to_list()[0:3:2] == [DAY_FIRST, MONTH_FIRST]
    assert rows["issue"].to_list() == [None, None, None, None, "ambiguous-order"]


def test_reports_without_a_source_teach_an_order_where_they_agree() -> None:
    agreed = resolve_dates(["On 03/04/2024.", "On 25/04/2024."], date(2024, 5, 15), sources=[None, None])
    assert agreed["date_start"].to_list()[0] == DAY_FIRST
    split = resolve_dates(["On 03/04/2024.", "On 25/04/2024.", "On 04/25/2024."], sources=[None, None, None])
    assert split["issue"].to_list()[0] == "ambiguous-order"


def test_an_order_that_is_given_holds_for_all_sources() -> None:
    rows = resolve_dates(["On 03/04/2024.", "On 04/25/2024."], sources=["Times", "Post"], date_order="dmy")
    assert rows["date_start"].to_list()[0] == DAY_FIRST


@pytest.mark.parametrize(("sources", "said"), [(["Times"], "2 texts and 1 sources"), ([1, 2], "no text")])
def test_sources_that_do_not_fit_are_refused(sources: object, said: str) -> None:
    with pytest.raises(BadCallError, match=said):
        resolve_dates(["On 03/04/2024.", "On Tuesday."], sources=sources)  # type: ignore[arg-type]


EVENING = "2024-12-03T20:00Z"
LINES = [
    ("SYDNEY (AP) - Police fired on a crowd.", "2024-12-04"),
    ("PERTH, Australia (AP) - Police fired on a crowd.", "2024-12-04"),
    ("ABUJA, Nigeria (AP) — Gunmen burned a village.", "2024-12-03"),
    ("WASHINGTON, Dec. 3 (Reuters) - A man was shot.", "2024-12-03"),
    ("VLADIVOSTOK, Russia - A man was shot.", "2024-12-04"),
    ("Curfew is lifted\nKUALA LUMPUR, Malaysia (AP) - A curfew was lifted.", "2024-12-04"),
    ("A man was shot in Sydney.", "2024-12-03"),
    ("AIDS-related deaths have doubled.", "2024-12-03"),
]


@pytest.mark.parametrize(("text", "day"), LINES)
def test_a_time_with_a_zone_is_of_the_day_at_the_dateline(text: str, day: str) -> None:
    assert local_day(pl.Series([EVENING]), pl.Series([text])).to_list() == [day]


@pytest.mark.parametrize(
    ("text", "day"),
    [("SAN JOSE, Costa Rica (AP) - x", "2024-12-03"), ("SAN JOSE, California (AP) - x", "2024-12-02")],
)
def test_the_region_of_a_dateline_tells_towns_of_one_name_apart(text: str, day: str) -> None:
    assert local_day(pl.Series(["2024-12-03T07:00Z"]), pl.Series([text])).to_list() == [day]


TOKYO = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("published", "day"),
    [
        (EVENING, date(2024, 12, 4)),
        (datetime(2024, 12, 3, 20, tzinfo=UTC), date(2024, 12, 4)),
        (datetime(2024, 12, 3, 20, tzinfo=TOKYO), date(2024, 12, 3)),
        ("2024-12-03T20:00:00", date(2024, 12, 3)),
        (date(2024, 12, 3), date(2024, 12, 3)),
    ],
)
def test_today_is_the_local_day_and_a_day_without_a_zone_stays(published: object, day: date) -> None:
    rows = resolve_dates("SYDNEY (AP) - A man was shot today.", published)  # type: ignore[arg-type]
    assert rows["date_start"].to_list() == [day]


def test_without_a_dateline_the_day_is_that_of_the_zone_in_which_the_time_was_written() -> None:
    zoned = (
        pl.Series([datetime(2024, 12, 3, 20)]).dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Tokyo")
    )
    assert local_day(zoned, pl.Series(["A man was shot."])).to_list() == [date(2024, 12, 4)]
    assert local_day(pl.Series(["2024-12-03T23:30-05:00"]), pl.Series(["x"])).to_list() == ["2024-12-03"]
    plain = pl.Series([date(2024, 12, 3)])
    assert local_day(plain, pl.Series(["SYDNEY (AP) - x"])).equals(plain)

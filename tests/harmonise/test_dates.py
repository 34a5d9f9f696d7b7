"""Dates of archive files: the style is inferred from the file, and nothing is guessed."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventdata.harmonise.dates import infer_style, read_days

STYLES = [
    pytest.param(["2020-05-09", "2020-12-31"], date(2020, 5, 9), id="iso"),
    pytest.param(["2020-05-09 00:00:00.000", "2020-12-31 00:00:00.000"], date(2020, 5, 9), id="ucdp-stamp"),
    pytest.param(["20200509", "20201231"], date(2020, 5, 9), id="compact"),
    pytest.param(["09 May 2020", "31 December 2020"], date(2020, 5, 9), id="acled-export"),
    pytest.param(["09-May-2020", "31-December-2020"], date(2020, 5, 9), id="acled-2015"),
    pytest.param(["9-May-20", "31-Dec-20"], date(2020, 5, 9), id="spreadsheet"),
    pytest.param(["09/05/2020", "31/12/2020"], date(2020, 5, 9), id="day-first"),
    pytest.param(["5/9/2020", "12/31/2020"], date(2020, 5, 9), id="month-first"),
    pytest.param(["43960", "44196"], date(2020, 5, 9), id="excel-number"),
    pytest.param(["09.05.2020", "31.12.2020"], date(2020, 5, 9), id="points"),
    pytest.param([" 2020-05-09 ", "2020-12-31"], date(2020, 5, 9), id="blanks"),
    pytest.param(["2020-05-09", "31-Dec-20", "2020-12-30"], date(2020, 5, 9), id="two-styles"),
]


@pytest.mark.parametrize(("texts", "first"), STYLES)
def test_a_file_tells_how_its_dates_are_written(texts: list[str], first: date) -> None:
    cells = pl.Series(texts)
    days, _, is_open = read_days(cells, infer_style(cells))
    assert days[0] == first
    assert days.null_count() == 0
    assert not is_open.any()


def test_an_order_that_no_row_decides_stays_open() -> None:
    cells = pl.Series(["02/03/1997", "04/05/1997", None])
    days, _, is_open = read_days(cells, infer_style(cells))
    assert days.to_list() == [None, None, None]
    assert is_open.to_list() == [True, True, False]


def test_an_order_that_is_known_of_the_archive_is_used() -> None:
    cells = pl.Series(["02/03/2017"])
    assert read_days(cells, infer_style(cells, "month"))[0].to_list() == [date(2017, 2, 3)]


def test_a_row_against_the_order_of_its_file_is_not_turned() -> None:
    cells = pl.Series(["25/03/1997", "26/03/1997"])
    days, _, _ = read_days(pl.Series(["03/25/1997"]), infer_style(cells))
    assert days.to_list() == [None]


def test_an_impossible_day_is_no_date() -> None:
    cells = pl.Series(["2021-02-30", "2021-03-01"])
    assert read_days(cells, infer_style(cells))[0].to_list() == [None, date(2021, 3, 1)]


@given(st.lists(st.dates(date(1997, 1, 1), date(2029, 12, 31)), min_size=1, max_size=30))
def test_every_day_comes_back_in_every_plain_style(days: list[date]) -> None:
    for shape in ("%Y-%m-%d", "%Y%m%d", "%d %B %Y", "%d-%B-%Y", "%Y-%m-%d 00:00:00.000", "%d-%b-%y"):
        cells = pl.Series([day.strftime(shape) for day in days])
        assert read_days(cells, infer_style(cells))[0].to_list() == days

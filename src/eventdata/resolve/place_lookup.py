"""Finds place names that the scan does not know: capitalised words after "in", "near", "village of", before "district".

The gazetteer is asked by hash, on a few thousand distinct names per batch, and answers only for countries that the report
is about, or for places that are well known.
"""

from collections.abc import Sequence
from functools import cache

import polars as pl

from eventdata.resolve.place_tables import fold, gazetteer, places, skeleton, stop_names
from eventdata.resolve.place_windows import Texts

_WELL_KNOWN = 100_000
_WINDOW = 64
_SMALL = r"(?:al|el|as|ash|ad|adh|ar|at|ath|an|az|ed|er|es|esh|et|ez|abu|umm|bin|de|da|do|dos|das|del|la|le|les|las|los|sur|of)"
_WORD = rf"(?:{_SMALL}[\- ])*(?:d['’]|l['’])?[\p{{Lu}}][\w’'‘`ʿʼ\-]*"
_RUN = rf"{_WORD}(?:[ ]{_WORD}){{0,3}}"
_AFTER_CUE = rf"^((?:[ \n]|the |nearby |called |“|\"|')*)({_RUN})"
_BEFORE_CUE = rf"(?:^|[^\w’'\-])({_RUN})([\"”’)]? )$"
_LABEL = rf"(?:^|[.!?:;|]\s+)({_RUN})([.\s]*)$"
_NOT_NAMES = (
    "In On At The A An And But For From By With After Before During Since Until When While As If It Its He She They We I "
    "His Her Their This That These Those There Here Near Of To Monday Tuesday Wednesday Thursday Friday Saturday Sunday "
    "January February March April May June July August September October November December Security Suicide Car Police "
    "Army Military Government Local Several Some Many Two Three Four Five Six Seven Eight Nine Ten No Not New Old One All "
    "Both Each Every Other Another Such Same Ramadan Eid Christmas Easter English Arabic French Spanish Russian Islamic "
    "Operation President Prime Minister General Northern Southern Eastern Western Central North South East West"
).split()


@cache
def _index() -> pl.DataFrame:
    """`key` (folded name) and `place` for every name and other name, larger places first."""
    every = gazetteer().select("name", "alternates").with_row_index("place")
    named = pl.concat(
        [
            every.select("place", "name"),
            every.filter(pl.col("alternates").list.len() > 0).explode("alternates").select("place", name="alternates"),
        ]
    )
    own = places().slice(every.height).filter(pl.col("kind") != "country").select("place", "name")
    plain = pl.col("name").str.to_lowercase().str.replace_many([" ", "-", "'", "."], ["", "", "", ""])
    return pl.concat(
        [named.select("place", key=plain), own.select("place", key=fold(pl.col("name")))]
    ).unique(["key", "place"], maintain_order=True)  # fmt: skip


@cache
def _skeletons(iso3: str) -> pl.DataFrame:
    """`key` (consonants) and `place` of one country's names."""
    every = places().filter(pl.col("iso3") == iso3, pl.col("kind") != "country").select("place", "name")
    others = gazetteer().with_row_index("place").filter(pl.col("iso3") == iso3).select("place", name="alternates")
    others = others.filter(pl.col("name").list.len() > 0).explode("name")
    keyed = pl.concat([every, others]).select("place", key=skeleton(pl.col("name")))
    return keyed.filter(pl.col("key").str.len_bytes() >= 3).unique(["key", "place"], maintain_order=True)


def lookup_names(names: pl.Series, countries: Sequence[str] | None = None) -> pl.DataFrame:
    """Places that bear the given names, whatever marks, hyphens or blanks they are written with.

    Args:
        names: names as a text writes them.
        countries: ISO 3166-1 alpha-3 codes; when given, other spellings with the same consonants are tried there too.

    Returns:
        `index` (position in `names`), `place` (its number), `how` (exact or spelling), name, admin1, iso3, latitude,
        longitude, population, geoname_id, kind: the largest first. A name without a place has no row.

    >>> lookup_names(pl.Series(["Deir-ez-Zor"]))["iso3"][0]
    'SYR'
    """
    asked = names.alias("asked").to_frame().with_row_index("index").drop_nulls()
    exact = _exact(asked.with_columns(key=fold(pl.col("asked")))).with_columns(how=pl.lit("exact"))
    parts = [exact.select("index", "place", "how")]
    if countries:
        missing = asked.join(exact, on="index", how="anti")
        keyed = missing.with_columns(key=skeleton(pl.col("asked")))
        for iso3 in countries:
            parts.append(keyed.join(_skeletons(iso3), on="key").select("index", "place", how=pl.lit("spelling")))
    found = pl.concat(parts).sort("index", "place")
    return found.hstack(places().drop("place", "geo_precision").select(pl.all().gather(found["place"])))


def _exact(asked: pl.DataFrame) -> pl.DataFrame:
    """Rows of `asked` (with `key`) by place that the key names."""
    wanted = asked.select("key").unique()
    few = _index().join(wanted, on="key", how="semi")
    return asked.join(few, on="key", how="inner")


def runs_at(marks: pl.DataFrame, texts: Texts) -> pl.DataFrame:
    """Capitalised runs beside the cue marks: `row`, `sent`, `start`, `end`, `text`, `cue` (before, after), `value`.

    `marks` are the cue marks with `what` (before: the cue stands before the name) and `value` (in, near, town ...).
    """
    out = [_no_runs()]
    for what, pattern in (("before", _AFTER_CUE), ("after", _BEFORE_CUE)):
        part = marks.filter(pl.col("what") == what)
        start, end = part["start"].cast(pl.Int64), part["end"].cast(pl.Int64)
        left, right = (end, end + _WINDOW) if what == "before" else ((start - _WINDOW).clip(0), start)
        window = texts.cut(part["row"], left, right)
        some = window.str.contains(r"^[ \n]+(?:the |nearby |called )?[“\"']*(?:\p{Lu}|[a-z]{2,3}-\p{Lu})" if what == "before"
                                   else r"\p{Lu}[^\s]*[\"”’)]? $")  # fmt: skip
        part, window, start, end = part.filter(some), window.filter(some), start.filter(some), end.filter(some)
        groups = window.str.extract_groups(pattern).struct.unnest()
        outer, run = (groups["1"], groups["2"]) if what == "before" else (groups["2"], groups["1"])
        edge = outer.str.len_bytes().cast(pl.Int64)
        size = run.str.len_bytes().cast(pl.Int64)
        first = end + edge if what == "before" else start - edge - size
        out.append(
            part.select(
                pl.col("row").cast(pl.UInt32), pl.col("sent").cast(pl.UInt32), start=first, end=first + size, text=run,
                value="value", cue=pl.lit(what),
            )  # fmt: skip
        )
    return pl.concat(out).filter(pl.col("text").is_not_null())


def labels(reports: pl.DataFrame, texts: Texts, marks: pl.DataFrame) -> pl.DataFrame:
    """The last words of a text where they are a mere name ("... , said police. Kafr Batna."), in the shape of `runs_at`."""
    size = reports["text"].str.len_bytes().cast(pl.Int64).fill_null(0)
    window = texts.cut(reports["row"], (size - _WINDOW).clip(0), size)
    groups = window.str.extract_groups(_LABEL).struct.unnest()
    run = groups["1"]
    end = size - groups["2"].str.len_bytes().cast(pl.Int64)
    last = marks.group_by("row").agg(sent=pl.col("sent").max())
    found = reports.select("row").with_columns(
        start=end - run.str.len_bytes().cast(pl.Int64),
        end=end,
        text=run,
        value=pl.lit("in"),
        cue=pl.lit("label"),
    )
    found = found.filter(pl.col("text").is_not_null(), pl.col("start") > 0)
    found = found.join(last, on="row", how="left", validate="1:1").with_columns(pl.col("sent").fill_null(0))
    return found.select(pl.col(name).cast(kind) for name, kind in _no_runs().schema.items())


def _no_runs() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "row": pl.UInt32,
            "sent": pl.UInt32,
            "start": pl.Int64,
            "end": pl.Int64,
            "text": pl.String,
            "value": pl.String,
            "cue": pl.String,
        }
    )


def _parts(runs: pl.DataFrame) -> pl.DataFrame:
    """Every run and its shorter forms (from the cue's side), the longest first: adds `part`, `part_start`, `part_end`, `size`."""
    words = pl.col("text").str.split(" ")
    count = words.list.len()
    out = []
    for size in range(1, 6):
        front = words.list.slice(0, size).list.join(" ")
        back = words.list.slice(count - size, size).list.join(" ")
        part = pl.when(pl.col("cue") == "after").then(back).otherwise(front)
        part = part.str.replace(r"['’]s?$", "")
        long = part.str.len_bytes().cast(pl.Int64)
        chosen = runs.filter(count >= size).with_columns(part=part, size=pl.lit(size, dtype=pl.UInt8))
        out.append(
            chosen.with_columns(
                part_start=pl.when(pl.col("cue") == "after").then(pl.col("end") - long).otherwise("start"),
                part_end=pl.when(pl.col("cue") == "after").then("end").otherwise(pl.col("start") + long),
            )
        )
    parts = pl.concat(out)
    # a label is a whole line, and must be a name as a whole
    whole = (pl.col("cue") != "label") | (pl.col("part_end") == pl.col("end"))
    first = pl.col("part").str.split(" ").list.first()
    return parts.filter(whole, ~first.is_in(_NOT_NAMES))


def found_places(runs: pl.DataFrame, votes: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The runs that name places, and what they can stand for.

    `votes` are `row`, `iso3`, `weight`: the countries that each report is about.

    Returns mentions (`run`, row, sent, start, end, text, value, cue) and candidates (`run`, `place`); a run after an
    explicit cue ("village of") that no table lists stays as a mention without a candidate.
    """
    runs = runs.with_row_index("run")
    never, _ = stop_names()
    parts = _parts(runs)
    explicit = (pl.col("cue") == "after") | pl.col("value").is_in(["town", "unit"])
    parts = parts.filter(explicit | ~pl.col("part").is_in(never)).with_columns(key=fold(pl.col("part")))
    parts = parts.filter(pl.col("key").str.len_bytes() >= 3)
    # a letter for the table's eyes: the candidates of one row's own countries come first
    about = votes.filter(pl.col("weight") >= 1).select("row", "iso3", voted=pl.lit(True))
    any_vote = about.select("row").unique().with_columns(about=pl.lit(True))
    every = places()
    hits = _exact(parts)
    hits = hits.hstack(every.select("iso3", "population").select(pl.all().gather(hits["place"])))
    hits = hits.join(about, on=["row", "iso3"], how="left").join(any_vote, on="row", how="left")
    known = pl.col("voted").fill_null(False)
    famous = pl.col("population") >= _WELL_KNOWN
    free = explicit & pl.col("about").is_null()
    hits = hits.filter(known | famous | free)
    hits = hits.filter(pl.col("size") == pl.col("size").max().over("run"))
    # famous strangers give way to places of the report's own countries
    hits = hits.filter(known | ~known.any().over("run"))
    rest = parts.join(hits.select("run").unique(), on="run", how="anti")
    alike = _alike(rest, about.select("row", "iso3"))
    both = pl.concat([hits.select(alike.columns), alike])
    mentions = both.unique("run", maintain_order=True).select("run", "part", "part_start", "part_end")
    unknown = runs.filter(explicit).join(mentions, on="run", how="anti")
    unknown = _parts(unknown).sort("size", descending=True, maintain_order=True).unique("run", maintain_order=True)
    unknown = unknown.select("run", "part", "part_start", "part_end")
    mentions = pl.concat([mentions, unknown]).join(
        runs.select("run", "row", "sent", "value", "cue"), on="run", how="left", validate="1:1"
    )
    mentions = mentions.select(
        "run", "row", "sent", "value", "cue", start="part_start", end="part_end", text="part"
    ).sort("row", "start")  # fmt: skip
    return mentions, both.select("run", "place")


def _alike(parts: pl.DataFrame, about: pl.DataFrame) -> pl.DataFrame:
    """Places of the report's own countries whose name has the same consonants as the run's longest part."""
    columns = ["run", "part", "part_start", "part_end", "place"]
    asked = parts.filter((pl.col("cue") != "before") | (pl.col("value") != "in") | (pl.col("part") == pl.col("text")))
    spelled = asked.select("part").unique().with_columns(alike=skeleton(pl.col("part")))
    spelled = spelled.filter(pl.col("alike").str.len_bytes() >= 3)
    asked = asked.join(spelled, on="part", how="inner", validate="m:1").join(about, on="row", how="inner")
    wanted = asked.select("iso3", "alike").unique()
    found = [
        group.join(_skeletons(str(iso3)), left_on="alike", right_on="key", how="inner")
        for (iso3,), group in wanted.group_by("iso3")
    ]
    if not found:
        return parts.head(0).with_columns(place=pl.lit(0, dtype=pl.UInt32)).select(columns)
    hits = asked.join(pl.concat(found), on=["iso3", "alike"], how="inner")
    hits = hits.hstack(places().select("name").select(pl.all().gather(hits["place"])))
    initial = pl.col("name").str.replace("^(?i)(?:al|el|as|ash|ad|ar|at|az|an)[ -]", "").str.slice(0, 1)
    hits = hits.filter(
        (skeleton(initial) == pl.col("alike").str.slice(0, 1)) | (skeleton(initial) == ""),
        pl.col("size") == pl.col("size").max().over("run"),
    )
    return hits.filter(pl.col("place").n_unique().over("run") <= 3).select(columns)

"""Place names in reports: what each stands for, how precise it is, and whether it is the place of an event.

A name is resolved by the countries that the report is about, by the place that the text says contains it ("Saraqib in
Idlib"), by the type word beside it ("Hama province"), and by population where nothing else decides. What stays open says
why (`PlaceIssue`).
"""

from typing import Literal

import polars as pl

from eventdata.coding.clean import clean
from eventdata.errors import BadCallError, MissingColumnError
from eventdata.resolve.place_lookup import found_places, labels, lookup_names, runs_at
from eventdata.resolve.place_tables import country_names, place_names, places
from eventdata.resolve.place_windows import Texts, between, sides
from eventdata.seeds import load_seed

__all__ = ["country_codes", "event_places", "lexicon_phrases", "lookup_names", "place_mentions", "resolve_places"]

MENTIONS: dict[str, type[pl.DataType]] = {
    "row": pl.UInt32,
    "sent": pl.UInt32,
    "start": pl.UInt32,
    "end": pl.UInt32,
    "text": pl.String,
    "name": pl.String,
    "admin1": pl.String,
    "country": pl.String,
    "iso3": pl.String,
    "latitude": pl.Float64,
    "longitude": pl.Float64,
    "geoname_id": pl.UInt32,
    "geo_precision": pl.UInt8,
    "kind": pl.String,
    "use": pl.String,
    "issue": pl.String,
    "relation": pl.String,  # the preposition's class, null without one
    "container": pl.Boolean,  # only says where the place beside it lies
    "group": pl.UInt32,  # coordinated places share a number
}

# How much a hint counts for a country: what the caller says, a country's own name, its people, a place of one country
_VOTES = {"hint": 4.0, "country": 3.0, "demonym": 1.5, "actor": 1.5, "town": 1.0, "bare": 0.5, "dateline": 1.0}
_MOST_VOTES = 6.0
_PER_VOTE = 0.5
_CLEAR = 0.3  # a lead in score that settles a shared name
_FAR_KM = 60.0  # places nearer than this are one for the reader
_SMALL_TOWN = 30_000
_LOCATIVE = ["in", "town", "unit", "near"]


def lexicon_phrases() -> pl.DataFrame:
    """The names that the scan looks for: `phrase`, `key`, `proper` (False: a word around names, any case).

    The key is the number that `place` has in the marks.
    """
    return place_names().table.select(
        "phrase", "key", proper=~pl.col("what").is_in(["before", "after"]) | pl.col("phrase").str.contains("^[A-Z]")
    )


def place_mentions(
    marks: pl.DataFrame,
    reports: pl.DataFrame,
    actors: pl.DataFrame | None = None,
    countries: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row per place that the reports name, sorted by row and start.

    Args:
        marks: `row`, `sent`, `start`, `end` and `place` (key of `lexicon_phrases`, null for other marks).
        reports: `row`, `text`.
        actors: `row`, `start`, `end`, and `country` (ISO3, may be null) of actor phrases: a place inside a longer one is
            part of the actor's name, and the countries help to choose between places.
        countries: `row`, `iso3`: countries that the caller knows a report to be about.

    Returns:
        The columns of `MENTIONS`. `use` is event, dateline, speaker, actor or other (part of another name). Latitude and
        longitude are null for countries and wherever `issue` is shared-name or unknown-name.
    """
    marks = marks.filter(pl.col("place").is_not_null()).sort("row", "start")
    names = place_names()
    known = names.table.select(
        "what", "n", "weak", "value", pl.col("iso3").alias("only"), pl.col("place").alias("first")
    ).select(pl.all().gather(marks["place"]))
    marks = marks.select("row", "sent", "start", "end", key="place").hstack(known)
    texts = Texts(reports)
    lines = _datelines(reports, texts)
    hints = _hints(marks, actors, countries)
    named = sides(marks.filter(pl.col("what").is_in(["name", "country"])), texts)
    votes = _votes(named, hints, lines)
    found, offered = _looked_up(_open_cues(marks, named), named, reports, texts, votes, lines)
    mentions = pl.concat([named, sides(found, texts)], how="diagonal").sort("row", "start", maintain_order=True)
    mentions = between(mentions.with_row_index("m"), texts)
    if mentions.is_empty():
        return pl.DataFrame(schema=MENTIONS)
    candidates = pl.concat(
        [
            mentions.filter(pl.col("key").is_not_null())
            .select("m", "key")
            .join(names.candidates, on="key", how="left", maintain_order="left")
            .select("m", "place"),
            mentions.filter(pl.col("run").is_not_null())
            .select("m", "run")
            .join(offered, on="run", how="inner", maintain_order="left")
            .select("m", "place"),
        ]
    )
    mentions = mentions.with_columns(
        pl.coalesce(pl.when(pl.col("cue") != "after").then("value"), "relation").alias("relation")
    )
    mentions = _carry_through_lists(mentions)
    chosen = _choose(mentions, candidates, votes)
    mentions = mentions.join(chosen, on="m", how="left", validate="1:1", maintain_order="left")
    mentions = _with_uses(mentions, actors, lines, texts)
    return _finish(mentions, texts)


def _datelines(reports: pl.DataFrame, texts: Texts) -> pl.DataFrame:
    """`row`, `line_end` (byte where a dateline ends), `city` and its bytes `city_start`, `city_end`; only where there is one."""
    size = pl.repeat(150, reports.height, dtype=pl.Int64, eager=True)
    head = texts.cut(reports["row"], size * 0, size)
    word = r"[\p{Lu}][\w'’.\-]*"
    day = r"(?:,? (?:[A-Z][a-z]{2,8}\.? \d{1,2}|\d{1,2} [A-Z][a-z]{2,8}\.?)(?:,? \d{4})?)"
    rest = rf"(?:, {word}(?: {word})?)?"
    agency = r"\s*\([A-Z][^()\n]{1,38}\)"
    dash = r"\s*(?:—|–|--?|:)\s"
    upper = r"[\p{Lu}]{3}[\p{Lu}'’.\- ]*"
    patterns = [
        rf"^(\s*)({word}(?: {word}){{0,2}})({rest}{day}?{agency}{dash})",
        rf"^(\s*)({word}(?: {word}){{0,2}})({rest}{day}\s*(?:—|–|--?)\s)",
        rf"^(\s*)({upper})({rest}{day}?\s*(?:—|–|--?)\s)",
        rf"^(\s*)({word}(?: {word})?)({rest}\s*(?:—|--)\s)",
    ]
    out = reports.select("row").with_columns(head=head)
    found = pl.coalesce(
        pl.when(pl.col("head").str.contains(p)).then(pl.col("head").str.extract_groups(p).struct.rename_fields(list("abc")))
        for p in patterns
    )
    out = out.filter(pl.col("head").str.contains(r"^[^.!?]{3,110}[—–\-:]")).with_columns(found.alias("g")).unnest("g")
    size = {part: pl.col(part).str.len_bytes().cast(pl.Int64) for part in "abc"}
    return out.filter(pl.col("b").is_not_null()).select(
        "row",
        city=pl.when(pl.col("b").str.contains(r"^[^a-z]+$")).then(pl.col("b").str.to_titlecase()).otherwise("b"),
        upper=pl.col("b").str.contains(r"^[^a-z]+$"),
        city_start=size["a"],
        city_end=size["a"] + size["b"],
        line_end=size["a"] + size["b"] + size["c"],
    )


def _hints(marks: pl.DataFrame, actors: pl.DataFrame | None, countries: pl.DataFrame | None) -> pl.DataFrame:
    """Votes that do not come from place names: `row`, `iso3`, `weight`."""
    parts = [
        marks.filter(pl.col("what") == "demonym").select("row", iso3="only", weight=pl.lit(_VOTES["demonym"])),
    ]
    if actors is not None and "country" in actors.columns:
        parts.append(actors.select("row", iso3="country", weight=pl.lit(_VOTES["actor"])))
    if countries is not None:
        parts.append(countries.select("row", "iso3", weight=pl.lit(_VOTES["hint"])))
    return pl.concat(
        [p.with_columns(pl.col("row").cast(pl.UInt32)) for p in parts]
    ).drop_nulls()  # fmt: skip


def _votes(named: pl.DataFrame, hints: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Countries that each report is about: `row`, `iso3`, `weight`."""
    own = named.filter(pl.col("only").is_not_null(), ~pl.col("weak"))
    own = own.join(lines.select("row", "line_end"), on="row", how="left", validate="m:1")
    weight = (
        pl.when(pl.col("end") <= pl.col("line_end"))
        .then(_VOTES["dateline"])
        .when(pl.col("what") == "country")
        .then(_VOTES["country"])
        .when(pl.col("relation").is_in(_LOCATIVE) | pl.col("type").is_not_null())
        .then(_VOTES["town"])
        .otherwise(_VOTES["bare"])
    )
    every = pl.concat([own.select("row", iso3="only", weight=weight), hints])
    return every.group_by("row", "iso3").agg(pl.col("weight").sum())


def _open_cues(marks: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """The cue marks whose place the scan has not named, or perhaps not in full ("in Deir" of "in Deir Mashmash")."""
    follows = (pl.col("row") == pl.col("row").shift(-1)) & (
        pl.col("start").shift(-1) - pl.col("end") <= 1
    )  # fmt: skip
    leads = (pl.col("row") == pl.col("row").shift(1)) & (pl.col("start") - pl.col("end").shift(1) <= 1)
    place = pl.col("what").is_in(["name", "country", "demonym"])
    open_ended = named.filter(pl.col("next_capital").is_not_null()).select("row", "start", longer=pl.lit(True))
    x = marks.join(open_ended, on=["row", "start"], how="left", validate="m:1", maintain_order="left")
    x = x.with_columns(
        named_after=(follows & place.shift(-1) & pl.col("longer").shift(-1).is_null()).fill_null(False),
        named_before=(leads & place.shift(1)).fill_null(False),
    )
    before = (pl.col("what") == "before") & ~pl.col("named_after")
    after = (pl.col("what") == "after") & ~pl.col("named_before")
    return x.filter(before | after).select(marks.columns)


def _looked_up(
    cues: pl.DataFrame,
    named: pl.DataFrame,
    reports: pl.DataFrame,
    texts: Texts,
    votes: pl.DataFrame,
    lines: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Mentions and candidates of names that the scan does not know."""
    cities = lines.filter(pl.col("upper")).select(
        pl.col("row").cast(pl.UInt32),
        sent=pl.lit(0, dtype=pl.UInt32),
        start="city_start",
        end="city_end",
        text="city",
        value=pl.lit("in"),
        cue=pl.lit("dateline"),
    )
    runs = pl.concat([runs_at(cues, texts), labels(reports, texts, named), cities])
    runs = runs.unique(["row", "start"], keep="first", maintain_order=True)
    covered = named.select("row", m_start=pl.col("start").cast(pl.Int64), m_end=pl.col("end").cast(pl.Int64))
    runs = runs.join(covered, left_on=["row", "start"], right_on=["row", "m_start"], how="left")
    at_end = covered.select("row", pl.col("m_end").alias("end"), ended=pl.lit(True)).unique()
    runs = runs.join(at_end, on=["row", "end"], how="left")
    runs = runs.filter(
        pl.col("m_end").is_null() | (pl.col("m_end") < pl.col("end")), pl.col("ended").is_null()
    ).drop("m_end", "ended")
    found, offered = found_places(runs, votes)
    listed = found.join(offered.select("run").unique(), on="run", how="semi")
    unlisted = found.join(offered.select("run").unique(), on="run", how="anti")
    # a name that nobody lists gives way to one that the scan knows
    found = pl.concat([_without_overlap(listed, named, shorter_only=True), _without_overlap(unlisted, named)])
    found = found.with_columns(pl.col("start", "end").cast(pl.UInt32), pl.col("row").cast(pl.UInt32))
    found = found.sort("row", "start", "end", descending=[False, False, True])
    clash = pl.col("start") < pl.col("end").shift(1).over("row")
    found = found.filter(~clash.fill_null(False))
    return found.select("run", "row", "sent", "start", "end", "value", "cue").with_columns(what=pl.lit("name")), offered


def _without_overlap(found: pl.DataFrame, named: pl.DataFrame, shorter_only: bool = False) -> pl.DataFrame:
    """`found` without the rows that overlap a mark of the scan (with `shorter_only`, one that is as long or longer)."""
    spans = named.select("row", at=pl.col("start").cast(pl.Int64), till=pl.col("end").cast(pl.Int64)).sort("row", "at")
    both = found.select("run", "row", "start", "end").join(spans, on="row", how="inner")
    over = (pl.col("at") < pl.col("end")) & (pl.col("till") > pl.col("start"))
    if shorter_only:
        over &= (pl.col("till") - pl.col("at")) >= (pl.col("end") - pl.col("start"))
    return found.join(both.filter(over).select("run").unique(), on="run", how="anti")


def _carry_through_lists(mentions: pl.DataFrame) -> pl.DataFrame:
    """Numbers the lists ("Aleppo, Hama and Idlib provinces") and gives their members the words at their ends."""
    joined = pl.col("joins") & ~pl.col("owns")
    linked = joined.shift(1).fill_null(False)
    mentions = mentions.with_columns(list=(~linked).cum_sum().cast(pl.UInt32))
    behind = pl.when(pl.col("plural")).then("type").backward_fill().over("list")
    before = pl.col("relation").forward_fill().over("list")
    return mentions.with_columns(
        type=pl.coalesce("type", behind),
        listed=pl.col("relation").is_null() & before.is_not_null(),
        relation=pl.coalesce("relation", before),
    )


def _choose(mentions: pl.DataFrame, candidates: pl.DataFrame, votes: pl.DataFrame) -> pl.DataFrame:
    """The best candidate of each mention: `m`, the columns of the place, `doubt` (True: nothing decides)."""
    every = places()
    facts = mentions.select(
        "m", "row", "type", "relation", "contains", "owns", "joins", same=pl.col("row") == pl.col("row").shift(-1)
    )
    c = candidates.join(facts.select("m", "row", "type", "relation"), on="m", how="left", validate="m:1")
    c = c.hstack(
        every.select("iso3", "population", "kind", "admin1", "latitude", "longitude").select(pl.all().gather(c["place"]))
    )
    c = c.join(votes, on=["row", "iso3"], how="left", validate="m:1")
    unit = pl.col("kind").is_in(["admin1", "region"])
    second = pl.col("kind") == "admin2"
    town = pl.col("kind") == "town"
    country = pl.col("kind") == "country"
    fit = (
        pl.when(pl.col("type") == "unit1")
        .then(pl.when(unit).then(2.0).when(second).then(0.8).when(town).then(-1.0))
        .when(pl.col("type") == "unit2")
        .then(pl.when(second).then(2.0).when(unit).then(-0.3).when(town).then(0.2))
        .when((pl.col("type") == "town") | (pl.col("relation") == "town"))
        .then(pl.when(town).then(1.5).when(country).then(-2.0).otherwise(-0.5))
        .when(pl.col("relation") == "unit")
        .then(pl.when(unit).then(1.5).when(second).then(1.3))
        .otherwise(pl.when(unit).then(-0.6).when(second).then(-0.9).when(country).then(3.0))
    )
    c = c.with_columns(
        weight=pl.col("weight").fill_null(0.0),
        score=0.5 * (pl.col("population") + 100).cast(pl.Float64).log10()
        + _PER_VOTE * pl.col("weight").fill_null(0.0).clip(0, _MOST_VOTES)
        + fit.fill_null(0.0),
    )
    first = _best(c).select("m", iso3="iso3", admin1="admin1", kind="kind")
    linked = facts.join(first, on="m", how="left", validate="1:1", maintain_order="left")
    outer = [pl.col(x).shift(-1).alias(f"o_{x}") for x in ("iso3", "admin1", "kind")]
    inner = [pl.col(x).shift(1).alias(f"p_{x}") for x in ("iso3", "admin1", "kind")]
    linked = linked.with_columns(*outer, *inner, follows=pl.col("owns").shift(1) & pl.col("same").shift(1))
    lists = linked.with_columns(after=pl.col("joins").shift(1) & pl.col("same").shift(1)).select(
        "m",
        within=(pl.col("contains") & pl.col("same")).fill_null(False),
        o_iso3="o_iso3",
        o_admin1="o_admin1",
        o_kind="o_kind",
        owned=pl.col("follows").fill_null(False),
        p_iso3="p_iso3",
        p_admin1="p_admin1",
        after=pl.col("after").fill_null(False),
    )
    c = c.join(lists, on="m", how="left", validate="m:1")

    def near(iso3: str, admin1: str) -> pl.Expr:
        inside = (pl.col("iso3") == pl.col(iso3)).fill_null(False)
        unit_too = inside & (pl.col("admin1") == pl.col(admin1)).fill_null(False)
        return pl.when(unit_too).then(2.5).when(inside).then(1.5).otherwise(0.0)

    link = (
        pl.when("within").then(near("o_iso3", "o_admin1")).otherwise(0.0)
        + pl.when("owned").then(near("p_iso3", "p_admin1")).otherwise(0.0)
        + pl.when("after").then(near("p_iso3", "p_admin1") * 0.4).otherwise(0.0)
    )
    c = c.with_columns(score=pl.col("score") + link, link=link > 0)
    best = _best(c)
    rival = c.join(best.select("m", taken="place", top="score", la="latitude", lo="longitude"), on="m", how="left")
    rival = rival.filter(pl.col("place") != pl.col("taken"), pl.col("kind") != "country")
    km = 111.2 * (
        (pl.col("latitude") - pl.col("la")) ** 2
        + ((pl.col("longitude") - pl.col("lo")) * pl.col("latitude").radians().cos()) ** 2
    ).sqrt()
    rival = rival.filter(pl.col("top") - pl.col("score") < _CLEAR, km > _FAR_KM).select("m").unique()
    best = best.join(rival.with_columns(rival=pl.lit(True)), on="m", how="left", validate="1:1")
    columns = [name for name in every.columns if name not in best.columns and name != "place"]
    best = best.hstack(every.select(columns).select(pl.all().gather(best["place"])))
    return best.select(
        "m", "place", "name", "admin1", "iso3", "latitude", "longitude", "geoname_id", "kind", "population",
        "geo_precision", "weight", "link", doubt=pl.col("rival").fill_null(False),
    )  # fmt: skip


def _best(candidates: pl.DataFrame) -> pl.DataFrame:
    """The candidate with the highest score of each mention, the first listed on a tie."""
    top = candidates.filter(pl.col("score") == pl.col("score").max().over("m"))
    return top.unique("m", keep="first", maintain_order=True)


def _with_uses(
    mentions: pl.DataFrame, actors: pl.DataFrame | None, lines: pl.DataFrame, texts: Texts
) -> pl.DataFrame:
    """Adds `use` and `container`."""
    mentions = mentions.join(lines.select("row", "line_end"), on="row", how="left", validate="m:1", maintain_order="left")
    if actors is not None and not actors.is_empty():
        inside = _inside_actors(mentions, actors)
        mentions = mentions.with_columns(in_actor=pl.col("m").is_in(inside.implode()))
    else:
        mentions = mentions.with_columns(in_actor=pl.lit(False))
    mentions = mentions.with_columns(spoken=_spoken(mentions, texts))
    neighbours = load_seed("places/words", "word", "role").filter(pl.col("role") == "neighbour")["word"].to_list()
    locative = pl.col("relation").is_in(_LOCATIVE) & ~pl.col("listed")
    touches = (pl.col("start") - pl.col("end").shift(1)).cast(pl.Int64) <= 2
    touches = (touches & (pl.col("row") == pl.col("row").shift(1))).fill_null(False)
    typed = pl.col("type").is_not_null() & ~pl.col("type").is_in(["name", "talks"])
    beside = pl.col("next_capital").is_not_null() & ~pl.col("next_capital").is_in(neighbours) & ~typed
    led = pl.col("capital").is_not_null() & ~pl.col("capital").is_in(neighbours) & ~touches
    supported = locative | typed | pl.col("contains") | pl.col("bracket") | pl.col("listed") | (pl.col("weight") >= 2)
    stranger = (pl.col("population") < _SMALL_TOWN) & (pl.col("weight") < 1) & ~pl.col("link")
    whole_country = pl.col("kind") == "country"
    use = (
        pl.when(pl.col("end") <= pl.col("line_end"))
        .then(pl.lit("dateline"))
        .when("in_actor")
        .then(pl.lit("actor"))
        .when(pl.col("type").is_in(["name", "talks"]) & (~locative | (pl.col("type") == "name")))
        .then(pl.lit("other"))
        .when(pl.col("weak") & ~(locative | typed | pl.col("bracket") | pl.col("contains")))
        .then(pl.lit("other"))
        .when((beside | led) & ~locative & ~whole_country & ~pl.col("bracket") & ~pl.col("contains"))
        .then(pl.lit("other"))
        .when(stranger & ~supported)
        .then(pl.lit("other"))
        .when(pl.col("relation") == "office")
        .then(pl.lit("other"))
        .when(whole_country & pl.col("relation").is_null() & (pl.col("verb") | pl.col("next_capital").is_null()
              & pl.col("capital").is_not_null()))
        .then(pl.lit("actor"))
        .when(pl.col("verb") & pl.col("relation").is_null() & _is_capital())
        .then(pl.lit("actor"))
        .when("spoken")
        .then(pl.lit("speaker"))
        .otherwise(pl.lit("event"))
    )  # fmt: skip
    # the outer place of "X in Y": Y says where X is, and is no second place of the event
    fits = (pl.col("iso3") == pl.col("iso3").shift(1)) & (
        (pl.col("kind") == "country")
        | (pl.col("kind") != "town") & (pl.col("admin1") == pl.col("admin1").shift(1))
        | (pl.col("admin1") == pl.col("admin1").shift(1)) & pl.col("relation").is_in(["in", "town", "unit"])
    )
    finer = _rank() < _rank().shift(1)
    unlisted = pl.col("iso3").shift(1).is_null() & (pl.col("kind") != "town")
    outer = pl.col("contains").shift(1) & (pl.col("row") == pl.col("row").shift(1)) & (fits & ~finer.not_() | unlisted)
    owner = pl.col("owns") & (pl.col("iso3") == pl.col("iso3").shift(-1))
    return mentions.with_columns(use=use, container=(outer | owner).fill_null(False))


def _rank() -> pl.Expr:
    """Size class of a place: 3 town, 2 second-level unit, 1 first-level unit or region, 0 country."""
    return (
        pl.when(pl.col("kind") == "country")
        .then(0)
        .when(pl.col("kind").is_in(["admin1", "region"]))
        .then(1)
        .when(pl.col("kind") == "admin2")
        .then(2)
        .otherwise(3)
    )


def _is_capital() -> pl.Expr:
    return (pl.col("population") > 500_000) & (pl.col("kind") == "town")


# "told reporters in Geneva": the words of speaking stand right before the preposition.
_SPOKEN = (
    r"\b(?:told|reporters|speaking|statement|interview|conference|briefing|spokesman|spokeswoman|correspondent|journalists|"
    r"talks|summit|meeting|met|monitors?|observatory|based|headquarters)\W+(?:\w+ ){0,2}in (?:the )?(?:[a-z]+ )?$"
)


def _spoken(mentions: pl.DataFrame, texts: Texts) -> pl.Series:
    """True where a mention says where somebody speaks."""
    at = mentions.select(pl.col("speech") & (pl.col("relation") == "in")).to_series().fill_null(False).arg_true()
    some = mentions[at]
    start = some["start"].cast(pl.Int64)
    near = texts.cut(some["row"], (start - 40).clip(0), start)
    no = pl.repeat(False, mentions.height, dtype=pl.Boolean, eager=True)
    return no.scatter(at, near.str.contains(_SPOKEN).fill_null(False))


def _inside_actors(mentions: pl.DataFrame, actors: pl.DataFrame) -> pl.Series:
    """`m` of the mentions that lie inside a longer actor phrase."""
    spans = actors.select("row", a_start=pl.col("start"), a_end=pl.col("end"))
    both = mentions.select("m", "row", "start", "end").join(spans, on="row", how="inner")
    inside = (pl.col("a_start") <= pl.col("start")) & (pl.col("end") <= pl.col("a_end"))
    longer = (pl.col("a_end") - pl.col("a_start")) > (pl.col("end") - pl.col("start"))
    return both.filter(inside & longer)["m"].unique()


def _finish(mentions: pl.DataFrame, texts: Texts) -> pl.DataFrame:
    """The columns of `MENTIONS`: precision, issue, words."""
    near = (pl.col("relation") == "near") | pl.col("type").is_in(["around", "feature"])
    kind = pl.col("kind")
    precision = (
        pl.when(kind == "country")
        .then(None)
        .when(kind.is_in(["admin1", "region"]))
        .then(pl.when(pl.col("direction") & (pl.col("geo_precision").is_null())).then(3).otherwise(3))
        .when(kind == "admin2")
        .then(2)
        .when(near | (pl.col("direction") & pl.col("type").is_in(["around"])))
        .then(2)
        .otherwise(1)
    )
    precision = pl.max_horizontal(precision, pl.col("geo_precision").cast(pl.Int32))
    issue = (
        pl.when(pl.col("place").is_null())
        .then(pl.lit("unknown-name"))
        .when(kind == "country")
        .then(pl.lit("country-only"))
        .when("doubt")
        .then(pl.lit("shared-name"))
    )
    words = texts.cut(mentions["row"], mentions["start"], mentions["end"])
    out = mentions.with_columns(text=words, issue=issue, geo_precision=precision, group="list")
    open_ = pl.col("issue").is_in(["shared-name", "unknown-name"])
    names = country_names()
    out = out.with_columns(
        name=pl.coalesce("name", "text"),
        country=pl.col("iso3").replace_strict(names, default=None, return_dtype=pl.String),
    ).with_columns(
        pl.when(~open_.fill_null(False)).then(pl.col(c)).alias(c)
        for c in ("latitude", "longitude", "geoname_id", "geo_precision")
    )
    return out.select(pl.col(name).cast(dtype) for name, dtype in MENTIONS.items())


# Tiers of an event's place: the lower the better. Distance to the clause decides within a tier.
_TIERS = {
    "located after": 0,  # "... attacked in Hama"
    "located before": 1,  # "In Hama, gunmen attacked"
    "named": 2,  # "Hama was shelled"
    "origin": 3,
    "country": 4,
    "previous": 5,
    "main": 6,
    "main country": 7,
    "dateline": 8,
    "speaker": 9,
}


def event_places(clauses: pl.DataFrame, mentions: pl.DataFrame) -> pl.DataFrame:
    """The place of each clause, or several where the text joins them ("in Hama and Idlib").

    Looks in the clause's sentence first: a place after a place preposition, the nearest behind the clause's start; then
    one before it, one without a preposition, a country; then the sentence before; then the report's main place. The
    dateline and the speaker's place count only where nothing else is named.

    Args:
        clauses: `row`, `sent`, `start`, `end` of what names the act.
        mentions: what `place_mentions` returned.

    Returns:
        One row per clause and place: `clause` (position in `clauses`), `n` (0, 1 ... within the clause), `mention`
        (position in `mentions`, null without a place), `source` (a key of the tiers: located after, located before,
        named, origin, country, previous, main, main country, dateline, speaker), and the columns of the mention from
        `start` to `kind`; `issue` is no-place where there is none.
    """
    asked = clauses.select("row", "sent", "start", "end").with_row_index("clause")
    known = mentions.with_row_index("mention").with_columns(
        located=pl.col("relation").is_in(_LOCATIVE).fill_null(False), country_=pl.col("kind").eq_missing(pl.lit("country"))
    )
    known = known.filter(~pl.col("use").is_in(["actor", "other"]))
    plain = known.filter(pl.col("use") == "event")
    inner = plain.filter(~pl.col("container"))
    here = asked.join(inner, on=["row", "sent"], how="inner", suffix="_p")
    after = pl.col("start_p") >= pl.col("start")
    tier = (
        pl.when("country_")
        .then(_TIERS["country"])
        .when(pl.col("relation").is_in(["origin", "to"]))
        .then(_TIERS["origin"])
        .when(~pl.col("located"))
        .then(_TIERS["named"])
        .when(after)
        .then(_TIERS["located after"])
        .otherwise(_TIERS["located before"])
    )
    gap = pl.when(after).then(pl.col("start_p").cast(pl.Int64) - pl.col("end")).otherwise(
        pl.col("start").cast(pl.Int64) - pl.col("end_p")
    )  # fmt: skip
    here = here.select("clause", "mention", tier=tier, gap=gap.clip(0))
    specific = inner.filter(~pl.col("country_"))
    strong = specific.filter(~pl.col("relation").is_in(["origin", "to"]).fill_null(False))
    earlier = (
        asked.select("clause", "row", "sent", "start")
        .join(strong.select("row", "mention", "located", "end", s_="sent"), on="row", how="inner")
        .filter(pl.col("s_") < pl.col("sent"))
        .with_columns(gap=pl.col("start").cast(pl.Int64) - pl.col("end"))
    )
    step = pl.col("sent") - pl.col("s_")
    earlier = earlier.select(
        "clause",
        "mention",
        tier=pl.when(step <= 2).then(_TIERS["previous"]).otherwise(_TIERS["main"]),
        gap=pl.col("gap") + pl.when("located").then(0).otherwise(200),
    )
    main = _main_places(strong, "main")
    main = asked.select("clause", "row").join(main, on="row", how="inner").select("clause", "mention", "tier", "gap")
    nation = _main_places(plain.filter("country_"), "main country")
    nation = asked.select("clause", "row").join(nation, on="row", how="inner").select("clause", "mention", "tier", "gap")
    last = known.filter(pl.col("use").is_in(["dateline", "speaker"])).select("row", "mention", "use")
    last = asked.select("clause", "row").join(last, on="row", how="inner")
    last = last.select(
        "clause",
        "mention",
        tier=pl.when(pl.col("use") == "dateline").then(_TIERS["dateline"]).otherwise(_TIERS["speaker"]),
        gap=pl.lit(0, dtype=pl.Int64),
    )
    parts = [p.with_columns(pl.col("tier").cast(pl.Int64), pl.col("gap").cast(pl.Int64)) for p in
             (here, earlier, main, nation, last)]  # fmt: skip
    every = pl.concat(parts)
    every = every.hstack(mentions.select("iso3", "issue").select(pl.all().gather(every["mention"])))
    # A country named in the sentence overrules places of other countries in other sentences.
    spoken = every.filter(pl.col("tier") == _TIERS["country"]).group_by("clause").agg(said=pl.col("iso3").unique())
    every = every.join(spoken, on="clause", how="left", validate="m:1")
    borrowed = pl.col("tier").is_in([_TIERS["previous"], _TIERS["main"]])
    agrees = pl.col("said").is_null() | pl.col("iso3").is_in("said").fill_null(False)
    # the same country in this sentence and a town in the one before: the town
    own_country = pl.col("tier") == _TIERS["country"]
    cost = pl.when(own_country).then(_TIERS["previous"] + 0.5).otherwise("tier")
    unknown = pl.col("issue").is_in(["unknown-name", "shared-name"]).fill_null(False)
    every = every.filter(~borrowed | agrees).with_columns(cost=cost.cast(pl.Float64) + pl.when(unknown).then(0.9).otherwise(0.0))
    best = every.sort("clause", "cost", "gap", maintain_order=True).unique("clause", keep="first", maintain_order=True)
    label = {number: name for name, number in _TIERS.items()}
    best = best.select("clause", "mention", source=pl.col("tier").replace_strict(label, return_dtype=pl.String))
    listed = known.select("row", "sent", "group", "mention", "use", "container", "country_")
    group = best.join(listed.select("mention", "row", "group", "country_"), on="mention", how="left", validate="m:1")
    members = listed.filter(pl.col("use") == "event", ~pl.col("container")).select(
        "row", "group", "country_", other="mention"
    )
    group = group.join(members, on=["row", "group", "country_"], how="left")
    group = group.with_columns(other=pl.coalesce("other", "mention"))
    first = (pl.col("other") != pl.col("mention")).cast(pl.UInt32)
    group = group.with_columns(first=first).sort("clause", "first", "other")
    group = group.with_columns(n=pl.int_range(pl.len(), dtype=pl.UInt32).over("clause"))
    out = asked.select("clause").join(group.select("clause", "n", "source", mention="other"), on="clause", how="left")
    columns = ["start", "end", "text", "name", "admin1", "country", "iso3", "latitude", "longitude", "geoname_id",
               "geo_precision", "issue", "kind"]  # fmt: skip
    out = out.hstack(mentions.select(columns).select(pl.all().gather(out["mention"])))
    return out.with_columns(
        pl.col("n").fill_null(0),
        issue=pl.when(pl.col("mention").is_null()).then(pl.lit("no-place")).otherwise("issue"),
    )


def _main_places(places_: pl.DataFrame, tier: str) -> pl.DataFrame:
    """The place that each report names most, the first on a tie: `row`, `mention`, `tier`, `gap`."""
    counted = places_.with_columns(times=pl.len().over("row", "name", "iso3"))
    counted = counted.sort("row", "times", "located", "start", descending=[False, True, True, False])
    return counted.unique("row", keep="first", maintain_order=True).select(
        "row", "mention", tier=pl.lit(_TIERS[tier], dtype=pl.Int64), gap=pl.lit(0, dtype=pl.Int64)
    )


def resolve_places(
    texts: pl.Series | list[str] | str,
    countries: pl.Series | list[str | None] | None = None,
    offsets: Literal["bytes", "chars"] = "bytes",
) -> pl.DataFrame:
    """One row per place that the texts name.

    Args:
        texts: a text or several.
        countries: ISO 3166-1 alpha-3 of the country that each text is about, where the caller knows it.
        offsets: unit of `start` and `end`: bytes of the UTF-8 text, or characters of the Python string.

    Returns:
        `row`, `start`, `end`, `text`, `name`, `admin1`, `country` (ACLED's name), `iso3`, `latitude`, `longitude`,
        `geoname_id`, `geo_precision` (ACLED: 1 the town, 2 near it or a part of a region, 3 a region), `issue`. Names
        that are part of an organisation's or a person's name have no row.

    >>> resolve_places("Clashes broke out in Saraqib, Syria.").select("text", "iso3").rows()
    [('Saraqib', 'SYR'), ('Syria', 'SYR')]
    """
    from eventdata.coding.scan import find_phrases

    if offsets not in ("bytes", "chars"):
        raise BadCallError(f"resolve_places: offsets={offsets!r}. Hint: 'bytes' or 'chars'.")
    given = pl.Series("text", [texts] if isinstance(texts, str) else texts, dtype=pl.String)
    reports = pl.DataFrame({"text": given}).with_row_index("row")
    reports = reports.with_columns(clean=clean(pl.col("text")))
    phrases = lexicon_phrases().with_columns(first=pl.col("phrase"))
    capital = phrases.filter(~pl.col("proper")).with_columns(
        phrase=pl.concat_str(pl.col("phrase").str.slice(0, 1).str.to_uppercase(), pl.col("phrase").str.slice(1))
    )
    both = pl.concat([phrases, capital])
    marks = find_phrases(reports["text"], both["phrase"].to_list())
    marks = marks.with_columns(place=both["key"].gather(marks["ref"])).drop("ref")
    hints = None
    if countries is not None:
        hint = pl.Series("iso3", countries, dtype=pl.String)
        if hint.len() != given.len():
            raise BadCallError(f"resolve_places: {hint.len()} countries for {given.len()} texts.")
        hints = pl.DataFrame({"iso3": hint}).with_row_index("row").drop_nulls()
    out = place_mentions(marks, reports, countries=hints).filter(~pl.col("use").is_in(["other", "actor"]) | (pl.col("kind") == "country"))
    if offsets == "chars":
        out = _in_characters(out, reports)
    return out.select(
        "row", "start", "end", "text", "name", "admin1", "country", "iso3", "latitude", "longitude", "geoname_id",
        "geo_precision", "issue",
    )  # fmt: skip


def _in_characters(mentions: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """`start` and `end` counted in characters."""
    ahead = Texts(reports).cut(mentions["row"], mentions["start"] * 0, mentions["start"]).str.len_chars()
    return mentions.with_columns(start=ahead, end=ahead + mentions["text"].str.len_chars())


def country_codes(iso3: pl.Series) -> pl.DataFrame:
    """ACLED country and region, COW and Gleditsch-Ward numbers and FIPS code of each country, in the given order.

    Columns `iso3`, `country`, `region`, `cow_number`, `gw_number`, `fips`; null where a list has no such country. The
    numbers are the present ones; `seeds/countries/states.csv` has the years of each.
    """
    codes = load_seed("countries/codes", "iso3").select(
        "iso3", "cow_number", "gw_number", "fips", country=pl.coalesce("acled_name", "name")
    )
    regions = load_seed("acled/countries").select("iso3", "region").drop_nulls("iso3").unique("iso3", keep="first")
    out = iso3.alias("iso3").to_frame().join(codes, on="iso3", how="left", validate="m:1", maintain_order="left")
    out = out.join(regions, on="iso3", how="left", validate="m:1", maintain_order="left")
    return out.select("iso3", "country", "region", "cow_number", "gw_number", "fips")

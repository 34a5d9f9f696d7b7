"""References inside a report: abbreviations it defines, "the group", "the rebels", and nouns whose country it said before."""

import polars as pl

from eventdata.resolve.actor_labels import compose_code, compose_names

_ARMED = ["REB", "SEP", "UAF", "INS", "CRM", "RAD"]
_STATE = ["GOV", "MIL", "COP", "SPY", "LEG", "JUD"]
_TAKEN = ("actor", "cameo_code", "role", "country", "inter")
# " (ZF)" in hexadecimal, since a window of bytes may cut a character in two
_ABBREVIATION = "^(?:22|27)?2028((?:4[1-9a-f]|5[0-9a])(?:4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a]|2d){1,9})29"


def link_references(phrases: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Actor phrases with what their report said before: columns as before and `refers_to`.

    `refers_to` is the row number (in `phrases`) of the phrase that a noun stands for, null where it stands for itself:
    "the group" for the last named group of the report, "the rebels" for the last named armed group, "the army" and "the
    parliament" for the last of that role whose country is known. Nouns with "the" only; the referring phrase takes actor,
    code, role, country and type. `phrases` and `reports` are those of `actor_phrases`; rows keep their order.
    """
    p = phrases.with_row_index("at").with_columns(_definite(phrases, reports))
    named = ~pl.col("agent") & pl.col("role").is_not_null() & (pl.col("kind") != "location")
    armed = named & pl.col("role").is_in(_ARMED)
    group = named & ~pl.col("kind").is_in(["metonym", "state", "demonym", "people", "person", "official"])
    bare = pl.col("agent") & pl.col("country").is_null() & pl.col("definite")
    asks_group = bare & (pl.col("kind") == "groupnoun")
    asks_armed = bare & pl.col("role").is_in(_ARMED)
    asks_state = bare & pl.col("role").is_in(_STATE) & (pl.col("kind") != "title")
    p = p.with_columns(
        last_group=_last(group),
        last_armed=_last(armed),
        asks=pl.when(asks_group).then(1).when(asks_armed).then(2).when(asks_state).then(3),
    )
    clear = pl.col("role").is_in(_STATE) & pl.col("country").is_not_null() & (pl.col("kind") != "location")
    p = p.with_columns(last_state=_last(clear, "row", "role"))
    refers = (
        pl.when(pl.col("asks") == 1)
        .then("last_group")
        .when(pl.col("asks") == 2)
        .then("last_armed")
        .when(pl.col("asks") == 3)
        .then("last_state")
    )
    p = p.with_columns(refers_to=refers)
    p = _take(p)
    return p.select(*phrases.columns, "refers_to")


def _last(which: pl.Expr, *within: str) -> pl.Expr:
    """Row number of the last phrase of the kind before this one, in its report."""
    return pl.when(which).then("at").forward_fill().shift().over(list(within) or ["row"])


def _definite(phrases: pl.DataFrame, reports: pl.DataFrame) -> pl.Series:
    body = reports["clean"].cast(pl.Binary).gather(reports["row"].search_sorted(phrases["row"]))
    start = pl.col("start").cast(pl.Int64)
    before = (
        phrases.select("start")
        .with_columns(body.alias("body"))
        .select(pl.when(start >= 4).then(pl.col("body").bin.slice(start - 4, 4)))
        .to_series()
    )
    return before.is_in([b"the ", b"The "]).fill_null(value=False).alias("definite")


def _take(p: pl.DataFrame) -> pl.DataFrame:
    """The referring phrases with the values of what they refer to; "the army" takes the country only."""
    given = p.select(pl.col(_TAKEN).gather(p["refers_to"]).name.suffix("_said"))
    p = pl.concat([p, given], how="horizontal")
    whole = pl.col("refers_to").is_not_null() & (pl.col("asks") < 3)
    country = pl.col("refers_to").is_not_null() & (pl.col("asks") == 3)
    p = p.with_columns(
        *(
            pl.when(whole).then(f"{column}_said").otherwise(column).alias(column)
            for column in _TAKEN
            if column != "country"
        ),
        country=pl.when(whole | country).then("country_said").otherwise("country"),
    )
    labels = compose_names(p)
    return p.with_columns(labels["name"].alias("label"), code=compose_code()).with_columns(
        actor=pl.when(country).then("label").otherwise("actor"),
        cameo_code=pl.when(country).then("code").otherwise("cameo_code"),
        issue=pl.when(pl.col("refers_to").is_not_null() & (pl.col("issue") == "no-country"))
        .then(None)
        .otherwise("issue"),
    )


def defined_abbreviations(phrases: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Abbreviations that reports define behind a named actor, "Zeta Front (ZF)", wherever they come again.

    Returns `row`, `start`, `end` (bytes) of each later occurrence, `text` and `refers_to` (row number in `phrases`), sorted.
    An abbreviation that the tables know has a phrase of its own already and is left out.
    """
    named = phrases.with_row_index("refers_to").filter(~pl.col("agent") & (pl.col("kind") != "location"))
    body = reports["text"].cast(pl.Binary).gather(reports["row"].search_sorted(named["row"]))
    after = pl.col("body").bin.slice(pl.col("end"), 14).bin.encode("hex")
    found = (
        named.select("row", "end", "refers_to")
        .with_columns(body.alias("body"))
        .with_columns(text=after.str.extract(_ABBREVIATION).str.decode("hex").cast(pl.String))
        .filter(pl.col("text").is_not_null())
        .unique(["row", "text"], keep="first", maintain_order=True)
    )
    if found.is_empty():
        return found.select("row", start="end", end="end", text="text", refers_to="refers_to")
    # splitting on the abbreviation and adding up the lengths gives its offsets
    pieces = found.select(
        "row",
        "text",
        "refers_to",
        "end",
        pl.col("body").cast(pl.String).str.split(pl.col("text")).alias("piece"),
    ).explode("piece")
    key = ["row", "text"]
    length = pl.col("piece").str.len_bytes().cast(pl.Int64) + pl.col("text").str.len_bytes()
    spots = pieces.with_columns(
        stop=length.cum_sum().over(key),
        nth=pl.int_range(pl.len()).over(key),
        pieces=pl.len().over(key),
        next=pl.col("piece").shift(-1).over(key),
    ).filter(pl.col("nth") < pl.col("pieces") - 1)
    whole = ~pl.col("piece").str.contains(r"[\p{L}\p{N}]$") & ~pl.col("next").str.contains(r"^[\p{L}\p{N}]")
    later = pl.col("stop") > pl.col("end").cast(pl.Int64) + 16
    spots = spots.filter(whole & later).with_columns(
        start=(pl.col("stop") - pl.col("text").str.len_bytes()).cast(pl.UInt32),
        stop=pl.col("stop").cast(pl.UInt32),
    )
    spots = spots.select("row", "start", end="stop", text="text", refers_to="refers_to")
    return spots.join(phrases.select("row", "start"), on=["row", "start"], how="anti").sort("row", "start")

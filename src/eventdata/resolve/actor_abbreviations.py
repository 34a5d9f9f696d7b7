"""Abbreviations that a report defines: "the Free Idlib Army (FIA) ... the FIA".

What stands before the bracket is a phrase of the tables, or a name that they do not know and that ends in a noun of theirs
("Army"). Such a name is the actor then, in place of the bare noun. Wherever the abbreviation comes again it stands for
that actor, also where the tables know it as another one.
"""

import polars as pl

from eventdata.resolve.actor_labels import compose_code
from eventdata.resolve.actor_links import words_with_effect

_BEFORE = 80  # bytes in which a name before the bracket has to stand
_AFTER = 14
_INNER = r" \(([A-Z][A-Za-z-]{1,9})\)$"
_BRACKET = r'^["”]? \(["“]?([A-Z][A-Za-z-]{1,9})["”]?\)'
_SMALL = frozenset(
    ["of", "for", "the", "and", "in", "de", "du", "la", "des", "et", "el"]
)  # words without a letter
_PART = "part of a name"
_VALUES = ("actor", "assoc", "cameo_code", "role", "country", "inter", "kind", "agent", "issue")


def with_abbreviations(phrases: pl.DataFrame, marks: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Actor phrases with the abbreviations that their reports define, sorted by row and start.

    Reads `text` of `reports`; a mark's `sent` and `sent_start` tell the sentence of an abbreviation that was no phrase yet.
    """
    defined = _definitions(phrases, reports)
    if defined.is_empty():
        return phrases
    phrases = _renamed(phrases, defined)
    said = phrases.select(pl.col(_VALUES).gather(defined["at"]))
    spots = _occurrences(defined.select("row", "text", "end").hstack(said), reports)
    known = (
        phrases.select("row", "start", old_end="end")
        .with_row_index("at")
        .unique(["row", "start"], keep="first")
    )
    spots = spots.join(known, on=["row", "start"], how="left", maintain_order="left", validate="m:1")
    again = spots.filter(pl.col("old_end") == pl.col("end"))
    phrases = phrases.with_columns(phrases[name].scatter(again["at"], again[name]) for name in _VALUES)
    new = _with_sentences(spots.filter(pl.col("at").is_null()), marks, reports)
    made = new.with_columns(coord=pl.lit(None, pl.UInt32)).select(phrases.columns).cast(phrases.schema)
    whole = pl.concat([phrases, made]).filter(pl.col("kind").ne_missing(_PART))
    return whole.sort("row", "start", maintain_order=True)


def _definitions(phrases: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """The phrases with an abbreviation behind them: `at` (row number), `row`, `end`, `text` (the abbreviation), `name`.

    `name` is filled where the phrase is only its end, which is at `head_end`; `known`: the tables have the abbreviation.
    """
    bracketed = reports.select(pl.col("text").str.contains(" (", literal=True).fill_null(value=False))
    if not bracketed.to_series().any():
        return pl.DataFrame(schema={"row": pl.UInt32, "text": pl.String})
    place = reports["row"].search_sorted(phrases["row"])
    x = (
        phrases.select("row", "start", "end", "agent", "kind")
        .with_row_index("at")
        .with_columns(place.alias("place"))
    )
    x = x.filter(bracketed.to_series().gather(place) & (pl.col("kind") != "location").fill_null(value=True))
    x = x.with_columns(reports["text"].cast(pl.Binary).gather(x["place"]).alias("body"))
    opens, closes = (
        _cut(pl.col("end"), pl.lit(3)).bin.contains(b"("),
        _cut(pl.col("end") - 1, pl.lit(1)) == b")",
    )
    x = x.filter(opens | closes)
    own = _cut(pl.col("start"), pl.col("end") - pl.col("start"))
    x = x.with_columns(_window(x.select(own=own)["own"]).alias("own"))
    # the tables know the abbreviation, and it stands inside the phrase: "Front (SDF)"
    inner = pl.col("own").str.extract(_INNER)
    x = x.with_columns(inner=inner, head_end=pl.col("end") - inner.str.len_bytes().fill_null(-3) - 3)
    reach = pl.min_horizontal(pl.col("head_end"), _BEFORE)
    after, before = _cut(pl.col("end"), pl.lit(_AFTER)), _cut(pl.col("head_end") - reach, reach)
    x = x.with_columns(
        _window(x.select(after=after)["after"]).str.extract(_BRACKET).alias("text"),
        _window(x.select(before=before)["before"]).alias("before"),
    ).with_columns(text=pl.coalesce("inner", "text"))
    x = x.filter(pl.col("text").is_not_null())
    names = [spelled_out(*pair) for pair in x.select("before", "text").iter_rows()]
    x = x.with_columns(pl.Series("name", names, dtype=pl.String))
    own_initials = (
        pl.col("own").str.replace_all(r"(?:^| )\p{Ll}[^ ]*", "").str.replace_all(r"(\p{Lu})[^ ]* ?", "${1}")
    )
    first = own_initials.str.contains(pl.col("text").str.slice(0, 1), literal=True)
    longer = pl.col("name").str.len_bytes() > pl.col("head_end") - pl.col("start")
    noun = pl.col("agent") | pl.col("inner").is_not_null()
    fits = (
        pl.when(pl.col("inner").is_not_null())
        .then(longer)
        .when("agent")
        .then(pl.col("name").is_not_null())
        .otherwise(first)
    )
    x = x.with_columns(name=pl.when(noun & longer).then("name"))
    return (
        x.filter(fits.fill_null(value=False))
        .unique(["row", "text"], keep="first", maintain_order=True)
        .select("at", "row", "end", "text", "name", "head_end", known=pl.col("inner").is_not_null())
    )


def _cut(start: pl.Expr, length: pl.Expr) -> pl.Expr:
    return pl.col("body").bin.slice(start, length)


def _window(cut: pl.Series) -> pl.Series:
    """Bytes as text; a character that the window cuts in two is left out."""
    return pl.Series([piece.decode(errors="ignore") for piece in cut.to_list()], dtype=pl.String)


def spelled_out(before: str, abbreviation: str) -> str | None:
    """The name at the end of `before` whose capitalised words begin with the letters of `abbreviation`, or null.

    >>> spelled_out("fighters of the Zorbax Front for Peace", "ZFP")
    'Zorbax Front for Peace'
    """
    letters = [letter for letter in abbreviation.upper() if letter.isalpha()]
    words = before.split(" ")
    at = len(words)
    while letters and at:
        at -= 1
        if words[at][:1].isupper():
            if words[at][0] != letters.pop():
                return None
        elif words[at] not in _SMALL:
            return None
    return None if letters else " ".join(words[at:])


def _renamed(phrases: pl.DataFrame, defined: pl.DataFrame) -> pl.DataFrame:
    """The phrases, with the whole name where a bare noun ends one; words of revolt in it make it a rebel group."""
    named = defined.filter(pl.col("name").is_not_null())
    at = named["at"]
    x = phrases.select(pl.all().gather(at)).hstack(named.select("name", "head_end", "known"))
    x = x.with_columns(start=pl.col("head_end") - pl.col("name").str.len_bytes())
    before = phrases.select(
        pl.col("row", "start", "country").gather((at.cast(pl.Int64) - 1).clip(0)).name.suffix("_before")
    )
    x = x.hstack(before)
    within = (pl.col("row_before") == pl.col("row")) & (pl.col("start_before") >= pl.col("start")) & (at > 0)
    rebel = pl.any_horizontal(
        pl.col("name").str.contains(rf"\b{word}\b") for word in words_with_effect("rebel-name")
    )
    # "Syrian Zorbax Army (SZA)": the nation is part of the name
    nation = pl.when(within).then("country_before")
    noun = ~pl.col("known")  # else the role is that of the abbreviation's other meaning
    x = x.with_columns(
        actor="name",
        assoc=pl.lit(None, pl.String),
        country=pl.coalesce(nation, pl.when(noun).then("country")),
        role=pl.when(rebel).then(pl.lit("REB")).when(noun).then("role"),
        inter=pl.when(rebel).then(pl.lit("Rebel group")).when(noun).then("inter"),
        kind=pl.when(rebel).then(pl.lit("armed_group")).when(noun).then("kind").otherwise(pl.lit("listed")),
        agent=pl.lit(value=False),
        text="name",
        issue=pl.lit("unknown-name"),
        within=within,
    ).with_columns(cameo_code=compose_code())
    changed = (*_VALUES, "start", "text")
    renamed = phrases.with_columns(
        phrases[column].scatter(at, x[column].cast(phrases.schema[column])) for column in changed
    )
    return renamed.with_columns(kind=renamed["kind"].scatter(at.filter(x["within"]) - 1, _PART))


def _occurrences(defined: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Each place of an abbreviation behind its definition: its bytes, and the values of the actor."""
    body = reports["text"].gather(reports["row"].search_sorted(defined["row"]))
    # splitting on the abbreviation and adding up the lengths gives its offsets
    pieces = (
        defined.with_row_index("n")
        .with_columns(body.str.split(defined["text"]).alias("piece"), defined_end="end")
        .explode("piece")
    )
    length = pl.col("piece").str.len_bytes().cast(pl.Int64) + pl.col("text").str.len_bytes()
    spots = pieces.with_columns(
        end=length.cum_sum().over("n"),
        following=pl.col("piece").shift(-1).over("n"),
    ).filter(pl.col("following").is_not_null())
    word = r"[\p{L}\p{N}]"
    whole = ~pl.col("piece").str.contains(f"{word}$") & ~pl.col("following").str.contains(f"^{word}")
    later = pl.col("end") > pl.col("defined_end").cast(pl.Int64) + pl.col("text").str.len_bytes() + 4
    start = (pl.col("end") - pl.col("text").str.len_bytes()).cast(pl.UInt32)
    return (
        spots.filter(whole & later)
        .with_columns(start=start, end=pl.col("end").cast(pl.UInt32))
        .drop("n", "piece", "following", "defined_end")
        .sort("row", "start")
    )


def _with_sentences(spots: pl.DataFrame, marks: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """The spots with `sent`; those in sentences without marks are left out, since nothing happens there."""
    place = pl.col("row").cast(pl.Int64) * 2**32 + pl.col("start")
    around = marks.select("sent", "sent_start", mark_row="row", mark_end="end", place=place).sort("place")
    x = spots.drop("at", "old_end").with_columns(place=place).sort("place")
    behind = around["place"].search_sorted(x["place"], side="right")
    size = around.height
    following = around.select(pl.all().gather(behind.clip(upper_bound=size - 1)).name.suffix("_next"))
    earlier = around.select(pl.all().gather((behind.cast(pl.Int64) - 1).clip(lower_bound=0)))
    x = x.hstack(following).hstack(earlier.drop("place")).with_columns(behind.alias("behind"))
    inside = (
        (pl.col("behind") < size)
        & (pl.col("mark_row_next") == pl.col("row"))
        & (pl.col("sent_start_next") <= pl.col("start"))
    )
    body = reports["clean"].cast(pl.Binary).gather(reports["row"].search_sorted(x["row"]))
    between = pl.col("body").bin.slice(
        "mark_end", (pl.col("start").cast(pl.Int64) - pl.col("mark_end")).clip(0)
    )
    x = x.with_columns(body.alias("body"))
    stops = pl.any_horizontal(between.bin.contains(stop) for stop in (b". ", b"! ", b"? ", b"\x02"))
    ends = (pl.col("behind") > 0) & (pl.col("mark_row") == pl.col("row")) & ~stops
    sent = pl.when(inside).then("sent_next").when(ends).then("sent")
    return x.with_columns(sent=sent).filter(pl.col("sent").is_not_null())

"""Compiles all phrases of the product into one scan, so that the text is touched once.

Each module that reads words contributes its phrases with a key into its own table; a phrase that several modules want is one
pattern with several keys.
"""

from dataclasses import dataclass
from functools import cache

import polars as pl

from eventdata.coding.clean import clean_phrase
from eventdata.coding.scan import Patterns, compile_patterns, find_phrases
from eventdata.coding.words import SIDE_OF_INTER, SIDE_OF_ROLE, Classes, inherited, memberships
from eventdata.resolve import counts, dates, places
from eventdata.resolve.actor_tables import ActorLexicon, actor_lexicon

_PASSIVE = (
    r"^(?:[Ii]s|[Aa]re|[Ww]as|[Ww]ere|[Bb]e|[Bb]een|[Bb]eing) (?:\w+ly )?"
    r"\w+(?:ed|en|wn|rn|ught|ilt|nt|shot|hit|held|hurt)\b"
)
KEYS = ("actor", "place", "date", "count")


@dataclass(frozen=True)
class Lexicon:
    """The compiled lexicon: patterns of the scan, and for each phrase its keys and its word class.

    `keys` has one row per phrase: `actor`, `place`, `date`, `count` (keys into the modules' tables, null where the phrase
    is not theirs), `cls` (word class, 0 none), `ing` (the phrase starts with a word in -ing) and `be` (with a form of "be"
    and a participle: "were torched"). `actors` holds the names that the actor keys stand for.
    """

    patterns: Patterns
    keys: pl.DataFrame
    classes: Classes
    inner: pl.DataFrame
    actors: ActorLexicon

    @property
    def phrases(self) -> int:
        """Number of patterns of the scan, with stops and abbreviations."""
        return len(self.patterns.patterns)


_MONTHS = ["may", "march"]  # as common words: Capitalised they are the months


def _variants(phrases: pl.DataFrame) -> pl.DataFrame:
    """Adds the Capitalised form of every phrase that is no proper name: sentences begin with it."""
    phrase = pl.col("phrase")
    common = phrases.filter(~pl.col("proper") & ~phrase.is_in(_MONTHS))
    capital = pl.concat_str(phrase.str.slice(0, 1).str.to_uppercase(), phrase.str.slice(1))
    return pl.concat([phrases, common.with_columns(phrase=capital)])


def _with_articles(actors: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Actors whose name a place has with its article ("the Philippines"): the longer phrase is the actor's, too."""
    named = places.filter(pl.col("phrase").str.starts_with("the ")).select(
        "phrase", name=pl.col("phrase").str.strip_prefix("the ")
    )
    found = actors.join(named.unique("name"), left_on="phrase", right_on="name", how="inner")
    return found.select(phrase="phrase_right", key="key", proper="proper", module="module")


def _sides(actor_phrases: pl.DataFrame, actors: ActorLexicon) -> pl.DataFrame:
    """Evidence groups that a named actor's role gives it: `phrase`, `group`."""
    names = actors.candidates.unique("key", keep="first", maintain_order=True).select("key", "role", "inter")
    side = pl.coalesce(
        pl.col("role").replace_strict(SIDE_OF_ROLE, default=None, return_dtype=pl.String),
        pl.col("inter").replace_strict(SIDE_OF_INTER, default=None, return_dtype=pl.String),
    )
    return (
        actor_phrases.join(names, on="key", how="left", validate="m:1")
        .select("phrase", group=pl.concat_str(pl.lit("e:"), side))
        .drop_nulls()
    )


def build_lexicon(actors: ActorLexicon | None = None) -> Lexicon:
    """Compile the lexicon; `actors` (see `user_lexicon`) replaces the built-in actor names."""
    actors = actors or actor_lexicon()
    sources = {
        "actor": actors.phrases,
        "place": places.lexicon_phrases(),
        "date": dates.lexicon_phrases(),
        "count": counts.lexicon_phrases(),
    }
    words = memberships().select("phrase").unique(maintain_order=True)
    frames = [
        frame.select(
            clean_phrase(pl.col("phrase")), pl.col("key").cast(pl.UInt32), "proper", module=pl.lit(name)
        )
        for name, frame in sources.items()
    ]
    frames.append(_with_articles(frames[0], frames[1]))
    frames.append(
        words.select("phrase", key=pl.lit(0, dtype=pl.UInt32), proper=pl.lit(False), module=pl.lit("cls"))
    )
    everything = pl.concat(frames).filter(
        pl.col("phrase").str.len_bytes() > 1 - pl.col("phrase").is_in([",", ";"])
    )

    common = everything.filter(~pl.col("proper"))["phrase"].unique(maintain_order=True)
    groups = inherited(common).select("phrase", "group")
    sides = _sides(frames[0].filter("proper"), actors)
    groups = pl.concat([groups, sides]).unique(maintain_order=True)

    listed = _variants(everything)
    groups = _variants(groups.with_columns(proper=pl.col("phrase").is_in(sides["phrase"].implode()))).drop(
        "proper"
    )
    sets = groups.group_by("phrase", maintain_order=True).agg(pl.col("group").unique().sort())
    distinct = sets.select("group").unique(maintain_order=True).with_row_index("cls", offset=1)
    classes = Classes([frozenset(), *(frozenset(names) for names in distinct["group"].to_list())])
    sets = sets.join(distinct, on="group", how="left", validate="m:1").select(
        "phrase", pl.col("cls").cast(pl.UInt32)
    )

    keys = listed.select(pl.col("phrase").unique(maintain_order=True))
    for name in KEYS:
        of_module = listed.filter(pl.col("module") == name).unique(
            "phrase", keep="first", maintain_order=True
        )
        keys = keys.join(
            of_module.select("phrase", pl.col("key").alias(name)),
            on="phrase",
            how="left",
            maintain_order="left",
        )
    keys = keys.join(sets, on="phrase", how="left", maintain_order="left", validate="m:1").with_columns(
        pl.col("cls").fill_null(0),
        ing=pl.col("phrase").str.contains(r"^[A-Za-z-]+ing\b"),
        be=pl.col("phrase").str.contains(_PASSIVE),
    )
    keys, inner = _inside_of_acts(keys, listed)
    return Lexicon(compile_patterns(keys["phrase"]), keys.drop("phrase"), classes, inner, actors)


def _inside_of_acts(keys: pl.DataFrame, listed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What a longer phrase of an act hides: counts and dates are handed on to it, actors are listed with their place in it."""
    longer = (
        keys.with_row_index("ref")
        .filter(pl.col("cls") > 0)
        .filter(pl.col("phrase").str.contains(" ", literal=True))
    )
    inner = []
    for name in ("count", "date", "actor"):
        of_module = listed.filter(pl.col("module") == name).unique(
            "phrase", keep="first", maintain_order=True
        )
        without = longer.filter(pl.col(name).is_null()).select("ref", "phrase")
        found = find_phrases(without["phrase"], of_module["phrase"].to_list()).select(
            pl.col("row")
            .replace_strict(pl.int_range(without.height, eager=True), without["ref"], return_dtype=pl.UInt32)
            .alias("ref"),
            offset="start",
            size=pl.col("end") - pl.col("start"),
            key=pl.col("ref").replace_strict(
                pl.int_range(of_module.height, eager=True), of_module["key"], return_dtype=pl.UInt32
            ),
        )
        if name == "actor":
            inner.append(found.rename({"key": "actor"}))
            continue
        first = found.unique("ref", keep="first", maintain_order=True).select("ref", _key="key")
        keys = (
            keys.with_row_index("ref")
            .join(first, on="ref", how="left", maintain_order="left")
            .with_columns(pl.coalesce(name, "_key").alias(name))
            .drop("ref", "_key")
        )
    return keys, inner[0]


@cache
def default_lexicon() -> Lexicon:
    """The lexicon of the tables that come with the package, compiled once per process."""
    return build_lexicon()

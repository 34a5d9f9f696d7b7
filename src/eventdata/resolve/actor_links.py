"""What the text between two marks says: does the second belong to the phrase of the first, or stand beside it?

The rules are `seeds/actors/links.csv` (gap text -> link) and `seeds/actors/modifiers.csv` (words and suffixes with an
effect). Gap texts are cut by bytes at mark edges from the cleaned text, and read by one anchored pattern.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.resolve.actor_tables import (
    AGENT,
    DEMONYM,
    FORMER,
    GROUP,
    METONYM,
    PEOPLE,
    PERSON,
    STATE,
)
from eventdata.seeds import load_seed

_PAUSE = r"^ {3,}$"
_REACH = 36  # bytes between two marks of one phrase, at most
_BEFORE = 15  # bytes read in front of a state, for " northeastern "
_SUFFIX_BYTES = 16  # bytes read after a name, for "-administered "
_WORD_END = "(?:$|[0-5])"  # in hexadecimal: no small letter follows
_VERB_ENDINGS = r"(?:ed|ing|s|ly)$"


@dataclass(frozen=True)
class LinkRules:
    """The two rule tables as the grouping reads them."""

    pattern: str  # groups: suffix, head, first and second modifier
    links: dict[str, str]
    locative: str  # the end of the text before a state, in hexadecimal
    place_noun: str  # the start of the text after a nationality, in hexadecimal
    drops: str  # the start of the text after a name that is no actor, in hexadecimal
    suffixes: dict[str, str]
    stop: list[str]
    allowed: list[str]


@cache
def link_rules() -> LinkRules:
    """The rules of `links.csv` and `modifiers.csv`, read once."""
    table = load_seed("actors/links", "gap", "link")
    modifiers = load_seed("actors/modifiers", "phrase", "effect")

    def words(effect: str) -> list[str]:
        return modifiers.filter(pl.col("effect") == effect)["phrase"].to_list()

    around = {
        link: table.filter(pl.col("link") == link)["gap"].to_list() for link in ("locative", "place-noun")
    }
    links = dict(table.filter(~pl.col("link").is_in(list(around))).select("gap", "link").iter_rows())
    # "the capital Damascus", and the Damascus of "the Syrian capital Damascus"
    before = [*around["locative"], *around["place-noun"]]
    heads = "|".join(re.escape(gap) for gap in sorted(links, key=len, reverse=True))
    word = r"(?:(?:[a-z]+(?:-[a-z]+)*)|[0-9]+)"
    pattern = rf"^(?:(-[a-z]*)(?: |$))?(?:({heads})(?: |$))?(?:({word})(?: |$))?(?:({word}))?$"
    suffixes = dict(
        modifiers.filter(pl.col("effect").is_in(["drop", "lead"])).select("phrase", "effect").iter_rows()
    )
    return LinkRules(
        pattern,
        links,
        rf"(?:^|20){_hex_any([word for gap in before for word in (gap, gap.capitalize())])}20$",
        rf"^20{_hex_any(around['place-noun'])}{_WORD_END}",
        rf"^(?:{_hex_any([suffix for suffix, effect in suffixes.items() if effect == 'drop'])}{_WORD_END}|2d20)",
        {**suffixes, "-": "drop"},
        words("stop"),
        words("gap"),
    )


@cache
def words_with_effect(effect: str) -> list[str]:
    """Phrases of `modifiers.csv` with an effect, and their plurals where `agents.csv` knows them."""
    modifiers = load_seed("actors/modifiers", "phrase", "effect")
    words = modifiers.filter(pl.col("effect") == effect)["phrase"].to_list()
    plurals = load_seed("actors/agents", "phrase").filter(
        pl.col("phrase").is_in(words) & pl.col("plural").is_not_null()
    )
    return sorted({*words, *plurals["plural"].to_list()})


def _may_modify(word: pl.Expr, rules: LinkRules) -> pl.Expr:
    """A lower-case word that can stand inside a noun phrase: listed, or neither a function word nor built like a verb."""
    looks_verbal = word.is_in(rules.stop) | word.str.contains(_VERB_ENDINGS)
    return word.is_null() | word.is_in(rules.allowed) | ~looks_verbal


LINKS = pl.Enum(
    [
        "join",
        "adjective",
        "possessive",
        "of",
        "named-of",
        "host",
        "and",
        "or",
        "list",
        "ally",
        "apposition",
        "backer",
    ]
)


def gap_links(between: pl.Series) -> pl.Series:
    """The link that each gap text makes, null for none.

    `join` (nothing or a lead suffix), `adjective` (one or two modifiers), `possessive`, `of`, `host`, `and`, `or`, `list`,
    `ally`, `apposition`, `backer`.

    >>> gap_links(pl.Series(["", "s", ", and two", "-led", "-backed", "attacked", "agricultural"])).to_list()
    ['join', 'possessive', 'and', 'join', None, None, 'adjective']
    """
    rules = link_rules()
    groups = pl.DataFrame({"between": between}).select(
        "between",
        pl.col("between")
        .str.extract_groups(rules.pattern)
        .struct.rename_fields(["suffix", "head", "first", "second"])
        .alias("part"),
    )
    groups = groups.unnest("part")
    head = pl.col("head").replace_strict(rules.links, default=None, return_dtype=pl.String)
    suffix = pl.col("suffix").replace_strict(rules.suffixes, default="other", return_dtype=pl.String)
    modified = pl.col("first").is_not_null() | pl.col("second").is_not_null()
    fits = _may_modify(pl.col("first"), rules) & _may_modify(pl.col("second"), rules)
    named_of = pl.col("between").str.contains(r"^(?:[A-Z][\w-]+ ){1,3}of$")  # "King Hassan of Morocco"
    link = (
        pl.when(named_of)
        .then(pl.lit("named-of"))
        .when(pl.col("between") == "")
        .then(pl.lit("join"))
        .when(pl.col("suffix").is_not_null())
        .then(pl.when((suffix == "lead") & pl.col("head").is_null() & fits).then(pl.lit("join")))
        .when(~fits)
        .then(None)
        .when(pl.col("head").is_not_null())
        .then(head)
        .when(modified)
        .then(pl.lit("adjective"))
    )
    return groups.select(link.cast(LINKS).alias("link")).to_series()


def between_marks(x: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Add `link` to the mark before, `definite` (the gap ends in "the"), `dropped` and `locative`.

    `dropped`: "Turkish-backed rebels" and "backed by Turkey" name no actor Turkey. `locative`: a state or seat of government
    behind "in", "northern" and the like is a place. `x` is sorted and has `row`, `sent`, `start`, `end`, `class_`.
    """
    rules = link_rules()
    body = reports["clean"].cast(pl.Binary).gather(reports["row"].search_sorted(x["row"]))
    x = x.with_columns(body.alias("body"))
    x = x.with_columns(*_gaps(x))
    backed = (pl.col("link") == "backer").fill_null(value=False) & (pl.col("class_") < AGENT)
    # "backed by Turkey and Qatar"
    backed = backed | (
        backed.shift().fill_null(value=False) & pl.col("link").is_in(["and", "list"]).fill_null(value=False)
    )
    x = x.with_columns(_suffixed(x, rules), _located(x, rules), backed.alias("backed"))
    return x.with_columns(dropped=pl.col("dropped") | pl.col("backed")).drop("body", "backed")


def _gaps(x: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """`link` and `definite`: what the text between a mark and the one before says, where the two are close."""
    same = pl.col("sent") == pl.col("sent").shift()
    gap = pl.col("start").cast(pl.Int64) - pl.col("end").shift().cast(pl.Int64)
    at = x.select((same & gap.is_between(0, _REACH)).fill_null(value=False).arg_true()).to_series()
    close = x.select(pl.col("body", "start").gather(at), after=pl.col("end").gather(at - 1))
    texts = close.select(
        between=pl.col("body")
        .bin.slice("after", pl.col("start") - pl.col("after"))
        .cast(pl.String, strict=False)
    )
    distinct = texts.select(pl.col("between").unique(maintain_order=True)).drop_nulls()
    # a dash is many blanks: "(AP) - Rebels" are two; brackets are two: "Islamic State (IS) militants"
    bracketed = pl.col("between").str.contains(r"^  [A-Z][A-Za-z-]{1,9}  $")
    words = distinct.select(
        pl.when(bracketed)
        .then(pl.lit(""))
        .when(pl.col("between").str.contains(_PAUSE))
        .then(pl.lit("-"))
        .otherwise(pl.col("between").str.replace_all("  +", " ").str.strip_chars(" "))
    ).to_series()
    said = distinct.with_columns(gap_links(words), definite=words.str.ends_with("the"))
    found = texts.join(said, on="between", how="left", maintain_order="left", validate="m:1")
    definite = at.filter(found["definite"].fill_null(value=False))
    link = pl.repeat(None, x.height, dtype=LINKS, eager=True).scatter(at, found["link"])
    return link.alias("link"), _flags(x.height, definite).alias("definite")


def _suffixed(x: pl.DataFrame, rules: LinkRules) -> pl.Series:
    """True where "-backed" or the like follows the name."""
    hyphen = (pl.col("body").bin.slice(pl.col("end"), 1) == b"-") & (pl.col("class_") < AGENT)
    at = x.select(hyphen.fill_null(value=False).alias("hyphen")).to_series().arg_true()
    after = x.select(pl.col("body", "end").gather(at)).select(
        pl.col("body").bin.slice(pl.col("end"), _SUFFIX_BYTES).bin.encode("hex")
    )
    drops = after.to_series().str.contains(rules.drops).fill_null(value=False)
    return _flags(x.height, at.filter(drops)).alias("dropped")


def _located(x: pl.DataFrame, rules: LinkRules) -> pl.Series:
    """True where a word of place stands before a state or a seat of government, or "city" behind a nationality."""
    at = x.select(pl.col("seat")).to_series().arg_true()
    start = pl.col("start").cast(pl.Int64)
    reach = pl.min_horizontal(start, _BEFORE)
    before = x.select(pl.col("body", "start").gather(at)).select(
        pl.col("body").bin.slice(start - reach, reach).bin.encode("hex")
    )
    nations = x.select(pl.col("nationality")).to_series().arg_true()
    after = x.select(pl.col("body", "end").gather(nations)).select(
        pl.col("body").bin.slice(pl.col("end"), _SUFFIX_BYTES).bin.encode("hex")
    )
    in_place = before.to_series().str.contains(rules.locative).fill_null(value=False)
    of_place = after.to_series().str.contains(rules.place_noun).fill_null(value=False)
    return _flags(x.height, pl.concat([at.filter(in_place), nations.filter(of_place)])).alias("locative")


def _hex_any(words: list[str]) -> str:
    """One of the words, in hexadecimal. A window of bytes may cut a character in two, and is read as hexadecimal."""
    return "(?:" + "|".join(word.encode().hex() for word in sorted(words, key=len, reverse=True)) + ")"


def _flags(size: int, at: pl.Series) -> pl.Series:
    flags = pl.repeat(value=False, n=size, eager=True, dtype=pl.Boolean)
    return flags.scatter(at, True) if len(at) else flags


def membership(x: pl.DataFrame) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Three columns for sorted marks: `joined` to the phrase before, `beside` it (coordinated), and `aside`.

    A mark aside belongs to the phrase and adds nothing: an apposition, or the host of an ambassador.
    """
    right, number = x["class_"].to_numpy(), x["actor_number"].fill_null(0).to_numpy()
    left = _before(right)
    code = x["link"].to_physical().fill_null(_NO_LINK).to_numpy()
    link = {name: code == at for at, name in enumerate(LINKS.categories)}
    flags = ("dropped", "title", "diplomat", "adjectival", "folk", "definite")
    dropped, title, diplomat, adjectival, folk, definite = (
        x[name].fill_null(value=False).to_numpy() for name in flags
    )
    was_dropped = dropped | _before(dropped)
    same_actor = (number == _before(number)) & (number > 0)
    title_before = (left == AGENT) & _before(title)
    nation = _among(right, STATE, DEMONYM, PEOPLE)
    noun = _among(right, AGENT, FORMER)
    bare = (link["join"] | link["adjective"]) & (
        ((left == FORMER) & (right != FORMER))
        | ((left == DEMONYM) & ~_among(right, STATE, FORMER))
        | ((left == DEMONYM) & (right == FORMER))
        | ((left == GROUP) & (right == AGENT))
        | (_among(left, GROUP, PERSON) & (right == left) & same_actor)
    )
    bare |= link["join"] & (
        (_among(left, STATE, METONYM) & noun)
        | ((left == GROUP) & (right == PERSON))
        | ((left == PERSON) & (right == AGENT))
        | ((left == AGENT) & _among(right, AGENT, GROUP, PERSON))
        | ((left == AGENT) & _among(right, DEMONYM, PEOPLE) & _before(adjectival))
    )
    possessive = link["possessive"] & _among(right, AGENT, GROUP, PERSON, FORMER) & (left != FORMER)
    of = link["of"] & (_among(left, AGENT, FORMER) | ((left == GROUP) & nation))
    of |= link["named-of"] & title_before & nation
    # "the Albanians of southern Serbia": a people, and the state that it lives in
    of |= link["of"] & _before(folk) & (right == STATE)
    # "ambassador to Poland", "envoy of Chad to Sudan"
    diplomat = _before(diplomat) | (_before(_before(diplomat)) & _before(link["of"]))
    host = link["host"] & diplomat & (nation | _among(right, METONYM, GROUP))
    comma_title = link["list"] & title_before & (right == PERSON)
    aside = link["apposition"] & _among(left, GROUP, PERSON) & (noun | (right == DEMONYM))
    aside |= link["list"] & (left == PERSON) & (right == AGENT) & title
    aside |= link["list"] & (left == PERSON) & definite & (noun | (right == DEMONYM))
    joined = (bare | possessive | of | host | comma_title | aside) & ~was_dropped
    beside = (link["and"] | link["or"] | link["list"] | link["ally"]) & ~was_dropped & ~joined
    found = {"joined": joined, "beside": beside, "aside": (host | aside) & joined}
    one, two, three = (pl.Series(name, values) for name, values in found.items())
    return one, two, three


_NO_LINK = 255


def _before(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The value of the mark before; of the first one 0 or False, as no link leads to it."""
    found = np.zeros_like(values)
    found[1:] = values[:-1]
    return found


def _among(values: npt.NDArray[Any], *wanted: int) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = values == wanted[0]
    for value in wanted[1:]:
        found |= values == value
    return found

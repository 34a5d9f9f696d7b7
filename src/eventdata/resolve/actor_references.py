"""References inside a report: "the group", "the rebels", "they", and nouns whose country it said before."""

from functools import cache

import polars as pl

from eventdata.resolve.actor_labels import compose_code, compose_names
from eventdata.resolve.actor_tables import PRONOUNS
from eventdata.seeds import load_seed

_ARMED = ["REB", "SEP", "UAF", "INS", "CRM", "RAD"]
_STATE = ["GOV", "MIL", "COP", "SPY", "LEG", "JUD"]
_TAKEN = ("actor", "cameo_code", "role", "country", "inter")
_NO_GROUP = ["metonym", "state", "demonym", "people", "person", "official", "media", "monitor", "company"]
_NO_BODY = ["location", "metonym", "person", "official", "title", "office"]
GROUP, ARMED, STATE = 1, 2, 3  # what a noun can stand for


def link_references(phrases: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Actor phrases with what their report said before: columns as before and `refers_to`.

    `refers_to` is the row number (in `phrases`) of the phrase that a noun stands for, null where it stands for itself:
    "the group" for the last named group of the report, "the rebels" for the last named armed group, "the army" and "the
    parliament" for the last of that role whose country is known. Nouns with "the" only, and "its fighters" for the last named
    group; the referring phrase takes actor,
    code, role, country and type. "They" and "he" at the start of a sentence stand for the only plural actor, and the only
    person, of the sentence before; other pronouns are left out. `phrases` and `reports` are those of `actor_phrases`; rows keep
    their order.
    """
    phrases = _with_pronouns(phrases, reports)
    noun = pl.col("text").str.to_lowercase().str.extract(r"([^ ]+)$")
    p = phrases.select("row", "role", "kind", "agent", "country", noun=noun).with_row_index("at")
    named = ~pl.col("agent") & pl.col("role").is_not_null() & (pl.col("kind") != "location")
    group = named & ~pl.col("kind").is_in(_NO_GROUP)
    bare = pl.col("agent") & pl.col("country").is_null()
    asks = (
        pl.when(bare & (pl.col("kind") == "groupnoun"))
        .then(GROUP)
        .when(bare & pl.col("role").is_in(_ARMED))
        .then(ARMED)
        .when(bare & pl.col("role").is_in(_STATE) & (pl.col("kind") != "title"))
        .then(STATE)
    )
    # "Moscow" and a minister speak for a government, but "the government" is none of them
    clear = pl.col("role").is_in(_STATE) & pl.col("country").is_not_null() & ~pl.col("kind").is_in(_NO_BODY)
    p = p.with_columns(
        asks=asks,
        last_group=_last(group),
        last_armed=_last(named & pl.col("role").is_in(_ARMED)),
    )
    asking = p.filter(pl.col("asks").is_not_null())
    asking = asking.hstack(_determiners(asking["at"], phrases, reports))
    asking = asking.filter(pl.col("definite") | (pl.col("its") & (pl.col("asks") == ARMED)))
    asking = asking.with_columns(last_state=_last_of_role(asking, p.filter(clear.fill_null(value=False))))
    last = (
        pl.when((pl.col("asks") == GROUP) | pl.col("its"))
        .then("last_group")
        .when(pl.col("asks") == ARMED)
        .then("last_armed")
        .otherwise("last_state")
    )
    asking = asking.select("at", "row", "asks", refers_to=last)
    asking = asking.filter(pl.col("row") == p["row"].gather(asking["refers_to"]))
    return _taken(phrases, asking)


def _last(which: pl.Expr) -> pl.Expr:
    """Row number of the last phrase of the kind before this one, in this report or an earlier one."""
    return pl.when(which).then("at").forward_fill().shift()


def _last_of_role(asking: pl.DataFrame, clear: pl.DataFrame) -> pl.Series:
    """Row number of the last phrase with the same noun ("the junta"), else of the same role, before each one that asks."""
    given = clear.select("at", "row", "role", "noun", last_state="at")
    asked = asking.select("at", "row", "role", "noun")
    found = [
        asked.join_asof(given, on="at", by=same, allow_exact_matches=False, check_sortedness=False)[
            "last_state"
        ]
        for same in (["row", "noun"], ["row", "role"])
    ]
    return pl.select(pl.coalesce(found)).to_series()


def _determiners(at: pl.Series, phrases: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """`definite`: "the" stands before the phrase; `its`: "its" or "their" does."""
    few = phrases.select(pl.col("row", "start").gather(at))
    body = reports["clean"].cast(pl.Binary).gather(reports["row"].search_sorted(few["row"]))
    start = pl.col("start").cast(pl.Int64)

    def before(*words: bytes) -> pl.Expr:
        size = len(words[0])
        said = pl.when(start >= size).then(pl.col("body").bin.slice(start - size, size))
        return said.is_in(list(words)).fill_null(value=False)

    its = before(b" its ") | before(b" their ") | before(b"Its ") | before(b"Their ")
    return few.with_columns(body.alias("body")).select(definite=before(b"the ", b"The "), its=its)


def _taken(phrases: pl.DataFrame, asking: pl.DataFrame) -> pl.DataFrame:
    """The phrases, those that ask with the values of what they refer to; "the army" takes the country only."""
    own = phrases.select(pl.all().gather(asking["at"]))
    said = phrases.select(pl.col(_TAKEN).gather(asking["refers_to"]))
    country = own.with_columns(said["country"])
    labels = compose_names(country)
    composed = country.with_columns(labels["name"].alias("actor"), cameo_code=compose_code())
    whole = asking["asks"] != STATE
    issue = pl.when(pl.col("issue") != "no-country").then("issue")
    new = own.with_columns(
        *(
            said[column].zip_with(whole, composed[column])
            for column in _TAKEN
            if column in ("actor", "cameo_code", "country")
        ),
        *(said[column].zip_with(whole, own[column]) for column in ("role", "inter")),
    ).with_columns(issue)
    at = asking["at"]
    refers = pl.repeat(None, phrases.height, dtype=pl.UInt32, eager=True).alias("refers_to")
    changed = [phrases[column].scatter(at, new[column]) for column in (*_TAKEN, "issue")]
    return phrases.with_columns(*changed, refers.scatter(at, asking["refers_to"]))


# --- pronouns ---------------------------------------------------------------------------------------------------------

_QUOTES = [b'"', b"'", b"\x9c", b"\x98", b"\xab"]  # the last bytes of opening quotation marks
_NO_PERSON = ["location", "media", "monitor", *PRONOUNS]


@cache
def _singulars() -> list[str]:
    """The last words of nouns that have a plural: "soldier", and not "troops" or "army"."""
    nouns = load_seed("actors/agents", "phrase").filter(pl.col("plural").is_not_null())
    return nouns["phrase"].str.extract(r"([^ ]+)$").unique().to_list()


def _with_pronouns(phrases: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """The phrases without pronouns, but for those that stand for somebody: these with the values of whom they mean."""
    pronoun = phrases.select(pl.col("kind").is_in(PRONOUNS).fill_null(value=False)).to_series()
    if not pronoun.any():
        return phrases
    x = phrases.select("row", "sent", "start", "text", "kind", "agent", "coord").with_row_index("at")
    asking = x.filter(pronoun)
    body = reports["text"].cast(pl.Binary).gather(reports["row"].search_sorted(asking["row"]))
    # in a quotation it is somebody's word, and stands for nobody named before
    quoted = asking.with_columns(body.alias("body")).select(
        (pl.col("start") > 0) & pl.col("body").bin.slice(pl.col("start").cast(pl.Int64) - 1, 1).is_in(_QUOTES)
    )
    asking = asking.filter(~quoted.to_series())
    near = x.join(asking.select(pl.col("sent") - 1).unique(), on="sent", how="semi", maintain_order="left")
    near = near.filter(~pl.col("kind").is_in(_NO_PERSON).fill_null(value=False))
    asking = asking.with_columns(before=pl.col("sent") - 1)
    meant = [
        asking.filter(pl.col("kind") == kind).join(
            _only(near.filter(which)),
            left_on=["row", "before"],
            right_on=["row", "sent"],
            how="inner",
            validate="m:1",
        )
        for kind, which in (("they", _plural()), ("he", _person()))
    ]
    found = pl.concat(meant).select("at", "refers_to")
    taken = (*_TAKEN, "assoc", "kind", "agent", "issue")
    said = phrases.select(pl.col(taken).gather(found["refers_to"]))
    phrases = phrases.with_columns(phrases[name].scatter(found["at"], said[name]) for name in taken)
    known = pl.repeat(value=False, n=phrases.height, eager=True, dtype=pl.Boolean).scatter(found["at"], True)
    return phrases.filter(~pronoun | known)


def _only(near: pl.DataFrame) -> pl.DataFrame:
    """row, sent, refers_to of the sentences that have one phrase only."""
    counted = near.group_by("row", "sent").agg(refers_to=pl.col("at").first(), size=pl.len())
    return counted.filter(pl.col("size") == 1).drop("size")


def _is_singular() -> pl.Expr:
    return pl.col("text").str.to_lowercase().str.extract(r"([^ ]+)$").is_in(_singulars())


def _plural() -> pl.Expr:
    """Groups by name, and nouns in the plural or of many people."""
    kinds = ["armed_group", "militia", "movement", "ethnic", "people", "listed"]
    noun = pl.col("agent") & ~_is_singular() & ~pl.col("kind").is_in(["title", "office"])
    return (noun | (~pl.col("agent") & pl.col("kind").is_in(kinds))).fill_null(value=False)


def _person() -> pl.Expr:
    """People by name, and titles and nouns of one person."""
    noun = pl.col("agent") & _is_singular() & (pl.col("kind") != "groupnoun")
    return (noun | (~pl.col("agent") & pl.col("kind").is_in(["person", "official"]))).fill_null(value=False)

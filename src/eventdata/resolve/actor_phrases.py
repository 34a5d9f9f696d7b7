"""Groups the marks of a scan into actor phrases.

`actor_phrases` groups the marks of a scan into actor phrases, column-wise: nationality + noun ("Syrian army"), noun + of +
country, named group + "fighters", title + person; nations that share a noun ("Syrian and Russian air forces") are two
actors. A CAMEO code is one country (or group) and one role, never glued from two actors.

Issues, a closed list (`ACTOR_ISSUES`): `shared-name` several actors bear the name and nothing decides; `outside-dates` the
name holds at other dates only; `no-date` the actor changes with time and the report has no date; `no-country` a noun
without a country; `unknown-name` no table holds the name.
"""

from functools import lru_cache

import polars as pl

from eventdata.resolve.actor_choice import choose_candidates
from eventdata.resolve.actor_labels import compose_code, compose_names
from eventdata.resolve.actor_links import between_marks, membership, words_with_effect
from eventdata.resolve.actor_tables import (
    AGENT,
    DEMONYM,
    FORMER,
    GROUP,
    METONYM,
    PEOPLE,
    PERSON,
    STATE,
    WEAK,
    ActorLexicon,
    actor_lexicon,
)

ACTOR_ISSUES = ("shared-name", "outside-dates", "no-date", "no-country", "unknown-name")
PHRASE_SCHEMA = pl.Schema(
    {
        "row": pl.UInt32,
        "sent": pl.UInt32,
        "start": pl.UInt32,
        "end": pl.UInt32,
        "text": pl.String,
        "actor": pl.String,
        "assoc": pl.String,
        "cameo_code": pl.String,
        "role": pl.String,
        "country": pl.String,
        "inter": pl.String,
        "kind": pl.String,
        "agent": pl.Boolean,
        "coord": pl.UInt32,
        "issue": pl.String,
    }
)
_NATIONS = [STATE, DEMONYM, PEOPLE, METONYM]
_OFFICE = ["GOV", "LEG", "JUD", "SPY"]  # roles that end with the office: "former minister" is ELI
_VICTIMS = ["CVL", "REF", "MED", "HLH", "EDU", "NGO", "LAB"]  # "hostages of Hamas" are not Hamas
_ETHNIC = ["ethnic", "ethnonym"]
_CROWDS = ["protest", "riot"]  # "Hamas supporters" are a crowd, not the group


def actor_phrases(
    marks: pl.DataFrame, reports: pl.DataFrame, lexicon: ActorLexicon | None = None
) -> pl.DataFrame:
    """Actor phrases of a batch, sorted by row and start: columns of `PHRASE_SCHEMA`.

    `actor` is the canonical name or a composed one ("Military Forces of Syria"; ACLED style), `assoc` the
    group that ACLED puts beside it ("Farmers (Syria)"), null where there is none. `country` is ISO 3166-1
    alpha-3, null where neither the name nor the phrase says it. `kind` is the kind of the table row, or of
    the noun (`noun`, `soft`, `groupnoun`, `title`, `office`, `person`, `weapon`, `protest`, `riot`), or
    `location` for a state or seat of government that is a place here ("in Syria"). `agent`: the phrase
    names no particular actor. `coord` numbers phrases joined by "and" or commas.

    `marks` needs `row`, `sent`, `start`, `end`, `actor` (key of `actor_names()`), sorted; `reports` needs `row` (sorted),
    `clean` and, if known, `published` and `countries` (one or a list of ISO3 that help to choose).
    """
    lexicon = lexicon or actor_lexicon()
    x = marks.filter(pl.col("actor").is_not_null()).select("row", "sent", "start", "end", "actor")
    if x.is_empty():
        return pl.DataFrame(schema=PHRASE_SCHEMA)
    x = choose_candidates(x.with_row_index("mark"), reports, lexicon)
    attributes = _mark_attributes(lexicon).select(pl.all().gather(x["candidate"]))
    x = pl.concat([x, attributes], how="horizontal")
    x = between_marks(x, reports)
    x = x.with_columns(membership(x)).filter(~pl.col("dropped"))
    if x.is_empty():
        return pl.DataFrame(schema=PHRASE_SCHEMA)
    return _resolved(_numbered(x), lexicon, reports)


@lru_cache(maxsize=4)
def _mark_attributes(lexicon: ActorLexicon) -> pl.DataFrame:
    """What the grouping reads of a candidate; row number = candidate."""
    kind = pl.col("kind")
    return lexicon.candidates.select(
        "class_",
        "rank",
        actor_number=pl.when(pl.col("actor").is_not_null()).then(pl.col("actor").rank("dense")),
        title=kind.is_in(["title", "office"]) & (pl.col("class_") == AGENT),
        seat=kind.is_in(["state", "metonym"]),
        folk=(kind == "people") | kind.is_in(["demonym", *_ETHNIC]) & pl.col("phrase").str.ends_with("s"),
        nationality=kind == "demonym",
        placed=pl.col("country").is_not_null(),
        diplomat=pl.col("phrase").is_in(words_with_effect("diplomat")),
        adjectival=pl.col("phrase").is_in(words_with_effect("adjectival")),
    )


def _numbered(x: pl.DataFrame) -> pl.DataFrame:
    """Marks with the number of their phrase and chain, and their place in the phrase."""
    head = ~pl.col("joined")
    x = x.with_columns(
        phrase=head.cast(pl.UInt32).cum_sum() - 1,
        chain=(head & ~pl.col("beside")).cast(pl.UInt32).cum_sum(),
    )
    alone = head & ~pl.col("joined").shift(-1).fill_null(value=False)
    return x.with_columns(alone=alone)


def _parts(x: pl.DataFrame) -> pl.DataFrame:
    """One row a phrase: by candidate number, its person, group, nation, people and head noun.

    The parts are found by one smallest number each: (rank,) segment ("of" starts a new one), position, candidate in the
    bits of an integer.
    """
    at = pl.int_range(pl.len(), dtype=pl.Int64)
    head = ~pl.col("joined")

    def since_head(running: pl.Expr) -> pl.Expr:
        return running - pl.when(head).then(running).forward_fill()

    of = pl.col("link").is_in(["of", "named-of"]).fill_null(value=False) & pl.col("joined")
    lives = pl.col("folk") & (of & (pl.col("class_") == STATE)).shift(-1).fill_null(value=False)
    x = x.with_columns(
        lives=lives,
        position=since_head(at).clip(upper_bound=255),
        segment=since_head(of.cast(pl.Int64).cum_sum()).clip(upper_bound=255),
        heard=since_head(pl.col("aside").cast(pl.Int64).cum_sum()) == 0,
    )
    candidate = pl.col("candidate").cast(pl.Int64)
    place = pl.col("segment") * 2**40 + pl.col("position") * 2**32 + candidate
    backward = (
        pl.col("rank").cast(pl.Int64) * 2**48 + pl.col("segment") * 2**40 + (255 - pl.col("position")) * 2**32
    )
    of_class = pl.col("class_")
    heard = pl.col("heard")
    x = x.with_columns(
        person_=pl.when((of_class == PERSON) & heard).then(place),
        group_=pl.when((of_class == GROUP) & heard).then(place),
        nation_=pl.when(of_class.is_in(_NATIONS) & pl.col("placed") & ~pl.col("lives") & heard).then(place),
        people_=pl.when(of_class.is_in(_NATIONS) & (~pl.col("placed") | pl.col("lives")) & heard).then(place),
        noun_=pl.when((of_class == AGENT) & heard).then(backward + candidate),
        former_=of_class == FORMER,
    )
    return x.group_by("phrase", maintain_order=True).agg(
        pl.col("person_", "group_", "nation_", "people_", "noun_").min(),
        pl.col("former_", "lives").any(),
        last_folk=pl.col("folk").last(),
        last_class=pl.col("class_").last(),
    )


def _single_parts(lexicon: ActorLexicon) -> pl.DataFrame:
    """The parts of phrases of one mark, one row a candidate."""
    lone = _mark_attributes(lexicon).with_row_index("candidate")
    return _parts(
        lone.with_columns(
            phrase=pl.col("candidate"),
            joined=pl.lit(value=False),
            aside=pl.lit(value=False),
            link=pl.lit(None, pl.String),
        )
    )


def _resolved(x: pl.DataFrame, lexicon: ActorLexicon, reports: pl.DataFrame) -> pl.DataFrame:
    """Phrases with their values. Phrases of one mark take the values that are ready for their candidate."""
    single = _single_values(lexicon)
    parts = _parts(x.filter(~pl.col("alone")))
    alike = [column for column in parts.columns if column != "phrase"]
    distinct = parts.unique(alike, keep="first", maintain_order=True)
    number = pl.int_range(single.height, single.height + distinct.height, dtype=pl.UInt32, eager=True)
    numbered = parts.join(
        distinct.select(alike).with_columns(number.alias("number")),
        on=alike,
        how="left",
        nulls_equal=True,
        maintain_order="left",
        validate="m:1",
    )
    values = pl.concat([single, _valued(distinct, lexicon).drop("phrase")])
    last = x.select(pl.col("end").filter(~pl.col("joined").shift(-1).fill_null(value=False))).to_series()
    p = x.filter(~pl.col("joined")).with_columns(last.alias("end"), value=pl.col("candidate"))
    p = p.with_columns(_past_bracket(p, reports))
    p = p.with_columns(p["value"].scatter(numbered["phrase"], numbered["number"]))
    p, values = _share(p, values)
    return _finish(p, values, reports)


@lru_cache(maxsize=4)
def _single_values(lexicon: ActorLexicon) -> pl.DataFrame:
    return _valued(_single_parts(lexicon), lexicon).drop("phrase")


def _valued(parts: pl.DataFrame, lexicon: ActorLexicon) -> pl.DataFrame:
    """phrase and the values of each phrase, in the order of `parts`."""
    return _named(_decide(_gather(parts, lexicon)))


_PART = ("person", "group", "nation", "people", "noun")


def _gather(p: pl.DataFrame, lexicon: ActorLexicon) -> pl.DataFrame:
    """Attributes of each part, as `{part}_{attribute}`, and its place, as `{part}_at` and `{part}_segment`."""
    attributes = lexicon.candidates.select(
        "actor", "kind", "country", "cameo_code", "role", "inter", "class_", "rank", "phrase"
    )
    wanted = {
        "person": ("actor", "kind", "country", "cameo_code", "role", "inter"),
        "group": ("actor", "kind", "country", "cameo_code", "role", "inter"),
        "nation": ("actor", "kind", "country", "cameo_code", "role", "inter", "class_"),
        "people": ("actor", "kind", "role", "inter", "cameo_code", "phrase"),
        "noun": ("kind", "role", "inter", "rank"),
    }
    for part in _PART:
        code = pl.col(f"{part}_")
        at = p.select((code % 2**32).cast(pl.UInt32)).to_series()
        taken = attributes.select(
            pl.col(column).gather(at).alias(f"{part}_{column}") for column in wanted[part]
        )
        p = pl.concat([p, taken], how="horizontal")
    position = (pl.col("noun_") // 2**32) % 256
    return p.with_columns(
        person_at=pl.col("person_") // 2**32,  # segment and position
        group_at=pl.col("group_") // 2**32,
        noun_at=((pl.col("noun_") // 2**40) % 256) * 256 + (255 - position),
    ).with_columns(
        person_segment=pl.col("person_at") // 256,
        group_segment=pl.col("group_at") // 256,
        noun_segment=pl.col("noun_at") // 256,
    )


def _decide(p: pl.DataFrame) -> pl.DataFrame:
    """What the phrase is (`base`), and its country, role, type, kind and name."""
    named_noun = (pl.col("noun_rank") < WEAK).fill_null(value=False)
    behind = (pl.col("noun_at") > pl.col("person_at")) | (pl.col("person_segment") > pl.col("noun_segment"))
    noun_over_person = named_noun & behind.fill_null(value=False)
    crowd = pl.col("noun_kind").is_in(_CROWDS)
    held = (pl.col("group_segment") > pl.col("noun_segment")) & pl.col("noun_role").is_in(_VICTIMS)
    keeper = (pl.col("noun_role") == "PKO") & pl.col("group_cameo_code").str.starts_with("IGO")
    noun_over_group = named_noun & (crowd | held | keeper).fill_null(value=False)
    metonym = (pl.col("nation_class_") == METONYM).fill_null(value=False)
    own_noun = named_noun & (pl.col("noun_role") != "GOV").fill_null(value=False)
    base = (
        pl.when(pl.col("person_").is_not_null())
        .then(pl.when(noun_over_person).then(pl.lit("noun")).otherwise(pl.lit("person")))
        .when(pl.col("group_").is_not_null())
        .then(pl.when(noun_over_group).then(pl.lit("noun")).otherwise(pl.lit("group")))
        .when(metonym & ~own_noun)
        .then(pl.lit("nation"))
        .when(named_noun)
        .then(pl.lit("noun"))
        .when(pl.col("people_").is_not_null() & (pl.col("last_folk") | pl.col("lives")))
        .then(pl.lit("people"))  # "Iraqi Kurds", "Kurds of Iraq"
        .when(pl.col("nation_").is_not_null())
        .then(pl.lit("nation"))
        .when(pl.col("people_").is_not_null())
        .then(pl.lit("people"))
        .when(pl.col("noun_").is_not_null())
        .then(pl.lit("noun"))
    )
    p = p.with_columns(base=base)

    def of_base(attribute: str, parts: tuple[str, ...] = _PART) -> pl.Expr:
        return pl.coalesce(pl.when(pl.col("base") == part).then(f"{part}_{attribute}") for part in parts)

    not_noun = ("person", "group", "nation")
    owner = pl.coalesce("person_country", "group_country", "nation_country")
    role = of_base("role", (*not_noun, "noun"))
    role = (
        pl.when(pl.col("base").is_in(["group", "people"]))
        .then(pl.coalesce(role, "noun_role"))
        .otherwise(role)
    )
    # "Kurds" are people, "Kurdish" alone may be anything
    folk = pl.col("people_kind").is_in(_ETHNIC) & pl.col("people_phrase").str.ends_with("s")
    folk = (folk & (pl.col("base") == "people")).fill_null(value=False)
    # the text's own word goes before the table's dates: "President" and not "former president"
    titled = (
        (pl.col("base") == "person")
        & (pl.col("person_role") == "ELI")
        & pl.col("noun_kind").is_in(["title", "office"])
        & (pl.col("noun_at") < pl.col("person_at"))
        & ~pl.col("former_")
    ).fill_null(value=False)
    # the head of a body whose term the table does not know: "Arab League Secretary-General Chedli Klibi"
    heads = (pl.col("base") == "person") & pl.col("person_country").is_null()
    heads = (heads & pl.col("group_cameo_code").str.starts_with("IGO")).fill_null(value=False)
    # "the Albanians of Serbia" are its people, and no actor by themselves
    residents = ((pl.col("base") == "people") & (pl.col("people_kind") == "people")).fill_null(value=False)
    role = (
        pl.when(heads)
        .then("group_role")
        .when(titled)
        .then("noun_role")
        .when(residents)
        .then(pl.lit("CVL"))
        .when(folk)
        .then(pl.coalesce(role, "people_role"))
        .otherwise(role)
    )
    left = pl.col("former_") & (pl.col("base") != "group") & ~heads
    leaves = left & (
        role.is_in(_OFFICE) | pl.col("noun_kind").is_in(["title", "office"]).fill_null(value=False)
    )
    return p.with_columns(
        country=pl.when(pl.col("base") == "noun")
        .then(owner)
        .otherwise(pl.coalesce(of_base("country", not_noun), owner)),
        role=pl.when(leaves).then(pl.lit("ELI")).otherwise(role),
        inter=pl.when(leaves)
        .then(pl.lit("Civilians"))
        .when(titled)
        .then("noun_inter")
        .otherwise(of_base("inter")),
        kind=of_base("kind"),
        name=pl.when(~residents).then(of_base("actor", (*not_noun, "people"))),
        own_code=pl.when(heads)
        .then("group_cameo_code")
        .when(folk & owner.is_null())
        .then("people_cameo_code")
        .when(~leaves & ~titled & ~_abroad())
        .then(of_base("cameo_code", not_noun)),
        leaves=leaves,
    )


def _abroad() -> pl.Expr:
    """A group or faith of many countries that the phrase places in one is coded as of that one: "Iraq's al-Qaeda"."""
    placed = (pl.col("base") == "group") & pl.col("nation_country").is_not_null()
    code = pl.col("group_cameo_code")
    return (placed & (code.str.starts_with("IMG") | (code.str.len_bytes() == 3))).fill_null(value=False)


def _named(p: pl.DataFrame) -> pl.DataFrame:
    """Code and name of each phrase, and what sharing asks of it (`waits`, `speaks`)."""
    p = p.with_columns(cameo_code=pl.coalesce("own_code", compose_code()))
    labels = compose_names(p)
    p = p.with_columns(labels["name"].alias("label"), labels["assoc"])
    noun = pl.col("base") == "noun"
    keeps = ~noun & ~pl.col("leaves") & pl.col("name").is_not_null()
    ethnic = pl.coalesce(
        pl.when(pl.col("nation_kind").is_in(_ETHNIC)).then("nation_actor"),
        pl.when(pl.col("people_kind").is_in(_ETHNIC)).then("people_actor"),
    )
    return p.select(
        "phrase",
        actor=pl.when(keeps | (pl.col("base") == "person")).then("name").otherwise("label"),
        assoc=pl.when(~keeps).then(pl.coalesce("assoc", pl.when(noun).then(ethnic))),
        **{column: pl.col(column) for column in ("cameo_code", "role", "country", "inter", "kind")},
        agent=noun,
        waits=(pl.col("base") == "nation")
        & (pl.col("nation_class_") == DEMONYM)
        & (pl.col("last_class") == DEMONYM)
        & pl.col("noun_").is_null(),
        speaks=noun & pl.col("country").is_not_null(),
        empty=pl.col("base").is_null(),
    )


def _share(p: pl.DataFrame, values: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Coordinated phrases share what is said once: the noun of "Syrian and Russian air forces", the country of "Israeli
    soldiers and policemen". Returns the phrases with `linked` and the values with the new rows."""
    same_chain = pl.col("chain") == pl.col("chain").shift()
    p = p.with_columns(linked=pl.col("beside") & same_chain)
    p = p.with_columns(linked=(pl.col("linked") | pl.col("linked").shift(-1)).fill_null(value=False))
    linked = p.select(pl.col("linked").arg_true()).to_series()
    if linked.is_empty():
        return p, values
    q = p.select(pl.col("chain", "beside", "definite", "link", "value").gather(linked)).with_columns(
        at=linked
    )
    q = pl.concat([q, values.select(pl.all().gather(q["value"]))], how="horizontal")
    following = pl.when(~pl.col("waits")).then(pl.int_range(pl.len(), dtype=pl.UInt32)).backward_fill()
    giver = q.select(following.alias("i")).to_series()
    given = q.select(pl.col("chain", "role", "inter", "kind", "speaks").gather(giver).name.suffix("_next"))
    q = pl.concat([q, given], how="horizontal")
    takes = pl.col("waits") & pl.col("speaks_next") & (pl.col("chain_next") == pl.col("chain"))
    # a noun alone takes the country of the noun phrase before it, unless it starts anew with "the"
    inherits = (
        pl.col("agent")
        & pl.col("country").is_null()
        & pl.col("link").is_in(["and", "or"])
        & ~pl.col("definite")
        & same_chain
        & pl.col("speaks").shift()
    )
    ally = (pl.col("link") == "ally") & pl.col("role").is_null() & pl.col("agent") & same_chain
    before = {column: pl.col(column).shift() for column in ("country", "role", "inter")}
    q = q.with_columns(
        takes=takes.fill_null(value=False),
        ally=ally.fill_null(value=False),
        inherits=inherits.fill_null(value=False),
    ).with_columns(
        *(
            pl.when("takes").then(f"{c}_next").otherwise(c).alias(f"{c}_new")
            for c in ("role", "inter", "kind")
        ),
        country_new=pl.when(pl.col("inherits") | pl.col("ally")).then(before["country"]).otherwise("country"),
    )
    q = q.with_columns(
        *(pl.when("ally").then(before[c]).otherwise(f"{c}_new").alias(f"{c}_new") for c in ("role", "inter")),
    )
    changed = q.filter(pl.col("takes") | pl.col("inherits") | pl.col("ally")).with_columns(
        *(pl.col(f"{c}_new").alias(c) for c in ("role", "inter", "kind", "country")), agent=pl.lit(value=True)
    )
    labels = compose_names(changed)
    changed = changed.with_columns(labels["name"].alias("actor"), labels["assoc"], cameo_code=compose_code())
    numbers = pl.int_range(values.height, values.height + changed.height, dtype=pl.UInt32, eager=True)
    p = p.with_columns(p["value"].scatter(changed["at"], numbers))
    return p, pl.concat([values, changed.select(values.columns)])


def _finish(p: pl.DataFrame, values: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Values, text and issue; the columns of `PHRASE_SCHEMA`. "Former" or a weak noun alone ("the team") is no actor."""
    values = values.rechunk()  # gathering from pieces takes five times as long
    says = ~pl.col("empty") & ~(pl.col("agent") & pl.col("role").is_null() & (pl.col("kind") == "weak"))
    kept = values.select(says.fill_null(value=False)).to_series()
    p = p.select("row", "sent", "start", "end", "chain", "linked", "locative", "issue", "alone", "value")
    p = p.filter(kept.gather(p["value"]))
    given = values.select(
        pl.col("actor", "assoc", "cameo_code", "role", "country", "inter", "kind", "agent").gather(p["value"])
    )
    p = pl.concat([p, given, _text(p, reports).to_frame()], how="horizontal")
    no_country = pl.col("agent") & pl.col("country").is_null()
    return p.select(
        *("row", "sent", "start", "end", "text", "actor", "assoc", "cameo_code", "role", "country", "inter"),
        kind=pl.when(pl.col("locative") & pl.col("alone")).then(pl.lit("location")).otherwise("kind"),
        agent="agent",
        coord=pl.when("linked").then("chain"),
        issue=pl.coalesce("issue", pl.when(no_country).then(pl.lit("no-country"))),
    ).cast(PHRASE_SCHEMA)


def _past_bracket(p: pl.DataFrame, reports: pl.DataFrame) -> pl.Series:
    """`end` behind the bracket that an abbreviation at the end of a phrase stands in: "United Nations (UN)"."""
    if "text" not in reports.columns:
        return p["end"]
    at = p.select((~pl.col("alone")).arg_true()).to_series()
    few = p.select(pl.col("row", "start", "end").gather(at))
    body = reports["text"].cast(pl.Binary).gather(reports["row"].search_sorted(few["row"]))
    opened = few.with_columns(body.alias("body")).select(
        "end",
        closed=pl.col("body").bin.slice(pl.col("end"), 1) == b")",
        open=pl.col("body").bin.slice(pl.col("start"), pl.col("end") - pl.col("start")).bin.contains(b"("),
    )
    more = opened["closed"] & opened["open"]
    return p["end"].scatter(at.filter(more), opened["end"].filter(more) + 1)


def _text(p: pl.DataFrame, reports: pl.DataFrame) -> pl.Series:
    source = "text" if "text" in reports.columns else "clean"
    body = reports[source].cast(pl.Binary).gather(reports["row"].search_sorted(p["row"]))
    cut = p.select("start", "end").with_columns(body.alias("body"))
    return cut.select(
        text=pl.col("body").bin.slice(pl.col("start"), pl.col("end") - pl.col("start")).cast(pl.String)
    ).to_series()

"""Names and codes composed from a country and a role: "Military Forces of Syria", SYRMIL; and ACLED's interactions."""

from functools import cache

import polars as pl

from eventdata.seeds import load_seed

STATE_FORCES, EXTERNAL_FORCES = "State forces", "External/Other forces"


@cache
def country_table() -> pl.DataFrame:
    """`iso3`, `cameo` (the country as CAMEO writes it), `country_name` (as ACLED writes it)."""
    names = load_seed("countries/codes", "iso3").select(
        iso3="iso3",
        cameo=pl.coalesce("cameo_code", "iso3"),
        country_name=pl.coalesce("acled_name", "name"),
    )
    # CAMEO itself has none for Kosovo; the code of the Phoenix dictionaries
    return names.with_columns(cameo=pl.when(pl.col("iso3") == "XKX").then(pl.lit("KSV")).otherwise("cameo"))


def _lookup(column: str, value: str) -> pl.Expr:
    table = country_table()
    return pl.col(column).replace_strict(table["iso3"], table[value], default=None, return_dtype=pl.String)


def compose_code(country: str = "country", role: str = "role") -> pl.Expr:
    """CAMEO code of a country and one role: "SYRMIL", "SYR", or the bare role where the country is unknown."""
    cameo = pl.coalesce(_lookup(country, "cameo"), pl.col(country))
    code = pl.concat_str(cameo.fill_null(""), pl.col(role).fill_null(""))
    return pl.when(code != "").then(code)


def compose_names(actors: pl.DataFrame) -> pl.DataFrame:
    """`name` and `assoc` in ACLED's style for rows with `country`, `role`, `kind` and `inter`; null without a role.

    Without a country the bracket or "of ..." is left out: "Protesters", "Military Forces".
    """
    labels = load_seed("actors/labels")
    key = labels.select(key=pl.concat_str("role", pl.lit("|"), pl.col("kind").fill_null("")))["key"]
    style = (
        pl.when(pl.col("inter") == "Identity militia")
        .then(pl.lit("identity"))
        .when(pl.col("kind").is_in(["protest", "riot"]))
        .then("kind")
        .otherwise(pl.lit(""))
    )
    wanted = pl.concat_str("role", pl.lit("|"), style)
    general = pl.concat_str("role", pl.lit("|"))
    country = _lookup("country", "country_name")

    def filled(column: str) -> pl.Expr:
        template = pl.coalesce(
            wanted.replace_strict(key, labels[column], default=None, return_dtype=pl.String),
            general.replace_strict(key, labels[column], default=None, return_dtype=pl.String),
        )
        bare = template.str.replace(" of {}", "", literal=True).str.replace(" ({})", "", literal=True)
        return (
            pl.when(country.is_null()).then(bare).otherwise(template.str.replace("{}", country, literal=True))
        )

    return actors.select(name=filled("name"), assoc=filled("assoc"))


_RULED = ("MIL", "COP", "GOV")  # roles whose names ACLED dates by the ruler


@cache
def _rulers() -> pl.DataFrame:
    """`state` (as ACLED writes it), `day` (the first of the term), `last` (null: open) and `span`, "2000-2024"."""
    day = pl.col("valid_from").str.to_date()
    last = pl.col("valid_to").str.to_date()
    span = pl.format("{}-{}", day.dt.year(), last.dt.year().cast(pl.String).fill_null(""))
    terms = load_seed("actors/rulers", "country", "valid_from").select(
        "country", day=day, last=last, span=span
    )
    names = country_table().select("iso3", state="country_name")
    return terms.join(names, left_on="country", right_on="iso3", how="inner", validate="m:1").sort("day")


def with_ruler_spans(names: pl.Series, days: pl.Series) -> pl.Series:
    """Names of state forces with the years of the ruler on that day, as ACLED writes them.

    Other names, days before the terms of `seeds/actors/rulers.csv`, and null stay as they are.

    >>> from datetime import date
    >>> names = pl.Series(["Military Forces of Syria", "Protesters (Syria)"])
    >>> with_ruler_spans(names, pl.Series([date(2020, 5, 1)] * 2)).to_list()
    ['Military Forces of Syria (2000-2024)', 'Protesters (Syria)']
    """
    labels = load_seed("actors/labels").filter(pl.col("role").is_in(_RULED) & pl.col("kind").is_null())
    forms = "|".join(labels["name"].str.strip_suffix(" of {}").to_list())
    x = pl.DataFrame({"name": names.cast(pl.String), "day": days.cast(pl.Date)}).with_row_index("at")
    state = pl.col("name").str.extract(rf"^(?:{forms}) of (.+)$")
    ruled = x.with_columns(state=state).filter(pl.col("state").is_not_null() & pl.col("day").is_not_null())
    found = ruled.sort("day").join_asof(_rulers(), on="day", by="state", check_sortedness=False)
    found = found.filter(pl.col("day") <= pl.col("last").fill_null(pl.date(9999, 12, 31)))
    found = found.filter(pl.col("span").is_not_null())
    dated = found.select(pl.format("{} ({})", "name", "span")).to_series()
    return x["name"].scatter(found["at"], dated).alias(names.name)


def interaction(inter1: str = "inter1", inter2: str = "inter2") -> pl.Expr:
    """ACLED's interaction label of two actor types, in either order; one side alone is "... only"; null without both."""
    inter = load_seed("acled/inter", "code").filter(pl.col("label").is_not_null())
    table = load_seed("acled/interactions", "code")
    names = dict(inter.select("code", "label").iter_rows())
    labels = {}
    for low, high, label in table.select("low_inter", "high_inter", "label").iter_rows():
        for pair in {(low, high), (high, low)}:
            labels["|".join(names.get(code, "") for code in pair)] = label
    both = pl.concat_str(pl.col(inter1).fill_null(""), pl.lit("|"), pl.col(inter2).fill_null(""))
    return both.replace_strict(
        list(labels), list(labels.values()), default=None, return_dtype=pl.String
    ).alias("interaction")


def external_inter(inter: str, actor_country: str, event_country: str) -> pl.Expr:
    """The actor type seen from the event's country: state forces abroad are External/Other forces (ACLED codebook)."""
    abroad = (pl.col(inter) == STATE_FORCES) & (pl.col(actor_country) != pl.col(event_country))
    return pl.when(abroad).then(pl.lit(EXTERNAL_FORCES)).otherwise(pl.col(inter))

"""Which of the actors that share a name is meant: by the date of the report and the countries it names."""

import polars as pl

from eventdata.resolve.actor_tables import ActorLexicon


def choose_candidates(marks: pl.DataFrame, reports: pl.DataFrame, lexicon: ActorLexicon) -> pl.DataFrame:
    """Add `candidate` (row of `lexicon.candidates`) and `issue` to marks with `mark` (0, 1, 2 ...), `row` and `actor` (key).

    Valid at the date first, then of a country that the report names, then as the tables list them. Issues: `shared-name`
    (nothing decides between several actors), `no-date` (the date would decide and is not there), `outside-dates` (no
    actor of the name holds at the date; the nearest is taken).
    """
    keys = lexicon.keys.select("first", "count", "dated").select(pl.all().gather(marks["actor"]))
    is_open = keys.select(pl.col("dated") | (pl.col("count") > 1)).to_series()
    first = keys["first"]
    if not is_open.any():
        return marks.with_columns(first.alias("candidate"), issue=pl.lit(None, pl.String))
    plain = (
        marks.select("row").with_columns(country=lexicon.candidates["country"].gather(first)).filter(~is_open)
    )
    named = _countries_named(plain, reports)
    decided = _decide(marks.filter(is_open).select("mark", "row", "actor"), reports, lexicon, named)
    issue = pl.repeat(None, marks.height, dtype=pl.String, eager=True)
    return marks.with_columns(
        first.scatter(decided["mark"], decided["candidate"]).alias("candidate"),
        issue.scatter(decided["mark"], decided["issue"]).alias("issue"),
    )


def _countries_named(plain: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """row, country: the countries of a report's clear names, and those that the caller gives in `countries`."""
    named = plain
    if "countries" in reports.columns:
        given = reports.select(pl.col("row").cast(pl.UInt32), country="countries")
        if isinstance(given.schema["country"], pl.List):
            given = given.explode("country")
        named = pl.concat([named, given])
    return named.filter(pl.col("country").is_not_null()).unique()


def _decide(
    unclear: pl.DataFrame, reports: pl.DataFrame, lexicon: ActorLexicon, named: pl.DataFrame
) -> pl.DataFrame:
    """mark, candidate, issue: one row a mark."""
    published = pl.col("published").cast(pl.Date) if "published" in reports.columns else pl.lit(None, pl.Date)
    dates = reports.select(pl.col("row").cast(pl.UInt32), published=published)
    held = lexicon.candidates.select(
        "key", "candidate", "country", "role", "fallback", "valid_from", "valid_to", "kind", name="actor"
    )
    x = unclear.join(dates, on="row", how="left", maintain_order="left", validate="m:1")
    x = x.join(held, left_on="actor", right_on="key", how="inner", maintain_order="left_right")
    x = x.join(
        named.with_columns(near=pl.lit(value=True)),
        on=["row", "country"],
        how="left",
        maintain_order="left",
        validate="m:1",
    )
    day, first, last = pl.col("published"), pl.col("valid_from"), pl.col("valid_to")
    early = pl.when(first > day).then((first - day).dt.total_days())
    late = pl.when(last < day).then((day - last).dt.total_days())
    x = x.with_columns(
        away=pl.coalesce(early, late, pl.when(day.is_null() & last.is_not_null()).then(1), 0),
        near=pl.col("near").fill_null(value=False),
    )
    # a name that holds, then a person out of office, then a name of another time
    order = pl.when(pl.col("fallback")).then(1).when(pl.col("away") == 0).then(0).otherwise(2)
    # "AFP" is the agency, unless the report is about the Philippines
    # without a date an armed group is what most texts know it as, not the government that it became
    ruling = day.is_null() & (pl.col("kind") == "armed_group") & (pl.col("role") == "GOV")
    x = x.with_columns(
        order=order, medium=pl.col("kind") == "media", ruling=ruling.fill_null(value=False)
    ).sort(
        "mark",
        "order",
        "near",
        "medium",
        "ruling",
        "away",
        "candidate",
        descending=[False, False, True, True, False, False, False],
        maintain_order=True,
    )
    best = x.select(
        "mark",
        "candidate",
        "order",
        "published",
        rivals=pl.struct("name", "country").n_unique().over("mark", "order", "near"),
        roles=pl.col("role").n_unique().over("mark"),
    )
    best = best.unique("mark", keep="first", maintain_order=True)
    issue = (
        pl.when((pl.col("rivals") > 1) & (pl.col("order") == 0))
        .then(pl.lit("shared-name"))
        .when(pl.col("order") == 2)
        .then(
            pl.when(pl.col("published").is_null()).then(pl.lit("no-date")).otherwise(pl.lit("outside-dates"))
        )
        .when(pl.col("published").is_null() & (pl.col("roles") > 1))
        .then(pl.lit("no-date"))
    )
    return best.select("mark", "candidate", issue=issue)

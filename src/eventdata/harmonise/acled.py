"""ACLED rows of all versions to event columns."""

from functools import cache

import polars as pl

from eventdata.harmonise.countries import (
    add_country,
    count_unknown,
    first_filled,
    iso3_of_codes,
    iso3_of_names,
)
from eventdata.harmonise.crosswalks import (
    acled_types,
    disorder_of_type,
    disorder_types,
    inter_labels,
    interaction_labels,
    legacy_types,
    look_up,
    precisions,
    spellings,
)
from eventdata.harmonise.sides import actor_issue
from eventdata.harmonise.tally import Tally
from eventdata.seeds import load_seed

# "[size=about 200]" in notes before 2023, "crowd size=about 200" in tags since; words ("dozens") give no number.
_CROWD = r"(?:crowd size|\[size)\s*=\s*(?:about|around|approximately|roughly)?\s*(\d[\d,]*)\s*(?:people)?(?:\]|;|$)"


def harmonise_acled(values: pl.DataFrame, tally: Tally) -> pl.DataFrame:
    """Event columns of ACLED rows. `directed` is null: ACLED's order of actors says nothing about who acted.

    Types from before 2019 become current ones; where the old type does not tell the sub-event type, that is null.
    `civilian_targeting` is null where the file has no such column.
    """
    values = _fix_spellings(values, tally)
    tally.count("year-differs", int((values["event_date"].dt.year() != values["year"]).sum()))
    inters = pl.DataFrame({f"inter{n}": _inter(values[f"inter{n}"], tally) for n in (1, 2)})
    types = _types(values, inters["inter1"], tally)
    cameo = look_up(types["sub_event_type"], acled_types(), "sub_event_type").drop("sub_event_type")
    precision = look_up(values["time_precision"].cast(pl.String), precisions("time_precision"), "value")
    when = values.select("event_date").with_columns(
        time_precision=precision["time_precision"],
        date_precision=precision["date_precision"].fill_null("day")
        if values["time_precision"].null_count() == values.height
        else precision["date_precision"],
    )
    is_day = pl.col("date_precision") == "day"
    when = when.with_columns(
        event_date_end=pl.when(is_day).then("event_date"),
        date_anchor=pl.lit("none"),
        date_issue=pl.when(pl.col("event_date").is_null()).then(pl.lit("ambiguous-order")),
    )
    own = values.select(
        "origin_id",
        "actor1",
        "assoc_actor_1",
        "actor2",
        "assoc_actor_2",
        "admin1",
        "admin2",
        "location",
        "latitude",
        "longitude",
        "geo_precision",
        "fatalities",
        "source",
        "source_scale",
        "notes",
        civilian_targeting=_civilian_targeting(values["civilian_targeting"]),
        crowd_size=_crowd_size(values),
        place_issue=pl.when(
            pl.coalesce("location", "admin2", "admin1", "country", "iso3", "iso").is_null()
        ).then(pl.lit("no-place")),
        actor_issue=pl.when(pl.col("actor1").is_null()).then(actor_issue(pl.col("actor1"), pl.col("actor2"))),
    )
    interaction = _interaction(values["interaction"], tally)
    where = _country(values, tally)
    return pl.concat([own, inters, interaction.to_frame(), types, cameo, when, where], how="horizontal")


def _fix_spellings(values: pl.DataFrame, tally: Tally) -> pl.DataFrame:
    fixed = [
        _respell(values[name], known, spellings("acled", name), tally) for name, known in _allowed().items()
    ]
    iso3 = _respell(values["iso3"], [], spellings("acled", "iso3"), tally)
    return values.with_columns(*fixed, iso3)


@cache
def _allowed() -> dict[str, list[str]]:
    """The values that ACLED writes in its columns of types and regions."""
    known = load_seed("acled/event_types", "sub_event_type")
    legacy = legacy_types()["legacy"].to_list()
    return {
        "event_type": [*known["event_type"].unique().to_list(), *legacy],
        "sub_event_type": known["sub_event_type"].to_list(),
        "disorder_type": known["disorder_type"].unique().to_list(),
        "region": load_seed("acled/regions", "region_id")["region"].to_list(),
    }


def _respell(cells: pl.Series, allowed: list[str], variants: dict[str, str], tally: Tally) -> pl.Series:
    """Known other spellings, and other cases of the allowed ones, become the archive's own."""
    if cells.null_count() == len(cells):
        return cells
    if allowed and not (~cells.is_in(allowed)).any():
        return cells
    lower = {value.lower(): value for value in allowed} | {k.lower(): v for k, v in variants.items()}
    found = (
        cells.str.strip_chars().str.to_lowercase().replace_strict(lower, default=None, return_dtype=pl.String)
    )
    is_new = (found.is_not_null() & (found != cells)).fill_null(value=False)
    tally.count("spelling", int(is_new.sum()))
    return cells.zip_with(~is_new, found)


def _inter(cells: pl.Series, tally: Tally) -> pl.Series:
    """ACLED's label of an actor type, from its number (`6`, `6.0`) or a spelling of the label; 0 is none."""
    table = _inter_cells()
    labels = look_up(cells, table, "cell")["label"]
    if _open_cells(labels, cells).any():
        whole = _whole(cells, tally)
        again = _respell(whole, list(inter_labels().values()), spellings("acled", "inter"), tally)
        labels = look_up(again, table, "cell")["label"]
        tally.count("unknown-inter", int(_open_cells(labels, whole).sum()))
    return labels.alias(cells.name)


@cache
def _inter_cells() -> pl.DataFrame:
    """`label` of each `cell`: the numbers of actor types, and the labels themselves."""
    numbers = inter_labels()
    known = numbers | {label: label for label in numbers.values()}
    return pl.DataFrame({"cell": list(known), "label": list(known.values())})


@cache
def _interaction_cells() -> pl.DataFrame:
    """`label` of each `cell`: the numbers of interactions, and the labels themselves."""
    table = interaction_labels()
    return pl.concat([table.select(cell=c, label="interaction") for c in ("code", "interaction")])


def _interaction(cells: pl.Series, tally: Tally) -> pl.Series:
    """ACLED's label of an interaction, from its number or from the label in either order of the sides."""
    known = _interaction_cells()
    labels = look_up(cells, known, "cell")["label"]
    is_open = _open_cells(labels, cells)
    if is_open.any():
        whole = _whole(cells, tally)
        variants = {cell.lower(): label for cell, label in known.iter_rows()}
        texts = pl.DataFrame({"one": whole.str.to_lowercase()}).with_columns(
            two=pl.col("one").str.replace(r"^(.+)-(.+)$", "$2-$1")
        )
        found = texts.select(
            pl.coalesce(pl.col("one", "two").replace_strict(variants, default=None, return_dtype=pl.String))
        ).to_series()
        tally.count("spelling", int((is_open & found.is_not_null() & (whole == cells)).sum()))
        labels = found
        tally.count("unknown-interaction", int(_open_cells(labels, whole).sum()))
    return labels.alias("interaction")


def _open_cells(labels: pl.Series, cells: pl.Series) -> pl.Series:
    """Cells that say something no label was found for; 0 says that there is no second side."""
    return labels.is_null() & (cells != "0").fill_null(value=False)


def _whole(cells: pl.Series, tally: Tally) -> pl.Series:
    whole = cells.str.replace(r"^(\d+)\.0+$", "$1")
    tally.count("float-integer", int((whole != cells).sum()))
    return whole


def _types(values: pl.DataFrame, inter1: pl.Series, tally: Tally) -> pl.DataFrame:
    given = values.select("event_type", "sub_event_type", "disorder_type").with_columns(inter1=inter1)
    is_known = given["disorder_type"].is_in(disorder_types()["disorder_type"].unique().to_list())
    if not is_known.all():
        # The disorder type follows from the others: a wrong one is made again.
        tally.count("unknown-disorder", int((~is_known).sum()))
        given = given.with_columns(
            pl.when(pl.Series("known", is_known)).then("disorder_type").alias("disorder_type")
        )
    legacy = legacy_types()
    old_names = legacy.filter(pl.col("legacy") != pl.col("event_type"))["legacy"].to_list()
    is_old = given["event_type"].is_in(old_names).fill_null(value=False)
    if is_old.any():
        given = _modern(given, legacy, is_old, tally)
    disorder = first_filled(
        lambda: given["disorder_type"],
        lambda: look_up(given["sub_event_type"], disorder_types(), "sub_event_type")["disorder_type"],
        lambda: look_up(given["event_type"], disorder_of_type(), "event_type")["disorder_type"],
    )
    return given.select("event_type", "sub_event_type", disorder_type=disorder)


def _modern(given: pl.DataFrame, legacy: pl.DataFrame, is_old: pl.Series, tally: Tally) -> pl.DataFrame:
    labels = inter_labels()
    always = legacy.filter(pl.col("inter1").is_null()).drop("inter1")
    split = legacy.filter(pl.col("inter1").is_not_null()).with_columns(
        pl.col("inter1").replace_strict(labels, default=None)
    )
    joined = given.join(
        always.rename({"event_type": "type_a", "sub_event_type": "sub_a"}),
        left_on="event_type",
        right_on="legacy",
        how="left",
        maintain_order="left",
    ).join(
        split.rename({"event_type": "type_b", "sub_event_type": "sub_b"}),
        left_on=["event_type", "inter1"],
        right_on=["legacy", "inter1"],
        how="left",
        maintain_order="left",
    )
    old = pl.Series("old", is_old)
    modern = joined.with_columns(
        event_type=pl.when(old).then(pl.coalesce("type_a", "type_b", "event_type")).otherwise("event_type"),
        sub_event_type=pl.when(old)
        .then(pl.coalesce("sub_event_type", "sub_a", "sub_b"))
        .otherwise("sub_event_type"),
    )
    tally.count("legacy-type", int((modern["event_type"] != given["event_type"]).sum()))
    # Riots/Protests by neither rioters nor protesters: which of the two is open, so the type is too.
    undecided = is_old & modern["event_type"].is_in(["Riots/Protests"]).fill_null(value=False)
    tally.count("open-legacy-type", int(undecided.sum()))
    return modern.with_columns(
        event_type=pl.when(pl.Series("open", undecided)).then(None).otherwise("event_type")
    ).select(given.columns)


def _civilian_targeting(cells: pl.Series) -> pl.Series:
    if cells.null_count() == len(cells):
        return pl.Series([None], dtype=pl.Boolean).new_from_index(0, len(cells))
    lower = cells.str.to_lowercase()
    return lower.is_in(["civilian targeting", "civilians targeted", "1", "true", "yes"]).fill_null(
        value=False
    )


def _crowd_size(values: pl.DataFrame) -> pl.Series:
    found = first_filled(lambda: _crowd_text(values["tags"]), lambda: _crowd_text(values["notes"]))
    return found.str.replace_all(",", "", literal=True).cast(pl.Int64, strict=False)


def _crowd_text(texts: pl.Series) -> pl.Series:
    # A plain search is faster than the pattern, which few texts hold.
    none = pl.Series([None], dtype=pl.String).new_from_index(0, len(texts))
    if texts.null_count() == len(texts):
        return none
    places = texts.str.contains("size", literal=True).fill_null(value=False).arg_true()
    return none.scatter(places, texts.gather(places).str.extract(_CROWD, 1)) if len(places) else none


def _country(values: pl.DataFrame, tally: Tally) -> pl.DataFrame:
    days = values["event_date"]
    given = first_filled(
        lambda: iso3_of_codes(values["iso3"], days, "iso3"),
        lambda: iso3_of_names(values["country"]),
        lambda: iso3_of_codes(values["iso"].str.replace(r"^0*(\d+)(\.0+)?$", "$1"), days, "iso"),
        lambda: iso3_of_codes(values["gw"], days, "gw"),
    )
    if given.null_count():
        named = values.select(pl.coalesce("country", "iso3", "iso", "gw")).to_series()
        count_unknown(named, given, tally)
    has_both = not (values["country"].null_count() or values["region"].null_count())
    if has_both:
        return values.select("country", "region").with_columns(iso3=given)
    known = add_country(given)
    return pl.DataFrame(
        {
            "country": values["country"].zip_with(values["country"].is_not_null(), known["country"]),
            "iso3": given,
            "region": values["region"].zip_with(values["region"].is_not_null(), known["region"]),
        }
    )

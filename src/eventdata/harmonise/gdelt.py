"""GDELT 1.0 and 2.0 event rows to event columns."""

import polars as pl

from eventdata.harmonise.countries import add_country, count_unknown, iso3_of_codes
from eventdata.harmonise.crosswalks import cameo_codes, look_up, precisions, role_inters
from eventdata.harmonise.sides import actor_issue, inter_of_roles, interaction_of
from eventdata.harmonise.tally import Tally

# GDELT gives the day that it found the report; an event a year or more before that is an anniversary or a misread date.
_FAR_DAYS = 365
_TWO_DIGITS = 2


def harmonise_gdelt(values: pl.DataFrame, tally: Tally) -> pl.DataFrame:
    """Event columns of GDELT rows. Directed; one day; the place is the action's; no deaths, which GDELT does not count.

    Country-level places keep the coordinates of the country's middle, without `geo_precision` and with `place_issue`.
    """
    _reject_shifted(values, tally)
    codes = restore_zeros(values["cameo_code"], values["cameo_root"], tally)
    what = look_up(codes, cameo_codes().drop("quad_class", "goldstein"), "cameo_code")
    who = _sides(values, what["event_type"], tally)
    where = _place(values, tally)
    dates = values.select(
        "event_date",
        event_date_end="event_date",
        time_precision=pl.lit(1, dtype=pl.Int64),
        date_precision=pl.lit("day"),
        date_anchor=pl.lit("none"),
        date_issue=pl.when(
            (pl.col("published") - pl.col("event_date")).dt.total_days().abs() >= _FAR_DAYS
        ).then(pl.lit("far-from-published")),
    )
    own = values.select(
        "origin_id",
        "published",
        "quad_class",
        "goldstein",
        "actor1",
        "actor2",
        "source_code",
        "target_code",
        "source_url",
        directed=pl.lit(value=True),
        actor_issue=actor_issue(pl.coalesce("actor1", "source_code"), pl.coalesce("actor2", "target_code")),
    )
    return pl.concat([own, dates, what, who, where], how="horizontal")


def _reject_shifted(values: pl.DataFrame, tally: Tally) -> None:
    """The root column repeats the start of the code, in rows whose columns are in place."""
    code, days = values["cameo_code"], values["event_date"]
    own, root = pl.col("cameo_code").str, pl.col("cameo_root")
    wrong = values.select(~own.starts_with(root)).to_series()
    if wrong.any():
        # Where a spreadsheet took the zeros of one of the two, the rest still agrees.
        bare = own.strip_chars_start("0").str.starts_with(root.str.strip_chars_start("0"))
        wrong = values.select(~bare).to_series()
    wrong = wrong.fill_null(value=False) | code.is_null() | values["quad_class"].is_null()
    if wrong.any():
        tally.reject(wrong, "shifted-columns", "cameo_code", code)
    if days.null_count():
        tally.reject(days.is_null(), "bad-date", "event_date", days.cast(pl.String))


def restore_zeros(codes: pl.Series, roots: pl.Series, tally: Tally) -> pl.Series:
    """CAMEO codes with the zero that a spreadsheet drops: only where the root column has lost its own."""
    if roots.null_count() == len(roots):
        return codes
    lost = ((roots.str.len_bytes() < _TWO_DIGITS) & ~codes.str.starts_with("0")).fill_null(value=False)
    if not lost.any():
        return codes
    padded = "0" + codes
    lost &= padded.is_in(cameo_codes()["cameo_code"].to_list()) & padded.str.slice(1, 1).eq_missing(roots)
    tally.count("cameo-zeros", int(lost.sum()))
    return codes.zip_with(~lost, padded)


def _sides(values: pl.DataFrame, event_types: pl.Series, tally: Tally) -> pl.DataFrame:
    columns = {}
    for number, side in ((1, "source"), (2, "target")):
        given = values[f"{side}_country"]
        columns[f"{side}_country"] = iso3_of_codes(given, values["event_date"], "cameo")
        columns[f"inter{number}"] = inter_of_roles(values[f"{side}_role"], event_types, role_inters())
    has_actor2 = values.select(pl.coalesce("actor2", "target_code")).to_series()
    # Only where both types may be known is there an interaction.
    columns["interaction"] = interaction_of(columns["inter1"], columns["inter2"], has_actor2)
    return pl.DataFrame(columns)


def _place(values: pl.DataFrame, tally: Tally) -> pl.DataFrame:
    iso3 = iso3_of_codes(values["fips"], values["event_date"], "fips")
    if iso3.null_count() > values["fips"].null_count():
        count_unknown(values["fips"].set(values["fips"] == "OS", None), iso3, tally)
    names = add_country(iso3)
    kind = look_up(values["place_type"], precisions("gdelt_geo_type"), "value")
    nowhere = values.select(
        ((pl.col("place_type") == "0") & (pl.col("latitude") == 0) & (pl.col("longitude") == 0)).fill_null(
            value=False
        )
    ).to_series()
    tally.count("zero-coordinates", int(nowhere.sum()))
    parts = _place_parts(values["place_text"])
    frame = values.select("place_text", "place_type", "latitude", "longitude").with_columns(
        *parts.get_columns(), nowhere=nowhere, issue=kind["place_issue"], geo=kind["geo_precision"]
    )
    kind_of = pl.col("place_type")
    is_town, is_state = (kind_of == "3") | (kind_of == "4"), (kind_of == "2") | (kind_of == "5")
    placed = frame.select(
        "place_text",
        location=pl.when(is_town).then("first"),
        admin1=pl.when(is_town & (pl.col("parts") > 2)).then("second").when(is_state).then("first"),
        latitude=pl.when(~pl.col("nowhere")).then("latitude"),
        longitude=pl.when(~pl.col("nowhere")).then("longitude"),
        geo_precision="geo",
        place_issue=pl.when(pl.col("place_type").is_null()).then(pl.lit("no-place")).otherwise("issue"),
    )
    return pl.concat([placed, names], how="horizontal")


def _place_parts(texts: pl.Series) -> pl.DataFrame:
    """The first two parts of 'Town, State, Country', and how many there are; once for each distinct text."""
    distinct = pl.DataFrame({"text": texts.drop_nulls().unique()})
    split = pl.col("text").str.split(", ")
    parts = distinct.with_columns(
        first=split.list.get(0, null_on_oob=True),
        second=split.list.get(1, null_on_oob=True),
        parts=split.list.len(),
    )
    return look_up(texts, parts, "text").drop("text")

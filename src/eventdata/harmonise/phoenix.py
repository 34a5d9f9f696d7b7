"""Phoenix rows, real-time and historical, to event columns."""

import polars as pl

from eventdata.harmonise.countries import add_country, count_unknown, iso3_of_codes
from eventdata.harmonise.crosswalks import cameo_codes, look_up, role_inters
from eventdata.harmonise.gdelt import restore_zeros
from eventdata.harmonise.sides import actor_issue, inter_of_roles, interaction_of
from eventdata.harmonise.tally import Tally

_NONE = "---"


def harmonise_phoenix(values: pl.DataFrame, tally: Tally) -> pl.DataFrame:
    """Event columns of Phoenix rows. Quad class and Goldstein value are GDELT's of the code, Phoenix has schemes of its own.

    A three-letter `admin1` beside a longer country is taken for swapped columns, as one published reader has them.
    """
    codes = restore_zeros(values["cameo_code"], values["cameo_root"], tally)
    what = look_up(codes, cameo_codes(), "cameo_code")
    columns: dict[str, pl.Series] = {}
    for number, side in ((1, "source"), (2, "target")):
        code = _filled(values[f"{side}_code"])
        columns[f"{side}_code"] = code
        columns[f"{side}_country"] = iso3_of_codes(
            _filled(values[f"{side}_country"]), values["event_date"], "cameo"
        )
        role = _filled(values[f"{side}_role"]).str.slice(0, 3)
        columns[f"inter{number}"] = inter_of_roles(role, what["event_type"], role_inters())
    columns["interaction"] = interaction_of(columns["inter1"], columns["inter2"], columns["target_code"])
    own = values.select(
        "origin_id",
        "event_date",
        "latitude",
        "longitude",
        "location",
        source=_column(values, "source"),
        source_url=_column(values, "source_url"),
        event_date_end="event_date",
        time_precision=pl.when(pl.col("event_date").is_not_null()).then(pl.lit(1, dtype=pl.Int64)),
        date_precision=pl.when(pl.col("event_date").is_not_null()).then(pl.lit("day")),
        date_anchor=pl.lit("none"),
        date_issue=pl.when(pl.col("event_date").is_null()).then(pl.lit("ambiguous-order")),
        directed=pl.lit(value=True),
        geo_precision=pl.when(pl.col("location").is_not_null()).then(pl.lit(1, dtype=pl.Int64)),
        place_issue=pl.when(pl.coalesce("location", "admin1", "nation").is_null())
        .then(pl.lit("no-place"))
        .when(pl.coalesce("location", "admin1").is_null())
        .then(pl.lit("country-only")),
    )
    who = pl.DataFrame(columns).with_columns(
        actor_issue=actor_issue(pl.col("source_code"), pl.col("target_code"))
    )
    return pl.concat([own, what, who, _where(values, tally)], how="horizontal")


def _filled(cells: pl.Series) -> pl.Series:
    return cells.set((cells == _NONE).fill_null(value=False), None)


def _column(values: pl.DataFrame, name: str) -> pl.Series:
    if name in values.columns:
        return values[name]
    return pl.Series(name, [None], dtype=pl.String).new_from_index(0, values.height)


def _where(values: pl.DataFrame, tally: Tally) -> pl.DataFrame:
    nation, state = values["nation"], values["admin1"]
    known = iso3_of_codes(nation, values["event_date"], "cameo")
    turned = iso3_of_codes(state, values["event_date"], "cameo")
    is_swapped = (known.is_null() & turned.is_not_null()).fill_null(value=False)
    tally.count("swapped-place", int(is_swapped.sum()))
    iso3 = known.zip_with(~is_swapped, turned)
    count_unknown(nation, iso3, tally)
    return add_country(iso3).with_columns(admin1=state.zip_with(~is_swapped, nation))

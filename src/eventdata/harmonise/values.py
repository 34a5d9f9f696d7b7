"""Turns the text cells of a batch into typed values, column by column, with counted repairs."""

from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

import polars as pl

from eventdata.harmonise.dates import FileStyle, infer_style, read_days
from eventdata.harmonise.layouts import Mapped, mapping, name_key
from eventdata.harmonise.tally import Tally

# Words that other programs write for a missing value; what the archive itself writes stands with its layout.
_MISSING = ("", "NA", "NULL", "NaN", "nan", "None", "<NA>", "N/A")
# Whole numbers above this are not exact as decimals.
_LARGEST = 2.0**53
_TYPES: dict[str, pl.DataType] = {
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "date": pl.Date(),
    "stamp_day": pl.Date(),
}


@dataclass
class Plan:
    """Where the values of one file are read, and in what style its dates are."""

    family: str
    missing: tuple[str, ...]
    sources: dict[str, str]
    mapped: dict[str, Mapped]
    slash_order: str | None = None
    constants: dict[str, str] = field(default_factory=dict)
    styles: dict[str, FileStyle] = field(default_factory=dict)

    @property
    def wanted(self) -> list[str]:
        """The file's columns that are read."""
        return list(dict.fromkeys(self.sources.values()))


def make_plan(
    family: str,
    columns: tuple[str, ...],
    missing: tuple[str, ...] = (),
    slash_order: str | None = None,
    constants: tuple[tuple[str, str], ...] = (),
) -> Plan:
    """The plan for a file with these columns; `constants` are values from folder names (`country=Mali`)."""
    by_key = {name_key(c): c for c in reversed(columns)}
    fixed = {name_key(k): v for k, v in constants if name_key(k) not in by_key}
    sources, mapped = {}, {}
    for entry in mapping(family):
        mapped[entry.value] = entry
        found = next((by_key[c] for c in entry.columns if c in by_key), None)
        if found is not None:
            sources[entry.value] = found
    values = {
        e.value: fixed[c] for e in mapping(family) for c in e.columns if c in fixed and e.value not in sources
    }
    return Plan(family, missing, sources, mapped, slash_order, values)


def learn_styles(plan: Plan, frame: pl.DataFrame) -> None:
    """Infer the style of each date column from the first rows of a file."""
    for value, column in plan.sources.items():
        if plan.mapped[value].read_as == "date":
            plan.styles[value] = infer_style(frame[column], plan.slash_order)


def read_values(frame: pl.DataFrame, plan: Plan, tally: Tally) -> pl.DataFrame:
    """One typed column per value of the family; values that the file lacks are null columns."""
    columns = []
    glances = _glance(frame, plan)
    marks = (*plan.missing, *(mark for mark in _MISSING if mark not in plan.missing))
    for value, entry in plan.mapped.items():
        if (source := plan.sources.get(value)) is not None:
            columns.append(
                _read(frame[source].alias(value), entry, plan, marks, tally, glances.get(source, _UNSEEN))
            )
        else:
            text = plan.constants.get(value)
            made = pl.Series(value, [text], dtype=pl.String).new_from_index(0, frame.height)
            made = _read(made, entry, plan, marks, tally) if text is not None else made.cast(_type(entry))
            columns.append(made)
    return pl.DataFrame(columns)


class _Glance(NamedTuple):
    """What may have to be mended in a column of text: bytes of its shortest cell, blanks around, codes ending in `.0`."""

    shortest: int | None
    has_blanks: bool
    has_floats: bool


_UNSEEN = _Glance(0, has_blanks=True, has_floats=True)


def _glance(frame: pl.DataFrame, plan: Plan) -> dict[str, _Glance]:
    """A look at all columns of text at once: for each alone it would take longer than what it saves."""
    names = tuple(
        dict.fromkeys(c for v, c in plan.sources.items() if plan.mapped[v].read_as in ("text", "code"))
    )
    if not names:
        return {}
    seen = frame.select(_looks(names)).row(0)
    parts = (seen[at : at + 3] for at in range(0, len(seen), 3))
    return {name: _Glance(*part) for name, part in zip(names, parts, strict=True)}


@cache
def _looks(names: tuple[str, ...]) -> tuple[pl.Expr, ...]:
    looks: list[pl.Expr] = []
    for number, name in enumerate(names):
        cells = pl.col(name)
        # A text that starts with a blank sorts before "!": a comparison is faster than looking at the first letter.
        blanks = (cells < "!").any() | cells.str.ends_with(" ").any()
        looks += [
            cells.str.len_bytes().min().alias(f"shortest{number}"),
            blanks.alias(f"blanks{number}"),
            cells.str.ends_with(".0").any().alias(f"floats{number}"),
        ]
    return tuple(looks)


def _type(entry: Mapped) -> pl.DataType:
    return _TYPES.get(entry.read_as, pl.String())


def _read(
    cells: pl.Series,
    entry: Mapped,
    plan: Plan,
    marks: tuple[str, ...],
    tally: Tally,
    glance: _Glance = _UNSEEN,
) -> pl.Series:
    if entry.read_as in ("text", "code") and cells.null_count() == len(cells):
        return cells
    if entry.read_as in ("text", "code"):
        cells = _drop_missing(cells, marks, plan, tally, glance.shortest)
        cells = _strip(cells, tally) if glance.has_blanks else cells
        # A `.0` may have stood before a blank that is gone now.
        may_be_float = glance.has_floats or glance.has_blanks
        return _whole_code(cells, tally) if entry.read_as == "code" and may_be_float else cells
    if entry.read_as in ("integer", "number"):
        values = cells.cast(_type(entry), strict=False)
        if values.null_count() == cells.null_count() and (
            entry.read_as == "integer" or not values.is_nan().any()
        ):
            return values
        return _read_number(_drop_missing(cells, marks, plan, tally), entry, tally)
    if entry.read_as == "date":
        return _read_date(cells, entry, plan, marks, tally)
    return _read_stamp(cells, entry, plan, marks, tally)


def _drop_missing(
    cells: pl.Series, marks: tuple[str, ...], plan: Plan, tally: Tally, shortest: int | None = 0
) -> pl.Series:
    if shortest is None:
        return cells
    for mark in marks:
        if len(mark) < shortest:
            continue
        is_mark = cells == mark
        if is_mark.any():
            if mark and mark not in plan.missing:
                tally.count("missing-mark", int(is_mark.sum()))
            cells = cells.set(is_mark.fill_null(value=False), None)
    return cells


def _strip(cells: pl.Series, tally: Tally) -> pl.Series:
    around = cells.str.starts_with(" ") | cells.str.ends_with(" ")
    tally.count("blanks", int(around.sum()))
    stripped = cells.str.strip_chars(" ")
    return stripped.set((stripped == "").fill_null(value=False), None)


def _whole_code(cells: pl.Series, tally: Tally) -> pl.Series:
    is_float = cells.str.ends_with(".0")
    if not is_float.any():
        return cells
    tally.count("float-integer", int(is_float.sum()))
    return cells.str.replace(r"^(-?\d+)\.0$", "$1")


def _read_number(cells: pl.Series, entry: Mapped, tally: Tally) -> pl.Series:
    dtype = _type(entry)
    numbers = cells.cast(dtype, strict=False)
    if numbers.null_count() > cells.null_count():
        numbers = _mend_numbers(cells, numbers, dtype, tally)
    if dtype == pl.Float64:
        numbers = numbers.set(~numbers.is_finite().fill_null(value=True), None)
    _report_unread(cells, numbers, "bad-number", entry, tally)
    return numbers


def _mend_numbers(cells: pl.Series, numbers: pl.Series, dtype: pl.DataType, tally: Tally) -> pl.Series:
    texts = cells.str.strip_chars()
    decimals = texts.cast(pl.Float64, strict=False)
    if dtype == pl.Int64:
        whole = (decimals == decimals.round()) & decimals.is_finite() & (decimals.abs() < _LARGEST)
        decimals = decimals.set(~whole.fill_null(value=False), None)
    mended = decimals.cast(dtype, strict=False)
    new = mended.is_not_null() & numbers.is_null()
    is_blank = new & (texts.cast(dtype, strict=False).is_not_null())
    tally.count("blanks", int(is_blank.sum()))
    tally.count("float-integer", int((new & ~is_blank).sum()))
    return numbers.zip_with(~new, mended)


def _read_date(
    cells: pl.Series, entry: Mapped, plan: Plan, marks: tuple[str, ...], tally: Tally
) -> pl.Series:
    style = plan.styles.get(entry.value) or infer_style(cells, plan.slash_order)
    days, spreadsheet, is_open = read_days(cells, style)
    if days.null_count() > cells.null_count():
        cells = _drop_missing(cells, marks, plan, tally)
    tally.count("excel-date", spreadsheet)
    tally.count("ambiguous-date", int(is_open.sum()))
    # A date that may be read in two ways leaves the event without a day; it is no bad row.
    _report_unread(cells.set(is_open, None) if is_open.any() else cells, days, "bad-date", entry, tally)
    return days


def _read_stamp(
    cells: pl.Series, entry: Mapped, plan: Plan, marks: tuple[str, ...], tally: Tally
) -> pl.Series:
    """The day of YYYYMMDD or YYYYMMDDhhmmss."""
    days = cells.str.slice(0, 8).str.to_date("%Y%m%d", strict=False)
    if days.null_count() > cells.null_count():
        cells = _drop_missing(cells, marks, plan, tally)
        # A spreadsheet writes 20190121220000 as 2.02E+13: the day is gone.
        is_rounded = cells.str.contains(r"^\d([.,]\d+)?E\+\d+$").fill_null(value=False)
        tally.count("rounded-stamp", int(is_rounded.sum()))
        cells = cells.set(is_rounded, None)
    _report_unread(cells, days, "bad-date", entry, tally)
    return days


def _report_unread(cells: pl.Series, values: pl.Series, rule: str, entry: Mapped, tally: Tally) -> None:
    if values.null_count() == cells.null_count():
        return
    unread = values.is_null() & cells.is_not_null()
    if entry.on_bad == "reject":
        tally.reject(unread, rule, entry.value, cells)
    else:
        tally.count("unknown-value", int(unread.sum()))

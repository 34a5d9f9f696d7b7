"""Reads the dates of archive files: one style per file and column, inferred from its rows, never guessed."""

from dataclasses import dataclass
from functools import cache

import polars as pl

from eventdata.seeds import load_seed

# Excel counts days from here (its day 60, 29 February 1900, never was; no archive goes back so far).
_EXCEL_START = pl.date(1899, 12, 30)
_SLASHED = r"^(\d{1,2})[/.](\d{1,2})[/.]"
_SPREADSHEET = ("day-mon-yy", "excel-serial", "slash-day-first-yy", "slash-month-first-yy")


@dataclass(frozen=True)
class Style:
    """One way to write a day."""

    name: str
    pattern: str
    format: str | None
    order: str | None


@dataclass(frozen=True)
class FileStyle:
    """The style of a column in one file; `order` of day and month is null where the rows leave it open."""

    main: Style | None
    order: str | None

    @property
    def name(self) -> str:
        """The style in a word, as `inspect` shows it."""
        if self.main is None:
            return "none"
        if self.main.order and self.order is None:
            return "day and month in an order that the rows leave open"
        return self.main.name


@cache
def styles() -> tuple[Style, ...]:
    """All known styles."""
    rows = load_seed("layouts/date_styles", "style").iter_rows(named=True)
    return tuple(Style(r["style"], r["pattern"], r["format"], r["order"]) for r in rows)


def infer_style(values: pl.Series, known_order: str | None = None) -> FileStyle:
    """The style that most values have. The order of day and month comes from values above 12, else it is `known_order`."""
    distinct = values.drop_nulls().str.strip_chars().unique()
    order = _order_of(distinct) or known_order
    best, most = None, 0
    for style in styles():
        if style.order not in (None, order or "day"):
            continue
        fit = int(distinct.str.contains(style.pattern).sum())
        if fit > most:
            best, most = style, fit
    return FileStyle(best, order)


def _order_of(distinct: pl.Series) -> str | None:
    parts = distinct.str.extract_groups(_SLASHED).struct.unnest().cast(pl.Int64)
    first, second = (parts.to_series(i) for i in range(2))
    has_day_first, has_month_first = bool((first > 12).any()), bool((second > 12).any())
    if has_day_first == has_month_first:
        return None
    return "day" if has_day_first else "month"


def read_days(values: pl.Series, style: FileStyle) -> tuple[pl.Series, int, pl.Series]:
    """The days; how many were written by a spreadsheet; and which are open because of the order of day and month."""
    days = _read(values, style.main) if style.main and _is_usable(style.main, style) else None
    if days is None:
        days = pl.Series(values.name, [None], dtype=pl.Date).new_from_index(0, len(values))
    spreadsheet = 0
    if style.main and style.main.name in _SPREADSHEET:
        spreadsheet = int(days.count())
    if days.null_count() > values.null_count():
        days, more = _read_others(values, days, style)
        spreadsheet += more
    return days, spreadsheet, _open_order(values, days, style)


def _is_usable(style: Style, file: FileStyle) -> bool:
    return style.order is None or style.order == file.order


def _read(values: pl.Series, style: Style) -> pl.Series:
    if style.name == "iso-stamp":
        return values.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    if style.name == "excel-serial":
        serial = values.cast(pl.Float64, strict=False).cast(pl.Int64, strict=False)
        frame = pl.DataFrame({"n": serial})
        return frame.select(_EXCEL_START + pl.duration(days=pl.col("n"))).to_series().alias(values.name)
    if style.name.startswith("slash-stamp"):
        shape = "%d/%m/%Y" if style.order == "day" else "%m/%d/%Y"
        return values.str.splitn(" ", 2).struct.field("field_0").str.to_date(shape, strict=False)
    return values.str.to_date(style.format, strict=False)


def _read_others(values: pl.Series, days: pl.Series, file: FileStyle) -> tuple[pl.Series, int]:
    """Values in another style than most: blanks around them, or a spreadsheet's hand in part of the rows."""
    left = (days.is_null() & values.is_not_null()).arg_true()
    texts = values.gather(left).str.strip_chars()
    found = pl.Series([None], dtype=pl.Date).new_from_index(0, len(left))
    spreadsheet = 0
    for style in styles():
        if not _is_usable(style, file):
            continue
        fits = texts.str.contains(style.pattern) & found.is_null()
        if fits.any():
            read = _read(texts, style)
            spreadsheet += int((fits & read.is_not_null()).sum()) if style.name in _SPREADSHEET else 0
            found = found.zip_with(~fits, read)
    days = days.clone()
    return days.scatter(left, found), spreadsheet


def _open_order(values: pl.Series, days: pl.Series, style: FileStyle) -> pl.Series:
    if style.order is not None or days.null_count() == values.null_count():
        return pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(values))
    return (days.is_null() & values.str.contains(_SLASHED)).fill_null(value=False)

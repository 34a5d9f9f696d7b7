"""Dates in words as intervals of days: what a report says, counted from where it says it.

    find       windows around marked date words -> expressions          (_dates_grammar, _dates_find)
    read       each distinct expression -> its parts                    (_dates_parts)
    anchor     day of publication, dateline, or the date named before
    calculate  parts + anchor -> first and last day                     (_dates_calendar)

Nothing here asks the clock: without a day to count from, a relative expression keeps its relation and has no date.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Literal

import polars as pl

from eventdata.coding.scan import find_phrases
from eventdata.errors import BadCallError
from eventdata.resolve._dates_clauses import event_dates
from eventdata.resolve._dates_context import (
    DateOrder,
    Mode,
    continue_years,
    is_date,
    mark_datelines,
    open_clauses,
    order_numbers,
    order_weekdays,
    share_weeks,
    share_years,
    with_tense,
)
from eventdata.resolve._dates_find import find_expressions, with_numbers
from eventdata.resolve._dates_foreign import (
    ask_dateparser,
    best_language,
    foreign_pattern,
    foreign_phrases,
    is_english,
    languages_of,
    read_foreign,
)
from eventdata.resolve._dates_grammar import FIRST_YEAR, LAST_YEAR, month_names, words
from eventdata.resolve._dates_output import EXPRESSIONS, finish, join_ranges, part_ranges, with_directions
from eventdata.resolve._dates_parts import read_parts
from eventdata.resolve._dates_story import anchored

__all__ = ["date_expressions", "event_dates", "lexicon_phrases", "resolve_dates"]

_c = pl.col
_PARTS = pl.Schema(
    {
        "rule": pl.String, "op": pl.Int64, "precision": pl.String, "first": pl.Int64, "last": pl.Int64, "year": pl.Int64,
        "month": pl.Int64, "day": pl.Int64, "month2": pl.Int64, "day2": pl.Int64, "weekday": pl.Int64, "unit": pl.Int64,
        "n": pl.Int64, "years": pl.Int64, "edge": pl.Int64, "base": pl.Int64, "approx": pl.Boolean, "issue": pl.String,
        "needs": pl.String,
    }
)  # fmt: skip


@cache
def _phrases(public: bool) -> pl.DataFrame:
    marked = ["yes", "public"] if public else ["yes"]
    listed = words().filter(_c("marked").is_in(marked)).select(phrase="word", proper=_c("proper") == "yes")
    years = [str(year) for year in range(FIRST_YEAR, LAST_YEAR + 1)]
    decades = [f"{decade}s" for decade in range(1800, LAST_YEAR, 10)] + [f"{tens}0s" for tens in range(2, 10)]
    mid = [f"mid-{year}" for year in range(1950, 2031)] + [
        f"mid-{decade}s" for decade in range(1800, 2040, 10)
    ]
    mid += [f"{half}-{month}" for month in month_names() for half in ("mid", "Mid")]
    numbers = pl.DataFrame({"phrase": [*years, *decades, *mid], "proper": True})
    return pl.concat([listed, numbers]).unique("phrase", keep="first", maintain_order=True)


def lexicon_phrases() -> pl.DataFrame:
    """The date words that the coder's scan marks: `phrase`, `key` (row number), `proper` (matched exactly as written)."""
    return _phrases(public=False).with_row_index("key").select("phrase", "key", "proper")


def date_expressions(
    marks: pl.DataFrame, reports: pl.DataFrame, *, mode: Mode = "news", date_order: DateOrder | None = None
) -> pl.DataFrame:
    """One row per date expression, with its interval, or the reason why it has none.

    Args:
        marks: Date words: `row`, `sent`, `start`, `end`, sorted by row and start; `para` (paragraph number) where known. With a
            column `date`, marks without it are of other words and left out.
        reports: `row`, `published` (Date), and `text` or `clean`.
        mode: "news": relative dates count from the day of publication, or in a paragraph about a past year from the date named
            before. "narrative": they always count from the date named before.
        date_order: Order of day and month in 03/04/2024. Default: what the other dates of the batch show, if they agree.

    Returns:
        `row`, `sent`, `start`, `end` (UTF-8 bytes, end exclusive), `text`, `date_start`, `date_end` (inclusive; null where open
        or unknown), `precision`, `anchor` (explicit, publication, dateline, previous, none), `direction` (since, until, by,
        before, after, dateline; from and to for the ends of a range in a narrative; else past, present, future as seen from the
        anchor), `approx`, `rule`, `issue`, `para`.
    """
    if "date" in marks.columns:
        marks = marks.filter(_c("date").is_not_null())
    found = find_expressions(marks, reports)
    if found.is_empty():
        return EXPRESSIONS.to_frame()
    return resolve_found(found, reports, mode=mode, date_order=date_order)


def resolve_found(
    found: pl.DataFrame, reports: pl.DataFrame, *, mode: Mode = "news", date_order: DateOrder | None = None
) -> pl.DataFrame:
    """`date_expressions` for spans that are found already, as `find_expressions` returns them.

    A column `lang` names the language of an expression that is not English.
    """
    if "lang" not in found.columns:
        found = found.with_columns(lang=pl.lit(None, pl.String))
    frame = open_clauses(_with_parts(found).filter(is_date()))
    if frame.is_empty():
        return EXPRESSIONS.to_frame()
    days = reports.select(
        "row",
        published=_c("published").cast(pl.Date).cast(pl.Int32).cast(pl.Int64),
        text_of_report="text" if "text" in reports.columns else "clean",
    )
    frame = frame.join(days, on="row", how="left", maintain_order="left", validate="m:1")
    frame = order_numbers(frame, date_order)
    frame = mark_datelines(frame)
    frame = share_weeks(share_years(frame))
    frame = continue_years(frame, mode)
    frame = with_tense(frame, mode)
    frame = anchored(frame, narrative=mode == "narrative")
    if (frame["issue"] == "unparsed").any():
        frame = ask_dateparser(frame)
    frame = with_directions(order_weekdays(frame))
    frame = join_ranges(frame) if mode == "news" else part_ranges(frame)
    return finish(frame, mode)


def _with_parts(found: pl.DataFrame) -> pl.DataFrame:
    said = found.select("text", "lang").unique(maintain_order=True)
    read = [read_parts(text) if lang is None else read_foreign(text, lang) for text, lang in said.iter_rows()]
    parts = pl.concat([said, pl.DataFrame(read, schema=_PARTS, orient="row")], how="horizontal")
    return found.join(
        parts, on=["text", "lang"], how="left", maintain_order="left", validate="m:1", nulls_equal=True
    )


def _find_anywhere(texts: pl.Series, reports: pl.DataFrame) -> pl.DataFrame:
    """Expressions of texts in any language: a text without a common English word is scanned for other languages too."""
    marks = with_numbers(find_phrases(texts, _public_phrases()).drop("ref"), texts)
    found = find_expressions(marks, reports).with_columns(lang=pl.lit(None, pl.String))
    others = reports.filter(~is_english(_c("text")))
    if others.is_empty():
        return found
    phrases = foreign_phrases()
    hits = find_phrases(others["text"], phrases["phrase"].to_list())
    if hits.is_empty():
        return found
    langs = phrases["langs"].gather(hits["ref"])
    hits = hits.with_columns(row=others["row"].gather(hits["row"]), langs=langs)
    tried = languages_of(hits, langs)
    hits = hits.join(tried, on="row", how="inner", maintain_order="left").filter(
        _c("langs").list.contains(_c("lang"))
    )
    foreign = pl.concat(
        find_expressions(
            of_lang.drop("ref", "langs", "lang"), reports, foreign_pattern(str(lang[0]))
        ).with_columns(lang=pl.lit(lang[0], pl.String))
        for lang, of_lang in hits.group_by("lang", maintain_order=True)
    )
    return _merged(found, best_language(foreign))


def _merged(found: pl.DataFrame, foreign: pl.DataFrame) -> pl.DataFrame:
    """The expressions of the language that has more of them in a text; in another language figures are read as English."""
    in_words = found.filter(_c("marked") & _c("text").str.contains(r"\p{L}")).group_by("row").len("english")
    counts = foreign.group_by("row").len("other").join(in_words, on="row", how="left")
    rows = counts.filter(_c("other") > _c("english").fill_null(0))["row"].to_list()
    is_foreign = _c("row").is_in(rows)
    foreign = foreign.filter(is_foreign)
    spans = foreign.select("row", other_start="start", other_end="end")
    figures = found.filter(~is_foreign | ~_c("text").str.contains(r"\p{L}")).with_row_index("i")
    inside = (
        figures.join(spans, on="row", how="inner")
        .filter((_c("start") < _c("other_end")) & (_c("end") > _c("other_start")))["i"]
        .unique()
    )
    kept = figures.filter(~_c("i").is_in(inside.to_list())).drop("i")
    both = pl.concat([kept, foreign.select(kept.columns)]).sort("row", "start", maintain_order=True)
    # the two scans number sentences apart: here a text of another language is one sentence
    number = _c("row") + pl.max_horizontal(_c("sent").max(), _c("para").max(), _c("window_id").max()) + 1
    return both.with_columns(
        pl.when(is_foreign).then(number).otherwise(name).cast(pl.UInt32).alias(name)
        for name in ("sent", "para", "window_id")
    )


def _as_dates(published: object, count: int) -> pl.Series:
    """`published` as one Date per text: one day for all, a list, a Series, or none."""
    if published is None or isinstance(published, date | str):
        published = [published] * count
    if isinstance(published, Sequence):
        published = [value.date() if isinstance(value, datetime) else value for value in published]
    try:
        values = pl.Series("published", published)  # type: ignore[arg-type]
        if values.dtype.is_numeric():
            raise TypeError(f"{values.dtype} is no day")
        days = (
            values.str.head(10).str.to_date("%Y-%m-%d") if values.dtype == pl.String else values.cast(pl.Date)
        )
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise BadCallError(
            f"resolve_dates: published holds what is no day: {error}. Hint: dates, or text such as 2024-05-15."
        ) from error
    if len(days) != count:
        raise BadCallError(
            f"resolve_dates: {count} texts and {len(days)} days of publication. Hint: one day for each text."
        )
    return days


def _as_texts(texts: object) -> pl.Series:
    try:
        if texts is None:
            raise TypeError("None")
        return pl.Series("text", [texts] if isinstance(texts, str) else texts, dtype=pl.String)  # type: ignore[arg-type]
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise BadCallError(
            f"resolve_dates: texts are no text: {error}. Hint: a str, or a list or Series of them."
        ) from error


def resolve_dates(
    texts: str | Sequence[str | None] | pl.Series,
    published: date | str | Sequence[date | str | None] | pl.Series | None = None,
    *,
    mode: Mode = "news",
    offsets: Literal["bytes", "chars"] = "bytes",
    date_order: DateOrder | None = None,
) -> pl.DataFrame:
    """One row per date expression in `texts`: its days, how precisely they are known, what they were counted from.

    Args:
        texts: One text, or a list or Series of texts; null has no expressions.
        published: Day of publication: one for all texts, one for each, or none. Without it relative dates stay open.
        mode: "news" counts relative dates from the day of publication, "narrative" (histories) from the date named before.
        offsets: Unit of `start` and `end`: UTF-8 bytes, or characters of Python strings.
        date_order: Order of day and month in 03/04/2024. Default: the one that the other dates of the call show, if they agree.

    Returns:
        `row` (number of the text), `start`, `end`, `text`, `date_start`, `date_end` (inclusive; null where open or unknown),
        `precision`, `anchor`, `direction`, `approx`, `rule`, `issue` (why there is no date, or what is doubtful about it); the
        values are listed in docs/dates.md.

    >>> found = resolve_dates("Two men were shot on Tuesday.", date(2024, 5, 15))
    >>> found.select("text", "date_start", "precision", "anchor").row(0)
    ('Tuesday', datetime.date(2024, 5, 14), 'day', 'publication')
    """
    if (
        mode not in ("news", "narrative")
        or offsets not in ("bytes", "chars")
        or date_order not in (None, "dmy", "mdy")
    ):
        raise BadCallError(
            f"resolve_dates: mode={mode!r}, offsets={offsets!r}, date_order={date_order!r}. Hint: mode is 'news' or 'narrative', "
            "offsets 'bytes' or 'chars', date_order 'dmy', 'mdy' or None."
        )
    series = _as_texts(texts)
    reports = pl.DataFrame({"text": series, "published": _as_dates(published, len(series))}).with_row_index(
        "row"
    )
    found = _find_anywhere(series, reports)
    found = resolve_found(found, reports, mode=mode, date_order=date_order).drop("sent", "para")
    return _in_characters(found, reports) if offsets == "chars" else found


def _in_characters(found: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Byte offsets as offsets into Python strings."""
    body = found.join(
        reports.select("row", "text"), on="row", how="left", maintain_order="left", suffix="_of_report"
    )["text_of_report"].cast(pl.Binary)
    spans = pl.DataFrame({"body": body, "start": found["start"], "end": found["end"]})
    return found.with_columns(
        spans.select(
            pl.col("body").bin.head(pl.col(edge)).cast(pl.String).str.len_chars().cast(pl.UInt32).alias(edge)
            for edge in ("start", "end")
        )
    )


@cache
def _public_phrases() -> list[str]:
    table = _phrases(public=True)
    plain = table.filter(~_c("proper"))["phrase"]
    return [*table["phrase"].to_list(), *(phrase[0].upper() + phrase[1:] for phrase in plain.to_list())]

"""Dates in words as intervals of days: what a report says, counted from where it says it.

    find       windows around marked date words -> expressions          (_dates_grammar, _dates_find)
    read       each distinct expression -> its parts                    (_dates_parts)
    anchor     day of publication, dateline, or the date named before
    calculate  parts + anchor -> first and last day                     (_dates_calendar)

Nothing here asks the clock: without a day to count from, a relative expression keeps its relation and has no date.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Literal

import numpy as np
import polars as pl

from eventdata.coding.clean import clean
from eventdata.coding.scan import Patterns, compile_patterns, scan
from eventdata.errors import BadCallError
from eventdata.resolve._dates_clauses import event_dates
from eventdata.resolve._dates_context import (
    DateOrder,
    Mode,
    continue_years,
    is_date,
    listed_weekdays,
    mark_datelines,
    neighbours,
    open_clauses,
    order_numbers,
    order_weekdays,
    share_weeks,
    share_years,
)
from eventdata.resolve._dates_find import Texts, find_expressions, keep_compiled, with_numbers
from eventdata.resolve._dates_foreign import (
    ask_dateparser,
    best_language,
    foreign_pattern,
    foreign_phrases,
    is_english,
    languages_of,
)
from eventdata.resolve._dates_grammar import FIRST_YEAR, LAST_YEAR, month_names, words
from eventdata.resolve._dates_output import EXPRESSIONS, add_directions, finish, join_ranges, part_ranges
from eventdata.resolve._dates_parts import Op, Parts
from eventdata.resolve._dates_story import anchored
from eventdata.resolve._dates_table import NULL, Dates, issue, make_dates, precision, read_words, rule
from eventdata.resolve._dates_tense import add_tense
from eventdata.resolve._dates_zones import iso_time, local_day

__all__ = ["date_expressions", "event_dates", "lexicon_phrases", "local_day", "resolve_dates"]

_c = pl.col


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
        reports: `row`, `published` (Date), and `text` or `clean`; `source` where known.
        mode: "news": relative dates count from the day of publication, or in a paragraph about a past year from the date named
            before. "narrative": they always count from the date named before.
        date_order: Order of day and month in 03/04/2024. Default: what the other dates of the same `source` show, if they agree.

    Returns:
        `row`, `sent`, `start`, `end` (UTF-8 bytes, end exclusive), `text`, `date_start`, `date_end` (inclusive; null where open
        or unknown), `precision`, `anchor` (explicit, publication, dateline, previous, none), `direction` (since, until, by,
        before, after, dateline; from and to for the ends of a range in a narrative; else past, present, future as seen from the
        anchor), `approx`, `rule`, `issue`, `para`.
    """
    if "date" in marks.columns:
        marks = marks.filter(_c("date").is_not_null())
    texts = Texts(reports)
    return resolve_found(find_expressions(marks, texts), reports, texts, mode=mode, date_order=date_order)


def resolve_found(
    found: pl.DataFrame,
    reports: pl.DataFrame,
    texts: Texts,
    *,
    mode: Mode = "news",
    date_order: DateOrder | None = None,
    langs: Sequence[str] = (),
) -> pl.DataFrame:
    """`date_expressions` for spans that are found already, as `find_expressions` returns them.

    A column `lang` names the language of an expression that is not English; `langs` are those that were tried.
    """
    dates = _read_found(found, reports, texts)
    if not len(dates):
        return EXPRESSIONS.to_frame()
    narrative = mode == "narrative"
    beside = neighbours(dates)
    listed = listed_weekdays(dates, beside)
    open_clauses(dates)
    order_numbers(dates, date_order)
    mark_datelines(dates, texts)
    keep_compiled(foreign_pattern(lang) for lang in langs)
    share_years(dates, beside)
    listed = share_weeks(dates, listed)
    continue_years(dates, mode)
    add_tense(dates, texts, narrative=narrative)
    anchored(dates, narrative=narrative)
    _ask_about_unread(dates)
    order_weekdays(dates, listed)
    add_directions(dates, texts)
    dates = part_ranges(dates, beside) if narrative else join_ranges(dates, beside)
    return finish(dates, texts, mode)


def _read_found(found: pl.DataFrame, reports: pl.DataFrame, texts: Texts) -> Dates:
    if "lang" not in found.columns:
        found = found.with_columns(lang=pl.lit(None, pl.String))
    numbers, key = read_words(found)
    said = {name: numbers[Parts._fields.index(name)][key] for name in ("needs", "year", "op", "n")}
    good = np.flatnonzero(is_date(found, said))
    found, key = found[good], key[good]
    place = texts.places(found["row"].to_numpy())
    of_report = texts.ordered(reports)
    day = of_report["published"].cast(pl.Date).cast(pl.Int32).cast(pl.Int64).fill_null(NULL)
    source = np.zeros(reports.height, dtype=np.int64)
    if "source" in reports.columns and (numbers[Parts._fields.index("op")] == Op.NUMERIC).any():
        source = of_report["source"].rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
    return make_dates(found, numbers[:, key], day.to_numpy()[place], source[place])


def _ask_about_unread(dates: Dates) -> None:
    """What the tables find and cannot read is given to dateparser."""
    asked = np.flatnonzero((dates.issue == issue("unparsed")) & (dates.published != NULL))
    if not len(asked):
        return
    said = dates.words[asked].select("text", "lang").with_columns(day=dates.published[asked])
    for at, (text, lang, day) in zip(asked.tolist(), said.iter_rows(), strict=True):
        first, last, name = ask_dateparser(text, lang, day)
        if first is not None and last is not None and name is not None:
            dates.first[at], dates.last[at], dates.precision[at] = first, last, precision(name)
            dates.rule[at], dates.issue[at], dates.op[at] = rule("dateparser"), NULL, Op.UNIT


def _find_anywhere(reports: pl.DataFrame, texts: Texts) -> tuple[pl.DataFrame, list[str]]:
    """Expressions of texts in any language, and the other languages that were tried.

    A text without a common English word is scanned for other languages too.
    """
    marks = with_numbers(_marks(reports, _public_patterns()).drop("ref"), reports["text"])
    found = find_expressions(marks, texts).with_columns(lang=pl.lit(None, pl.String))
    others = reports.filter(~is_english(_c("text")))
    if others.is_empty():
        return found, []
    hits = _marks(others, _foreign_patterns())
    if hits.is_empty():
        return found, []
    langs = foreign_phrases()["langs"].gather(hits["ref"])
    hits = hits.with_columns(langs=langs)
    tried = languages_of(hits, langs)
    hits = hits.join(tried, on="row", how="inner", maintain_order="left").filter(
        _c("langs").list.contains(_c("lang"))
    )
    foreign = pl.concat(
        find_expressions(
            of_lang.drop("ref", "langs", "lang"), texts, foreign_pattern(str(lang[0]))
        ).with_columns(lang=pl.lit(lang[0], pl.String))
        for lang, of_lang in hits.group_by("lang", maintain_order=True)
    )
    return _merged(found, best_language(foreign)), tried["lang"].unique().to_list()


def _marks(reports: pl.DataFrame, patterns: Patterns) -> pl.DataFrame:
    return scan(reports.select("row", clean=clean(_c("text"))), patterns)


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


def _as_dates(published: object, texts: pl.Series) -> pl.Series:
    """`published` as one Date per text: one day for all, a list, a Series, or none; times with a zone by the dateline."""
    count = len(texts)
    if published is None:
        return pl.repeat(None, count, dtype=pl.Date, eager=True)
    if isinstance(published, date | str):
        published = [published] * count
    if isinstance(published, Sequence):
        published = [iso_time(value) for value in published]
        if any(isinstance(value, str) for value in published):
            published = [value.isoformat() if isinstance(value, date) else value for value in published]
    try:
        values = pl.Series("published", published)  # type: ignore[arg-type]
        if values.dtype.is_numeric():
            raise TypeError(f"{values.dtype} is no day")
        if len(values) == count:
            values = local_day(values, texts)
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


def _as_sources(sources: object, count: int) -> pl.Series:
    """`sources` as one text per report, null where nothing is known."""
    if sources is None or isinstance(sources, str):
        sources = [sources] * count
    try:
        values = pl.Series("source", sources, dtype=pl.String)  # type: ignore[arg-type]
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise BadCallError(
            f"resolve_dates: sources are no text: {error}. Hint: one name for each text."
        ) from error
    if len(values) != count:
        raise BadCallError(
            f"resolve_dates: {count} texts and {len(values)} sources. Hint: one name for each text."
        )
    return values


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
    sources: str | Sequence[str | None] | pl.Series | None = None,
) -> pl.DataFrame:
    """One row per date expression in `texts`: its days, how precisely they are known, what they were counted from.

    Args:
        texts: One text, or a list or Series of texts; null has no expressions.
        published: Day of publication: one for all texts, one for each, or none. Without it relative dates stay open. Of a time
            with a zone (2024-12-03T20:00Z) the day is that at the place of the dateline ("SYDNEY (AP) -": 4 December), else that
            of the zone; standard time, without daylight saving.
        mode: "news" counts relative dates from the day of publication, "narrative" (histories) from the date named before.
        offsets: Unit of `start` and `end`: UTF-8 bytes, or characters of Python strings.
        date_order: Order of day and month in 03/04/2024. Default: the one that the other dates of the same source show, if they
            agree; else such a date is ambiguous.
        sources: Newspaper or agency of each text: one for all or one for each. Texts without one are of one source.

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
    reports = pl.DataFrame(
        {
            "text": series,
            "published": _as_dates(published, series),
            "source": _as_sources(sources, len(series)),
        }
    ).with_row_index("row")
    bodies = Texts(reports)
    found, langs = _find_anywhere(reports, bodies)
    found = resolve_found(found, reports, bodies, mode=mode, date_order=date_order, langs=langs)
    found = found.drop("sent", "para")
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
def _public_patterns() -> Patterns:
    table = _phrases(public=True)
    plain = table.filter(~_c("proper"))["phrase"]
    return compile_patterns(
        [*table["phrase"].to_list(), *(phrase[0].upper() + phrase[1:] for phrase in plain.to_list())]
    )


@cache
def _foreign_patterns() -> Patterns:
    return compile_patterns(foreign_phrases()["phrase"])

"""From resolved expressions to the rows that are returned: directions, ranges, issues."""

import numpy as np
import polars as pl

from eventdata.resolve._dates_calendar import first_day, month_of, one_of
from eventdata.resolve._dates_context import Mode, each_match, matches
from eventdata.resolve._dates_find import Texts
from eventdata.resolve._dates_grammar import cue_pattern
from eventdata.resolve._dates_parts import Op
from eventdata.resolve._dates_table import (
    ANCHORS,
    DIRECTIONS,
    ISSUES,
    NULL,
    PRECISIONS,
    RULES,
    Bools,
    Dates,
    Ints,
    anchor,
    direction,
    issue,
    names_of,
    precision,
    rule,
)

FIRST_DAY, LAST_DAY = -719_162, 157_053
"""The years 1 to 2399: what relative dates reach beyond is out of range."""
FAR_DAYS = 366
"""An explicit date farther than this from the day of publication is flagged."""

_c = pl.col
EXPRESSIONS = pl.Schema(
    {
        "row": pl.UInt32, "sent": pl.UInt32, "start": pl.UInt32, "end": pl.UInt32, "text": pl.String,
        "date_start": pl.Date, "date_end": pl.Date, "precision": pl.String, "anchor": pl.String, "direction": pl.String,
        "approx": pl.Boolean, "rule": pl.String, "issue": pl.String, "para": pl.UInt32,
    }
)  # fmt: skip
"""Columns of `date_expressions`."""

_RELATION = (
    r"(?i-u)\b(since|until|till|by|before|after|prior +to|ahead +of) +"
    r"(?:at +least +|about +|around +|the +|early +|late +|last +)*$"
)
_WORDS = {
    "since": "since", "until": "until", "till": "until", "by": "by", "before": "before", "prior": "before", "ahead": "before",
    "after": "after",
}  # fmt: skip
_AT_LEAST = r"(?i-u)\bat +(?:least|most)\b"
_RECORD_BYTES = 120


def _is_record(before: pl.Series) -> Bools:
    """ "The worst attack since 2004" is about 2004; `before` is the text before the date."""
    record = rf"(?i)\b(?:{cue_pattern('record')})\b[^.;]*\bsince +(?:at +least +|the +)?$"
    return matches(before.str.replace_all(_AT_LEAST, ""), record)


def add_directions(dates: Dates, texts: Texts) -> None:
    """Fill `direction`, and `opens` after "since", unless it dates a record ("the worst attack since 2004")."""
    day = np.where(dates.anchor != NULL, dates.anchor, dates.published)
    past, present, future = direction("past"), direction("present"), direction("future")
    has_day, has_first = day != NULL, dates.first != NULL
    said = np.select(
        [dates.n == NULL, dates.n < 0, dates.n > 0], [np.full(len(dates), NULL), past, future], present
    )
    seen = np.select(
        [~has_day, dates.last < day, dates.first > day], [np.full(len(dates), NULL), past, future], present
    )
    dates.direction = np.where(has_first, seen, said)
    dated = (dates.op != Op.NONE) & ~one_of(dates.rule, rule("hours"), rule("span")) & ~dates.dateline
    related = np.flatnonzero(dated & matches(dates.words["left"], _RELATION))
    word = dates.words["left"][related].str.extract(_RELATION).str.to_lowercase().str.split(" ").list.first()
    relation = word.replace_strict({w: direction(name) for w, name in _WORDS.items()}, return_dtype=pl.Int64)
    dates.direction[related] = relation.to_numpy()
    dates.direction[dates.dateline] = direction("dateline")
    since = related[(relation == direction("since")).to_numpy() & has_first[related]]
    if len(since):
        start = dates.words["start"].to_numpy()[since]
        before = texts.cut(dates.row[since], np.maximum(start - _RECORD_BYTES, 0), start)
        dates.opens[since] = ~_is_record(before)


_ARTICLE = "(?:the +|early +|late +)*$"
_RANGED = (Op.MONTHDAY, Op.MONTH, Op.WEEKDAY, Op.FIXED, Op.SEASON, Op.UNIT)


def _range_ends(dates: Dates, beside: Ints) -> tuple[Ints, Ints]:
    """Places of expressions that are, with the next one, the two ends of one range; and the last day of it."""
    fits = one_of(dates.op, *_RANGED) & ~dates.dateline & (dates.first != NULL) & (dates.last != NULL)
    some = beside[fits[beside] & fits[beside + 1]]
    weekdays = (dates.op[some] == Op.WEEKDAY) & (dates.op[some + 1] == Op.WEEKDAY)
    end = dates.last[some + 1]
    end = np.where(weekdays & (end < dates.first[some]), end + 7, end)
    ordered = dates.first[some] <= end
    some, end = some[ordered], end[ordered]
    sign, to, between, joined, between_alone = each_match(
        dates.words.select("left", "right")[some],
        ("right", r"^ *(?:-|–|—) *$|^ +(?i-u:through|to) +$"),
        ("right", rf"(?i-u)^ *(?:to|through|until|till|up +to) +{_ARTICLE}"),
        ("left", rf"(?i-u)\b(?:between|from) +{_ARTICLE}"),
        ("right", rf"(?i-u)^ +and +{_ARTICLE}"),
        ("left", rf"(?i-u)\bbetween +{_ARTICLE}"),
    )
    linked = sign | (to & between) | (joined & between_alone)
    some, end = some[linked], end[linked]
    alone = np.ones(len(some), dtype=np.bool_)
    alone[1:] = some[1:] - some[:-1] > 1  # of three in a row the first two make the range
    return some[alone], end[alone]


def join_ranges(dates: Dates, beside: Ints) -> Dates:
    """ "Between Monday and Wednesday", "from April to June": two expressions become one interval."""
    first, last = _range_ends(dates, beside)
    if not len(first):
        return dates
    words, following = dates.words[first], dates.words[first + 1]
    text = pl.select(pl.concat_str(words["text"], words["right"], following["text"])).to_series()
    dates.words = dates.words.with_columns(
        text=dates.words["text"].scatter(first, text), end=dates.words["end"].scatter(first, following["end"])
    )
    dates.last[first], dates.precision[first], dates.rule[first] = last, precision("range"), rule("range")
    kept = np.ones(len(dates), dtype=np.bool_)
    kept[first + 1] = False
    return dates.take(kept)


_RANGE_PARTS = r"(?i)^(.*?)( *(?:-|–|—|/|\bto\b|\band\b|\buntil\b|\bthrough\b) *(?:the +)?)([^-–—/]*)$"


def part_ranges(dates: Dates, beside: Ints) -> Dates:
    """In a narrative the ends of a range are dates of their own, at each of which the story turns: "from" one, "to" the other."""
    first, _ = _range_ends(dates, beside)
    dates.direction[first], dates.direction[first + 1] = direction("from"), direction("to")
    whole = (
        one_of(dates.rule, rule("days"), rule("years")) & (dates.first != NULL) & (dates.first < dates.last)
    )
    ranges = np.flatnonzero(whole)
    parts = dates.words["text"][ranges].str.extract_groups(_RANGE_PARTS).struct.unnest()
    is_parted = parts.to_series(0).is_not_null().to_numpy()
    ranges, parts = ranges[is_parted], parts.filter(pl.Series(is_parted))
    if not len(ranges):
        return dates
    count = np.ones(len(dates), dtype=np.int64)
    count[ranges] = 2
    dates = dates.take(np.repeat(np.arange(len(dates)), count))
    begin = ranges + np.arange(len(ranges))  # each range before has moved it by one
    end = begin + 1
    sizes = parts.select(pl.all().str.len_bytes().cast(pl.Int64))
    start, stop = dates.words["start"], dates.words["end"]
    dates.words = dates.words.with_columns(
        text=dates.words["text"].scatter(begin, parts.to_series(0)).scatter(end, parts.to_series(2)),
        end=stop.scatter(begin, start[begin] + sizes.to_series(0)),
        start=start.scatter(end, stop[end] - sizes.to_series(2)),
    )
    dates.direction[begin], dates.direction[end] = direction("from"), direction("to")
    years = dates.rule[begin] == rule("years")
    for part in (begin, end):
        dates.precision[part] = np.where(years, precision("year"), precision("day"))
    first_year, last_year = month_of(dates.first[begin]) // 12 * 12, month_of(dates.last[end]) // 12 * 12
    dates.last[begin] = np.where(years, first_day(first_year + 12) - 1, dates.first[begin])
    dates.first[end] = np.where(years, first_day(last_year), dates.last[end])
    return dates


def finish(dates: Dates, texts: Texts, mode: Mode) -> pl.DataFrame:
    """The rows that are returned."""
    beyond = (dates.first != NULL) & ((dates.first < FIRST_DAY) | (dates.last > LAST_DAY))
    dates.first[beyond], dates.last[beyond] = NULL, NULL
    dates.issue[beyond] = issue("out-of-range")
    opens = dates.opens & ~beyond
    unknown = dates.first == NULL
    explicit = (
        (dates.anchor_name == anchor("explicit")) & (dates.published != NULL) & ~unknown & (mode == "news")
    )
    far = explicit & ((dates.first > dates.published + FAR_DAYS) | (dates.last < dates.published - FAR_DAYS))
    relative = unknown & ~one_of(dates.op, Op.NONE, Op.FIXED)
    reason = np.select(
        [opens, dates.issue != NULL, relative & (dates.anchor == NULL), relative, far],
        [
            issue("open-interval"), dates.issue, issue("no-published"), issue("impossible-date"), issue("far-from-published"),
        ],
        NULL,
    )  # fmt: skip
    named = np.where((dates.op == Op.NONE) | unknown, anchor("none"), dates.anchor_name)
    days = pl.DataFrame({"date_start": dates.first, "date_end": np.where(opens, NULL, dates.last)}).select(
        pl.when(pl.all() != NULL).then(pl.all()).cast(pl.Int32).cast(pl.Date)
    )
    return dates.words.select(
        "row", "sent", _c("start").cast(pl.UInt32), _c("end").cast(pl.UInt32), _own_words(dates, texts).alias("text"),
        date_start=days["date_start"], date_end=days["date_end"],
        precision=names_of(np.where(opens, len(PRECISIONS), dates.precision), (*PRECISIONS, "open")),
        anchor=names_of(named, ANCHORS), direction=names_of(dates.direction, DIRECTIONS),
        approx=pl.Series(dates.approx == 1), rule=names_of(dates.rule, RULES), issue=names_of(reason, ISSUES), para="para",
    )  # fmt: skip


def _own_words(dates: Dates, texts: Texts) -> pl.Series:
    """The words as the report has them, where quotes, brackets or line breaks were blanked between them."""
    said = dates.words["text"]
    blanked = np.flatnonzero(matches(said, r"  |\x1f"))
    if not len(blanked):
        return said
    start, end = dates.words["start"].to_numpy(), dates.words["end"].to_numpy()
    return said.scatter(blanked, texts.cut(dates.row[blanked], start[blanked], end[blanked]))

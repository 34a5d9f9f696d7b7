"""From resolved expressions to the rows that are returned: directions, ranges, issues."""

import polars as pl

from eventdata.resolve._dates_context import Mode
from eventdata.resolve._dates_find import cut_characters
from eventdata.resolve._dates_grammar import cue_pattern
from eventdata.resolve._dates_parts import Op

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

_RELATIONS = {
    "since": r"(?i)\bsince +(?:at +least +|about +|around +|the +|early +|late +|last +)*$",
    "until": r"(?i)\b(?:until|till) +(?:at +least +|about +|around +|the +|early +|late +)*$",
    "by": r"(?i)\bby +(?:at +least +|about +|around +|the +|early +|late +)*$",
    "before": r"(?i)\b(?:before|prior +to|ahead +of) +(?:the +)?$",
    "after": r"(?i)\bafter +(?:the +)?$",
}
_AT_LEAST = r"(?i)\bat +(?:least|most)\b"


def _dates_a_record() -> pl.Expr:
    """ "The worst attack since 2004" is about 2004; `before` is the text before the date."""
    record = rf"(?i)\b(?:{cue_pattern('record')})\b[^.;]*\bsince +(?:at +least +|the +)?$"
    return _c("before").str.replace_all(_AT_LEAST, "").str.contains(record)


def with_directions(frame: pl.DataFrame) -> pl.DataFrame:
    """Add `direction`; an interval after "since" loses its end, unless it dates a record ("the worst attack since 2004")."""
    relation: pl.Expr = pl.lit(None, pl.String)
    for name, pattern in reversed(_RELATIONS.items()):
        relation = pl.when(_c("left").str.contains(pattern)).then(pl.lit(name)).otherwise(relation)
    dated = (_c("op") != Op.NONE) & ~_c("dateline") & ~(_c("rule").is_in(["hours", "span"]))
    frame = frame.with_columns(relation=pl.when(dated).then(relation))
    day = pl.coalesce("anchor", "published")
    said = pl.when(_c("n") < 0).then(pl.lit("past")).when(_c("n") > 0).then(pl.lit("future"))
    said = said.when(_c("n") == 0).then(pl.lit("present"))
    seen = (
        pl.when(_c("first").is_null()).then(said)
        .when(_c("last") < day).then(pl.lit("past"))
        .when(_c("first") > day).then(pl.lit("future"))
        .when(day.is_not_null()).then(pl.lit("present"))
    )  # fmt: skip
    direction = pl.when("dateline").then(pl.lit("dateline")).otherwise(pl.coalesce("relation", seen))
    frame = frame.with_columns(direction=direction, opens=pl.lit(False)).with_row_index("i")
    since = frame.filter((_c("relation") == "since") & _c("first").is_not_null()).select(
        "i", text="text_of_report", begin=(_c("start") - 120).clip(lower_bound=0), stop="start"
    )
    if since.is_empty():
        return frame.drop("i")
    since = cut_characters(since, "begin", "stop", "before").filter(~_dates_a_record())
    return frame.with_columns(opens=_c("i").is_in(since["i"].to_list())).drop("i")


_BETWEEN = r"(?i)\b(?:between|from) +(?:the +|early +|late +)*$"


def _range_ends(frame: pl.DataFrame) -> pl.DataFrame:
    """Add `joins`: this expression and the next one are the two ends of one range; and `range_last`, its last day."""
    after = {name: _c(name).shift(-1) for name in ("last", "window_id", "op", "dateline")}
    between = _c("left").str.contains(_BETWEEN)
    article = "(?:the +|early +|late +)*$"
    linked = (
        (_c("right").str.contains(rf"(?i)^ *(?:to|through|until|till|up +to) +{article}") & between)
        | _c("right").str.contains(r"(?i)^ *(?:-|–|—) *$|^ +through +$|^ +to +$")
        | (
            _c("right").str.contains(rf"(?i)^ +and +{article}")
            & _c("left").str.contains(r"(?i)\bbetween +(?:the +|early +|late +)*$")
        )
    )
    kinds = [Op.MONTHDAY, Op.MONTH, Op.WEEKDAY, Op.FIXED, Op.SEASON, Op.UNIT]
    weekdays = (_c("op") == Op.WEEKDAY) & (after["op"] == Op.WEEKDAY)
    end = pl.when(weekdays & (after["last"] < _c("first"))).then(after["last"] + 7).otherwise(after["last"])
    joins = (
        linked
        & (_c("window_id") == after["window_id"])
        & _c("op").is_in(kinds)
        & after["op"].is_in(kinds)
        & (_c("first") <= end)
        & ~_c("dateline")
        & ~after["dateline"]
    ).fill_null(False)
    return frame.with_columns(joins=joins, range_last=end).with_columns(
        joins=_c("joins") & ~_c("joins").shift(fill_value=False)
    )


def join_ranges(frame: pl.DataFrame) -> pl.DataFrame:
    """ "Between Monday and Wednesday", "from April to June": two expressions become one interval."""
    frame = _range_ends(frame)
    if not frame["joins"].any():
        return frame.drop("joins", "range_last")
    joined = frame.with_columns(
        last=pl.when("joins").then("range_last").otherwise("last"),
        text=pl.when("joins").then(pl.concat_str("text", "right", _c("text").shift(-1))).otherwise("text"),
        end=pl.when("joins").then(_c("end").shift(-1)).otherwise("end"),
        precision=pl.when("joins").then(pl.lit("range")).otherwise("precision"),
        rule=pl.when("joins").then(pl.lit("range")).otherwise("rule"),
        second=_c("joins").shift(fill_value=False),
    )
    return joined.filter(~_c("second")).drop("joins", "range_last", "second")


_RANGE_PARTS = r"(?i)^(.*?)( *(?:-|–|—|/|\bto\b|\band\b|\buntil\b|\bthrough\b) *(?:the +)?)([^-–—/]*)$"


def part_ranges(frame: pl.DataFrame) -> pl.DataFrame:
    """In a narrative the ends of a range are dates of their own, at each of which the story turns: "from" one, "to" the other."""
    frame = _range_ends(frame)
    frame = frame.with_columns(
        direction=pl.when(_c("joins"))
        .then(pl.lit("from"))
        .when(_c("joins").shift())
        .then(pl.lit("to"))
        .otherwise("direction")
    ).drop("joins", "range_last")
    whole = _c("rule").is_in(["days", "years"]) & _c("first").is_not_null() & (_c("first") < _c("last"))
    frame = frame.with_row_index("i")
    ranges = frame.filter(whole).with_columns(part=_c("text").str.extract_groups(_RANGE_PARTS))
    ranges = ranges.filter(_c("part").struct.field("1").is_not_null())
    if ranges.is_empty():
        return frame.drop("i")
    sizes = [_c("part").struct.field(str(k)).str.len_bytes().cast(pl.Int64) for k in (1, 2, 3)]
    years = _c("rule") == "years"
    year_after, year_before = _c("first") + 364, _c("last") - 364
    leaps = [
        pl.col(name).cast(pl.Int32).cast(pl.Date).dt.is_leap_year().cast(pl.Int64)
        for name in ("first", "last")
    ]
    precision = pl.when(years).then(pl.lit("year")).otherwise(pl.lit("day"))
    begin = ranges.with_columns(
        text=_c("part").struct.field("1"), end=_c("start") + sizes[0], direction=pl.lit("from"), precision=precision,
        last=pl.when(years).then(year_after + leaps[0]).otherwise("first"),
    )  # fmt: skip
    finish = ranges.with_columns(
        text=_c("part").struct.field("3"), start=_c("end") - sizes[2], direction=pl.lit("to"), precision=precision,
        first=pl.when(years).then(year_before - leaps[1]).otherwise("last"),
    )  # fmt: skip
    rest = frame.filter(~_c("i").is_in(ranges["i"].to_list()))
    return (
        pl.concat([rest, begin.drop("part"), finish.drop("part")], how="diagonal_relaxed")
        .sort("row", "start")
        .drop("i")
    )


def finish(frame: pl.DataFrame, mode: Mode) -> pl.DataFrame:
    frame = _with_own_words(frame)
    beyond = (_c("first") < FIRST_DAY) | (_c("last") > LAST_DAY)
    beyond = beyond.fill_null(False)
    frame = frame.with_columns(
        *(pl.when(~beyond).then(name).alias(name) for name in ("first", "last")),
        issue=pl.when(beyond).then(pl.lit("out-of-range")).otherwise("issue"),
        opens=_c("opens") & ~beyond,
    )
    first, last = _c("first"), _c("last")
    explicit = _c("anchor_name") == "explicit"
    far = (
        explicit
        & ((first > _c("published") + FAR_DAYS) | (last < _c("published") - FAR_DAYS))
        & pl.lit(mode == "news")
    )
    relative = ~_c("op").is_in([Op.NONE, Op.FIXED])
    issue = (
        pl.when(_c("opens")).then(pl.lit("open-interval"))
        .when(_c("issue").is_not_null()).then("issue")
        .when(relative & first.is_null() & _c("anchor").is_null()).then(pl.lit("no-published"))
        .when(relative & first.is_null()).then(pl.lit("impossible-date"))
        .when(far).then(pl.lit("far-from-published"))
    )  # fmt: skip
    return frame.select(
        "row", "sent", _c("start").cast(pl.UInt32), _c("end").cast(pl.UInt32), "text",
        date_start=first.cast(pl.Int32).cast(pl.Date), date_end=pl.when(~_c("opens")).then(last.cast(pl.Int32).cast(pl.Date)),
        precision=pl.when("opens").then(pl.lit("open")).otherwise("precision"),
        anchor=pl.when((_c("op") == Op.NONE) | first.is_null()).then(pl.lit("none")).otherwise("anchor_name"),
        direction="direction", approx="approx", rule="rule", issue=issue, para="para",
    )  # fmt: skip


def _with_own_words(frame: pl.DataFrame) -> pl.DataFrame:
    """The words as the report has them, where quotes, brackets or line breaks were blanked between them."""
    blanked = frame["text"].str.contains(r"  |\x1f")
    if not blanked.any():
        return frame
    numbered = frame.with_row_index("i")
    some = numbered.filter(blanked).select("i", "start", "end", text="text_of_report")
    own = cut_characters(some, "start", "end", "own").select("i", "own")
    joined = numbered.join(own, on="i", how="left", maintain_order="left", validate="1:1")
    return joined.with_columns(text=pl.coalesce("own", "text")).drop("i", "own")

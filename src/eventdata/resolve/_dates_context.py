"""What the words around an expression decide: whether it is a date at all, its year, its tense, the dateline.

Every function takes the frame of expressions, sorted by row and start, and returns it with columns added.
"""

from typing import Literal

import numpy as np
import polars as pl

from eventdata.resolve._dates_calendar import add_intervals
from eventdata.resolve._dates_find import cut_characters
from eventdata.resolve._dates_grammar import counted_pattern, cue_pattern
from eventdata.resolve._dates_parts import Op, Unit
from eventdata.resolve._dates_story import last_before, main_years

Mode = Literal["news", "narrative"]
DateOrder = Literal["dmy", "mdy"]

PAST_DAYS = 180
"""A paragraph of news that names a date longer ago than this is about the past: months in it are of that time."""

_c = pl.col


def open_clauses(frame: pl.DataFrame) -> pl.DataFrame:
    """ "Two days after the vote" counts from an event whose day nobody has named here: left open."""
    clause = (
        (_c("op") == Op.UNIT)
        & _c("text").str.contains(r"(?i)(?:before|after|afterwards)$")
        & _c("right").str.contains("^ +[A-Za-z0-9]")
    )
    return frame.with_columns(
        op=pl.when(clause).then(pl.lit(int(Op.NONE))).otherwise("op"),
        issue=pl.when(clause).then(pl.lit("vague")).otherwise("issue"),
    )


_PREPOSITION = (
    r"\b(?i:in|since|of|by|from|until|till|to|between|and|or|during|last|next|this|early|late|mid|before|after|through|"
    r"throughout|for|year|around|about|circa|on|as of)(?: +(?i:the|early|late|about))? *$|[-–—,(] *$|\bmid-$"
)
_SEASON_PREPOSITION = (
    r"\b(?i:in|since|of|by|until|during|throughout|through|last|next|this|every|spent)"
    r"(?: +(?i:early|late|mid))? *$"
)
_COUNT_BEFORE = (
    r"(?:\$|£|€|#|No\.|[0-9][.,]|[0-9]-) *$|\b(?i:some|nearly|almost|than|least|over|up to|killed|injured|wounded|arrested|"
    r"another|total of|as many as|worth|estimated|all|roughly|approximately|flight|resolution|route|highway|point|hill|bill|"
    r"unit|article|room|road|order|squadron) +$"
)
_NAMES = (
    r"^ +(?:Times|Telegraph|Mail|Mirror|Express|Post|Tribune|Herald|Sun|Star|Revolution|Movement|Brigade|Brigades|Martyrs|"
    r"Accord|Accords|Agreement)\b"
)
"""Words that make a name of the date before them: "the Sunday Times", "the October Revolution"."""
_MEASURE_AFTER = (
    "-(?:strong|pound|man|member|foot|seat|kilogram|kg|mile|km|metre|meter|ton|tonne|bed|"
    "page|person|acre|hectare|plus)"
)


def is_date() -> pl.Expr:
    """False where the words beside it show that an expression is none: "May said", "2000 people", "fall of the city"."""
    left, right, needs = _c("left"), _c("right"), _c("needs")
    named = left.str.contains(_PREPOSITION)
    counted = left.str.contains(_COUNT_BEFORE) | right.str.contains(
        rf"^(?:[.,]?[0-9]|%|[a-z]|{_MEASURE_AFTER}|(?: +[a-z]+)? +(?:{counted_pattern()})\b)"
    )
    # "In 2011 rebels seized the town", but "by 1500 rebels"
    in_year = (
        left.str.contains(r"\b(?i:in|since|during|until) +$") & (_c("year") > 1900) & (_c("year") % 100 != 0)
    )
    # 1600, 1900, 1650: more often a number of people than a year
    rounded = ((_c("year") % 100 == 0) & (_c("year") != 2000)) | (_c("year") < 1700)
    in_season = (
        left.str.contains(_SEASON_PREPOSITION) | _c("text").str.contains(r"^(?i:the|early|late)\b")
    ) & ~right.str.contains("^ +of +[^0-9]")
    # "Spring Valley" is a name
    in_season = in_season & ~(_c("text").str.contains("[A-Z][a-z]+$") & right.str.contains("^ +[A-Z]"))
    clock = left.str.contains(r"\b(?i:in|at|before|after|around|by|until|since|from) +(?i:the +)?$")
    good = (
        pl.when(needs == "year")
        .then((~counted | in_year) & (~rounded | named))
        .when(needs == "month")
        .then(named & ~right.str.contains(r"^ +[A-Z][a-z]+ +(?:said|told|has|was)"))
        .when(needs == "season")
        .then(in_season)
        .when(needs == "weekday")
        .then(left.str.contains(r"\b(?i:on|since|by|until|last|next|this) +$"))
        .when(needs == "clock")
        .then(clock)
        .when(needs == "dom")
        .then(left.str.contains(r"\b(?i:on|until|by|since) +$") & ~right.str.contains("^ +[A-Za-z]"))
        .when(_c("text").str.to_lowercase() == "quarters")
        .then(False)
        .when(_c("op").is_in([Op.WEEKDAY, Op.MONTH]) & _c("n").is_null())
        .then(~(right.str.contains(_NAMES) & ~left.str.contains(r"\b(?i:on|in|since|until|by) +$")))
        .otherwise(True)
    )
    whole_words = ~(right.str.contains(r"^\p{L}") | left.str.contains(r"\p{L}$"))
    return good & whole_words & (_c("marked") | (needs == "dom").fill_null(False))


def order_numbers(frame: pl.DataFrame, date_order: DateOrder | None) -> pl.DataFrame:
    """03/04/2024 by the order given, else by the order that the unmistakable dates of the batch agree on."""
    numeric = _c("op") == Op.NUMERIC
    if not (frame["op"] == Op.NUMERIC).any():
        return frame
    day_first, month_first = _c("first"), _c("last")
    if date_order is None:
        seen = frame.filter(numeric)
        only_dmy = (seen["first"].is_not_null() & seen["last"].is_null()).any()
        only_mdy = (seen["last"].is_not_null() & seen["first"].is_null()).any()
        date_order = "dmy" if only_dmy and not only_mdy else "mdy" if only_mdy and not only_dmy else None
    if date_order is None:
        chosen = pl.coalesce(day_first, month_first)
        known = day_first.is_null() | month_first.is_null() | (day_first == month_first)
        low = pl.when(known).then(chosen).otherwise(pl.min_horizontal(day_first, month_first))
        high = pl.when(known).then(chosen).otherwise(pl.max_horizontal(day_first, month_first))
        unsure = numeric & ~known
    else:
        chosen = (
            pl.coalesce(day_first, month_first)
            if date_order == "dmy"
            else pl.coalesce(month_first, day_first)
        )
        low = high = chosen
        unsure = pl.lit(False)
    return frame.with_columns(
        first=pl.when(numeric).then(low).otherwise("first"),
        last=pl.when(numeric).then(high).otherwise("last"),
        precision=pl.when(unsure).then(pl.lit("range")).otherwise("precision"),
        issue=pl.when(unsure).then(pl.lit("ambiguous-order")).otherwise("issue"),
        op=pl.when(numeric).then(pl.lit(int(Op.FIXED))).otherwise("op"),
    )


_DATELINE_BEFORE = (
    r"^\s*(?:[^\n]{0,200}\n+)?\s*[A-Z][A-Z .'-]{2,30}(?:/[A-Z .'-]+)?(?:, [A-Z][A-Za-z. ]+)?,? +\(?$"
)
_DATELINE_AFTER = r"^ *,? *(?:\d{4})? *[\[(]?[A-Z][A-Za-z./ ]{1,20}[\])]? *(?:-|–|—)|^ *(?:--|-|–|—|\))"


def mark_datelines(frame: pl.DataFrame) -> pl.DataFrame:
    """Add `dateline` (the expression stands in one) and `dateline_day` (its day, for the rest of the report)."""
    early = (
        (_c("start") < 160) & _c("op").is_in([Op.MONTHDAY, Op.FIXED, Op.WEEKDAY]) & (_c("precision") == "day")
    )
    frame = frame.with_columns(dateline=pl.lit(False), zero=pl.lit(0, pl.Int64))
    some = frame.with_row_index("i").filter(early)
    if some.is_empty():
        return frame.drop("zero").with_columns(dateline_day=pl.lit(None, pl.Int64))
    some = some.with_columns(text=_c("text_of_report"), after=_c("end") + 40)
    some = cut_characters(some, "zero", "start", "head")
    some = cut_characters(some.with_columns(zero=_c("end")), "zero", "after", "tail")
    hit = some.filter(_c("head").str.contains(_DATELINE_BEFORE) & _c("tail").str.contains(_DATELINE_AFTER))
    hit = hit.unique("row", keep="first", maintain_order=True)
    frame = (
        frame.with_row_index("i").with_columns(dateline=_c("i").is_in(hit["i"].to_list())).drop("i", "zero")
    )
    if hit.is_empty():
        return frame.with_columns(dateline_day=pl.lit(None, pl.Int64))
    lines = frame.filter("dateline").with_columns(anchor=_c("published"), tense=pl.lit(-1))
    fixed = _c("op") == Op.FIXED
    days = pl.concat([lines.filter(fixed), add_intervals(lines.filter(~fixed))]).select(
        "row", dateline_day="first"
    )
    return frame.join(days, on="row", how="left", maintain_order="left", validate="m:1")


_LISTED = r"^ *(?:,|and|or|to|through|until|till|-|–|—|/|, and)? *(?:the |in |on |of |early |late )*$"


def share_years(frame: pl.DataFrame) -> pl.DataFrame:
    """ "From April to September 1957": an expression without a year takes that of the next one in the same list."""
    yearless = (
        _c("op").is_in([Op.MONTHDAY, Op.MONTH, Op.SEASON])
        & _c("year").is_null()
        & _c("years").is_null()
        & _c("n").is_null()
    )
    for _ in range(2):
        next_year, next_month = _c("year").shift(-1), _c("month").shift(-1)
        linked = (
            yearless
            & (_c("window_id") == _c("window_id").shift(-1))
            & _c("right").str.contains(_LISTED)
            & next_year.is_not_null()
            & next_month.is_not_null()
            & (_c("op").shift(-1) != Op.NONE)
        )
        ends_before = (_c("month") > next_month) & ~_c("right").str.contains(r"^ *(?:,|and|or)\b")
        frame = frame.with_columns(
            year=pl.when(linked).then(next_year - ends_before.cast(pl.Int64)).otherwise("year"),
            shared=pl.when(linked)
            .then(True)
            .otherwise(_c("shared") if "shared" in frame.columns else pl.lit(False)),
        )
    return frame


_WEEKDAYS_LISTED = r"^ *(?:,|and|or|to|through|until|-|–|—|, and)? *(?:on )?$"


def _weekday_list() -> pl.Expr:
    """This weekday and the next one stand in one list or range: "Thursday and Friday"."""
    return (
        (_c("op") == Op.WEEKDAY)
        & (_c("op").shift(-1) == Op.WEEKDAY)
        & _c("n").is_null()
        & (_c("window_id") == _c("window_id").shift(-1))
        & _c("right").str.contains(_WEEKDAYS_LISTED)
    ).fill_null(False)


def share_weeks(frame: pl.DataFrame) -> pl.DataFrame:
    """ "Thursday and Friday last week": both are of last week."""
    shared = _weekday_list() & (_c("unit").shift(-1) == Unit.WEEK)
    return frame.with_columns(
        pl.when(shared).then(_c(name).shift(-1)).otherwise(name).alias(name) for name in ("n", "unit")
    )


def order_weekdays(frame: pl.DataFrame) -> pl.DataFrame:
    """ "Thursday and Friday" follow each other: a first one that came out after the second is of the week before."""
    late = _weekday_list() & (_c("first") > _c("first").shift(-1)) & (_c("tense") < 1)
    back = 7 * late.fill_null(False).cast(pl.Int64)
    return frame.with_columns(first=_c("first") - back, last=_c("last") - back)


_OPENS_SENTENCE = (
    r"\b(?:In|During|By|Throughout|Around|Since|(?:Early|Late|Back) in|(?:But|And|Then|Later|Earlier),? in)"
    r"(?: +the)? *$"
)
"""What goes on is told of a year only if that opens a sentence: "In 2011 ...", not "the 2011 coup"."""


def continue_years(frame: pl.DataFrame, mode: Mode) -> pl.DataFrame:
    """Give months without a year the year that the text is in: a narrative, or a paragraph about a past year.

    Months follow each other in a story: after November, January is of the next year. Adds `continued`.
    """
    # in a history a season is as likely of the next year as of this one: it goes by the day before (`_dates_calendar`)
    kinds = [Op.MONTHDAY, Op.MONTH, Op.SEASON] if mode == "news" else [Op.MONTHDAY, Op.MONTH]
    yearless = _c("op").is_in(kinds) & _c("year").is_null() & _c("years").is_null() & _c("n").is_null()
    named = (_c("op") == Op.FIXED) & _c("year").is_not_null() & ~_c("dateline")
    if mode == "news":
        sets_time = _c("month").is_not_null() | _c("left").str.contains(_OPENS_SENTENCE)
        named = named & sets_time & (_c("last") < _c("published") - PAST_DAYS)
    frame = frame.with_row_index("i").with_columns(
        open=yearless, told=pl.when(named | _c("shared")).then("year")
    )
    story = "para" if mode == "news" else "row"
    part = frame.filter(_c("open") | _c("told").is_not_null()).select(
        "i", "told", "open", "month", story=story
    )
    if not part["open"].any() or part["told"].is_null().all():
        return frame.drop("i", "open", "told").with_columns(continued=pl.lit(False))
    if mode == "narrative":
        part = main_years(part)
    years = _year_of_story(part, may_step_back=mode == "narrative")
    continued = part.select("i", continued_year=years).filter(part["open"])
    frame = frame.join(continued, on="i", how="left", maintain_order="left", validate="1:1")
    return frame.with_columns(
        year=pl.coalesce("year", "continued_year"), continued=_c("continued_year").is_not_null()
    ).drop("i", "open", "told", "continued_year")


def _year_of_story(part: pl.DataFrame, *, may_step_back: bool) -> pl.Series:
    """The last year told in the story, plus the turns of the year since; null where there is none.

    News goes on from a past date only forwards: "jailed in June 2014 and freed in May" is about this year's May.
    """
    story = part["story"].to_numpy()
    told = last_before(part["told"].is_not_null().to_numpy(), story, inclusive=True)
    month = part["month"].fill_null(0).to_numpy()
    before = last_before(np.ones(len(month), np.bool_), story)
    # the month before belongs to the same chapter only if no year was told since
    linked = (before >= 0) & (before >= told) & part["open"].to_numpy() & (month[before] > 0)
    step = np.where(linked, month - month[before], 0)
    turns = np.cumsum(np.where(step < -4, 1, np.where(step > 8, -1, 0)))
    year = part["told"].fill_null(0).to_numpy()[told] + turns - turns[told]
    steps_back = (step < 0) & (step >= -4)
    unknown = (told < 0) | (steps_back & (not may_step_back))
    return pl.Series("continued_year", year).set(pl.Series(unknown), None)


def with_tense(frame: pl.DataFrame, mode: Mode) -> pl.DataFrame:
    """Add `tense` where it decides: 1 the nearest verb is about the future, -1 about the past, 0 neither or not asked."""
    open_year = _c("year").is_null() & _c("years").is_null() & _c("n").is_null()
    ahead = (_c("weekday") - (pl.coalesce("dateline_day", "published") + 3) % 7 + 7) % 7
    asked = (
        ((_c("op") == Op.WEEKDAY) & _c("n").is_null() & ahead.is_between(2, 4))
        | (_c("op").is_in([Op.MONTHDAY, Op.MONTH, Op.SEASON, Op.PART]) & open_year)
        | (_c("rule") == "the-unit") & (_c("unit") == Unit.WEEKEND)
    )
    frame = frame.with_row_index("i")
    some = frame.filter(asked).select("i", "start", "end", said="text", text="text_of_report")
    if some.is_empty():
        return frame.with_columns(tense=pl.lit(0, pl.Int64)).drop("i")
    some = some.with_columns(
        from_=(_c("start") - 100).clip(lower_bound=0), stop=_c("end") + 70, begin=_c("end")
    )
    some = cut_characters(cut_characters(some, "from_", "start", "before"), "begin", "stop", "after")
    tense = tense_of(some)
    return (
        frame.join(some.select("i", tense=tense), on="i", how="left", maintain_order="left")
        .with_columns(_c("tense").fill_null(0))
        .drop("i")
    )


def tense_of(contexts: pl.DataFrame) -> pl.Series:
    """1 where the nearest verb in `before` or `after` is about the future, -1 past, 0 where there is none in the sentence."""
    # "will be held": the verb after an auxiliary is no past, so all of it becomes one sign
    verb = r"(?: +not)?(?: +[a-z]+ly)?(?: +be| +have)*(?: +[a-z]+)?"
    auxiliary = rf"(?i-u:\b(?:{cue_pattern('auxiliary')}){verb}\b)"
    ahead = rf"(?i-u:\b(?:{cue_pattern('future')})\b)"
    says = rf"(?i-u:\b(?:{cue_pattern('says')})\b)"
    cue = rf"(?:(\x1d)|(?i-u:\b(?:{cue_pattern('past', 'says')}|[a-z]+ed)\b))"
    stop = r"[.!?] +[A-Z\"]|\n"
    # "Friday's vote": the verb before it is about something else
    owner = _c("said").str.ends_with("s") & _c("said").str.contains("(?:'|’)s$")
    sentence = _c("before").str.split("\n").list.last().str.replace(r"^(?s:.*)[a-z0-9\")][.!?][\"”]? +", "")
    own = sentence.str.replace_all(auxiliary, "").str.replace_all(says, "")
    before = (
        pl.when(owner)
        .then(own)
        .otherwise(sentence.str.replace_all(auxiliary, "\x1d"))
        .str.replace_all(ahead, "\x1d")
    )
    # "a strike for Friday" lies ahead
    before = pl.when(owner).then(before).otherwise(before.str.replace(r"\bfor +(?:the +)?$", "\x1d"))
    # ", officials said" and "that ..." are no clauses of the date
    after = (
        _c("after")
        .str.replace(rf"(?s)(?:{stop}).*$", "")
        .str.replace(rf"(?s), [^,.]{{0,50}}{says}[^,.]{{0,20}}(?:[.,].*)?$", "")
        .str.replace(r"(?s)\bthat\b.*$", "")
        .str.replace_all(auxiliary, "\x1d")
        .str.replace_all(ahead, "\x1d")
    )
    near = contexts.select(
        left=before.str.extract_groups(rf"^(?s:.*){cue}(.*)$"),
        right=after.str.extract_groups(rf"^(.*?){cue}"),
    )
    left, right = near["left"].struct.unnest(), near["right"].struct.unnest()
    sides = pl.DataFrame(
        {
            "left_future": left.to_series(0).is_not_null(), "left_gap": left.to_series(1).str.len_chars(),
            "right_future": right.to_series(1).is_not_null(), "right_gap": right.to_series(0).str.len_chars() + 3,
        }
    )  # fmt: skip
    use_left = _c("left_gap").is_not_null() & (
        _c("right_gap").is_null() | (_c("left_gap") <= _c("right_gap"))
    )
    is_future = pl.when(use_left).then("left_future").otherwise("right_future")
    none = _c("left_gap").is_null() & _c("right_gap").is_null()
    return sides.select(
        pl.when(none).then(0).when(is_future).then(1).otherwise(-1).cast(pl.Int64).alias("tense")
    ).to_series()

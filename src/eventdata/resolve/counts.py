"""How many: the numbers of killed, injured, displaced, arrested and abducted people, and the sizes of crowds.

Counts are looked for only around words of outcomes ("killed", "fled", "protesters"). The words of such a window become
tokens, numbers with their nouns become noun phrases, and every sentence a short string with one letter per token ("Two
soldiers and a civilian were killed" is `N&SaK`). The rules of `seeds/counts/rules.csv` rewrite letters of that string,
always keeping its length, so that a letter leads back to its token and the token to its bytes. Many sentences share a
string, and the rules run on the distinct ones only.

Letters: n number, N number with its noun, S one person, P persons without a number, g group, h noise; V participle,
G active, W state ("dead", "fled"), F noun ("deaths"), O noun before its persons ("killing of"), T toll, X an act that is
not said to have happened, K passive; a A auxiliaries, y by, & and, i including, o of them, m modal, x background, z clause,
w speaker, t period, r preposition, U unknown; - = _ gaps of up to 25, up to 60, and more bytes. Rules write > (counts for
the outcome to the right), < (to the left), Q q (part of another count), ^ (toll), p (persons without a number), 1 ("was
killed" with no person), ? (the number is unknown) and k w f (an outcome that has its number).
"""

from collections.abc import Sequence
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from eventdata.coding.clean import MARK, PARAGRAPH, clean, to_character
from eventdata.coding.scan import ABBREVIATIONS, find_phrases
from eventdata.errors import BadCallError
from eventdata.seeds import load_seed

KINDS = ("killed", "injured", "displaced", "arrested", "abducted", "crowd")
COUNT_SCHEMA = pl.Schema(
    {
        "row": pl.UInt32(),
        "sent": pl.UInt32(),
        "start": pl.UInt32(),
        "end": pl.UInt32(),
        "text": pl.String(),
        "kind": pl.String(),
        "low": pl.Int64(),
        "high": pl.Int64(),
        "best": pl.Int64(),
        "vague": pl.String(),
        "scope": pl.String(),
        "whose": pl.String(),
        "part": pl.Boolean(),
        "rule": pl.String(),
        "issue": pl.String(),
    }
)
_REACH = 200  # bytes of a sentence looked at on either side of its outcome words
_NEAR, _FAR = 25, 60  # bytes of a gap: a few words, many words
_NOUN_REACH = 40  # "two heavily armed members": from the number to its noun
_UNIT_REACH = 20
_CODE = 4  # digits of a pattern number
_COPY = "\x03"  # stands before a doubled blank: a stop and the next word each need theirs
# More than these is a slip or a hoax: about the dead of the Second World War, and half of mankind.
_LARGEST = {"killed": 100_000_000, "crowd": 100_000_000}
_LARGEST_ELSE = 4_000_000_000

_STOPS = {". ": ".", "? ": "?", "! ": "!", PARAGRAPH: PARAGRAPH}
_COMMAS = {", ": ",", "; ": ";", ": ": ":", " - ": " -"}
# Role of a word -> its letter in the string of a sentence; blank: not in the string. In an order that makes classes ranges.
_LETTERS = {
    "": " ",
    "singular": "S",
    "plural": "P",
    "families": "P",
    "group": "g",
    "number": "n",
    "vague": "n",
    "least": " ",
    "most": " ",
    "below": " ",
    "about": " ",
    "between": " ",
    "to": " ",
    "or": "&",
    "and": "&",
    "times": " ",
    "digits": "n",
    "participle": "V",
    "active": "G",
    "state": "W",
    "noun": "F",
    "nominal": "O",
    "toll": "T",
    "of_them": "o",
    "aux": "a",
    "singular_aux": "A",
    "perfect": "e",
    "by": "y",
    "comma": ",",
    "including": "i",
    "modal": "m",
    "background": "x",
    "clause": "z",
    "relative": "R",
    "speech": "d",
    "speaker": "w",
    "period": "t",
    "superlative": "s",
    "preposition": "r",
    "unknown": "U",
    "intention": "X",
    "unit": " ",
    "month": " ",
    "label": " ",
    "stop": " ",
    "filler": " ",
}
_ROLES = {role: number for number, role in enumerate(_LETTERS)}
_RARE = "[mxoiTUwetR]"  # letters that most sentences lack, and with them the need for many rules
_EDGES = ("first", "last", "before", "behind")
_NO_BOUND, _LEAST, _MOST, _BELOW = 0, _ROLES["least"], _ROLES["most"], _ROLES["below"]
_RULE = {
    ">": "before-outcome",
    "<": "after-outcome",
    "^": "toll",
    "Q": "part",
    "q": "part",
    "p": "no-number",
    "b": "no-number",
    "1": "was-killed",
    "?": "unknown-number",
    "N": "crowd-noun",
}
_Bools = npt.NDArray[np.bool_]
_Ints = npt.NDArray[np.int64]
_Bytes = npt.NDArray[np.uint8]


@cache
def _marked() -> pl.DataFrame:
    """The words around which counts are looked for: `phrase`, `kind`, in the order of their keys."""
    outcomes = load_seed("counts/outcomes", "phrase").select("phrase", "kind")
    crowds = load_seed("counts/victims", "phrase").filter(pl.col("crowd") == "crowd")
    return pl.concat([outcomes, crowds.select("phrase", kind=pl.lit("crowd"))])


def lexicon_phrases() -> pl.DataFrame:
    """Phrases that the scan marks for counts: `phrase`, `key` (number of the phrase), `proper` (never).

    >>> lexicon_phrases().height < 600
    True
    """
    return _marked().select("phrase", key=pl.int_range(pl.len(), dtype=pl.UInt32), proper=pl.lit(False))


class _Vocabulary:
    """Patterns of the second, small scan, and what each of them is."""

    def __init__(self) -> None:
        numbers = load_seed("counts/numbers", "phrase")
        victims = load_seed("counts/victims", "phrase").rename({"number": "role"})
        outcomes, cues = load_seed("counts/outcomes", "phrase"), load_seed("counts/cues", "phrase")
        words = pl.concat([numbers, victims, outcomes, cues], how="diagonal_relaxed").with_columns(
            pattern=" " + pl.col("phrase"), copies=pl.lit(0), strict=pl.lit(True)
        )
        dotted = words.filter(pl.col("phrase").str.ends_with(".")).with_columns(
            pattern=pl.col("pattern") + _COPY, copies=pl.lit(1), strict=pl.lit(False)
        )
        short = pl.DataFrame({"pattern": [f" {word.lower()}{_COPY}" for word in ABBREVIATIONS]}).with_columns(
            role=pl.lit("filler"), copies=pl.lit(1), strict=pl.lit(False)
        )
        stops = pl.DataFrame(
            {
                "pattern": [mark + _COPY for mark in (*_STOPS.values(), *_COMMAS.values())],
                "role": ["stop"] * len(_STOPS) + ["comma"] * len(_COMMAS),
            }
        ).with_columns(copies=pl.lit(1), strict=pl.lit(False))
        digits = pl.DataFrame({"pattern": [f" {digit}" for digit in range(10)]}).with_columns(
            role=pl.lit("digits"), copies=pl.lit(0), strict=pl.lit(False)
        )
        table = (
            pl.concat([words, dotted, short, stops, digits], how="diagonal_relaxed")
            .unique("pattern", keep="first", maintain_order=True)
            .with_columns(
                width=pl.col("pattern").str.len_bytes().cast(pl.Int32) - pl.col("copies").cast(pl.Int32)
            )
            # of the patterns that match at a place, the first listed wins
            .sort(pl.col("pattern").str.len_bytes(), descending=True, maintain_order=True)
        )
        self.patterns = table["pattern"].to_list()
        self.replacements = [f"{MARK}{number:0{_CODE}d}" for number in range(table.height)]
        self.scanned = table.select(
            "width",
            "strict",
            lead=pl.col("pattern").str.starts_with(" ").cast(pl.Int32),
            role=pl.col("role").replace_strict(_ROLES, return_dtype=pl.UInt8),
            letter=pl.col("role").replace_strict(
                {role: ord(letter) for role, letter in _LETTERS.items()}, return_dtype=pl.UInt8
            ),
        )
        self.words = table.select(
            "phrase",
            "kind",
            "whose",
            crowd=(pl.col("crowd") == "crowd").fill_null(False),
            value=pl.col("value").cast(pl.Float64),
            low=pl.col("low").cast(pl.Float64),
            high=pl.col("high").cast(pl.Float64),
            digit=pl.col("pattern").str.extract(r"^ ([0-9])$"),
        )
        # the few words that are told apart by more than their role
        phrases = self.words["phrase"]
        self.since, self.over = (phrases.eq(word).fill_null(False).alias(word) for word in ("since", "over"))
        self.days = phrases.is_in(["day", "days", "hours", "hour"]).fill_null(False)
        self.persons = table["persons"].is_not_null()
        self.loose = (
            phrases.is_in(["to", "from", "between", "around", "about"]).fill_null(False).alias("loose")
        )


@cache
def _vocabulary() -> _Vocabulary:
    return _Vocabulary()


@cache
def _rules() -> list[tuple[str, str, bool]]:
    """Pattern, replacement, and whether a string without rare letters needs the rule."""
    rules = load_seed("counts/rules", "rule")
    return list(rules.select("pattern", "replacement", pl.col("needs").is_null()).iter_rows())


def _changes(*columns: pl.Series) -> _Ints:
    """Places where one of the sorted columns takes a new value."""
    return np.flatnonzero(
        np.logical_or.reduce([column.ne_missing(column.shift()).to_numpy() for column in columns])
    )


def _bounds_of_sentences(marks: pl.DataFrame) -> pl.DataFrame:
    """For each sentence with count marks: their `first` byte and `last`, the end of the mark `before` it, the start `behind`."""
    if marks["count"].null_count() == marks.height:
        return pl.DataFrame(
            schema=dict.fromkeys(("row", "sent"), pl.UInt32) | dict.fromkeys(_EDGES, pl.Int64)
        )
    begins = _changes(marks["row"], marks["sent"])
    row, start = marks["row"].to_numpy(), marks["start"].to_numpy().astype(np.int64)
    end = marks["end"].to_numpy().astype(np.int64)
    before = np.where(row[begins] == row[begins - 1], end[begins - 1], -1)
    before[0] = -1
    following = np.append(begins[1:], 0)
    behind = np.where(row[begins] == row[following], start[following], -1)
    behind[-1] = -1
    sentence = np.zeros(marks.height, np.int64)
    sentence[begins[1:]] = 1
    sentence = np.cumsum(sentence)
    counts = np.flatnonzero(marks["count"].is_not_null().to_numpy())
    opens = _changes(pl.Series(sentence[counts]))
    closes = np.append(opens[1:], counts.size) - 1
    kept = sentence[counts[opens]]
    edges = (start[counts[opens]], end[counts[closes]], before[kept], behind[kept])
    return (
        marks[begins[kept]]
        .select("row", "sent")
        .with_columns(
            pl.Series(name, values).replace(-1, None) for name, values in zip(_EDGES, edges, strict=True)
        )
    )


def _windows(marks: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """One window a sentence with outcome words: `row`, `sent`, `first`, `last` (their bytes), `lo`, `window`.

    A window ends where the marks of the neighbouring sentences begin, and never inside a character. `cut_start` and `cut_end`
    say whether it may begin or end inside a word.
    """
    bounds = _bounds_of_sentences(marks)
    texts = reports.select(pl.col("row").cast(pl.UInt32), bytes=pl.col("clean").cast(pl.Binary))
    x = bounds.join(texts, on="row", how="inner", validate="m:1", maintain_order="left")
    size = pl.col("bytes").bin.size().cast(pl.Int64)
    x = x.with_columns(
        lo=pl.max_horizontal(pl.col("first") - _REACH, pl.col("before").fill_null(0), pl.lit(0)),
        hi=pl.min_horizontal(pl.col("last") + _REACH, pl.col("behind").fill_null(size), size),
    )
    body = pl.col("bytes")
    x = x.with_columns(
        lo=to_character(body, pl.col("lo"), 1), hi=to_character(body, pl.col("hi"), -1)
    ).with_columns(
        cut_start=(pl.col("lo") > 0) & pl.col("lo").ne_missing(pl.col("before")),
        cut_end=(pl.col("hi") < size) & pl.col("hi").ne_missing(pl.col("behind")),
        left=_slice("lo", "first"),
        right=_slice("first", "hi"),
    )
    # stops after longer words end a sentence for sure ("killed. "), so there is less to scan
    x = x.with_columns(
        trimmed=pl.col("left").str.replace(r"^(?s:.*)[a-z0-9]{4}[.!?] ", ""),
        stop=pl.col("right").str.find(r"[a-z0-9]{4}[.!?] ").fill_null(0).cast(pl.Int64),
    )
    ends = (pl.col("stop") > 0) & (pl.col("first") + pl.col("stop") >= pl.col("last"))
    kept = (
        pl.when(ends)
        .then(pl.col("stop") + len("died"))
        .otherwise(pl.col("right").str.len_bytes().cast(pl.Int64))
    )
    right = pl.col("right").cast(pl.Binary).bin.slice(0, kept).cast(pl.String)
    return x.select(
        "row",
        "sent",
        "first",
        "last",
        lo=pl.col("first") - pl.col("trimmed").str.len_bytes().cast(pl.Int64),
        cut_start=pl.col("cut_start") & (pl.col("trimmed").str.len_bytes() == pl.col("left").str.len_bytes()),
        cut_end=pl.col("cut_end") & ~ends,
        window=pl.col("trimmed") + right,
    )


def _slice(start: str, end: str) -> pl.Expr:
    return pl.col("bytes").bin.slice(pl.col(start), pl.col(end) - pl.col(start)).cast(pl.String)


def _tokens(windows: pl.DataFrame) -> pl.DataFrame:
    """Words of the vocabulary in each window, in order: `win`, `sentence`, `start`, `end`, `ref`, `role`, `definite`, `piece`."""
    vocabulary = _vocabulary()
    window = windows["window"]
    lower = window.str.to_lowercase()
    # a few letters change their length in lower case ("İ"), and with it every offset
    text = lower.zip_with(lower.str.len_bytes() == window.str.len_bytes(), window)
    spread = {old: new + _COPY + (" " if old != PARAGRAPH else "") for old, new in (_STOPS | _COMMAS).items()}
    lead = pl.when("cut_start").then(pl.lit("")).otherwise(pl.lit(" "))
    x = windows.select(
        "cut_end",
        offset=pl.when("cut_start").then(0).otherwise(1).cast(pl.Int32),
        piece=(lead + text)
        .str.replace_many(list(spread), list(spread.values()), leftmost=True)
        .str.replace_many(vocabulary.patterns, vocabulary.replacements, leftmost=True)
        .str.split(MARK),
    ).with_row_index("win")
    x = x.explode("piece")
    x = x.with_columns(head=pl.col("win").ne_missing(pl.col("win").shift()))
    head = pl.col("head")
    x = x.with_columns(
        ref=pl.when(~head).then(pl.col("piece").str.head(_CODE)).cast(pl.UInt32),
        gap=pl.col("piece").str.len_bytes().cast(pl.Int32) - pl.when(head).then("offset").otherwise(_CODE),
        # a longer word, or a noun that only owns the next one ("the mayor's brother")
        word=pl.col("piece").str.contains(r"^[0-9]{4}(?:[\p{L}\p{N}-]| s )"),
        definite=pl.col("piece").str.ends_with(" the").shift().fill_null(False),
    )
    x = x.with_columns(vocabulary.scanned.select(pl.all().gather(x["ref"])))
    x = x.with_columns(reach=(pl.col("gap") + pl.col("width").fill_null(0)).cum_sum() - pl.col("gap"))
    x = x.with_columns(end=pl.col("reach") - pl.when(head).then("reach").forward_fill())
    cut = (pl.col("gap") == 0) & pl.col("cut_end") & head.shift(-1).fill_null(True)
    fillers = pl.col("role") == _ROLES["filler"]
    x = x.filter(~head & ~(pl.col("strict") & pl.col("word")) & ~cut & ~fillers)
    stop = (pl.col("role") == _ROLES["stop"]) | pl.col("win").ne_missing(pl.col("win").shift())
    return x.select(
        "win",
        "end",
        "ref",
        "role",
        "letter",
        "definite",
        "piece",
        start=pl.col("end") - pl.col("width") + pl.col("lead"),
        sentence=stop.cast(pl.UInt32).cum_sum(),
    ).filter(pl.col("role") != _ROLES["stop"])


def _next(column: str, by: int = 1) -> pl.Expr:
    return pl.col(column).shift(-by)


def _same(by: int = 1) -> pl.Expr:
    """Whether the token `by` places on is in the sentence of the one before it."""
    return (_next("sentence", by) == _next("sentence", by - 1)).fill_null(False)


def _gap(by: int = 1) -> pl.Expr:
    """Bytes between the token `by` places on and the one before it."""
    return _next("start", by) - _next("end", by - 1)


def _adjoins(by: int = 1) -> pl.Expr:
    return _same(by) & (_gap(by) <= 1).fill_null(False)


def _is(role: str, last: str = "", by: int = 0) -> pl.Expr:
    """Whether the token `by` places on has a role, or one of the roles from `role` to `last`."""
    number = _next("role", by)
    found = number.is_between(_ROLES[role], _ROLES[last]) if last else number == _ROLES[role]
    return found.fill_null(False)


def _merge(x: pl.DataFrame, when: pl.Expr, absorbed: int, **values: pl.Expr) -> pl.DataFrame:
    """Where `when` holds, the token takes `values` and the bytes of the next `absorbed` tokens, which go."""
    merged = x.select(when.fill_null(False).alias("merged"))["merged"]
    if not merged.any():
        return x
    x = x.with_columns(merged)
    gone = pl.any_horizontal(pl.col("merged").shift(by) for by in range(1, absorbed + 1)).fill_null(False)
    updates = {
        name: pl.when("merged").then(value).otherwise(name)
        for name, value in ({"end": _next("end", absorbed)} | values).items()
    }
    return (
        x.with_columns(**updates, gone=gone).filter(~pl.col("gone") | pl.col("merged")).drop("merged", "gone")
    )


def _digits(x: pl.DataFrame) -> pl.DataFrame:
    """Reads numbers in digits; what is part of a name, a time, a calibre or a share becomes a unit, which counts nobody."""
    is_digits = pl.col("role") == _ROLES["digits"]
    number = pl.concat_str("digit", pl.col("piece").str.slice(_CODE, 40)).str.extract_groups(
        r"^([0-9]{1,3}(?:,[0-9][0-9][0-9])+|[0-9]+)(\.[0-9]+)?(?:-([0-9][0-9,]*))?([\p{L}%^:$°+#-]?)"
    )
    found = x.filter(is_digits).select("i", "start", groups=number).unnest("groups")
    found.columns = ["i", "start", "whole", "decimals", "upper", "tail"]
    plain = pl.col("whole").str.replace_all(",", "", literal=True)
    lengths = pl.sum_horizontal(pl.col("whole", "decimals", "upper").str.len_bytes().fill_null(0)).cast(
        pl.Int32
    )
    amount = pl.concat_str(plain, pl.col("decimals").fill_null("")).cast(pl.Float64, strict=False)
    upper = pl.col("upper").str.replace_all(",", "", literal=True).cast(pl.Float64, strict=False)
    tail = pl.col("tail")
    found = found.select(
        "i",
        stop=pl.col("start") + lengths + pl.col("upper").is_not_null().cast(pl.Int32),
        raw=pl.col("whole").str.len_bytes().cast(pl.UInt8, strict=False).fill_null(255),
        comma=pl.col("whole").str.contains(",", literal=True),
        # 10^12: whatever it says, it is no count of people
        amount=pl.when(tail == "^").then(1e30).otherwise(amount),
        upper=upper,
        least=tail == "+",
        odd=~tail.is_in(["", "+", "^"]) | (upper <= amount).fill_null(False),
    )
    x = x.join(found, on="i", how="left", validate="1:1", maintain_order="left")
    return x.select(
        "i",
        "sentence",
        "start",
        "definite",
        "ref",
        "low",
        "raw",
        letter=pl.when(pl.col("odd").fill_null(False)).then(ord(" ")).otherwise("letter").cast(pl.UInt8),
        end=pl.when(is_digits).then("stop").otherwise("end"),
        role=pl.when(pl.col("odd").fill_null(False))
        .then(_ROLES["unit"])
        .when(is_digits)
        .then(_ROLES["number"])
        .otherwise("role")
        .cast(pl.UInt8),
        value=pl.when(is_digits).then("amount").otherwise("value"),
        high=pl.when(is_digits).then("upper").otherwise("high"),
        bound=pl.when(pl.col("least")).then(_LEAST).otherwise(_NO_BOUND).cast(pl.UInt8),
        # only numbers in plain digits can be years, days of a month, or parts of a name
        plain=is_digits & ~pl.col("comma").fill_null(False) & pl.col("upper").is_null(),
    )


def _numbers(x: pl.DataFrame) -> pl.DataFrame:
    """The numbers and the words around them, put together: "at least two hundred and fifty", "between 10 and 15", "3 000"."""
    words = _vocabulary().words
    x = _digits(
        x.drop("win").with_columns(words.select(pl.col("value", "low", "high", "digit").gather(x["ref"]))),
    )
    number, then_number = _is("number"), _is("number", by=1) & _adjoins()
    value, following = pl.col("value"), _next("value")
    in_three = (_next("raw") == 3) & (pl.col("raw") <= 3) & pl.col("plain") & _next("plain")
    x = _merge(x, number & then_number & in_three, 1, value=value * 1000 + following, plain=pl.lit(False))
    x = _merge(
        x,
        number & _is("times", by=1) & _adjoins(),
        1,
        value=value * following,
        high=pl.col("high") * following,
        plain=pl.lit(False),
        raw=pl.lit(None, pl.UInt8),
    )
    hundreds = number & pl.col("raw").is_null() & (value >= 100) & (value % 100 == 0)
    third = _is("number", by=2) & _adjoins(2)
    small = hundreds & _is("and", by=1) & _adjoins() & third & (_next("value", 2) < 100)
    x = _merge(x, small, 2, value=value + _next("value", 2))
    x = _merge(x, hundreds & then_number & (following < 100), 1, value=value + following)
    joined = _is("to", "or", by=1) | (_is("and", by=1) & _is("between", by=-1) & _adjoins(0))
    grows = _next("value", 2) > value
    x = _merge(
        x, number & joined & _adjoins() & third & grows, 2, high=_next("value", 2), plain=pl.lit(False)
    )
    taken = ("role", "letter", "value", "low", "high", "plain", "raw", "ref", "definite")
    bound = pl.when(_is("least", "below")).then("role").otherwise(_next("bound"))
    for _ in range(3):
        qualified = _is("least", "between") & _is("number", "vague", by=1) & _adjoins()
        x = _merge(x, qualified, 1, bound=bound, **{name: _next(name) for name in taken})
    is_count = _is("number", "vague")
    return x.with_columns(
        # "the 12": the article belongs to the number
        start=pl.col("start") - pl.when(pl.col("definite") & is_count).then(4).otherwise(0),
        plain=pl.col("plain") & (pl.col("bound") == _NO_BOUND),
    )


def _phrases(x: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tokens with their letters, numbers with their nouns; and what the numbers are, by token `i`.

    A number that counts something else (a year, an age, kilometres, rockets) gets no letter.
    """
    x = x.with_row_index("i")
    in_number = _is("number", "digits") | _is("least", "to")
    few = _numbers(x.filter(in_number))
    slim = ["i", "sentence", "start", "end", "ref", "role", "letter", "definite"]
    flags = few.select(
        *slim,
        plain="plain",
        year=pl.col("plain") & (pl.col("raw") == 4) & pl.col("value").is_between(1900, 2099).fill_null(False),
    )
    rest = x.filter(~in_number).select(*slim, plain=pl.lit(False), year=pl.lit(False))
    x = pl.concat([rest, flags]).sort("i")
    over, loose = (flags_.gather(x["ref"]) for flags_ in (_vocabulary().over, _vocabulary().loose))
    x = x.with_columns(over, loose)
    # "17 other people": a qualifier without a number says nothing
    x = x.filter(~_is("least", "about") | pl.col("over") | pl.col("loose"))
    noun = _is("singular", "group")
    x = x.filter(~(noun & _is("singular", "group", by=1) & _adjoins()))
    count, beside = _is("number", "vague"), _adjoins()
    near = _same() & (_gap() <= _UNIT_REACH).fill_null(False)
    counted = _is("singular", "group", by=1) | _is("participle", "of_them", by=1)
    noise = count & (
        (pl.col("year") & ~(counted & beside))
        | (_is("month", by=1) & beside)
        | (pl.col("plain") & (_is("month", by=-1) | _is("label", by=-1)) & _adjoins(0))
        | (_is("unit", by=1) & near)
    )
    takes = (
        count & ~noise & _is("singular", "group", by=1) & _same() & (_gap() <= _NOUN_REACH).fill_null(False)
    )
    x = x.with_columns(noise=noise, takes=takes)
    # "the sixth officer killed this month" is one of those already counted; "30 % of the fighters" are no number
    listed = _is("singular") & _is("superlative", by=-1) & pl.col("definite").shift() & _adjoins(0)
    share = _is("plural") & _is("unit", by=-1) & _same(0) & (_gap(0) <= _UNIT_REACH)
    # "in the past 24 hours" is about a day, and no more than the event
    days = _vocabulary().days.gather(x["ref"])
    short = _is("period") & _same() & (days.shift(-1) | (days.shift(-2) & _same(2))) & (_gap() <= _NEAR)
    months = (_is("between") | _is("preposition")) & _is("month", by=1) & beside & ~_is("label", by=2)
    code = {name: ord(name) for name in " hNtxr"}
    x = x.with_columns(
        letter=pl.when("noise")
        .then(code[" "])
        .when(pl.col("takes") & _is("group", by=1))
        .then(code["h"])
        .when("takes")
        .then(code["N"])
        .when((listed | share).fill_null(False))
        .then(code["h"])
        .when(short.fill_null(False))
        .then(code[" "])
        .when(_is("between") & months)
        .then(code["t"])
        .when(_is("least", "to") & pl.col("over"))
        .then(code["x"])
        .when(_is("least", "to") & pl.col("loose"))
        .then(code["r"])
        .otherwise("letter")
        .cast(pl.UInt8),
        noun=pl.when("takes").then(_next("ref")).when(noun).then("ref"),
        families=pl.when("takes").then(_is("families", by=1)).otherwise(_is("families")),
        end=pl.when("takes").then(_next("end")).otherwise("end"),
    )
    x = x.filter((pl.col("letter") != code[" "]) & ~pl.col("takes").shift().fill_null(False))
    return x.drop("plain", "year", "noise", "takes"), few.select("i", "value", "low", "high", "bound")


def _label(x: pl.DataFrame) -> _Bytes:
    """What the rules make of each token's letter; they run once for every distinct string of letters."""
    if x.is_empty():
        return np.zeros(0, np.uint8)
    letters = x["letter"].to_numpy()
    gap = x.select(pl.when(_same()).then(_gap()).otherwise(0).fill_null(0).alias("gap"))["gap"].to_numpy()
    marks = np.select([gap <= 1, gap <= _NEAR, gap <= _FAR], [0, ord("-"), ord("=")], ord("_")).astype(
        np.uint8
    )
    # letters and gap marks alternate; where there is no gap, the mark is left out
    woven = np.column_stack([letters, marks]).ravel()
    data = woven[woven != 0]
    ends = np.cumsum(1 + (marks != 0))
    last = x.select(pl.col("sentence").ne_missing(_next("sentence")).alias("last"))["last"].to_numpy()
    offsets = np.concatenate([[0], ends[last]]).astype(np.int64)
    array = pa.LargeStringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))
    strings = pl.DataFrame({"string": pl.Series(array)})
    distinct = strings.unique(maintain_order=True)
    rare = pl.col("string").str.contains(_RARE)
    labelled = pl.concat([_rewrite(distinct.filter(rare), True), _rewrite(distinct.filter(~rare), False)])
    found = strings.join(labelled, on="string", how="left", validate="m:1", maintain_order="left")
    return np.frombuffer(found["label"].str.join("").item().encode(), np.uint8)


def _rewrite(strings: pl.DataFrame, rare: bool) -> pl.DataFrame:
    x = strings.with_columns(label=pl.col("string"))
    for pattern, replacement, common in _rules():
        if rare or common:
            x = x.with_columns(pl.col("label").str.replace_all(pattern, replacement))
    return x.with_columns(pl.col("label").str.replace_all(r"[-=_]", ""))


def _any_of(labels: _Bytes, letters: str) -> _Bools:
    table = np.zeros(256, np.bool_)
    table[[ord(letter) for letter in letters]] = True
    return table[labels]


def _last(where: _Bools, sentence: _Ints, of: _Ints) -> _Ints:
    """For each of the tokens `of`, the last token up to it that `where` holds for, in its sentence; else -1."""
    places = np.append(np.flatnonzero(where), -1)
    found = places[np.searchsorted(places[:-1], of, side="right") - 1]
    return np.where((found >= 0) & (sentence[found] == sentence[of]), found, -1)


def _first(where: _Bools, sentence: _Ints, of: _Ints) -> _Ints:
    """For each of the tokens `of`, the first token from it on that `where` holds for, in its sentence; else -1."""
    places = np.append(np.flatnonzero(where), -1)
    found = places[np.searchsorted(places[:-1], of, side="left")]
    return np.where((found >= 0) & (sentence[found] == sentence[of]), found, -1)


def _outcomes(labels: _Bytes, sentence: _Ints, crowd_nouns: _Bools) -> tuple[_Ints, _Ints]:
    """The tokens that count something and, for each, the token of what it counts. A toll counts the killed."""
    whole = _any_of(labels, "<b>1p^?") | (_any_of(labels, "N") & crowd_nouns)
    counting = np.flatnonzero(whole | _any_of(labels, "Qq"))
    own = labels[counting]
    outcome = np.where(_any_of(own, "?N"), counting, -1)
    for letters, find, wanted in (("<b", _last, "GO"), (">1p", _first, "kwf"), ("^", _last, "T")):
        chosen = _any_of(own, letters)
        outcome[chosen] = find(_any_of(labels, wanted), sentence, counting[chosen])
    # a part belongs to the nearest count before it, else after it
    inner = np.flatnonzero(_any_of(own, "Qq"))
    before, after = (find(whole, sentence, counting[inner]) for find in (_last, _first))
    nearest = np.where(before >= 0, before, after)
    of_nearest = outcome[np.searchsorted(counting, np.maximum(nearest, 0)) % max(counting.size, 1)]
    outcome[inner] = np.where(nearest >= 0, of_nearest, -1)
    found = outcome >= 0
    return counting[found], outcome[found]


def _periods(letters: _Bytes, labels: _Bytes, sentence: _Ints, counting: _Bools, since: _Bools) -> _Bools:
    """Whether each token stands in a clause that speaks of a period of weeks or more.

    A leading "Since January," reaches into the next clause. "The deadliest attack since March", "was killed ... since" do not.
    """
    starts = np.concatenate([[True], sentence[1:] != sentence[:-1]])
    segment = np.cumsum(starts | _any_of(letters, ",zd")) - 1
    size = int(segment[-1]) + 1

    def holds(where: _Bools) -> _Bools:
        found = np.zeros(size, np.bool_)
        found[segment[where]] = True
        return found

    simple_past = holds(since) & holds(letters == ord("A")) & ~holds(labels == ord("^"))
    period = holds(letters == ord("t")) & ~holds(letters == ord("s")) & ~simple_past
    at_start = starts | np.concatenate([[False], starts[:-1]])
    opening = holds(at_start & (letters == ord("t"))) & period & ~holds(counting)
    lead = np.concatenate([[False], opening[:-1]]) & ~holds(starts)
    found: _Bools = (period | lead)[segment]
    return found


def _with_another(letters: _Bytes, kinds: pl.Series, target: _Ints) -> _Bools:
    """Whether an outcome stands beside another one of the killed and injured: "killing and wounding several people"."""
    hurt = kinds.is_in(["killed", "injured"]).fill_null(False).to_numpy()
    found = np.zeros(target.size, np.bool_)
    for step in (-1, 1):
        link, other = (np.clip(target + step * by, 0, letters.size - 1) for by in (1, 2))
        joined = (letters[link] == ord("&")) & _any_of(letters[other], "VGF") & (other == target + 2 * step)
        found |= (
            joined
            & hurt[target]
            & hurt[other]
            & (kinds.gather(target) != kinds.gather(other)).fill_null(False).to_numpy()
        )
    return found


def _assign(x: pl.DataFrame, labels: _Bytes) -> pl.DataFrame:
    """The tokens that count something, with `counted` (the kind), `anchor` (a byte of the outcome), `period`, `label`."""
    words = _vocabulary().words
    letters, sentence = x["letter"].to_numpy(), x["sentence"].to_numpy().astype(np.int64)
    nouns = x["noun"]
    crowds = words["crowd"].gather(nouns).fill_null(False).to_numpy()
    kept, target = _outcomes(labels, sentence, crowds)
    counting = np.zeros(labels.size, np.bool_)
    counting[kept] = True
    since = _vocabulary().since.gather(x["ref"]).to_numpy()
    period = _periods(letters, labels, sentence, counting, since)
    kinds = words["kind"].gather(x["ref"])
    own = target == kept  # a crowd noun, or an outcome whose number is unknown
    anchors = np.where(own, x["end"].to_numpy()[target] - 1, x["start"].to_numpy()[target])
    named = pl.Series("label", labels[kept]).replace_strict(
        [ord(label) for label in _RULE], list(_RULE), return_dtype=pl.String
    )
    # one person is no crowd; "seized 40" may be anything
    alone = (letters[kept] == ord("S")) | (labels[kept] == ord("1"))
    things = _vocabulary().persons.gather(x["ref"].gather(target)).to_numpy() & _any_of(letters[kept], "nP")
    found = x[kept]
    found = found.with_columns(
        named,
        pl.Series("anchor", anchors),
        pl.Series("alone", alone),
        pl.Series("things", things),
        pl.Series("period", period[kept]),
        counted=pl.when(named == "^")
        .then(pl.lit("killed"))
        .when(named == "N")
        .then(pl.lit("crowd"))
        .when(pl.Series(_with_another(letters, kinds, target)))
        .then(pl.lit("casualties"))
        .otherwise(kinds.gather(target)),
        whose=words["whose"].gather(found["noun"]),
    )
    return found.filter(~pl.col("things") & ~(pl.col("alone") & (pl.col("counted") == "crowd")))


def _bounds(x: pl.DataFrame) -> pl.DataFrame:
    """`low`, `high`, `best`, `vague` and `issue` of every count, from its number and its qualifier."""
    label, bound, value = pl.col("label"), pl.col("bound"), pl.col("value")
    one = label.is_in(["1", "q"]) | (label.is_in(["<", ">"]) & (pl.col("letter") == ord("S")))
    many = label.is_in(["p", "b"])
    largest = pl.col("counted").replace_strict(_LARGEST, default=_LARGEST_ELSE, return_dtype=pl.Float64)
    is_vague = (pl.col("role") == _ROLES["vague"]) & label.is_in(["1", "?"]).not_()
    x = x.with_columns(
        value=pl.when(one).then(1.0).otherwise("value"),
        vague=pl.when(is_vague).then(_vocabulary().words["phrase"].gather(x["ref"])),
    ).with_columns(
        issue=pl.when((value > largest) | (pl.col("high") > largest))
        .then(pl.lit("out-of-range"))
        .when(value != value.round())
        .then(pl.lit("not-whole"))
        .when(label == "?")
        .then(pl.lit("unknown-number"))
        .when(pl.col("families"))
        .then(pl.lit("families"))
        .when((pl.col("counted") == "casualties") & (value != 0).fill_null(True))
        .then(pl.lit("killed-or-injured"))
    )
    clear, mixed = pl.col("issue").is_null(), (pl.col("issue") == "killed-or-injured").fill_null(False)
    low = (
        pl.when(many)
        .then(2.0)
        .when("is_vague")
        .then("low")
        .when(bound.is_between(_MOST, _BELOW))
        .then(None)
        .otherwise("value")
    )
    high = pl.coalesce(
        "high", pl.when(~(many | pl.col("is_vague") | (bound == _LEAST).fill_null(False))).then("value")
    )
    best = pl.when(~(many | (bound == _BELOW).fill_null(False))).then("value")
    return x.with_columns(is_vague=is_vague).with_columns(
        low=pl.when(clear).then(low).cast(pl.Int64),
        high=pl.when(clear | mixed).then(high).cast(pl.Int64),
        best=pl.when(clear).then(best).cast(pl.Int64),
    )


def _expand(x: pl.DataFrame) -> pl.DataFrame:
    """Gives casualties to killed (and none of them to injured, too), and marks parts of a toll."""
    casualties = pl.col("counted") == "casualties"
    none_hurt = x.filter(casualties & (pl.col("best") == 0)).with_columns(counted=pl.lit("injured"))
    x = pl.concat(
        [x.with_columns(counted=pl.when(casualties).then(pl.lit("killed")).otherwise("counted")), none_hurt]
    )
    tolls = x.filter((pl.col("label") == "^") & ~pl.col("period"))["sentence"].unique()
    killed = pl.col("counted") == "killed"
    in_toll = killed & (pl.col("label") != "^") & pl.col("sentence").is_in(tolls.implode())
    return x.with_columns(
        kind="counted",
        scope=pl.when("period").then(pl.lit("period")).otherwise(pl.lit("event")),
        part=pl.col("label").is_in(["Q", "q"]) | (in_toll & ~pl.col("period")),
        rule=pl.col("label").replace_strict(_RULE, return_dtype=pl.String),
    ).filter((pl.col("kind") != "crowd") | pl.col("rule").ne("no-number"))


def _words(x: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Adds the words of each count as the caller wrote them."""
    text = "text" if "text" in reports.columns else "clean"
    texts = reports.select(pl.col("row").cast(pl.UInt32), bytes=pl.col(text).cast(pl.Binary))
    return x.join(texts, on="row", how="left", validate="m:1", maintain_order="left").with_columns(
        text=_slice("start", "end")
    )


def _repeats(x: pl.DataFrame) -> pl.DataFrame:
    """ "The 12 dead" after "12 people were killed" is no new count."""
    again = pl.col("definite") & ~pl.col("part") & pl.col("best").is_not_null()
    if not x.select(again.any()).item():
        return x
    x = x.with_row_index("place")
    rows = x.filter(again)["row"].unique()
    few = x.filter(pl.col("row").is_in(rows.implode()) & ~pl.col("part"))
    earlier = pl.col("best").cum_max().shift().over("row", "kind")
    repeats = few.filter((again & (pl.col("best") <= earlier)).fill_null(False))["place"]
    repeated = pl.col("place").is_in(repeats.implode())
    return x.with_columns(
        part=pl.col("part") | repeated, rule=pl.when(repeated).then(pl.lit("repeat")).otherwise("rule")
    )


def count_expressions(marks: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Every count near the count marks of a batch, one a row, in the order of the text.

    Args:
        marks: `row, sent, start, end, count`, sorted by row and start; `count` is null where a mark is another module's.
        reports: `row, clean` and, if there, `text` (the caller's own words).

    Returns:
        `row, sent, start, end` (bytes), `text`, `kind` (killed, injured, displaced, arrested, abducted, crowd), `low`,
        `high`, `best`, `vague` (the word where there is no number), `scope` (event, or period for a total over weeks or
        more), `whose` (civilians, soldiers, attackers, protesters, or null), `part` (already inside another count: "12
        people, including two children", or said again), `rule`, `issue`.

        "At least 10" has no high, "up to 20" no low. Of a range the lower end is the best: ACLED's codebook
        asks for the most conservative number. Null `best` with an `issue`: `unknown-number`, `out-of-range`,
        `not-whole`, `families` (households were counted, not people), `killed-or-injured` ("20 casualties").
    """
    windows = _windows(marks, reports)
    if windows.is_empty():
        return COUNT_SCHEMA.to_frame()
    tokens = _tokens(windows)
    found, numbers = _phrases(tokens)
    if found.is_empty():
        return COUNT_SCHEMA.to_frame()
    x = _assign(found, _label(found)).join(numbers, on="i", how="left", validate="1:1", maintain_order="left")
    places = windows.select(pl.col("row", "sent", "lo", "first", "last").gather(tokens["win"].gather(x["i"])))
    x = _expand(_bounds(x).with_columns(places))
    # the neighbours' outcomes are counted in their own window
    x = x.filter((pl.col("anchor") + pl.col("lo")).is_between("first", "last", closed="left"))
    x = _words(x.with_columns(pl.col("start", "end") + pl.col("lo")), reports)
    x = _repeats(x.sort("row", "start", "kind"))
    return x.select(pl.col(name).cast(dtype) for name, dtype in COUNT_SCHEMA.items())


_FIELDS = {
    "fatalities": ("killed",),
    "injured": ("injured",),
    "displaced": ("displaced",),
    "arrested": ("arrested", "abducted"),
    "abducted": ("abducted",),
    "crowd_size": ("crowd",),
}


def event_counts(clauses: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """Adds to every event clause what it counts.

    Args:
        clauses: `row, sent, start, end` (bytes); other columns stay.
        counts: what `count_expressions` gives.

    Returns:
        The clauses with `fatalities`, `fatalities_low`, `fatalities_high`, `fatalities_text` (the vague word or, where persons
        have no number, their noun), `injured`, `displaced`, `arrested` (or abducted), `abducted`, `crowd_size`, each with
        its span as `<field>_start`, `<field>_end`. A count goes to the clause that holds it, else to the nearest one of its
        sentence. Counts of one clause add up, parts and totals over a period are left out; a toll stands for
        all. With a vague member ("three soldiers and several civilians") the number is null and the low ends add up.
    """
    keyed = clauses.with_row_index("_clause")
    owned = _owner(keyed, counts.filter(~pl.col("part") & (pl.col("scope") == "event")))
    for field, kinds in _FIELDS.items():
        keyed = keyed.join(
            _sum(owned, field, kinds), on="_clause", how="left", validate="1:1", maintain_order="left"
        )
    return keyed.drop("_clause")


def _owner(clauses: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """Each count with the clause of its sentence that holds it or is nearest; of two, the first."""
    spans = clauses.select("_clause", "row", "sent", clause_start="start", clause_end="end")
    pairs = counts.with_row_index("_count").join(
        spans, on=["row", "sent"], how="inner", maintain_order="left"
    )
    away = pl.max_horizontal(
        pl.col("clause_start").cast(pl.Int64) - pl.col("start").cast(pl.Int64),
        pl.col("start").cast(pl.Int64) - pl.col("clause_end").cast(pl.Int64) + 1,
        pl.lit(0, pl.Int64),
    )
    return (
        pairs.with_columns(away=away)
        .sort("_count", "away", "_clause")
        .unique("_count", keep="first", maintain_order=True)
    )


def _sum(owned: pl.DataFrame, field: str, kinds: tuple[str, ...]) -> pl.DataFrame:
    """The sums of one field by clause; null where one member has none."""
    x = owned.filter(pl.col("kind").is_in(list(kinds)))
    # beside a number, "killing students" or "several deaths" says the same again
    loose = (pl.col("rule") == "no-number") | (
        pl.col("best").is_null() & pl.all_horizontal(pl.col("low", "high").is_null())
    )
    x = x.filter(~loose | ~pl.col("best").is_not_null().any().over("_clause"))
    toll = (pl.col("rule") == "toll").any().over("_clause")
    x = x.filter(~toll | (pl.col("rule") == "toll"))
    word = pl.coalesce("vague", pl.when(pl.col("rule") == "no-number").then("text"))

    def total(column: str) -> pl.Expr:
        value = pl.col(column)
        summed = pl.when(value.null_count() == 0).then(value.sum())
        return (
            pl.when((pl.col("rule") == "toll").any() | (pl.col("kind") == "crowd").all())
            .then(value.max())
            .otherwise(summed)
        )

    columns = [
        total("best").alias(field),
        pl.col("start").min().alias(f"{field}_start"),
        pl.col("end").max().alias(f"{field}_end"),
    ]
    if field == "fatalities":
        columns += [
            total("low").alias("fatalities_low"),
            total("high").alias("fatalities_high"),
            word.drop_nulls().first().alias("fatalities_text"),
        ]
    return x.group_by("_clause", maintain_order=True).agg(columns)


def report_counts(counts: pl.DataFrame) -> pl.DataFrame:
    """One row a text: what its first sentence with a count of that kind says, or a later toll.

    Returns `row` and the columns of `event_counts` without spans. Later sentences mostly say the same again, and are not added.
    """
    sentences = counts.group_by("row", "sent", maintain_order=True).agg(
        pl.col("start").min(),
        pl.col("end").max(),
        _toll=((pl.col("rule") == "toll") & (pl.col("scope") == "event")).any(),
    )
    x = event_counts(sentences, counts)
    killed = ["fatalities", "fatalities_low", "fatalities_high", "fatalities_text"]
    named = pl.any_horizontal(pl.col(killed).is_not_null())
    toll_first = (~pl.col("_toll").fill_null(False)).cast(pl.Int8)
    first = [
        pl.col(column).sort_by(toll_first).filter(named.sort_by(toll_first)).first() for column in killed
    ]
    others = [pl.col(field).drop_nulls().first() for field in _FIELDS if field != "fatalities"]
    return x.group_by("row", maintain_order=True).agg(*first, *others)


def acled_counts(frame: pl.DataFrame, *, shared_by: str | Sequence[str] | None = None) -> pl.DataFrame:
    """Fills `fatalities` as ACLED does: for export only.

    Vague words become the numbers of `seeds/counts/acled_vague.csv` (several 3, tens 10, dozens 12, hundreds 100), persons
    without a number 3. `shared_by` names columns that tell counts apart (say, the report and the span of the
    number): events that are alike in them share one count, and each gets its part; what does not divide goes to the first.

    >>> acled_counts(pl.DataFrame({"fatalities": [None, 2], "fatalities_text": ["dozens", None]}))["fatalities"].to_list()
    [12, 2]
    """
    words = load_seed("counts/acled_vague", "phrase").select(
        fatalities_text="phrase", _value=pl.col("value").cast(frame.schema["fatalities"])
    )
    x = frame.with_columns(_word=pl.col("fatalities_text").str.to_lowercase()).join(
        words, left_on="_word", right_on="fatalities_text", how="left", validate="m:1", maintain_order="left"
    )
    unknown = pl.when(pl.col("fatalities_text").is_not_null()).then(3)
    x = x.with_columns(fatalities=pl.coalesce("fatalities", "_value", unknown)).select(frame.columns)
    if shared_by is None:
        return x
    keys = [shared_by] if isinstance(shared_by, str) else list(shared_by)
    place, size = pl.int_range(pl.len()).over(keys), pl.len().over(keys)
    share = pl.col("fatalities") // size + (place < pl.col("fatalities") % size).cast(pl.Int64)
    return x.with_columns(fatalities=share.cast(frame.schema["fatalities"]))


def resolve_counts(
    texts: str | Sequence[str | None] | pl.Series, *, offsets: Literal["bytes", "chars"] = "bytes"
) -> pl.DataFrame:
    """Every count of one text or of several; see `count_expressions` for the columns, `row` is the number of the text.

    Args:
        texts: one text, a list, or a polars Series; a null text has no counts.
        offsets: what `start` and `end` count: UTF-8 bytes, or characters as Python strings do.

    >>> found = resolve_counts("Two soldiers and a civilian were killed and five injured.")
    >>> found.select("text", "kind", "best", "whose").rows()[0]
    ('Two soldiers', 'killed', 2, 'soldiers')
    """
    if offsets not in ("bytes", "chars"):
        raise BadCallError(f"offsets={offsets!r}: give 'bytes' or 'chars'.")
    listed = [texts] if isinstance(texts, str) else texts
    text = pl.Series("text", listed, dtype=pl.String)
    reports = pl.DataFrame({"text": text}).with_row_index("row").with_columns(clean=clean(pl.col("text")))
    counts = count_expressions(_find_marks(text), reports)
    if offsets == "bytes":
        return counts
    texts_of = reports.select("row", bytes=pl.col("text").cast(pl.Binary))
    x = counts.join(texts_of, on="row", how="left", validate="m:1", maintain_order="left")
    chars = [
        pl.col("bytes").bin.slice(0, pl.col(edge)).cast(pl.String).str.len_chars().alias(edge)
        for edge in ("start", "end")
    ]
    return x.with_columns(chars).select(counts.columns)


def _find_marks(texts: pl.Series) -> pl.DataFrame:
    phrases = _marked()["phrase"]
    variants = pl.concat(
        [
            phrases,
            phrases.str.slice(0, 1).str.to_uppercase() + phrases.str.slice(1),
            phrases.str.to_uppercase(),
        ]
    )
    found = find_phrases(texts, variants.to_list())
    return found.with_columns(count=pl.col("ref") % phrases.len())

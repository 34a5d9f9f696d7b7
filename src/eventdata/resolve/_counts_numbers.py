"""Numbers of several words or digits become one token, and numbers with their nouns become noun phrases.

Tokens are arrays of equal length by name. A number that is not known is NaN, a noun that is not there -1.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.resolve._counts_words import (
    LEAST,
    LETTERS,
    NEAR,
    NO_BOUND,
    NO_ROLE,
    RISES,
    ROLES,
    Bools,
    Columns,
    Ints,
    vocabulary,
)

_NOUN_REACH = 40  # "two heavily armed members": from the number to its noun
_UNIT_REACH = 20
_FILLS = {"b": False, "f": np.nan, "u": NO_ROLE, "i": -1}


def ahead(values: npt.NDArray[Any], by: int = 1) -> npt.NDArray[Any]:
    """The values `by` places on; beyond the ends False, NaN, -1 or no role."""
    found = np.full_like(values, _FILLS[values.dtype.kind])
    if by > 0:
        found[:-by] = values[by:]
    elif by < 0:
        found[-by:] = values[:by]
    else:
        found[:] = values
    return found


def same_sentence(x: Columns, by: int = 1) -> Bools:
    """Whether the token `by` places on is in the sentence of the one before it."""
    return np.asarray(ahead(x["sentence"], by) == ahead(x["sentence"], by - 1))


def gap_before(x: Columns, by: int = 1) -> Ints:
    """Bytes between the token `by` places on and the one before it."""
    return np.asarray(ahead(x["start"], by) - ahead(x["end"], by - 1))


def _near(x: Columns, most: int, by: int = 1) -> Bools:
    return same_sentence(x, by) & (gap_before(x, by) <= most)


def _adjoins(x: Columns, by: int = 1) -> Bools:
    return _near(x, 1, by)


def _is(x: Columns, role: str, last: str | None = None, by: int = 0) -> Bools:
    """Whether the token `by` places on has a role, or one of the roles from `role` to `last`."""
    number = ahead(x["role"], by)
    return np.asarray((number >= ROLES[role]) & (number <= ROLES[last or role]))


def _merge(x: Columns, when: Bools, absorbed: int, **values: Any) -> Columns:
    """Where `when` holds, the token takes `values` and the bytes of the next `absorbed` tokens, which go."""
    if not when.any():
        return x
    gone = np.logical_or.reduce([ahead(when, -by) for by in range(1, absorbed + 1)])
    updates = {"end": ahead(x["end"], absorbed)} | values
    updated = {name: np.where(when, value, x[name]).astype(x[name].dtype) for name, value in updates.items()}
    kept = np.flatnonzero(~gone | when)
    return {name: column[kept] for name, column in (x | updated).items()}


def _digits(x: Columns, numbers: pl.Series) -> Columns:
    """Reads numbers in digits; what is part of a name, a time, a calibre or a share becomes a unit, which counts nobody."""
    at = np.flatnonzero(x["role"] == ROLES["digits"])
    texts = pl.DataFrame({"text": numbers})
    read = texts.join(_read_digits(numbers.unique()), on="text", how="left", maintain_order="left")
    found = {name: read[name].to_numpy() for name in read.columns if name != "text"}
    words = vocabulary()
    x = {name: column.copy() for name, column in x.items()}
    x |= {name: column[x["ref"]] for name, column in words.numbers.items()}
    x |= {
        "raw": np.zeros(x["ref"].size, np.uint8),
        "bound": np.full(x["ref"].size, NO_BOUND, np.uint8),
        "plain": np.zeros(x["ref"].size, np.bool_),
    }
    x["raw"][at], x["value"][at], x["high"][at] = found["raw"], found["amount"], found["upper"]
    x["end"][at] = x["start"][at] + found["size"]
    x["bound"][at] = np.where(found["least"], LEAST, NO_BOUND)
    x["role"][at] = np.where(found["odd"], ROLES["unit"], ROLES["number"])
    x["letter"][at] = np.where(found["odd"], ord(" "), x["letter"][at])
    # only numbers in plain digits can be years, days of a month, or parts of a name
    x["plain"][at] = found["plain"]
    return x


def _read_digits(texts: pl.Series) -> pl.DataFrame:
    """What distinct numbers in digits say: `text`, `size` (bytes), `raw` (digits before the point), `amount`, `upper` ..."""
    groups = texts.str.extract_groups(
        r"^([0-9]{1,3}(?:,[0-9][0-9][0-9])+|[0-9]+)(\.[0-9]+)?(?:-([0-9][0-9,]*))?([\p{L}%^:$°+#-]?)"
    ).struct.rename_fields(["whole", "decimals", "upper", "tail"])
    x = pl.DataFrame({"text": texts, "groups": groups}).unnest("groups")
    whole, tail = pl.col("whole"), pl.col("tail")
    comma = whole.str.contains(",", literal=True)
    size = pl.sum_horizontal(pl.col("whole", "decimals", "upper").str.len_bytes().fill_null(0))
    amount = pl.concat_str(whole.str.replace_all(",", "", literal=True), pl.col("decimals").fill_null(""))
    upper = pl.col("upper").str.replace_all(",", "", literal=True).cast(pl.Float64, strict=False)
    x = x.select(
        "text",
        size=size.cast(pl.Int64) + pl.col("upper").is_not_null().cast(pl.Int64),
        raw=whole.str.len_bytes().cast(pl.UInt8, strict=False).fill_null(255),
        # 10^12: whatever it says, it is no count of people
        amount=pl.when(tail == "^").then(1e30).otherwise(amount.cast(pl.Float64, strict=False)),
        upper=upper,
        least=tail == "+",
        plain=~comma & pl.col("upper").is_null(),
        tail="tail",
    )
    odd = ~pl.col("tail").is_in(["", "+", "^"]) | (pl.col("upper") <= pl.col("amount")).fill_null(False)
    return x.with_columns(odd=odd, upper=pl.col("upper").fill_null(np.nan)).drop("tail")


def _numbers(x: Columns, numbers: pl.Series) -> Columns:
    """The numbers and the words around them, put together: "at least two hundred and fifty", "between 10 and 15", "3 000"."""
    x = _digits(x, numbers)

    def number(by: int = 0) -> Bools:
        return _is(x, "number", by=by) & (_adjoins(x, by) if by else True)

    value, second = x["value"], ahead(x["value"])
    in_three = (ahead(x["raw"]) == 3) & _has_digits(x, 3) & x["plain"] & ahead(x["plain"])
    x = _merge(x, number() & number(1) & in_three, 1, value=value * 1000 + second, plain=False)
    times, factor = number() & _is(x, "times", by=1) & _adjoins(x), ahead(x["value"])
    x = _merge(x, times, 1, value=x["value"] * factor, high=x["high"] * factor, plain=False, raw=0)
    third = number(2)
    small = _hundreds(x) & number() & _is(x, "and", by=1) & _adjoins(x) & third & (ahead(x["value"], 2) < 100)
    x = _merge(x, small, 2, value=x["value"] + ahead(x["value"], 2))
    tens = _hundreds(x) & number() & number(1) & (ahead(x["value"]) < 100)
    x = _merge(x, tens, 1, value=x["value"] + ahead(x["value"]))
    joined = _is(x, "to", "or", by=1) | (_is(x, "and", by=1) & _is(x, "between", by=-1) & _adjoins(x, 0))
    upper = ahead(x["value"], 2)
    spans = number() & joined & _adjoins(x) & number(2) & (upper > x["value"])
    x = _merge(x, spans, 2, high=upper, plain=False)
    taken = ("role", "letter", "value", "low", "high", "plain", "raw", "ref", "definite")
    for _ in range(3):
        qualified = _is(x, "least", "between") & _is(x, "number", "vague", by=1) & _adjoins(x)
        bound = np.where(_is(x, "least", "below"), x["role"], ahead(x["bound"]))
        rises = vocabulary().rises[x["ref"]] & ~np.isnan(ahead(x["high"])) & (bound == NO_BOUND)
        bound = np.where(rises, RISES, bound)
        x = _merge(x, qualified, 1, bound=bound, **{name: ahead(x[name]) for name in taken})
    # "between 2015 and 2020" is a time and no number
    years = _is_year(x["value"]) & _is_year(x["high"]) & (x["raw"] == 4)
    x |= {
        "role": np.where(years, ROLES["period"], x["role"]).astype(np.uint8),
        "letter": np.where(years, ord(LETTERS["period"]), x["letter"]).astype(np.uint8),
    }
    # "the 12": the article belongs to the number
    article = x["definite"] & _is(x, "number", "vague")
    plain = x["plain"] & (x["bound"] == NO_BOUND)
    return x | {"start": x["start"] - np.where(article, 4, 0), "plain": plain}


def _is_year(value: npt.NDArray[np.float64]) -> Bools:
    return np.asarray((value >= 1900) & (value <= 2099))


def _has_digits(x: Columns, most: int) -> Bools:
    return np.asarray((x["raw"] > 0) & (x["raw"] <= most))


def _hundreds(x: Columns) -> Bools:
    """Numbers in words that end on hundred, thousand ..."""
    return np.asarray((x["raw"] == 0) & (x["value"] >= 100) & (x["value"] % 100 == 0))


def phrases_of(x: Columns, numbers: pl.Series) -> tuple[Columns, Columns]:
    """Tokens with their letters, numbers with their nouns (`noun`, `families`), and what the numbers say, in another table.

    A number that counts something else (a year, an age, kilometres, rockets) gets no letter. `number` is the place of a
    token's number in the table of `value`, `low`, `high` and `bound`, else -1.
    """
    words = vocabulary()
    in_number = _is(x, "number", "digits") | _is(x, "least", "to")
    places = np.flatnonzero(in_number)
    few = _numbers({name: column[places] for name, column in x.items()} | {"i": places}, numbers)
    x = _with_numbers(x, few, in_number)
    # "17 other people": a qualifier without a number says nothing
    says = words.over[x["ref"]] | words.loose[x["ref"]]
    x = _take(x, ~_is(x, "least", "about") | says)
    # of "police officers" the last noun tells who they are; "took nine sailors hostage" has two
    noun, noun_next = _is(x, "singular", "group"), _is(x, "singular", "group", by=1)
    x = _take(x, ~(noun & noun_next & _adjoins(x) & ~ahead(words.captive[x["ref"]])))
    noun, noun_next = _is(x, "singular", "group"), _is(x, "singular", "group", by=1)
    count = _is(x, "number", "vague")
    noise = _noise(x, count, noun_next)
    takes = count & ~noise & noun_next & _near(x, _NOUN_REACH)
    letter = _letters(x, takes, noise)
    x |= {
        "letter": letter,
        "noun": np.where(takes, ahead(x["ref"]), np.where(noun, x["ref"], -1)),
        "families": np.where(takes, _is(x, "families", by=1), _is(x, "families")),
        "end": np.where(takes, ahead(x["end"]), x["end"]),
    }
    return _take(x, (letter != ord(" ")) & ~ahead(takes, -1)), few


def _with_numbers(x: Columns, few: Columns, in_number: Bools) -> Columns:
    """The tokens with the `few` in the place of those that numbers are made of; adds `number`, `plain`, `year`."""
    stays, number = ~in_number, np.full(in_number.size, -1, np.int32)
    stays[few["i"]] = True
    number[few["i"]] = np.arange(few["i"].size)
    kept = np.flatnonzero(stays)
    number = number[kept]
    at = np.flatnonzero(number >= 0)  # in the order of the few
    x = {name: column[kept] for name, column in x.items()}
    for name in ("start", "end", "ref", "role", "letter", "definite"):
        x[name][at] = few[name]
    plain, year = np.zeros(kept.size, np.bool_), np.zeros(kept.size, np.bool_)
    plain[at] = few["plain"]
    year[at] = few["plain"] & (few["raw"] == 4) & _is_year(few["value"])
    return x | {"number": number, "plain": plain, "year": year}


def _take(x: Columns, kept: Bools) -> Columns:
    places = np.flatnonzero(kept)
    return {name: column[places] for name, column in x.items()}


def _noise(x: Columns, count: Bools, noun_next: Bools) -> Bools:
    """Numbers that count no people: years, days, ages, names of roads, units."""
    counted = noun_next | _is(x, "participle", "of_them", by=1)
    beside = _adjoins(x)
    named = (_is(x, "month", by=-1) | _is(x, "label", by=-1)) & _adjoins(x, 0)
    return count & (
        (x["year"] & ~(counted & beside))
        | (_is(x, "month", by=1) & beside)
        | (x["plain"] & named)
        | (_is(x, "unit", by=1) & _near(x, _UNIT_REACH))
    )


def _letters(x: Columns, takes: Bools, noise: Bools) -> npt.NDArray[np.uint8]:
    """The letters of the tokens, where their neighbours make them other than their role."""
    words, ref = vocabulary(), x["ref"]
    beside = _adjoins(x)
    # "the sixth officer killed this month" is one of those already counted; "30 % of the fighters" are no number
    listed = _is(x, "singular") & _is(x, "superlative", by=-1) & ahead(x["definite"], -1) & _adjoins(x, 0)
    share = _is(x, "plural") & _is(x, "unit", by=-1) & _near(x, _UNIT_REACH, 0)
    # "in the past 24 hours" is about a day, and no more than the event
    days = words.days[ref]
    soon = ahead(days) | (ahead(days, 2) & same_sentence(x, 2))
    short = _is(x, "period") & soon & _near(x, NEAR)
    months = _is(x, "month", by=1) & beside & ~_is(x, "label", by=2)
    qualifier = _is(x, "least", "to")
    taken = words.captive[ref] & _is(x, "singular", "group", by=-1) & _adjoins(x, 0)
    # "In 2020, 218 people were killed": a year alone that opens a sentence is no day of an event
    whole_year = ahead(x["year"]) & _is(x, "preposition") & beside & ~same_sentence(x, 0)
    letter = x["letter"].copy()
    # of several that hold the last counts
    for where, new in (
        (qualifier & words.loose[ref], "r"),
        (qualifier & words.over[ref], "x"),
        (_is(x, "between") & months, "t"),
        (whole_year, "t"),
        (taken, "W"),
        (short, " "),
        (listed | share, "h"),
        (takes, "N"),
        (takes & _is(x, "group", by=1), "h"),
        (noise, " "),
    ):
        letter[where] = ord(new)
    return letter

"""Finds the words of counts in windows around the outcome words that the scan has marked.

A window keeps to its sentence and is read a second time for the small vocabulary of counts; what comes out are tokens.
"""

import numpy as np
import polars as pl

from eventdata.coding.clean import MARK, PARAGRAPH, to_character
from eventdata.coding.scan import bytes_of
from eventdata.resolve._counts_words import (
    CODE,
    COMMAS,
    COPY,
    ROLES,
    STOPS,
    Bools,
    Bytes,
    Columns,
    Ints,
    changes,
    vocabulary,
)

_REACH = 200  # bytes of a sentence looked at on either side of its outcome words
_BLANK, _THE = ord(" "), b" the"
_IN_WORD = np.array([byte < 0x80 and (chr(byte).isalnum() or chr(byte) == "-") for byte in range(256)])


def _bounds_of_sentences(marks: pl.DataFrame) -> pl.DataFrame:
    """For each sentence with count marks: their `first` byte and `last`, the end of the mark `before` it, the start `behind`.

    Where a report has no mark before or behind, these are -1.
    """
    row, sent = marks["row"].to_numpy(), marks["sent"].to_numpy()
    start, end = marks["start"].to_numpy(), marks["end"].to_numpy()
    begins = changes(row, sent)
    counts = np.flatnonzero(marks["count"].is_not_null().to_numpy())
    sentence = np.searchsorted(begins, counts, side="right") - 1
    opens = changes(sentence)
    closes = np.append(opens[1:], counts.size)[: opens.size] - 1
    kept = sentence[opens]
    own = begins[kept]
    behind = np.append(begins[1:], marks.height)[kept]
    # past the edges of the table stands the mark itself, which is not its own neighbour
    previous, following = np.maximum(own - 1, 0), np.minimum(behind, marks.height - 1)
    with_previous = (own > 0) & (row[previous] == row[own])
    with_following = (behind < marks.height) & (row[following] == row[own])
    return pl.DataFrame(
        {
            "row": row[own],
            "sent": sent[own],
            "first": start[counts[opens]].astype(np.int64),
            "last": end[counts[closes]].astype(np.int64),
            "before": np.where(with_previous, end[previous].astype(np.int64), -1),
            "behind": np.where(with_following, start[following].astype(np.int64), -1),
        },
        schema_overrides={"row": pl.UInt32, "sent": pl.UInt32},
    )


def windows_of(marks: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """One window a sentence with outcome words: `row`, `sent`, `first`, `last` (their bytes), `lo`, `window`.

    A window ends where the marks of the neighbouring sentences begin, and never inside a character. `cut_start` and `cut_end`
    say whether it may begin or end inside a word.
    """
    texts = reports.select(pl.col("row").cast(pl.UInt32), bytes=pl.col("clean").cast(pl.Binary))
    x = _bounds_of_sentences(marks).join(texts, on="row", how="inner", validate="m:1", maintain_order="left")
    size = pl.col("bytes").bin.size().cast(pl.Int64)
    last = pl.when(pl.col("behind") < 0).then(size).otherwise(pl.min_horizontal("behind", size))
    x = x.with_columns(
        lo=pl.max_horizontal(pl.col("first") - _REACH, "before", pl.lit(0)),
        hi=pl.min_horizontal(pl.col("last") + _REACH, last),
    ).with_columns(
        cut_start=(pl.col("lo") > 0) & (pl.col("lo") != pl.col("before")),
        cut_end=(pl.col("hi") < size) & (pl.col("hi") != pl.col("behind")),
    )
    x = _whole_characters(_whole_characters(x, "lo", "cut_start", 1), "hi", "cut_end", -1)
    # stops after longer words end a sentence for sure ("killed. "), so there is less to scan
    x = x.select(
        "row",
        "sent",
        "first",
        "last",
        "cut_start",
        "cut_end",
        left=slice_of("lo", "first").str.replace(r"^(?s:.*)[a-z0-9]{4}[.!?] ", ""),
        right=slice_of("first", "hi"),
        whole=pl.col("first") - pl.col("lo"),
    ).with_columns(stop=pl.col("right").str.find(r"[a-z0-9]{4}[.!?] ").cast(pl.Int64))
    size = pl.col("left").str.len_bytes().cast(pl.Int64)
    ends = (pl.col("first") + pl.col("stop") >= pl.col("last")).fill_null(False) & (pl.col("stop") > 0)
    right = pl.col("right").cast(pl.Binary).bin.head(pl.col("stop") + len("died")).cast(pl.String)
    return x.select(
        "row",
        "sent",
        "first",
        "last",
        lo=pl.col("first") - size,
        cut_start=pl.col("cut_start") & (size == pl.col("whole")),
        cut_end=pl.col("cut_end") & ~ends.fill_null(False),
        window=pl.col("left") + pl.when(ends).then(right).otherwise("right"),
    )


def _whole_characters(x: pl.DataFrame, edge: str, cut: str, step: int) -> pl.DataFrame:
    """Moves the edges that are cut anywhere in a text to where a character begins."""
    at = x[cut].arg_true()
    if at.is_empty():
        return x
    moved = x.select(pl.col("bytes", edge).gather(at)).select(
        to_character(pl.col("bytes"), pl.col(edge), step)
    )
    return x.with_columns(x[edge].scatter(at, moved.to_series()))


def slice_of(start: str, end: str) -> pl.Expr:
    """The text between two bytes of the column `bytes`."""
    return pl.col("bytes").bin.slice(pl.col(start), pl.col(end) - pl.col(start)).cast(pl.String)


def tokens_of(windows: pl.DataFrame) -> tuple[Columns, pl.Series]:
    """Words of the vocabulary in each window, in order, and the numbers in digits among them as they stand in the text.

    A token has `win`, `sentence`, `start`, `end`, `ref` (the word), `role`, `letter`, `definite` ("the" stands before it).
    """
    known = vocabulary()
    marked = _marked(windows)
    data, offsets = bytes_of(marked)
    at = np.flatnonzero(data == ord(MARK))
    behind = at + 1 + CODE
    win = np.searchsorted(offsets, at, side="right") - 1
    ref = np.zeros(at.size, np.int32)
    for place in range(1, CODE + 1):
        ref = ref * 10 + (data[at + place] - ord("0"))
    piece_end = np.minimum(np.append(at, data.size)[1:], offsets[win + 1])
    # each mark before a token stands for a word of another length
    moved = np.append(0, np.cumsum(known.width[ref] - (1 + CODE)))
    first = changes(win)
    lead = (~windows["cut_start"].to_numpy()).astype(np.int64)
    origin = (offsets[:-1] + lead)[win] + np.repeat(moved[first], np.diff(np.append(first, at.size)))
    end = behind + moved[1:] - origin
    cut = (piece_end == behind) & windows["cut_end"].to_numpy()[win] & (win != np.append(win, -1)[1:])
    longer = known.strict[ref] & _goes_on(data, behind, piece_end)
    kept = np.flatnonzero(~longer & ~cut & (known.role[ref] != ROLES["filler"]))
    stop = known.role[ref[kept]] == ROLES["stop"]
    opens = stop.copy()
    opens[changes(win[kept])] = True
    sentence = np.cumsum(opens)[~stop]
    kept = kept[~stop]
    win, ref = win[kept], ref[kept]
    x = {
        "win": win.astype(np.int32),
        "sentence": sentence.astype(np.int32),
        "start": (end[kept] - known.width[ref] + known.lead[ref]).astype(np.int32),
        "end": end[kept].astype(np.int32),
        "ref": ref.astype(np.int32),
        "role": known.role[ref],
        "letter": known.letter[ref],
        "definite": _after_the(data, at[kept], offsets[win]),
    }
    digits = np.flatnonzero(x["role"] == ROLES["digits"])
    texts = pl.DataFrame(
        {
            "first": known.words["digit"].gather(ref[digits]),
            "text": marked.gather(win[digits]).cast(pl.Binary),
            "start": behind[kept[digits]] - offsets[win[digits]],
            "size": _to_blank(data, behind[kept[digits]], piece_end[kept[digits]]),
        }
    )
    tail = pl.col("text").bin.slice("start", "size").cast(pl.String)
    return x, texts.select(pl.concat_str("first", tail)).to_series()


def _marked(windows: pl.DataFrame) -> pl.Series:
    """The windows with a numbered mark in the place of every word of the vocabulary."""
    window = windows["window"]
    lower = window.str.to_lowercase()
    # a few letters change their length in lower case ("İ"), and with it every offset
    text = lower.zip_with(lower.str.len_bytes() == window.str.len_bytes(), window)
    spread = {old: new + COPY + (" " if old != PARAGRAPH else "") for old, new in (STOPS | COMMAS).items()}
    lead = pl.when("cut_start").then(pl.lit("")).otherwise(pl.lit(" "))
    marked = (
        (lead + text)
        .str.replace_many(list(spread), list(spread.values()), leftmost=True)
        .str.replace_many(vocabulary().patterns, vocabulary().replacements, leftmost=True)
    )
    return windows.select(marked.alias("marked")).to_series()


def _goes_on(data: Bytes, behind: Ints, ends: Ints) -> Bools:
    """Whether a longer word stands there, or a noun that only owns the next one ("the mayor's brother")."""
    size = ends - behind
    padded = np.append(data, np.zeros(3, np.uint8))
    here = padded[behind]
    found = (size > 0) & _IN_WORD[here]
    owner = (size > 2) & (here == _BLANK) & (padded[behind + 1] == ord("s")) & (padded[behind + 2] == _BLANK)
    far = np.flatnonzero((size > 0) & (here >= 0x80))
    four = padded[behind[far][:, None] + np.arange(4)].astype(np.uint32) << np.array(
        [24, 16, 8, 0], np.uint32
    )
    distinct, of = np.unique(four.sum(axis=1, dtype=np.uint32), return_inverse=True)
    found[far] = np.array([_begins_word(int(code)) for code in distinct], np.bool_)[of]
    return np.asarray(found | owner)


def _begins_word(code: int) -> bool:
    """Whether the first character of these four bytes is a letter or a digit."""
    return code.to_bytes(4, "big").decode(errors="ignore")[:1].isalnum()


def _after_the(data: Bytes, at: Ints, opens: Ints) -> Bools:
    """Whether " the" stands right before these places of texts that open at `opens`."""
    found = at - opens >= len(_THE)
    for back, letter in enumerate(reversed(_THE), start=1):
        found &= data[at - back] == letter
    return np.asarray(found)


def _to_blank(data: Bytes, starts: Ints, ends: Ints) -> Ints:
    """Bytes up to the next blank where it is near, else to the end: a number has none."""
    size = ends - starts
    last = max(data.size - 1, 0)
    for step in reversed(range(8)):
        size = np.where(data[np.minimum(starts + step, last)] == _BLANK, np.minimum(size, step), size)
    return size

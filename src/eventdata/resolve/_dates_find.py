"""Finds date expressions in windows around the date words that the scan has marked.

Nothing but the windows is read again. Words next to each other share a window; a window is cut at characters, and its line
breaks, quotes and brackets are blanked byte for byte, so that offsets stay offsets into the caller's text.
"""

import polars as pl

from eventdata.resolve._dates_grammar import date_pattern

BEFORE, AFTER = 40, 36
"""Bytes of a window before its first and after its last mark: the longest expressions reach 30 bytes from a date word."""
_START, _END = "\x1e", "\x1d"
_BLOCK = "\x1f"  # a paragraph ends here: no expression goes on
_BLANKED = {
    "\n\n": _BLOCK * 2,
    "\r\n\r\n": _BLOCK * 4,
    "\n \n": _BLOCK * 3,
    "\x02": _BLOCK,
    "\u2029": _BLOCK * 3,
} | {c: " " * len(c.encode()) for c in '\n\r\t\x0b\x0c\x01\x03\x1d\x1e\u00a0\u2009\u202f\u200b“”„«»"()[]'}

_c = pl.col


def cut_characters(frame: pl.DataFrame, start: str, end: str, into: str) -> pl.DataFrame:
    """Add the bytes of `text` from `start` to `end` as text `into`, each edge moved outwards to a character's edge.

    Changes the columns `start` and `end` to where the cut is.
    """
    body = _c("text").cast(pl.Binary)
    for name, step in ((start, -1), (end, 1)):
        byte = body.bin.slice(_c(name), 1)
        inside = (byte >= pl.lit(b"\x80")) & (byte < pl.lit(b"\xc0"))
        for _ in range(3):  # a character has at most four bytes
            broken = frame.select(inside.fill_null(False).alias("broken")).to_series()
            if not broken.any():
                break
            frame = frame.with_columns((_c(name) + step * broken.cast(pl.Int64)).alias(name))
    length = (_c(end) - _c(start)).clip(lower_bound=0)
    return frame.with_columns(body.bin.slice(_c(start), length).cast(pl.String).alias(into))


def windows(marks: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """One row per window: `row`, `begin` (byte offset in the text), `window` (text)."""
    same = _c("row") == _c("row").shift()
    gap = _c("start") - _c("end").shift()
    grouped = (
        marks.select("row", _c("start").cast(pl.Int64), _c("end").cast(pl.Int64))
        .with_columns(group=(~same | (gap > BEFORE + AFTER)).fill_null(True).cum_sum())
        .group_by("group", maintain_order=True)
        .agg(
            _c("row").first(),
            begin=(_c("start").first() - BEFORE).clip(lower_bound=0),
            stop=_c("end").last() + AFTER,
        )
    )
    texts = reports.select("row", text=_c("text") if "text" in reports.columns else _c("clean"))
    with_text = grouped.join(texts, on="row", how="left", maintain_order="left", validate="m:1")
    found = cut_characters(with_text, "begin", "stop", "window")
    blank = _c("window").str.replace_many(list(_BLANKED), list(_BLANKED.values()), leftmost=True)
    return found.select("row", "begin", window=blank).filter(_c("window").is_not_null())


def find_expressions(marks: pl.DataFrame, reports: pl.DataFrame, pattern: str = "") -> pl.DataFrame:
    """Expressions in order: `row`, `sent`, `para`, `start`, `end`, `text`, and the text up to the neighbours or window edges.

    Every expression holds at least one mark; `sent` and `para` are those of its first.
    """
    # one pass marks where each expression starts and ends; the pieces between the marks give text and offsets
    tagged = _c("window").str.replace_all(pattern or date_pattern(), f"{_START}${{0}}{_END}")
    found = (
        windows(marks, reports)
        .with_row_index("window_id")
        .with_columns(piece=tagged.str.split(_START))
        .filter(_c("piece").list.len() > 1)
        .select("window_id", "row", "begin", "piece")
        .explode("piece")
        .with_columns(_c("piece").str.split_exact(_END, 1).struct.rename_fields(["text", "after"]))
        .unnest("piece")
        .with_columns(gap=pl.coalesce("after", "text"))
    )
    same = _c("window_id") == _c("window_id").shift()
    found = found.with_columns(left=_c("gap").shift(), right="after").filter(same & _c("after").is_not_null())
    length = _c("text").str.len_bytes().cast(pl.Int64)
    lead = _c("left").str.len_bytes().cast(pl.Int64)
    end = _c("begin") + (lead + length).cum_sum().over("window_id")
    found = found.with_columns(end=end).with_columns(start=_c("end") - length)
    return _with_sentences(found, marks).select(
        "row", "sent", "para", "start", "end", "text", "left", "right", "window_id", "marked"
    )


def _with_sentences(found: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """Sentence and paragraph of the first mark that ends after the expression starts."""
    if found.is_empty() or marks.is_empty():
        return found.with_columns(
            sent=pl.lit(None, pl.UInt32), para=pl.lit(None, pl.UInt32), marked=pl.lit(None, pl.Boolean)
        )
    place = _c("row").cast(pl.Int64) * (1 << 32)
    ends = marks.select(place + _c("end").cast(pl.Int64)).to_series()
    at = ends.search_sorted(found.select(place + _c("start")).to_series(), side="right").clip(
        0, len(ends) - 1
    )
    para = "para" if "para" in marks.columns else "sent"
    near = marks.select("row", "start", "end", "sent", para).select(pl.all().gather(at))
    return found.with_columns(
        sent=near["sent"],
        para=near[para],
        marked=(near["row"] == found["row"])
        & (near["start"] < found["end"])
        & (near["end"] > found["start"]),
    )


_NUMERIC = (
    r"\b(?:[0-9]{1,2}[-./][0-9]{1,2}[-./](?:[0-9]{4}|[0-9]{2})|[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}|"
    r"[0-9]{1,2}:[0-9]{2})\b"
)


def with_numbers(marks: pl.DataFrame, texts: pl.Series) -> pl.DataFrame:
    """Add marks for dates and hours of digits only, which no word of the scan stands for."""
    found = (
        pl.DataFrame({"text": texts})
        .with_row_index("row")
        .filter(_c("text").str.contains(_NUMERIC))
        .with_columns(
            said=_c("text").str.extract_all(_NUMERIC),
            gap=_c("text").str.replace_all(_NUMERIC, "\x1e").str.split("\x1e"),
        )
        .filter(_c("gap").list.len() == _c("said").list.len() + 1)
        .select("row", said="said", gap=_c("gap").list.head(_c("said").list.len()))
        .explode("said", "gap")
    )
    if found.is_empty():
        return marks
    length = _c("said").str.len_bytes()
    end = (_c("gap").str.len_bytes() + length).cum_sum().over("row")
    numbers = found.select("row", start=(end - length).cast(pl.UInt32), end=end.cast(pl.UInt32), number=True)
    both = pl.concat([marks, numbers], how="diagonal").sort("row", "start", "end", maintain_order=True)
    inside = _c("number").fill_null(False) & (
        (_c("start") < _c("end").shift().over("row")) | (_c("end") > _c("start").shift(-1).over("row"))
    ).fill_null(False)
    both = both.filter(~inside)
    # a number is of the sentence of the date word before it, else after it; a text without date words is one sentence
    fresh = pl.max_horizontal(_c("sent").max(), _c("para").max()).fill_null(0) + _c("row") + 1
    return both.with_columns(
        pl.coalesce(
            _c(name).forward_fill().over("row"), _c(name).backward_fill().over("row"), fresh.cast(pl.UInt32)
        ).alias(name)
        for name in ("sent", "para")
    ).drop("number")

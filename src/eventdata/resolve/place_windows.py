"""Reads the words around a place name: the preposition before it, the type word behind it, what joins it to the next.

Everything works on short byte windows around marks, never on the whole text.
"""

from functools import cache

import polars as pl

from eventdata.resolve.place_tables import words

_BEFORE = 56
_AFTER = 44
_GAP = 48


class Texts:
    """The texts of a batch, ready to be cut by bytes at marks."""

    def __init__(self, reports: pl.DataFrame) -> None:
        numbers = reports["row"]
        self.numbers = numbers
        self.raw = reports["text"].cast(pl.Binary)
        self.plain = (reports["text"].str.len_bytes() == reports["text"].str.len_chars()).fill_null(True)
        self.dense = numbers.len() == 0 or bool(
            (numbers == pl.int_range(numbers.len(), eager=True, dtype=numbers.dtype)).all()
        )

    def _positions(self, rows: pl.Series) -> pl.Series:
        if self.dense:
            return rows
        table = self.numbers.alias("row").to_frame().with_row_index("at")
        asked = rows.cast(table["row"].dtype).alias("row").to_frame()
        return asked.join(table, on="row", how="left", validate="m:1", maintain_order="left")["at"]

    def cut(self, rows: pl.Series, start: pl.Series, end: pl.Series) -> pl.Series:
        """Bytes `start` to `end` of the texts of `rows`; a character that an edge would split is left out."""
        at = self._positions(rows)
        frame = pl.DataFrame(
            {"t": self.raw.gather(at), "s": start.cast(pl.Int64), "e": end.cast(pl.Int64), "p": self.plain.gather(at)}
        )
        if not frame["p"].all():
            wide = (~frame["p"]).arg_true()
            moved = frame[wide].select(s=_to_character("s", 1), e=_to_character("e", -1))
            frame = frame.with_columns(frame["s"].scatter(wide, moved["s"]), frame["e"].scatter(wide, moved["e"]))
        length = pl.max_horizontal(pl.col("e") - pl.col("s"), 0)
        return frame.select(pl.col("t").bin.slice("s", length).cast(pl.String)).to_series()


def _to_character(position: str, step: int) -> pl.Expr:
    """The position moved by steps until a character starts there: UTF-8 characters have at most 4 bytes."""
    at = pl.col(position)
    for _ in range(3):
        byte = pl.col("t").bin.slice(at, 1)
        inside = (byte >= b"\x80") & (byte < b"\xc0") & (byte != b"")
        at = pl.when(inside).then(at + step).otherwise(at)
    return at


@cache
def _directions() -> str:
    """A pattern for the words that may stand between a preposition and a name."""
    listed = sorted(words("direction")["word"].to_list(), key=len, reverse=True)
    return r"(?:(?:^|[ \n])(?:" + "|".join(listed).replace("-", r"\-") + r"))+$"


def _classes(role: str, one: pl.Expr, two: pl.Expr, three: pl.Expr | None = None) -> pl.Expr:
    """Value of the longest known phrase of a role among three, two and one words."""
    table = words(role)
    old, new = table["word"].to_list(), table["value"].to_list()
    tries = [three, two, one] if three is not None else [two, one]
    return pl.coalesce(t.replace_strict(old, new, default=None, return_dtype=pl.String) for t in tries)


def read_before(windows: pl.Series) -> pl.DataFrame:
    """What stands before each name.

    Returns `relation` (in, town, unit, near, origin, to, office; null without a known word), `direction` (Boolean: a word
    like "northern" is between), `bracket` (the name opens a bracket), `capital` (a capitalised word directly before it),
    `speech` (a word of speaking is near).
    """
    frame = windows.fill_null("").to_frame("w")
    frame = frame.with_columns(
        bracket=pl.col("w").str.contains(r"[(\[]\s*$"),
        w=pl.col("w").str.strip_chars_end(" \n\r\t\"'“‘([*"),
    )
    frame = frame.with_columns(
        core=pl.col("w").str.replace(r"(?i)" + _directions(), ""),
        capital=pl.col("w").str.extract(r"(?:^|[^.!?:;,\s(][ \n]|\s)([A-Z][\w'’\-]*\.?)$"),
    )
    groups = pl.col("core").str.to_lowercase().str.extract_groups(
        r"(?:(?:([a-z.]+(?:-[a-z]+)*)[ \n])?([a-z.]+(?:-[a-z]+)*)[ \n])?([a-z.]+(?:-[a-z]+)*)$"
    )
    frame = frame.with_columns(groups.struct.rename_fields(["a", "b", "c"]).alias("g")).unnest("g")
    blank = pl.lit(" ")
    two = pl.concat_str("b", blank, "c")
    three = pl.concat_str("a", blank, "b", blank, "c")
    return frame.select(
        relation=_classes("before", pl.col("c"), two, three),
        direction=pl.col("core").str.len_bytes() < pl.col("w").str.len_bytes(),
        bracket="bracket",
        capital="capital",
        speech=pl.col("w").str.contains(_speech()),
    )


@cache
def _speech() -> str:
    return r"\b(?:" + "|".join(words("speech")["word"].to_list()) + r")\b"


def read_after(windows: pl.Series) -> pl.DataFrame:
    """What stands behind each name.

    Returns `type` (unit1, unit2, town, around, feature, name, talks; null without a known word), `plural` (Boolean:
    "provinces"), `next_capital` (a capitalised word follows directly), `verb` (a verb of saying or doing follows),
    `possessive`.
    """
    frame = windows.fill_null("").to_frame("w").select(
        pl.col("w")
        .str.extract_groups(r"^([\"”’']?['’]s)?([ \-–—]*)([A-Za-z][A-Za-z\-]*)?(?: ([A-Za-z][A-Za-z\-]*))?(?: ([A-Za-z]+))?")
        .struct.rename_fields(["own", "gap", "a", "b", "c"])
        .alias("g")
    ).unnest("g")  # fmt: skip
    near = pl.col("gap") != ""
    blank = pl.lit(" ")
    one = pl.when(near).then(pl.col("a").str.to_lowercase())
    two = pl.when(near).then(pl.concat_str("a", blank, "b").str.to_lowercase())
    three = pl.when(near).then(pl.concat_str("a", blank, "b", blank, "c").str.to_lowercase())
    kind = _classes("after", one, two, three)
    upper = pl.col("a").str.contains("^[A-Z]").fill_null(False)
    verbs = words("verb")["word"].to_list()
    return frame.select(
        type=pl.when((kind != "name") | upper).then(kind),
        plural=one.str.contains("(?:s|ies)$").fill_null(False) & kind.is_in(["unit1", "unit2", "town"]),
        next_capital=pl.when((pl.col("gap") == " ") & pl.col("own").is_null() & upper).then("a"),
        verb=one.is_in(verbs).fill_null(False),
        possessive=pl.col("own").is_not_null(),
    )


# "Saraqib in southern Idlib", "Nawa town (Daraa province", "Foo, in the Bar region": what may stand between a place and
# the one that contains it. The words are checked no further: the places themselves must fit.
_CONTAINS = r"^(?: [a-z\-]+){0,3},?(?: ?\(| ?,| in| of| at|, in| –| -)(?: the)?(?: [a-z'\-]+){0,3} ?$"
_OWNS = r"^(?: (?:province|governorate|state|region|district|oblast|county))?['’]s(?: [a-z\-]+){0,3} $"
_JOINS = r"^(?: [a-z]+){0,2}(?:,|;|,? and|,? or|,? as well as|/| -|-| &)(?: in| near| at)?(?: the)?(?: [a-z\-]+){0,2} ?$"


def read_gaps(gaps: pl.Series) -> pl.DataFrame:
    """How a name hangs together with the next one: `contains`, `owns` (the first contains the second), `joins`."""
    return gaps.to_frame("g").select(
        contains=pl.col("g").str.contains(_CONTAINS).fill_null(False),
        owns=pl.col("g").str.contains(_OWNS).fill_null(False),
        joins=pl.col("g").str.contains(_JOINS).fill_null(False),
    )


def sides(marks: pl.DataFrame, texts: Texts) -> pl.DataFrame:
    """`marks` (row, start, end) with the readings of what stands on both sides; order is kept."""
    start, end = marks["start"].cast(pl.Int64), marks["end"].cast(pl.Int64)
    before = read_before(texts.cut(marks["row"], (start - _BEFORE).clip(0), start))
    after = read_after(texts.cut(marks["row"], end, end + _AFTER))
    return marks.hstack(before).hstack(after)


def between(marks: pl.DataFrame, texts: Texts) -> pl.DataFrame:
    """`marks`, sorted by row and start, with the reading of what stands between each and the next."""
    following = marks.select(
        same=pl.col("row") == pl.col("row").shift(-1),
        next=pl.col("start").shift(-1).cast(pl.Int64),
        end=pl.col("end").cast(pl.Int64),
    )
    near = pl.col("same") & (pl.col("next") - pl.col("end")).is_between(0, _GAP)
    at = following.select(near.fill_null(False)).to_series().arg_true()
    close = following[at]
    read = read_gaps(texts.cut(marks["row"].gather(at), close["end"], close["next"]))
    no = pl.repeat(False, marks.height, dtype=pl.Boolean, eager=True)
    return marks.with_columns(no.scatter(at, read[name]).alias(name) for name in read.columns)

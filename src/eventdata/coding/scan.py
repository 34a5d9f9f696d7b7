"""Finds every phrase of the lexicon in one pass over the text.

One Aho-Corasick pass replaces each phrase by a numbered mark; splitting on the marks and adding up the lengths of the
pieces gives exact byte offsets and phrase numbers together, which is cheaper than finding and extracting separately.
A leading blank on every phrase gives the left word boundary; the right one is checked on the next character.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from eventdata.coding.clean import MARK, PARAGRAPH, clean, clean_phrase

_WIDTH = 6  # digits of a mark: up to a million phrases
STOPS = (".", "!", "?", PARAGRAPH)
# A stop after one of these is part of the word. Initials ("J. Smith") belong here too.
ABBREVIATIONS = (
    "Mr. Mrs. Ms. Dr. Gen. Lt. Col. Sgt. Maj. Capt. Brig. Adm. Cmdr. Gov. Sen. Rep. Pres. Prof. Rev. Hon. St. Mt. Ft. "
    "No. Nos. U.S. U.K. U.N. E.U. D.C. U.A.E. U.S.S.R. a.m. p.m. e.g. i.e. etc. vs. al. approx. est. "
    "Jan. Feb. Mar. Apr. Jun. Jul. Aug. Sep. Sept. Oct. Nov. Dec. Mon. Tue. Wed. Thu. Fri. Sat. Sun. "
    "Inc. Ltd. Co. Corp. Bros. Jr. Sr. Ave. Rd. Blvd. Dept. Univ. fig. pp. ca. cf. km. "
).split() + [f"{letter}." for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]


@dataclass(frozen=True)
class Patterns:
    """The phrases of a scan, ready for the automaton: the longest first, since the first listed match wins.

    `refs[i]` is the caller's number of pattern `i`; stops and abbreviations have none.
    """

    patterns: list[str]
    marks: list[str]
    table: pl.DataFrame  # pattern number -> ref, bytes, lead (1: starts with a blank), kind (0 phrase, 1 stop, 2 abbr.)


def compile_patterns(phrases: Sequence[str] | pl.Series) -> Patterns:
    """Patterns for phrases as they stand in cleaned text; `ref` is the position in `phrases`.

    Of two equal phrases the first counts. A phrase that starts with a hyphen ("-backed") or is a comma, semicolon or colon
    is matched where it touches the word before.
    """
    text = pl.Series("phrase", phrases, dtype=pl.String)
    table = pl.DataFrame({"phrase": text}).with_row_index("ref").with_columns(clean_phrase(pl.col("phrase")))
    table = table.filter(pl.col("phrase") != "").with_columns(
        pattern=pl.when(pl.col("phrase").str.contains(r"^[-,;:]"))
        .then("phrase")
        .otherwise(pl.concat_str(pl.lit(" "), pl.col("phrase"))),
        kind=pl.lit(0, dtype=pl.UInt8),
    )
    frames = [
        table.select(pl.col("ref").cast(pl.UInt32), "pattern", "kind"),
        pl.DataFrame({"pattern": [" " + word for word in ABBREVIATIONS]}).with_columns(kind=pl.lit(2, dtype=pl.UInt8)),
        pl.DataFrame({"pattern": list(STOPS)}).with_columns(kind=pl.lit(1, dtype=pl.UInt8)),
    ]
    table = (
        pl.concat(frames, how="diagonal_relaxed")
        .unique("pattern", keep="first", maintain_order=True)
        .with_columns(
            bytes=pl.col("pattern").str.len_bytes().cast(pl.Int64),
            lead=pl.col("pattern").str.starts_with(" ").cast(pl.Int64),
        )
        .sort("bytes", descending=True, maintain_order=True)
    )
    marks = [f"{MARK}{number:0{_WIDTH}d}" for number in range(table.height)]
    return Patterns(table["pattern"].to_list(), marks, table.select("ref", "bytes", "lead", "kind"))


def scan(reports: pl.DataFrame, compiled: Patterns) -> pl.DataFrame:
    """Marks of all phrases in `reports` (`row`, `clean`), sorted by row and start.

    Returns `row`, `sent` (sentence number, unique in the batch), `sent_start` (first byte of the sentence), `para` (paragraph
    number, unique in the batch), `start`, `end` (bytes of the text, end exclusive) and `ref`, all UInt32. A null text has
    no marks.
    """
    texts = pl.concat_str(pl.lit(" "), pl.col("clean")).str.replace_many(
        compiled.patterns, compiled.marks, leftmost=True
    )
    x = reports.select("row", texts.str.split(MARK).alias("piece")).filter(pl.col("piece").is_not_null())
    x = x.explode("piece")
    head = pl.col("row").ne_missing(pl.col("row").shift())
    x = x.with_columns(head=head)
    is_head = pl.col("head")
    x = x.select(
        "row",
        "head",
        number=pl.when(~is_head).then(pl.col("piece").str.slice(0, _WIDTH)).cast(pl.UInt32),
        next=pl.when(~is_head).then(pl.col("piece").str.slice(_WIDTH, 1)),
        gap=pl.col("piece").str.len_bytes().cast(pl.Int64) - pl.when(is_head).then(0).otherwise(_WIDTH),
    )
    x = x.with_columns(compiled.table.select(pl.all().gather(x["number"])))
    x = x.with_columns(reach=(pl.col("gap") + pl.col("bytes").fill_null(0)).cum_sum() - pl.col("gap"))
    base = pl.when("head").then("reach").forward_fill()
    word = pl.col("next").str.contains(r"^[\p{L}\p{N}]").fill_null(False)
    # the next match starts right here, with its own blank; or the text ends
    open_end = pl.col("next") == ""
    stop = (pl.col("kind") == 1) & ((pl.col("next") == " ") | open_end)
    paragraph = stop & (pl.col("number") == compiled.patterns.index(PARAGRAPH))
    x = x.with_columns(
        sent=(is_head | stop.fill_null(False)).cast(pl.UInt32).cum_sum(),
        para=(is_head | paragraph.fill_null(False)).cast(pl.UInt32).cum_sum(),
        end=pl.col("reach") - base,
    )
    begins = pl.when(is_head).then(0).when(stop.fill_null(False)).then(pl.col("end") - 1)
    x = x.with_columns(sent_start=begins.forward_fill())
    x = x.filter((pl.col("kind") == 0) & ~word)
    end = pl.col("end") - 1  # without the blank put before the text
    return x.select(
        "row",
        "sent",
        pl.col("sent_start").cast(pl.UInt32),
        "para",
        start=(end - pl.col("bytes") + pl.col("lead")).cast(pl.UInt32),
        end=end.cast(pl.UInt32),
        ref="ref",
    )


def find_phrases(texts: pl.Series, phrases: Sequence[str]) -> pl.DataFrame:
    """Every whole-word occurrence of `phrases` in `texts`, the longest first, none overlapping.

    Returns `row` (index into `texts`), `sent`, `sent_start`, `para`, `start`, `end` (UTF-8 byte offsets, end exclusive) and `ref` (index
    into `phrases`), sorted by row and start.

    >>> find_phrases(pl.Series(["The Syrian army left."]), ["army", "Syrian army"]).row(0, named=True)
    {'row': 0, 'sent': 1, 'sent_start': 0, 'para': 1, 'start': 4, 'end': 15, 'ref': 1}
    """
    reports = pl.DataFrame({"clean": texts.cast(pl.String)}).with_row_index("row").with_columns(clean(pl.col("clean")))
    return scan(reports, compile_patterns(phrases))

"""How many: the numbers of killed, injured, displaced, arrested and abducted people, and the sizes of crowds.

Counts are looked for only around words of outcomes ("killed", "fled", "protesters").

    find     windows around marked outcome words -> tokens                              (_counts_find, _counts_words)
    number   tokens -> numbers with their nouns                                         (_counts_numbers)
    assign   a sentence as letters ("Two soldiers and a civilian were killed": N&SaK)
             -> which number counts what                                                (_counts_rules)
    value    bounds, scope, words, repeats                                              (_counts_values)
    sum      counts of clauses, of texts, and by ACLED's conventions                    (_counts_events)
"""

from collections.abc import Sequence
from typing import Literal

import polars as pl

from eventdata.coding.clean import clean
from eventdata.coding.scan import find_phrases
from eventdata.errors import BadCallError
from eventdata.resolve._counts_events import acled_counts, event_counts, report_counts
from eventdata.resolve._counts_find import tokens_of, windows_of
from eventdata.resolve._counts_numbers import phrases_of
from eventdata.resolve._counts_rules import assign, label_tokens
from eventdata.resolve._counts_values import COUNT_SCHEMA, bounds_of, expand, mark_repeats, with_words
from eventdata.resolve._counts_words import KINDS, lexicon_phrases, marked_words

__all__ = [
    "COUNT_SCHEMA",
    "KINDS",
    "acled_counts",
    "count_expressions",
    "event_counts",
    "lexicon_phrases",
    "report_counts",
    "resolve_counts",
]


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
    windows = windows_of(marks, reports)
    if windows.is_empty():
        return COUNT_SCHEMA.to_frame()
    tokens, numbers = phrases_of(*tokens_of(windows))
    x = assign(tokens, numbers, label_tokens(tokens))
    if x.is_empty():
        return COUNT_SCHEMA.to_frame()
    places = windows.select(pl.col("row", "sent", "lo", "first", "last").gather(x["win"]))
    x = expand(bounds_of(x).with_columns(places))
    # the neighbours' outcomes are counted in their own window
    x = x.filter((pl.col("anchor") + pl.col("lo")).is_between("first", "last", closed="left"))
    x = with_words(x.with_columns(pl.col("start", "end") + pl.col("lo")), reports)
    x = mark_repeats(x.sort("row", "start", "kind"))
    return x.select(pl.col(name).cast(dtype) for name, dtype in COUNT_SCHEMA.items())


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
    phrases = marked_words()["phrase"]
    variants = pl.concat(
        [
            phrases,
            phrases.str.slice(0, 1).str.to_uppercase() + phrases.str.slice(1),
            phrases.str.to_uppercase(),
        ]
    )
    found = find_phrases(texts, variants.to_list())
    return found.with_columns(count=pl.col("ref") % phrases.len())

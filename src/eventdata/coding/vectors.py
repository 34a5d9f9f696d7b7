"""A second opinion on the ACLED sub-event of a text from static word vectors.

Every word piece has one number per class: the vector of a small sentence model for the piece alone, seen through a linear
classifier that was fitted to the contrast sentences (`benchmarks/make_vectors.py`). A text is the weighted sum of its pieces,
so no model runs: words are looked up, rows added. Word order counts for nothing here, which is why this only sways what the
evidence leaves open.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.seeds import load_seed, seed_file

NONE = "none"
LENGTH_POWER = 0.75  # between a sum (0) and a mean (1): long texts speak a little louder
_WORD = r"[\p{L}\p{N}\p{M}]+"
_LONGEST_PIECE = 18  # characters; no piece of the vocabulary is longer
_INSIDE = "##"  # marks a piece that continues a word

WEIGHT = 1.0  # in points of evidence; one point is worth 0.45 of log-odds
CLOSE = 6.0  # points of evidence; a wider lead is not questioned

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Vectors:
    """`pieces` (`piece`, `number`), one row of `matrix` per piece, last column its weight; `column_of` label -> class."""

    pieces: pl.DataFrame
    matrix: Floats
    intercept: Floats
    column_of: npt.NDArray[np.int64]


@cache
def load_vectors() -> Vectors:
    """The table that comes with the package, read once per process when first asked for."""
    classes = load_seed("vectors/classes", "sub_event_type")
    table = pl.read_parquet(seed_file("vectors/pieces.parquet"))
    names = classes["sub_event_type"].to_list()
    scale = classes["scale"].cast(pl.Float32).to_numpy()
    numbers = table.select(names).to_numpy().astype(np.float32) * scale
    labels = load_seed("coding/evidence_classes", "sub_event_type")["sub_event_type"].to_list()
    return Vectors(
        table.select("piece", number=pl.int_range(pl.len(), dtype=pl.UInt32)),
        np.c_[numbers, table["weight"].to_numpy()].astype(np.float32),
        classes["intercept"].cast(pl.Float32).to_numpy(),
        np.array([names.index(NONE if label.startswith(NONE) else label) for label in labels]),
    )


def second_opinion(texts: pl.Series) -> Floats:
    """Log-chances of the classes of evidence by the words of each text: (texts, labels), each row centred on 0.

    Columns stand in the order of `seeds/coding/evidence_classes.csv`; all classes against an event share the number of
    "none". A text without a known word, and a null, give a row of zeros: no opinion.
    """
    vectors = load_vectors()
    classes = len(vectors.intercept)
    tokens, words = find_words(texts)
    sums = add_rows(
        tokens["word"].to_numpy(), tokens["row"].to_numpy(), len(texts), _word_vectors(words, vectors)
    )
    weight = sums[:, classes]
    known = weight > 0
    logits = (
        sums[:, :classes] / np.where(known, weight, 1)[:, None] ** np.float32(LENGTH_POWER)
        + vectors.intercept
    )
    logits -= logits.max(axis=1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    logits -= logits.mean(axis=1, keepdims=True)
    logits[~known] = 0
    return logits[:, vectors.column_of].astype(np.float32)


def opinions(
    sentences: pl.DataFrame, asked: npt.NDArray[np.int64], reports: pl.DataFrame
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """The second opinion on the `asked` rows of `sentences`: one row per distinct text, and which text each asked row has.

    `sentences` has `row`, `sent_start`, `short` (its whole report is one passage), in the order of the text.
    """
    following = pl.when(pl.col("row") == pl.col("row").shift(-1)).then(pl.col("sent_start").shift(-1))
    spans = sentences.select(
        "row",
        start=pl.when("short").then(0).otherwise("sent_start").cast(pl.Int64),
        end=pl.when("short").then(None).otherwise(following).cast(pl.Int64),
    )[asked]
    starts = (spans["row"] != spans["row"].shift()) | (spans["start"] != spans["start"].shift())
    distinct = spans.filter(starts.fill_null(value=True)).join(
        reports.select("row", "clean"), on="row", how="left", maintain_order="left"
    )
    # a null length takes what is left of the text
    part = pl.col("clean").cast(pl.Binary).bin.slice("start", pl.col("end") - pl.col("start"))
    texts = distinct.select(part.cast(pl.String, strict=False))["clean"]
    return second_opinion(texts), starts.fill_null(value=True).cum_sum().to_numpy().astype(np.int64) - 1


def find_words(texts: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """Words of the texts in order (`row`, `word`, a number), and the distinct words in lower case that the numbers mean."""
    # few of the stretches between blanks are distinct, so that only these are searched for words
    frame = pl.DataFrame({"text": texts.cast(pl.String)}).with_row_index("row")
    spoken = frame.select("row", stretch=pl.col("text").str.to_lowercase().str.split(" ")).explode("stretch")
    spelling = pl.col("stretch").str.extract_all(_WORD)
    held = spoken.select(pl.col("stretch").unique(maintain_order=True)).with_columns(spelling=spelling)
    held = held.explode("spelling").drop_nulls("spelling")
    distinct = held["spelling"].unique(maintain_order=True)
    numbers = pl.DataFrame({"spelling": distinct}).with_row_index("word")
    held = held.join(numbers, on="spelling", how="left", maintain_order="left").select("stretch", "word")
    return spoken.join(held, on="stretch", how="inner", maintain_order="left_right").select(
        "row", "word"
    ), distinct


def split_words(words: pl.Series, pieces: pl.DataFrame) -> pl.DataFrame:
    """Pieces of each word, longest match first: `word` (position in `words`), `number` (of the piece), sorted by `word`.

    Accents are dropped before; what is no Latin letter or digit has no piece.
    """
    plain = pl.col("rest").str.normalize("NFD").str.replace_all(r"[^a-z0-9]", "")
    rest = (
        pl.DataFrame({"rest": words})
        .with_row_index("word")
        .select("word", plain)
        .filter(pl.col("rest") != "")
    )
    whole = rest.join(pieces, left_on="rest", right_on="piece", how="left")
    found = [whole.filter(pl.col("number").is_not_null()).select("word", "number")]
    rest, prefix = whole.filter(pl.col("number").is_null()).select("word", "rest"), ""
    while not rest.is_empty():
        longest = pl.min_horizontal(pl.col("rest").str.len_chars(), pl.lit(_LONGEST_PIECE, dtype=pl.UInt32))
        tries = rest.with_columns(length=pl.int_ranges(1, longest + 1)).explode("length")
        tries = tries.with_columns(piece=pl.concat_str(pl.lit(prefix), pl.col("rest").str.slice(0, "length")))
        met = tries.join(pieces, on="piece", how="inner").sort("word", "length").unique("word", keep="last")
        found.append(met.select("word", "number"))
        rest = met.select("word", pl.col("rest").str.slice("length")).filter(pl.col("rest") != "")
        prefix = _INSIDE
    return pl.concat(found).sort("word")


def _word_vectors(words: pl.Series, vectors: Vectors) -> Floats:
    """One row per word: the sum of its pieces."""
    split = split_words(words, vectors.pieces)
    return add_rows(split["number"].to_numpy(), split["word"].to_numpy(), len(words), vectors.matrix)


def add_rows(
    members: npt.NDArray[Any], groups: npt.NDArray[Any], count: int, matrix: Floats
) -> npt.NDArray[np.float32]:
    """(count, columns): for each group the sum of the rows of `matrix` that its members number; `groups` is sorted."""
    sums = np.zeros((count, matrix.shape[1]), dtype=np.float32)
    first = np.flatnonzero(np.append(True, groups[1:] != groups[:-1])[: len(groups)])
    lengths = np.diff(np.append(first, len(groups)))
    longest = np.argsort(-lengths, kind="stable")
    first, lengths = first[longest], lengths[longest]
    added = np.zeros((len(first), matrix.shape[1]), dtype=np.float32)
    for step in range(
        int(lengths.max(initial=0))
    ):  # the first member of all groups, then the second of those with two ...
        live = np.searchsorted(-lengths, -step)
        added[:live] += matrix.take(members[first[:live] + step], axis=0)
    sums[groups[first]] = added
    return sums

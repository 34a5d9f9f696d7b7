"""Measures accuracy: synthetic corpus, sample reports, contrast sentences, and gold data where it is there.

    python benchmarks/accuracy.py          # prints one table, with the change since the stored baseline
    python benchmarks/accuracy.py --save   # also stores the figures in benchmarks/baseline.json

Gold data of others is no part of the project. `--gold FOLDER` names a folder with `run.py`, `run_timex.py`
and their data (default: `../shared/eval` beside the checkout); without it, those rows are left out.
Contrast sentences are what the weights were fitted on: their figures say how well the tables hold what they
were told, not how well they read news.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl
from corpus import make_corpus
from expected import CLAIMED, compare, summary

import eventdata
from eventdata.seeds import load_seed, seed_file

ROOT = Path(__file__).parents[1]
BASELINE = Path(__file__).with_name("baseline.json")
GOLD = ROOT.parent / "shared" / "eval"
NONE = "none"
# Measures of the gold runner that are shown; the rest goes with --all.
_SHOWN = (
    "weighted F1",
    "macro F1",
    "accuracy",
    "F1",
    "country",
    "exact",
    "location name",
    "surer half",
    "claimed",
    "full code",
    "actor role",
)
Figure = tuple[str, str, float, int]


def f1_scores(pairs: Iterable[tuple[str, str]]) -> tuple[float, float, float]:
    """Accuracy, weighted F1 and macro F1 over (wanted, found) labels."""
    right: Counter[str] = Counter()
    wanted_rows: Counter[str] = Counter()
    found_rows: Counter[str] = Counter()
    for wanted, found in pairs:
        wanted_rows[wanted] += 1
        found_rows[found] += 1
        right[wanted] += wanted == found
    rows = max(1, wanted_rows.total())
    f1 = {label: 2 * right[label] / (wanted_rows[label] + found_rows[label]) for label in wanted_rows}
    weighted = sum(f1[label] * wanted_rows[label] for label in f1) / rows
    return right.total() / rows, weighted, sum(f1.values()) / max(1, len(f1))


def _claimed(events: pl.DataFrame) -> pl.DataFrame:
    """Events that the coder says took place, the surest of each report first."""
    claimed = events.filter(pl.col("status").is_in(CLAIMED))
    return claimed.sort(
        "report_id", "confidence", descending=[False, True], nulls_last=True, maintain_order=True
    )


def _top(events: pl.DataFrame, column: str) -> dict[str, str]:
    """Value of a column in the surest event of each report."""
    first = events.unique("report_id", keep="first", maintain_order=True).drop_nulls(column)
    return dict(first.select("report_id", column).iter_rows())


def label_figures(name: str, column: str, wanted: pl.DataFrame, events: pl.DataFrame) -> list[Figure]:
    """F1 of a label of the surest event; reports without an event have the label "none"."""
    found = _top(events, column)
    pairs = [
        (label or NONE, found.get(report, NONE))
        for report, label in wanted.select("report_id", column).rows()
    ]
    scores = f1_scores(pairs)
    return [
        (name, f"{column} {measure}", score, len(pairs))
        for measure, score in zip(("accuracy", "weighted F1", "macro F1"), scores, strict=True)
    ]


def _share(name: str, measure: str, right: pl.Series) -> list[Figure]:
    return [(name, measure, int(right.sum()) / right.len(), right.len())] if right.len() else []


def synthetic_figures(reports: int, seed: int) -> list[Figure]:
    """Types, codes, dates, places, counts and sides on the synthetic gold."""
    name = "synthetic"
    texts, gold = make_corpus(reports, seed)
    events = _claimed(eventdata.normalize(texts.select("report_id", "text", "published")).events)
    first = texts.select("report_id").join(
        gold.unique("report_id", keep="first", maintain_order=True),
        on="report_id",
        how="left",
        maintain_order="left",
    )
    figures = label_figures(name, "sub_event_type", first, events)
    # Leads that CAMEO could code in several ways have no code in the gold.
    coded = first.filter(pl.col("cameo_code").is_not_null() | pl.col("number").is_null())
    figures += label_figures(name, "cameo_root", coded, events)[:1]
    figures += label_figures(name, "cameo_code", coded, events)[:1]
    without = first.filter(pl.col("number").is_null())["report_id"]
    with_event = events.filter(pl.col("sub_event_type").is_not_null())["report_id"].unique()
    figures += _share(name, "ACLED type claimed | no event", without.is_in(with_event.implode()))
    figures += _found_figures(name, gold, events)
    return figures + _excess_figures(name, texts, gold, events)


def _excess_figures(name: str, texts: pl.DataFrame, gold: pl.DataFrame, events: pl.DataFrame) -> list[Figure]:
    """How many events come out for a report, and how many of those with an ACLED type are in the gold."""
    typed = events.drop_nulls("sub_event_type").select("report_id", "sub_event_type")
    wanted = gold.drop_nulls("sub_event_type").select("report_id", "sub_event_type").unique()
    right = typed.join(wanted.with_columns(right=True), on=["report_id", "sub_event_type"], how="left")[
        "right"
    ]
    per_report = events.height / max(1, texts.height)
    return [
        (name, "events per report", per_report, texts.height),
        *_share(name, "ACLED type wanted | given", right.fill_null(False)),
    ]


def _found_figures(name: str, gold: pl.DataFrame, events: pl.DataFrame) -> list[Figure]:
    """Recall of gold events (same report and type, or root), and the columns of those found."""
    kind = pl.coalesce("sub_event_type", "cameo_root").alias("kind")
    values = ["event_date", "iso3", "place_text", "fatalities", "source_code", "target_code"]
    found = events.select("report_id", kind, *values).unique(
        ["report_id", "kind"], keep="first", maintain_order=True
    )
    joined = gold.with_columns(kind).join(
        found.with_columns(found=True),
        on=["report_id", "kind"],
        how="left",
        suffix="_found",
        maintain_order="left",
    )
    figures = _share(name, "gold event found", joined["found"].is_not_null())
    hits = joined.filter("found")
    named = pl.col("place_text").fill_null("").str.contains(pl.col("location"), literal=True)
    figures += _share(name, "location name | found", hits.drop_nulls("location").select(named).to_series())
    for column in ("event_date", "iso3", "fatalities"):
        known = hits.filter(pl.col(column).is_not_null())
        # A count of none is given as 0 or not at all.
        value = (
            pl.col(f"{column}_found").fill_null(0) if column == "fatalities" else pl.col(f"{column}_found")
        )
        figures += _share(
            name, f"{column} exact | found", known.select(value.eq_missing(pl.col(column))).to_series()
        )
    for column in ("source_code", "target_code"):
        known = hits.filter(pl.col(column).is_not_null())
        same = pl.col(f"{column}_found").str.head(3).eq_missing(pl.col(column).str.head(3))
        figures += _share(name, f"{column} country | found", known.select(same).to_series())
    return figures


def sample_figures() -> list[Figure]:
    """What a human coder wants from the sample reports."""
    compared = compare(eventdata.normalize(seed_file("reports/reports.csv")).events)
    return [("sample reports", column, right, rows) for column, right, rows in summary(compared).iter_rows()]


def contrast_figures() -> list[Figure]:
    """Types on the contrast sentences, codes on the CAMEO sentences."""
    sentences = load_seed("contrast/sentences", "text").with_row_index("report_id").cast(pl.String)
    events = _claimed(eventdata.normalize(sentences.select("report_id", "text")).events)
    figures = label_figures("contrast", "sub_event_type", sentences, events)
    cameo = load_seed("contrast/cameo", "text").with_row_index("report_id").cast(pl.String)
    cameo = cameo.with_columns(cameo_root=pl.col("cameo_code").str.head(2))
    events = _claimed(eventdata.normalize(cameo.select("report_id", "text")).events)
    figures += label_figures("CAMEO sentences", "cameo_root", cameo, events)
    return figures + label_figures("CAMEO sentences", "cameo_code", cameo, events)[:1]


def gold_figures(folder: Path) -> list[Figure]:
    """All measures of the gold runners; none when the folder is not there."""
    if not (folder / "run.py").exists():
        return []
    with tempfile.TemporaryDirectory() as out:
        result = Path(out) / "result.json"
        _run(folder, "run.py", "--gold", "gold", "--out", out, "--split", "dev", "--json", str(result))
        scores = json.loads(result.read_text(encoding="utf-8"))
        figures = [
            (name, measure, float(value), int(rows))
            for name, measures in scores.items()
            for measure, (value, rows) in measures.items()
        ]
        timex = Path(out) / "timex.json"
        _run(folder, "run_timex.py", "timex", "--split", "dev", "--json", str(timex))
        for kind, values in json.loads(timex.read_text(encoding="utf-8")).items() if timex.exists() else ():
            rows = int(values["classes"].get("cal", {}).get("n", 0))
            for measure in ("interval_on_found", "interval_end_to_end"):
                figures.append((f"timex {kind}", f"{measure} accuracy", float(values[measure]), rows))
            figures.append((f"timex {kind}", "detection F1", float(values["detection"]["F1"]), rows))
    return figures


def _run(folder: Path, script: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, script, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(f"{script} failed:\n{done.stderr[-2000:]}", file=sys.stderr)


def _print(figures: Sequence[Figure], baseline: dict[str, float]) -> None:
    print(f"{'set':<18} {'measure':<44} {'value':>7} {'n':>6} {'change':>7}")
    for name, measure, value, rows in figures:
        before = baseline.get(f"{name}|{measure}")
        change = "" if before is None else f"{value - before:+.3f}"
        print(f"{name:<18} {measure:<44} {value:>7.3f} {rows:>6} {change:>7}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--reports", type=int, default=5_000, help="reports of the synthetic corpus")
    # Not the seed of the speed benchmark, so that looking at one corpus does not fit the other.
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--gold", type=Path, default=GOLD, help="folder of the gold runners")
    parser.add_argument("--all", action="store_true", help="show every measure of the gold runners")
    parser.add_argument("--save", action="store_true", help="store the figures as the new baseline")
    arguments = parser.parse_args()
    gold = gold_figures(arguments.gold)
    figures = synthetic_figures(arguments.reports, arguments.seed) + sample_figures() + contrast_figures()
    shown = figures + [row for row in gold if arguments.all or any(word in row[1] for word in _SHOWN)]
    baseline = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    _print(shown, baseline)
    if arguments.save:
        stored = {f"{name}|{measure}": round(value, 4) for name, measure, value, _ in figures + gold}
        BASELINE.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

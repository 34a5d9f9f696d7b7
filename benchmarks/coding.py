"""Measures the speed of coding: reports per second, CPU beside a bare pass over the text, and peak memory.

    python benchmarks/coding.py --reports 100000 --workers 2

The bare pass is `str.find_many(patterns, leftmost=True)` with the same phrases over the same text, in the
same batches, the least of three. Its CPU is what any one-scan coder must spend; the ratio says what coding
costs on top of it. The corpus is written by another process, so that its memory is not counted here.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import polars as pl

import eventdata
from eventdata.coding.clean import clean
from eventdata.coding.lexicon import default_lexicon

ROUNDS_OF_BARE_PASS = 3


@dataclass(frozen=True)
class Speed:
    """What one run cost."""

    seconds: float
    cpu: float
    events: int


def write_corpus(folder: Path, reports: int, seed: int) -> Path:
    """Path of the reports, made in another process."""
    script = Path(__file__).with_name("corpus.py")
    subprocess.run(
        [sys.executable, str(script), str(reports), "--seed", str(seed), "--out", str(folder)], check=True
    )
    return folder / "reports.parquet"


def batches(path: Path, size: int) -> Iterator[pl.DataFrame]:
    """The reports in batches, read one by one."""
    lazy = pl.scan_parquet(path).select("report_id", "text", "published")
    rows = lazy.select(pl.len()).collect().item()
    for first in range(0, rows, size):
        yield lazy.slice(first, size).collect()


def code(path: Path, batch: int, workers: int) -> Speed:
    """Code all batches, `workers` at a time; results are counted and dropped."""

    def events(reports: pl.DataFrame) -> int:
        return eventdata.normalize(reports).events.height

    wall, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(workers) as pool:
        waiting = []
        found = 0
        for reports in batches(path, batch):
            waiting.append(pool.submit(events, reports))
            if len(waiting) > workers:
                found += waiting.pop(0).result()
        found += sum(future.result() for future in waiting)
    return Speed(time.perf_counter() - wall, time.process_time() - cpu, found)


def bare_pass(path: Path, batch: int) -> float:
    """Least CPU seconds of the Aho-Corasick pass alone, over the cleaned text that the coder scans."""
    patterns = default_lexicon().patterns.patterns
    least = float("inf")
    for _ in range(ROUNDS_OF_BARE_PASS):
        cpu = 0.0
        for reports in batches(path, batch):
            texts = reports.select(pl.concat_str(pl.lit(" "), clean(pl.col("text")))).to_series()
            start = time.process_time()
            texts.str.find_many(patterns, leftmost=True)
            cpu += time.process_time() - start
        least = min(least, cpu)
    return least


def peak_memory() -> float | None:
    """Peak resident memory of this process in MB; null where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def report(path: Path, batch: int, workers: int) -> dict[str, str]:
    """The figures by name, ready to print."""
    sizes = (
        pl.scan_parquet(path).select(pl.len(), pl.col("text").str.len_bytes().sum().alias("bytes")).collect()
    )
    reports, size = sizes.row(0)
    # The tables are compiled once per process, whatever the number of reports.
    start = time.perf_counter()
    eventdata.normalize(next(batches(path, 10)))
    compiled = time.perf_counter() - start
    speed = code(path, batch, workers)
    memory = peak_memory()
    bare = bare_pass(path, batch)
    return {
        "reports": f"{reports:,}",
        "bytes per report": f"{size / max(reports, 1):.0f}",
        "events": f"{speed.events:,}",
        "phrases": f"{default_lexicon().phrases:,}",
        "first use (tables compiled)": f"{compiled:.2f} s",
        "time": f"{speed.seconds:.2f} s",
        "reports/s": f"{reports / speed.seconds:,.0f}",
        "MB/s": f"{size / 1e6 / speed.seconds:.1f}",
        "process CPU": f"{speed.cpu:.2f} s",
        "bare pass CPU": f"{bare:.2f} s",
        "CPU / bare pass": f"{speed.cpu / bare:.2f}",
        "peak memory": "unknown" if memory is None else f"{memory:,.0f} MB",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--reports", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=6_000, help="reports that are coded at a time")
    parser.add_argument("--workers", type=int, default=2, help="batches that are coded at the same time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, help="a reports.parquet to code instead of a synthetic corpus")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.corpus or write_corpus(Path(folder), arguments.reports, arguments.seed)
        figures = report(path, arguments.batch, arguments.workers)
    width = max(map(len, figures))
    for name, value in figures.items():
        print(f"{name:<{width}}  {value:>12}")


if __name__ == "__main__":
    main()

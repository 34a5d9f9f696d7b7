"""Speed and memory of reading archives, beside a plain copy of the same file to Parquet in the same run.

    python benchmarks/archives.py                      # 1M rows of GDELT 2.0, ACLED and UCDP
    python benchmarks/archives.py --rows 10000000 --memory
    python benchmarks/archives.py --peers              # pandas beside it, where it is installed

Each measurement runs in a process of its own: seconds of wall time, and the peak of resident memory. The plain copy is
`polars.scan_csv(...).sink_parquet(...)` of all columns, as text. The files are made of invented rows.
"""

import argparse
import importlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

LIMITS = {"gdelt2_events_61": 1.5, "acled_export_2023_31": 2.5, "ucdp_ged_v22plus_49": 2.5}
_CHUNK = 100_000
_WORDS = (
    "soldiers", "fighters", "clashed", "village", "killed", "wounded", "protesters", "gathered", "police", "fired",
    "road", "attack", "reported", "local", "sources", "armed", "group", "several", "civilians", "market",
)  # fmt: skip


def make_file(layout: str, rows: int, path: Path) -> None:
    """Write `rows` invented rows: a few thousand different ones, with running ids and days."""
    from eventdata.harmonise.layouts import layouts
    from eventdata.seeds import load_seed

    files = importlib.import_module("archive_files")

    shape = layouts()[layout]
    prefixes_of_acled = load_seed("countries/codes", "iso3")["iso3"]
    base = [_vary(files.BUILDERS[layout](n), n) for n in range(5000)]
    text = files.write_rows(layout, base, header=True)
    quote = '"' if shape.quoted else None
    frame = pl.read_csv(text.encode(), separator=shape.separator, quote_char=quote, infer_schema=False)
    id_column = {"gdelt2_events_61": "GLOBALEVENTID", "acled_export_2023_31": "event_id_cnty"}.get(
        layout, "id"
    )
    with path.open("wb") as handle:
        for start in range(0, rows, _CHUNK):
            count = min(_CHUNK, rows - start)
            part = pl.concat([frame] * (count // frame.height + 1)).head(count)
            numbers = pl.int_range(start + 1, start + count + 1, eager=True).cast(pl.String)
            if layout.startswith("acled"):
                # ACLED numbers its events in each country.
                places = pl.int_range(start, start + count, eager=True)
                prefixes = prefixes_of_acled.gather(places % len(prefixes_of_acled))
                numbers = prefixes + (places // len(prefixes_of_acled) + 1).cast(pl.String)
            part = part.with_columns(numbers.alias(id_column))
            part.write_csv(
                handle,
                separator=shape.separator,
                include_header=shape.header == "yes" and start == 0,
                quote_style="necessary" if shape.quoted else "never",
            )


def _vary(row: dict[str, object], number: int) -> dict[str, object]:
    words = [_WORDS[(number * 7 + i * 13) % len(_WORDS)] for i in range(38)]
    note = f"On day {number}, " + " ".join(words) + "."
    town = f"Town{number % 900}"
    lat, lon = 5 + (number * 37 % 2000) / 100, -10 + (number * 53 % 4000) / 100
    changes: dict[str, object] = {"notes": note, "location": town, "latitude": lat, "longitude": lon}
    changes |= {
        "source_headline": note,
        "where_coordinates": town,
        "source_article": f'"Daily {number % 80},x,{note[:90]}"',
    }
    roots = ["010", "042", "0231", "190", "173", "141", "112", "051", "036", "193"]
    code = roots[number % len(roots)]
    changes |= {"EventCode": code, "EventBaseCode": code[:3], "EventRootCode": code[:2]}
    changes |= {"QuadClass": 1 if code < "06" else 3 if code in ("112", "141") else 4}
    changes |= {
        "ActionGeo_FullName": f"{town}, Region {number % 40}, Mali",
        "ActionGeo_Lat": lat,
        "ActionGeo_Long": lon,
    }
    url = f"https://www.news{number % 300}.example/world/{number}/{words[0]}-{words[1]}-{words[2]}"
    changes |= {"AvgTone": -number / 997, "SOURCEURL": url}
    return row | changes


# ---------------------------------------------------------------------------------------------- what is measured


def plain_copy(source: Path, out: Path, layout: str) -> int:
    """The yardstick: all columns as text, no check."""
    from eventdata.harmonise.layouts import layouts

    shape = layouts()[layout]
    pl.scan_csv(
        source,
        separator=shape.separator,
        quote_char='"' if shape.quoted else None,
        has_header=shape.header == "yes",
        infer_schema=False,
    ).sink_parquet(out)
    return 0


def ours(source: Path, out: Path, layout: str) -> int:
    """Read, harmonise, check and write."""
    from eventdata.archives import archive_to_parquet

    result = archive_to_parquet(source, out)
    rows = result.accounting.filter((pl.col("stage") == "records") & (pl.col("reason") == "event"))[
        "rows"
    ].sum()
    return int(rows)


def with_pandas(source: Path, out: Path, layout: str) -> int:
    """All columns as text to Parquet, with pandas as it comes."""
    import csv

    from eventdata.harmonise.layouts import layouts

    shape = layouts()[layout]
    pd = importlib.import_module("pandas")
    frame = pd.read_csv(
        source,
        sep=shape.separator,
        header=0 if shape.header == "yes" else None,
        quoting=csv.QUOTE_MINIMAL if shape.quoted else csv.QUOTE_NONE,
        dtype=str,
    )
    frame.columns = frame.columns.astype(str)
    frame.to_parquet(out)
    return len(frame)


METHODS: dict[str, Callable[[Path, Path, str], int]] = {
    "plain": plain_copy,
    "eventdata": ours,
    "pandas": with_pandas,
}


def measure(method: str, source: Path, layout: str) -> dict[str, float]:
    """Seconds, peak memory in MB and rows of one method, in a new process."""
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        out = Path(folder) / "out.parquet"
        command = [sys.executable, __file__, "--one", method, str(source), str(out), layout]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _one(method: str, source: str, out: str, layout: str) -> None:
    import resource

    import eventdata.archives

    assert eventdata.archives is not None
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    rows = METHODS[method](Path(source), Path(out), layout)
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_mb": used.ru_maxrss / 1024, "rows": rows}))


def run(layouts: list[str], rows: int, repeats: int, methods: list[str], folder: Path) -> bool:
    """Print a line per layout and method; true when every layout keeps to its limit."""
    is_fine = True
    print(f"{'layout':24} {'method':10} {'seconds':>8} {'ratio':>6} {'CPU s':>6} {'peak MB':>8} {'rows':>9}")
    for layout in layouts:
        source = folder / f"{layout}_{rows}.txt"
        make_file(layout, rows, source)
        best: dict[str, dict[str, float]] = {}
        for _ in range(repeats):
            # The methods take turns, so that a busy machine slows all of them.
            for method in methods:
                got = measure(method, source, layout)
                if method not in best or got["seconds"] < best[method]["seconds"]:
                    best[method] = got
        for method, got in best.items():
            ratio = got["seconds"] / best["plain"]["seconds"] if "plain" in best else float("nan")
            numbers = f"{got['seconds']:8.2f} {ratio:6.2f} {got['cpu']:6.2f} {got['peak_mb']:8.0f} {got['rows']:9.0f}"
            print(f"{layout:24} {method:10} {numbers}")
            if method == "eventdata" and "plain" in best:
                is_fine &= ratio <= LIMITS.get(layout, 2.5)
        source.unlink()
    return is_fine


def main() -> int:
    """Measure, print, and tell by the exit code whether the limits were kept."""
    if sys.argv[1:2] == ["--one"]:
        _one(*sys.argv[2:6])
        return 0
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--layouts", nargs="*", default=list(LIMITS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peers", action="store_true", help="measure pandas too")
    parser.add_argument("--memory", action="store_true", help="measure eventdata only, once: for large files")
    options = parser.parse_args()
    methods = ["plain", "eventdata"] + (["pandas"] if options.peers else [])
    if options.memory:
        methods, options.repeats = ["eventdata"], 1
    with tempfile.TemporaryDirectory() as folder:
        return 0 if run(options.layouts, options.rows, options.repeats, methods, Path(folder)) else 1


if __name__ == "__main__":
    sys.exit(main())

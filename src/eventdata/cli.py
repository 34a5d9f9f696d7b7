"""The command line: `normalize`, `archive`, `validate`, `explain`, `inspect`, `demo`, `fit` and `lexicon`.

cyclopts and rich load only here. Results go to files, or to standard output with `-o -`; progress and remarks go to
standard error. No error of ours ends in a traceback.
"""

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import polars as pl
from cyclopts import App, CycloptsError, Parameter
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable

import eventdata
from eventdata.errors import BadCallError, EventDataError, UnreadableFileError
from eventdata.schema import Accounting, Event, Evidence, Reject, empty_frame
from eventdata.write.acled import acled_layout
from eventdata.write.stream import TableWriter

if TYPE_CHECKING:
    from eventdata.result import Result

OK, FAILED, USAGE, TOO_MANY_REJECTS, INTERRUPTED = 0, 1, 2, 3, 130
_STDOUT = Path("-")
_NARROWEST = 140  # characters; a table that goes to a file or a pipe has no terminal to fit into

Layout = Literal["eventdata", "acled"]
Files = Annotated[list[Path], Parameter(help="Files to read, one or more.", negative=())]
Output = Annotated[
    Path,
    Parameter(
        name=["--output", "-o"],
        help="File to write: .parquet or .csv; - is CSV to standard output.",
        allow_leading_hyphen=True,
    ),
]
Published = Annotated[
    str | None, Parameter(help="Day of publication, such as 2024-12-04, of the texts that bring none.")
]
Columns = Annotated[
    list[str] | None,
    Parameter(help="Rename a column, theirs=ours, such as body=text. May be given again.", negative=()),
]
DateOrder = Annotated[
    str | None, Parameter(help="Order of day, month and year in dates that are not ISO, such as DMY.")
]
MaxRejects = Annotated[
    float, Parameter(help="Share of rejected records, 0 to 1, above which the exit code is 3.")
]
Actors = Annotated[
    list[Path] | None,
    Parameter(
        help="Actor table of your own: CSV (name, cameo_code) or PETRARCH dictionary. May be given again.",
        negative=(),
    ),
]
Quiet = Annotated[bool, Parameter(name=["--quiet", "-q"], help="No progress and no summary.", negative=())]

app = App(
    name="eventdata",
    help="Turn news reports and conflict-event archives into one validated event table.\n\n"
    "Exit codes: 0 done; 1 a file, a table or a value stopped the work; 2 the command line is wrong; "
    "3 done, but more records were rejected than --max-rejects allows; 130 interrupted.",
    help_format="markdown",
    version=eventdata.__version__,
)
lexicon = App(name="lexicon", help="Look after actor tables.", help_format="markdown")
app.command(lexicon)


@app.command
def normalize(
    files: Files,
    *,
    output: Output,
    published: Published = None,
    layout: Layout = "eventdata",
    columns: Columns = None,
    date_order: DateOrder = None,
    spans: Annotated[
        Path | None, Parameter(help="Also write the words behind each value to this .parquet or .csv file.")
    ] = None,
    rules: Annotated[
        Path | None, Parameter(help="Evidence rules of your own, as `eventdata fit` writes them.")
    ] = None,
    actors: Actors = None,
    batch_size: Annotated[int, Parameter(help="Reports that are coded at a time.")] = 6_000,
    workers: Annotated[int, Parameter(help="Batches that are coded side by side.")] = 2,
    max_rejects: MaxRejects = 1.0,
    quiet: Quiet = False,
) -> int:
    """Code news reports into a table of events.

    FILES are tables with a column `text` (CSV, Parquet, JSON lines) or plain texts (.txt). Rejected records are
    written beside the output, to NAME.rejects.csv, each with its file, row, rule and value.

    **Examples**

    `eventdata normalize news.csv -o events.parquet`

    `eventdata normalize story.txt --published 2024-12-04 -o events.csv`

    `eventdata normalize news.csv --columns body=text --date-order DMY --layout acled -o acled.csv`

    `eventdata normalize news.csv --actors my_groups.csv --actors old.actors.txt -o events.parquet`
    """
    results = eventdata.normalize_batches(
        _existing(files),
        published=_day(published),
        columns=_renames(columns),
        date_order=date_order,
        evidence=rules,
        actors=actors,
        batch_size=batch_size,
        workers=workers,
    )
    return _write_results(results, output, layout, spans, max_rejects, quiet)


@app.command
def archive(
    files: Files,
    *,
    output: Output,
    layout: Layout = "eventdata",
    max_rejects: MaxRejects = 1.0,
    quiet: Quiet = False,
) -> int:
    """Read files of ACLED, GDELT, UCDP, ICEWS, POLECAT or Phoenix into the same table of events.

    Whose file it is, and of which years, is found out from its columns and content (see `eventdata inspect`).
    All outputs are written batch by batch; ACLED's own rows keep their cells in the ACLED layout.

    **Examples**

    `eventdata archive 20240101.export.CSV -o events.parquet`

    `eventdata archive GEDEvent_v24_1.csv acled_2024.csv --layout acled -o events.csv`
    """
    from eventdata.archives import archive_to_parquet, read_archive_batches

    paths = _existing(files)
    if layout == "eventdata" and output.suffix.lower() == ".parquet":
        result = archive_to_parquet(paths, output)
        return _account_for(result.rejects, result.accounting, output, max_rejects, quiet)
    parts = read_archive_batches(paths, keep_source=layout == "acled")
    return _write_results(parts, output, layout, None, max_rejects, quiet)


@app.command
def validate(
    file: Path,
    *,
    layout: Annotated[
        str | None, Parameter(help="Whose columns the file has, such as acled; default: found out.")
    ] = None,
    rejects: Annotated[
        Path | None, Parameter(help="Write the rejected rows, with the rules they break, to this file.")
    ] = None,
    max_rejects: MaxRejects = 0.0,
    quiet: Quiet = False,
) -> int:
    """Check a table of events: types, ranges, code lists, and columns that must agree.

    Prints how many rows break which rule. The exit code is 3 when more rows are rejected than --max-rejects allows.

    **Examples**

    `eventdata validate events.parquet`

    `eventdata validate acled_2024.csv --layout acled --rejects rejects.csv`
    """
    (path,) = _existing([file])
    try:
        accepted, refused, summary = eventdata.validate(path, layout)
    except pl.exceptions.PolarsError as error:
        raise UnreadableFileError(f"{path}: no table can be read from it ({error}).") from error
    if rejects is not None:
        with TableWriter(rejects, Reject) as writer:
            writer.write(refused)
    if not quiet:
        if summary.height:
            _console().print(_table(summary, title="Rules that rows break"))
        print(f"{accepted.height} rows accepted, {refused.height} rejected")
    return _verdict(refused.height, accepted.height + refused.height, max_rejects)


@app.command
def explain(
    files: Files,
    *,
    event: Annotated[str | None, Parameter(help="Only the event with this id.")] = None,
    published: Published = None,
    columns: Columns = None,
    date_order: DateOrder = None,
    actors: Actors = None,
) -> int:
    """Show why each event of some reports was coded as it was: the sentence with its spans, and the rules.

    **Examples**

    `eventdata explain story.txt --published 2024-12-04`

    `eventdata explain news.csv --event "r17#212.0"`
    """
    shown = 0
    batches = eventdata.normalize_batches(
        _existing(files),
        published=_day(published),
        columns=_renames(columns),
        date_order=date_order,
        actors=actors,
    )
    for result in batches:
        for event_id in result.events["event_id"]:
            if event in (None, event_id):
                print(result.explain(event_id), end="\n\n")
                shown += 1
    if event is not None and not shown:
        raise BadCallError(f"no event has the id '{event}'. Hint: `eventdata explain FILES` shows all ids.")
    if not shown:
        print("no events", file=sys.stderr)
    return OK


@app.command
def inspect(files: Files) -> int:
    """Tell what archive files are: maker, layout, number of columns, and what speaks for it.

    **Examples**

    `eventdata inspect 20240101.export.CSV`
    """
    from eventdata.archives import inspect as inspect_file

    print("\n\n".join(str(inspect_file(path)) for path in _existing(files)))
    return OK


@app.command
def demo(
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], help="Folder to write to.")] = Path(
        "eventdata-demo"
    ),
) -> int:
    """Code the sample reports that come with eventdata, show the events, and write them as Parquet and CSV.

    **Examples**

    `eventdata demo`
    """
    from eventdata.seeds import seed_file

    result = eventdata.normalize(seed_file("reports/reports.csv"))
    console = _console()
    console.print(_table(_readable(result.events), title="Events in the sample reports", sections="report"))
    console.print(
        f"{result.events.height} events in {result.reports.height} reports, {result.rejects.height} rejected"
    )
    output.mkdir(parents=True, exist_ok=True)
    for name in ("events.parquet", "events.csv"):
        result.write(output / name)
        console.print(f"wrote {output / name}", highlight=False)
    return OK


@app.command
def fit(
    labelled: Annotated[Path, Parameter(help="CSV table with the columns text and sub_event_type.")],
    *,
    output: Output,
) -> int:
    """Fit the weights of evidence to labelled texts, and write them as a table for `seeds/coding/`.

    The weights that come with eventdata are where it starts: what the texts do not speak of stays as it is. Needs
    the extra `fit`: `pip install "eventdata[fit]"`.

    **Examples**

    `eventdata fit labelled.csv -o my_rules.csv`

    `eventdata normalize news.csv --rules my_rules.csv -o events.parquet`
    """
    from eventdata.fit import fit_rules

    (path,) = _existing([labelled])
    try:
        fitted = fit_rules(_read_csv(path))
    except ImportError as error:
        raise BadCallError(f"`fit` needs {error.name}. Hint: pip install 'eventdata[fit]'.") from error
    with TableWriter(output) as writer:
        writer.write(fitted.rules)
    before, after = fitted.accuracy_before, fitted.accuracy
    print(f"{fitted.texts} texts; right on texts not fitted to: {before:.3f} before, {after:.3f} after")
    print(f"wrote {fitted.rules.height} rules to {output}")
    return OK


@lexicon.command
def lint(
    file: Annotated[Path, Parameter(help="Actor table of your own: CSV or PETRARCH dictionary.")],
    *,
    top: Annotated[int, Parameter(help="How many findings to show.")] = 50,
) -> int:
    """Check an actor table before you code with it. Findings give exit code 3.

    Codes that cannot be read, names listed twice, with two codes at one time or below an entry that hides them, codes made of two
    actors, and names that replace one of eventdata's own (`hides-own`, which is allowed).

    **Examples**

    `eventdata lexicon lint my_groups.csv`
    """
    from eventdata.resolve.actor_lexicon import lexicon_lint

    findings = lexicon_lint(*_existing([file]))
    if findings.is_empty():
        print(f"{file}: nothing to remark")
        return OK
    counts = findings["issue"].value_counts(sort=True)
    _console().print(_table(findings.head(top), title=str(file)))
    print(", ".join(f"{count} {issue}" for issue, count in counts.iter_rows()))
    return TOO_MANY_REJECTS


@lexicon.command
def unmatched(
    files: Files,
    *,
    columns: Columns = None,
    actors: Actors = None,
    top: Annotated[int, Parameter(help="How many names to show.")] = 50,
) -> int:
    """Show the names that reports have and no actor table knows, the most frequent first.

    **Examples**

    `eventdata lexicon unmatched news.csv --top 100`
    """
    from eventdata.read.reports import Options, read_reports
    from eventdata.resolve.actor_lexicon import lexicon_of, lexicon_unmatched

    batches = read_reports(_existing(files), Options(columns=_renames(columns)))
    texts = pl.concat([batch.reports["text"] for batch in batches])
    found = lexicon_unmatched(texts, lexicon_of(actors)).head(top)
    _console().print(_table(found, title=f"Names in {texts.len()} reports that no actor table knows"))
    return OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code comes out. Errors of ours are one line on standard error.

    >>> main(["--version"])
    0.1.0
    0
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not stream.encoding.lower().startswith("utf"):
            stream.reconfigure(errors="replace")  # a name in Arabic must not stop a Windows console
    try:
        done = app(
            list(sys.argv[1:] if arguments is None else arguments),
            exit_on_error=False,
            print_error=True,
            result_action="return_value",
        )
        sys.stdout.flush()
    except CycloptsError:
        return USAGE
    except BrokenPipeError:
        # Whoever read our output has left; Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except (EventDataError, OSError) as error:
        print(f"eventdata: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return done if isinstance(done, int) else OK


def _existing(files: Iterable[Path]) -> list[Path]:
    """The files, all of them there: a missing one is told before hours of work, not after."""
    paths = list(files)
    for path in paths:
        if not path.is_file():
            raise UnreadableFileError(f"{path}: there is no such file.")
    return paths


def _read_csv(file: Path) -> pl.DataFrame:
    try:
        return pl.read_csv(file, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise UnreadableFileError(f"{file}: cannot be read as a CSV table ({error}).") from error


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadCallError(f"'{text}' is no day. Hint: --published 2024-12-04.") from error


def _renames(pairs: Iterable[str] | None) -> dict[str, str] | None:
    """`["body=text"]` -> `{"body": "text"}`."""
    if pairs is None:
        return None
    renames = {}
    for pair in pairs:
        theirs, equals, ours = pair.rpartition("=")
        if not (theirs and equals and ours):
            raise BadCallError(f"'{pair}' renames nothing. Hint: --columns body=text.")
        renames[theirs] = ours
    return renames


def _write_results(
    results: Iterable["Result"],
    output: Path,
    layout: Layout,
    spans: Path | None,
    max_rejects: float,
    quiet: bool,
) -> int:
    """Write the events of all results to one file and their rejects beside it, and tell what became of the records."""
    accounting, rejects = [empty_frame(Accounting)], [empty_frame(Reject)]
    with ExitStack() as files:
        write_events = files.enter_context(_events_writer(output, layout))
        evidence = files.enter_context(TableWriter(spans, Evidence)) if spans else None
        for result in _with_progress(results, quiet or output == _STDOUT):
            write_events(result.events)
            if evidence is not None and result.evidence is not None:
                evidence.write(result.evidence)
            rejects.append(result.rejects)
            accounting.append(result.accounting)
        write_events(empty_frame(Event))  # the header, where there was no result at all
        if evidence is not None:
            evidence.write(empty_frame(Evidence))
    return _account_for(pl.concat(rejects), pl.concat(accounting), output, max_rejects, quiet)


def _account_for(
    rejects: pl.DataFrame, accounting: pl.DataFrame, output: Path, max_rejects: float, quiet: bool
) -> int:
    """Write the rejects beside the output, tell what became of the records, and give the exit code."""
    keys = ["file", "stage", "reason"]
    total = accounting.group_by(keys, maintain_order=True).agg(pl.col("rows").sum())
    if rejects.height:
        beside = Path("rejects.csv") if output == _STDOUT else output.with_name(f"{output.stem}.rejects.csv")
        with TableWriter(beside, Reject) as writer:
            writer.write(rejects)
        print(f"eventdata: {rejects.height} records rejected, see {beside}", file=sys.stderr)
    if not quiet and sys.stderr.isatty():
        _console(stderr=True).print(
            _table(total.filter(pl.col("rows") > 0), title="What became of the records")
        )
    records = int(total.filter(pl.col("reason") == "records")["rows"].sum())
    return _verdict(rejects.height, records, max_rejects)


@contextmanager
def _events_writer(output: Path, layout: Layout) -> Iterator[Callable[[pl.DataFrame], None]]:
    """A function that appends events, in a layout, to a file or as CSV to standard output."""
    in_layout = acled_layout if layout == "acled" else pl.DataFrame.clone
    if output != _STDOUT:
        with TableWriter(output, Event if layout == "eventdata" else None) as file:
            yield lambda events: file.write(in_layout(events))
        return
    is_first = True

    def write(events: pl.DataFrame) -> None:
        nonlocal is_first
        # through Python's own stream, which tells a reader that has left (`| head`) from an error
        sys.stdout.buffer.write(in_layout(events).write_csv(include_header=is_first).encode())
        is_first = False

    yield write


def _with_progress(results: Iterable["Result"], quiet: bool) -> Iterator["Result"]:
    """The results as they come, with a line on the terminal that counts them; no line where there is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield from results
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=_console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading")
        events = 0
        for batches, result in enumerate(results, start=1):
            events += result.events.height
            progress.update(task, description=f"{batches} batches, {events:,} events")
            yield result


def _verdict(rejected: int, records: int, max_rejects: float) -> int:
    return TOO_MANY_REJECTS if rejected > max_rejects * records else OK


def _console(*, stderr: bool = False) -> Console:
    console = Console(stderr=stderr, highlight=False)
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, width=_NARROWEST)


def _readable(events: pl.DataFrame) -> pl.DataFrame:
    """The columns of events that a person looks at first."""
    from eventdata.seeds import load_seed

    codes = load_seed("cameo/event_codes", "code").select(cameo_code="code", cameo_label="label")
    return events.join(codes, on="cameo_code", how="left", validate="m:1", maintain_order="left").select(
        report="report_id",
        date="event_date",
        place=pl.concat_str("location", "iso3", separator=", ", ignore_nulls=True),
        event=pl.coalesce("sub_event_type", pl.format("({})", "cameo_label")),
        CAMEO="cameo_code",
        source="actor1",
        target="actor2",
        deaths="fatalities",
        status="status",
    )


def _table(frame: pl.DataFrame, title: str, sections: str | None = None) -> RichTable:
    """A frame as a table for people: an unknown value is a blank, numbers stand right.

    `sections` names a column whose runs of one value are set apart, the value shown once.
    """
    table = RichTable(title=title)
    for name, dtype in frame.schema.items():
        is_number = dtype.is_numeric()
        table.add_column(
            name, justify="right" if is_number else "left", no_wrap=is_number or dtype == pl.Date
        )
    before: object = None
    for row in frame.iter_rows(named=True):
        cells = {name: "" if value is None else str(value) for name, value in row.items()}
        if sections is not None:
            is_new = row[sections] != before
            before = row[sections]
            if is_new:
                table.add_section()
            else:
                cells[sections] = ""
        table.add_row(*cells.values())
    return table

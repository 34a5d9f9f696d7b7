"""The command line: `normalize`, `archive`, `validate`, `explain`, `inspect`, `demo`, `fit` and `lexicon`.

cyclopts and rich load only here. Results go to files, or to standard output with `-o -`; progress and remarks go to
standard error. No error of ours ends in a traceback.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
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
from eventdata.write.stream import TableWriter

if TYPE_CHECKING:
    from eventdata import Result

OK, FAILED, USAGE, TOO_MANY_REJECTS, INTERRUPTED = 0, 1, 2, 3, 130
_STDOUT = Path("-")
_NARROWEST = 140  # characters; a table that goes to a file or a pipe has no terminal to fit into
_DEMO_COLUMNS = {
    "event_date": "date",
    "location": "place",
    "country": "country",
    "sub_event_type": "ACLED sub-event",
    "cameo_code": "CAMEO",
    "actor1": "actor 1",
    "actor2": "actor 2",
    "fatalities": "deaths",
    "status": "status",
}

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
Quiet = Annotated[bool, Parameter(name=["--quiet", "-q"], help="No progress and no summary.", negative=())]

app = App(
    name="eventdata",
    help="Turn news reports and conflict-event archives into one validated event table.\n\n"
    "Exit codes: 0 done; 1 a file, a table or a value stopped the work; 2 the command line is wrong; "
    "3 done, but more records were rejected than --max-rejects allows; 130 interrupted.",
    help_format="markdown",
    version=eventdata.__version__,
)
lexicon = App(name="lexicon", help="Look after the word lists of the coder.", help_format="markdown")
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
    batch_size: Annotated[int, Parameter(help="Reports that are coded at a time.")] = 50_000,
    evidence: Annotated[
        Path | None, Parameter(help="Also write the words behind each value to this .parquet or .csv file.")
    ] = None,
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
    """
    results = eventdata.normalize_batches(
        _existing(files),
        batch_size=batch_size,
        published=_day(published),
        columns=_renames(columns),
        date_order=date_order,
    )
    return _write_results(results, output, layout, evidence, max_rejects, quiet)


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

    **Examples**

    `eventdata archive 20240101.export.CSV -o events.parquet`

    `eventdata archive GEDEvent_v24_1.csv acled_2024.csv --layout acled -o events.csv`
    """
    results = (eventdata.read_archive(path) for path in _existing(files))
    return _write_results(results, output, layout, None, max_rejects, quiet)


@app.command
def validate(
    file: Path,
    *,
    layout: Annotated[Layout, Parameter(help="Whose columns the file has.")] = "eventdata",
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

    `eventdata validate acled.csv --layout acled --rejects rejects.csv`
    """
    checked = eventdata.validate(_read_table(file, layout))
    if rejects is not None:
        with TableWriter(rejects, Reject) as writer:
            writer.write(checked.rejects)
    rejected = checked.rejects["source_row"].n_unique()
    if not quiet:
        console = _console()
        if checked.summary.height:
            console.print(_table(checked.summary, title="Rules that rows break"))
        console.print(f"{checked.accepted.height} rows accepted, {rejected} rejected")
    return _verdict(rejected, checked.accepted.height + rejected, max_rejects)


@app.command
def explain(
    files: Files,
    *,
    event: Annotated[str | None, Parameter(help="Only the event with this id.")] = None,
    published: Published = None,
    columns: Columns = None,
    date_order: DateOrder = None,
) -> int:
    """Show why each event of some reports was coded as it was: the sentence with its spans, and the rules.

    **Examples**

    `eventdata explain story.txt --published 2024-12-04`

    `eventdata explain news.csv --event "r17#212.0"`
    """
    shown = 0
    batches = eventdata.normalize_batches(
        _existing(files), published=_day(published), columns=_renames(columns), date_order=date_order
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

    for path in _existing(files):
        _console().print(inspect_file(path))
    return OK


@app.command
def demo(
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], help="Folder to write to.")] = Path("eventdata-demo"),
) -> int:
    """Code the sample reports that come with eventdata, show the events, and write them as Parquet and CSV.

    **Examples**

    `eventdata demo`
    """
    from eventdata.seeds import seed_file

    result = eventdata.normalize(seed_file("reports/reports.csv"))
    console = _console()
    console.print(_table(_named(result.events, _DEMO_COLUMNS), title="Events in the sample reports"))
    console.print(_summary(result.accounting))
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

    Needs the extra `fit`: `pip install eventdata[fit]`.

    **Examples**

    `eventdata fit labelled.csv -o evidence_rules.csv`
    """
    raise NotImplementedError


@lexicon.command
def lint(file: Annotated[Path, Parameter(help="CSV table with a column of words.")]) -> int:
    """Check a word list before it goes into `seeds/`: empty, repeated and untidy words. Findings give exit code 3.

    **Examples**

    `eventdata lexicon lint my_acts.csv`
    """
    from eventdata.check.words import lint_words

    findings = lint_words(*_existing([file]))
    if findings.is_empty():
        print(f"{file}: nothing to remark")
        return OK
    _console().print(_table(findings, title=str(file)))
    return TOO_MANY_REJECTS


@lexicon.command
def unmatched(
    files: Files,
    *,
    columns: Columns = None,
    top: Annotated[int, Parameter(help="How many words to show.")] = 50,
) -> int:
    """Show the most frequent words of some reports that no table knows.

    **Examples**

    `eventdata lexicon unmatched news.csv --top 100`
    """
    raise NotImplementedError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code comes out. Errors of ours are one line on standard error.

    >>> main(["--version"])
    0.1.0
    0
    """
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
    evidence: Path | None,
    max_rejects: float,
    quiet: bool,
) -> int:
    """Write the events of all results to one file, their rejects beside it, and sum up what became of the records."""
    accounting, rejected = empty_frame(Accounting), 0
    with ExitStack() as files:
        events = files.enter_context(_EventsWriter(output, layout))
        spans = files.enter_context(TableWriter(evidence, Evidence)) if evidence else None
        rejects: TableWriter | None = None
        for result in _with_progress(results, quiet):
            events.write(result)
            if spans is not None:
                spans.write(result.evidence)
            if result.rejects.height:
                rejects = rejects or files.enter_context(TableWriter(_rejects_path(output), Reject))
                rejects.write(result.rejects)
                rejected += result.rejects.height
            accounting = _added(accounting, result.accounting)
        if spans is not None:
            spans.write(empty_frame(Evidence))
    records = _records(accounting)
    if rejected:
        print(f"eventdata: {rejected} records rejected, see {_rejects_path(output)}", file=sys.stderr)
    if not quiet and sys.stderr.isatty():
        _console(stderr=True).print(_table(accounting, title=f"{output}: what became of the records"))
    return _verdict(rejected, records, max_rejects)


class _EventsWriter:
    """Writes the events of results, in a layout, to a file or as CSV to standard output."""

    def __init__(self, output: Path, layout: Layout) -> None:
        self._layout = layout
        table = Event if layout == "eventdata" else None
        self._file = None if output == _STDOUT else TableWriter(output, table)
        self._is_empty = True

    def __enter__(self) -> "_EventsWriter":
        if self._file is not None:
            self._file.__enter__()
        return self

    def write(self, result: "Result") -> None:
        """Append the events of one result."""
        frame = in_layout(result.events, self._layout)
        if self._file is not None:
            self._file.write(frame)
        else:
            frame.write_csv(sys.stdout.buffer, include_header=self._is_empty)
        self._is_empty = False

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            self._file.__exit__(*error)


def _rejects_path(output: Path) -> Path:
    return Path("eventdata.rejects.csv") if output == _STDOUT else output.with_name(f"{output.stem}.rejects.csv")


def _added(total: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """Two accountings as one: the rows of the same file, stage and reason add up."""
    keys = ["file", "stage", "reason"]
    return pl.concat([total, more]).group_by(keys, maintain_order=True).agg(pl.col("rows").sum())


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


def _named(frame: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    return frame.select([pl.col(name).alias(shown) for name, shown in names.items()])


def _table(frame: pl.DataFrame, title: str) -> RichTable:
    """A frame as a table for people; an unknown value is a blank, numbers stand right."""
    table = RichTable(title=title)
    for name, dtype in frame.schema.items():
        table.add_column(name, justify="right" if dtype.is_numeric() else "left", overflow="fold")
    for row in frame.iter_rows():
        table.add_row(*("" if value is None else str(value) for value in row))
    return table

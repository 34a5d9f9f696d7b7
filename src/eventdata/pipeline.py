"""Reports in, events out: the main entry points of the library."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from eventdata.coding.coder import Coder, build_coder, code_batch, default_coder
from eventdata.coding.lexicon import build_lexicon
from eventdata.read.reports import Options, ReportBatch, as_day, read_reports
from eventdata.resolve.actor_lexicon import lexicon_of
from eventdata.resolve.actor_tables import ActorLexicon, actor_lexicon
from eventdata.result import Result, join_results
from eventdata.schema import Accounting, polars_schema


def normalize(
    reports: Any,
    *,
    published: date | str | None = None,
    columns: Mapping[str, str] | None = None,
    date_order: str | None = None,
    evidence: str | Path | None = None,
    vectors: bool = True,
    actors: str | Path | Sequence[str | Path] | None = None,
) -> Result:
    """Code reports into events.

    Args:
        reports: One text (`str`), a file (`Path`: CSV, Parquet, JSON, text, packed or not), a list of either, a list of dicts or
            `Report`s, or a table (polars, pandas, Arrow) with a column `text`. `report_id`, `published`, `title`, `source`,
            `source_url` and `lang` are used when there.
        published: Day of publication of reports that have none of their own.
        columns: The input's names for our columns, `{"their_name": "our_name"}`.
        date_order: `"DMY"`, `"MDY"` or `"YMD"` for days of publication that are not ISO.
        evidence: A table of evidence rules of your own, as `eventdata fit` writes it.
        vectors: Ask word vectors for a second opinion on the ACLED type where the evidence is close.
        actors: Actor tables of your own, one file or several: CSV with the columns `name` and `cameo_code` (and, if you like,
            the others of `seeds/actors/`), or PETRARCH dictionaries of actors and agents. A name in a CSV goes before one
            in a dictionary, and both go before the tables of eventdata.

    Returns:
        A `Result`. No row is lost: see its `rejects` and `accounting`.

    Raises:
        MissingColumnError: the table has no column `text`.
        UnreadableFileError: a file is missing, empty or of no known kind.
        BadCallError: an argument has a value that is not known.

    >>> result = normalize("On Tuesday rebels clashed with Syrian troops near Hama.", published="2024-12-04")
    >>> result.events.select("event_date", "sub_event_type", "source_code", "target_code").row(0)
    (datetime.date(2024, 12, 3), 'Armed clash', 'SYRREB', 'SYRMIL')
    """
    batches = normalize_batches(
        reports,
        published=published,
        columns=columns,
        date_order=date_order,
        evidence=evidence,
        vectors=vectors,
        actors=actors,
    )
    return join_results(batches)


def normalize_batches(
    reports: Any,
    *,
    published: date | str | None = None,
    columns: Mapping[str, str] | None = None,
    date_order: str | None = None,
    evidence: str | Path | None = None,
    vectors: bool = True,
    actors: str | Path | Sequence[str | Path] | None = None,
    batch_size: int = 6_000,
    workers: int = 1,
) -> Iterator[Result]:
    """`normalize` in bounded memory: yields one `Result` per batch of at most `batch_size` reports.

    `workers` batches are coded side by side in threads; results come in the order of the input.

    >>> [result.events.height for result in normalize_batches(["Police arrested two men in Lagos."] , batch_size=10)]
    [1]
    """
    options = Options(as_day(published), columns, date_order, batch_size)
    coder = _coder(evidence, lexicon_of(actors))
    batches = read_reports(reports, options)
    if workers <= 1:
        yield from (_code(batch, coder, vectors) for batch in batches)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting = []
        for batch in batches:
            waiting.append(pool.submit(_code, batch, coder, vectors))
            if len(waiting) > workers:
                yield waiting.pop(0).result()
        for job in waiting:
            yield job.result()


def _coder(evidence: str | Path | None, actors: ActorLexicon) -> Coder:
    """The coder of these rules and actors; that of the package's own tables is compiled once."""
    if evidence is None:
        return _coder_of(actors)
    from eventdata.fit import read_rules

    return build_coder(_coder_of(actors).lexicon, read_rules(Path(evidence)))


@lru_cache(maxsize=4)
def _coder_of(actors: ActorLexicon) -> Coder:
    return default_coder() if actors is actor_lexicon() else build_coder(build_lexicon(actors))


def _code(batch: ReportBatch, coder: Coder, vectors: bool) -> Result:
    coded = code_batch(batch.reports, coder, vectors=vectors)
    with_events = batch.reports.height - coded.reasons.height
    rows = [
        ("reports", "records", batch.records),
        ("reports", "with-events", with_events),
        *(("reports", reason, count) for reason, count in _counts(coded.reasons["reason"])),
        *(("rejected", rule, count) for rule, count in _counts(batch.rejects["rule"])),
        *(("repairs", note, count) for note, count in batch.notes.items()),
        ("candidates", "events", coded.events.height),
        ("candidates", "merged", coded.merged),
        ("candidates", "status", coded.dropped),
    ]
    accounting = pl.DataFrame(
        [
            {"file": batch.file, "stage": stage, "reason": reason, "rows": count}
            for stage, reason, count in rows
        ],
        schema=polars_schema(Accounting),
    )
    return Result(coded.events, batch.rejects, accounting, coded.evidence, batch.reports, coded.co_actors)


def _counts(values: pl.Series) -> list[tuple[str, int]]:
    table = values.alias("value").value_counts(sort=True)
    return [(value, count) for value, count in table.iter_rows()]

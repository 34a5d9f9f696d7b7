"""Checks every table under `seeds/`: keys filled and unique, references resolve, each table has its source.

Which columns are a table's key stands in `seeds/KEYS.csv` (split by `|`; a `?` marks a key column that may be
empty), which column refers to which other table in `seeds/REFERENCES.csv` (columns taken together are joined
by `+`; a cell that holds several values names its separator). A table name that ends in `*` stands for all tables of
that beginning.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

import polars as pl

from eventdata import seeds
from eventdata.errors import SeedError
from eventdata.seeds import load_seed, seed_names

PROBLEM_SCHEMA = pl.Schema(dict.fromkeys(("table", "rule", "column", "value"), pl.String()))
# These three describe the tables, they are none themselves.
_REGISTERS = ("KEYS", "REFERENCES", "SOURCES")
_SHOWN = 5
_Problem = tuple[str, str, str, str | None]


def check_seeds() -> pl.DataFrame:
    """All problems of the seed tables, one a row: `table, rule, column, value`; no rows when all is well.

    Rules: `unreadable`, `key-missing`, `key-empty`, `key-repeats`, `reference-missing`,
    `reference-unresolved`, `no-source`, `no-key`, `no-table` (it stands in a register only), `stray-blanks`.

    >>> check_seeds().height
    0
    """
    rows = [*_check_registers(), *_check_tables(), *_check_references()]
    return pl.DataFrame(rows, schema=PROBLEM_SCHEMA, orient="row")


def _files() -> list[str]:
    """Names of all files under `seeds/` but the registers; CSV files without their suffix, others with it."""
    paths = [path.relative_to(seeds.SEEDS).as_posix() for path in seeds.SEEDS.rglob("*") if path.is_file()]
    return sorted({path.removesuffix(".csv") for path in paths} - set(_REGISTERS))


def _register(name: str, column: str) -> dict[str, str | None]:
    """`column` of a register by table; a row whose table ends in `*` stands for every table of that beginning."""
    rows = dict(load_seed(name, "table").select("table", column).iter_rows())
    families = [table for table in rows if table.endswith("*")]
    covered = {table: rows[family] for family in families for table in _files() if fnmatchcase(table, family)}
    unused = {family: rows[family] for family in families if not any(fnmatchcase(t, family) for t in covered)}
    return covered | unused | {table: value for table, value in rows.items() if table not in families}


def _check_registers() -> Iterator[_Problem]:
    """Every table stands in SOURCES, with source and licence, and in KEYS."""
    files = _files()
    keyed = _register("KEYS", "key")
    for column in ("source", "licence"):
        sourced = _register("SOURCES", column)
        yield from ((name, "no-source", column, None) for name in files if sourced.get(name) is None)
    yield from (
        (name, "no-key", "table", None) for name in files if name in seed_names() and name not in keyed
    )
    unknown = (set(sourced) | set(keyed)) - set(files) - set(_REGISTERS)
    yield from ((name, "no-table", "table", None) for name in sorted(unknown))


def _check_tables() -> Iterator[_Problem]:
    keys = _register("KEYS", "key")
    for name in seed_names():
        try:
            table = load_seed(name)
        except (SeedError, pl.exceptions.PolarsError) as error:
            yield name, "unreadable", "", str(error)
            continue
        for column in table.columns:
            stray = table.filter(pl.col(column) != pl.col(column).str.strip_chars())
            yield from ((name, "stray-blanks", column, value) for value in stray[column].head(_SHOWN))
        yield from _check_key(name, table, keys.get(name))


def _check_key(name: str, table: pl.DataFrame, key: str | None) -> Iterator[_Problem]:
    if key is None:
        return
    parts = key.split("|")
    columns = [part.removesuffix("?") for part in parts]
    if missing := [column for column in columns if column not in table.columns]:
        yield name, "key-missing", "|".join(missing), None
        return
    for part in parts:
        if not part.endswith("?") and (empty := table[part].null_count()):
            yield name, "key-empty", part, str(empty)
    repeats = table.filter(pl.struct(columns).is_duplicated()).select(columns).unique(maintain_order=True)
    for row in repeats.head(_SHOWN).iter_rows():
        yield name, "key-repeats", key, "|".join(str(value) for value in row)


def _check_references() -> Iterator[_Problem]:
    for family, column, separator, target in load_seed("REFERENCES").iter_rows():
        target_name, _, target_column = target.rpartition(".")
        for name in [table for table in seed_names() if fnmatchcase(table, family)] or [family]:
            try:
                values = _values(name, column, separator)
                allowed = _values(target_name, target_column, None)
            except (SeedError, pl.exceptions.PolarsError) as error:
                yield name, "reference-missing", column, str(error)
                continue
            unresolved = values.filter(~values.is_in(allowed.implode())).head(_SHOWN)
            label = f"{column} -> {target}"
            yield from ((name, "reference-unresolved", label, value) for value in unresolved)


def _values(name: str, column: str, separator: str | None) -> pl.Series:
    """Distinct filled values of a column, or of several joined by `+`; gaps are left out."""
    joined = load_seed(name).select(pl.concat_str(column.split("+"), separator="+").alias("value"))["value"]
    if separator:
        joined = joined.str.split(separator).explode().str.strip_chars()
    return joined.drop_nulls().unique(maintain_order=True)

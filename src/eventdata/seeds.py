"""Opens the reference tables of `seeds/`: the only module that does.

Every table is a CSV file with a header, read as text (a code "010" is not ten, "NA" is Namibia), checked on load and
cached. In an installed package the tables lie in `_data/` beside this module, in a checkout at its root.
"""

from functools import cache
from pathlib import Path

import polars as pl

from eventdata.errors import SeedError

_INSTALLED = Path(__file__).parent / "_data"
_CHECKOUT = Path(__file__).parents[2]
DATA_ROOT = _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT
SEEDS = DATA_ROOT / "seeds"


def seed_file(name: str) -> Path:
    """Path of a file under `seeds/`; raises `SeedError` when it is not there."""
    path = SEEDS / name
    if not path.exists():
        raise SeedError(f"seeds/{name} is missing from this installation. Hint: reinstall eventdata.")
    return path


@cache
def load_seed(name: str, *key: str) -> pl.DataFrame:
    """Read `seeds/<name>.csv` as text columns; empty cells are null.

    `key` columns must be filled and, taken together, unique; else `SeedError` names the first offenders.

    >>> load_seed("acled/event_types", "sub_event_type").height
    25
    """
    path = seed_file(f"{name}.csv")
    table = pl.read_csv(path, infer_schema=False)
    missing = [column for column in key if column not in table.columns]
    if missing:
        raise SeedError(f"seeds/{name}.csv lacks the key columns {missing}; it has {table.columns}.")
    if key:
        empty = pl.any_horizontal(pl.col(*key).is_null())
        wrong = table.filter(empty | pl.struct(*key).is_duplicated()).select(*key)
        if not wrong.is_empty():
            raise SeedError(f"seeds/{name}.csv: {list(key)} is empty or repeats: {wrong.rows()[:5]}")
    return table


def seed_names() -> list[str]:
    """Names of all CSV tables under `seeds/`, as `load_seed` takes them."""
    return sorted(path.relative_to(SEEDS).with_suffix("").as_posix() for path in SEEDS.rglob("*.csv"))

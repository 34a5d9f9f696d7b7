"""Tells the layout of an archive file by its header, or by the number and the content of its fields."""

import csv
import io
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache

from eventdata.errors import BadCallError, UnknownLayoutError
from eventdata.harmonise.layouts import Layout, families, known_columns, layouts, name_key
from eventdata.read.members import Member, read_head
from eventdata.read.records import Shape
from eventdata.seeds import load_seed

_SEPARATORS = ("\t", ",", ";", "|")
# Share of the sampled records that must fit where a file has no header.
_ENOUGH = 0.8
_SAMPLE = 200
_ROW_NAME = "row_number"


@dataclass(frozen=True)
class Detected:
    """How a file is to be read: its layout, the shape of its records, and what was noticed."""

    member: Member
    layout: str
    family: str
    version: str
    shape: Shape | None
    has_header: bool
    missing: tuple[str, ...]
    form: str = "text"
    notes: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    hive: tuple[tuple[str, str], ...] = field(default=())

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the file's columns, as they are written in it."""
        return self.shape.names if self.shape else self.header


def detect(member: Member, layout: str | None = None) -> Detected:
    """The layout of a file; `layout` (a layout or a family by name) narrows the search.

    Raises `UnknownLayoutError` where none fits, more than one fits, or the file holds no events.
    """
    _check_name(layout)
    if member.is_parquet:
        return _detect_parquet(member, layout)
    head = read_head(member)
    if not head.strip():
        return _detect_empty(member, layout)
    if head.lstrip()[:1] in (b"{", b"["):
        found = _detect_json(member, head, layout)
        if found is not None:
            return found
    return _by_header(member, head, layout) or _by_content(member, head, layout)


def _check_name(layout: str | None) -> None:
    if layout is not None and layout not in layouts() and layout not in families():
        known = sorted({*layouts(), *families()} - {"no_events"})
        raise BadCallError(f"layout={layout!r} is not known. Hint: one of {', '.join(known)}.")


def _fits_wish(family: str, name: str, wish: str | None) -> bool:
    return wish is None or wish in (family, name)


# ---------------------------------------------------------------------------------------------- by header


def _by_header(member: Member, head: bytes, wish: str | None) -> Detected | None:
    best: tuple[int, str, list[str]] | None = None
    for separator in _SEPARATORS:
        names = first_cells(head, separator)
        hits = max(_hits(names, family) for family in families())
        if hits >= 2 and (best is None or hits > best[0]):
            best = (hits, separator, names)
    if best is None:
        return None
    _, separator, names = best
    hive = [key for key, _ in member.hive]
    fitting = _fitting_families([*names, *hive], wish)
    if not fitting:
        _refuse_no_events(member, names)
        if best[0] >= max(3, len(names) // 2):
            raise UnknownLayoutError(_missing_columns_text(member, names, wish))
        return None
    if len(fitting) > 1:
        raise UnknownLayoutError(
            f"{member.name}: the columns {names[:8]} fit more than one family: {', '.join(fitting)}. "
            "Hint: name one with layout=."
        )
    return _with_header(member, head, separator, names, fitting[0])


def _with_header(member: Member, head: bytes, separator: str, names: list[str], family: str) -> Detected:
    notes: list[str] = []
    layout, version = _closest(names, family, head, separator)
    base = layouts()[layout]
    quoted = separator != "\t" or base.quoted
    if quoted and separator != "," and not base.quoted:
        quoted = False
    if separator != base.separator:
        notes.append(f"separator is {separator!r} where the layout has {base.separator!r}")
    sample = _sample_records(head, separator, quoted)
    names, more = _mend_names(names, base, sample)
    notes += more
    unknown = [n for n in names if name_key(n) not in known_columns(family) and n != _ROW_NAME]
    if unknown:
        notes.append(f"columns that no layout of this family has: {', '.join(unknown[:10])}")
    shape = Shape(separator, quoted, unique_names(names), (len(names),))
    first = tuple(first_cells(head, separator))
    return Detected(
        member,
        layout,
        family,
        version,
        shape,
        True,
        base.missing,
        notes=tuple(notes),
        header=first,
        hive=member.hive,
    )


def _mend_names(names: list[str], base: Layout, sample: list[list[str]]) -> tuple[list[str], list[str]]:
    """Names for columns that the header leaves empty, or has one too few of."""
    if any(not n.strip() for n in names) and len(names) == len(base.columns):
        named = [name_key(n) for n in names if n.strip()]
        if set(named) <= {name_key(c) for c in base.columns}:
            return list(base.columns), ["header-positions: empty column names were filled by position"]
    if sample and all(len(record) == len(names) + 1 for record in sample[:20]):
        return [_ROW_NAME, *names], ["row-numbers: records have one field more than the header"]
    if names and name_key(names[0]) in ("", "unnamed:_0", "x", "x1", "_1"):
        return [_ROW_NAME, *names[1:]], ["row-numbers: the first column is no part of the archive"]
    return names, []


def _closest(names: list[str], family: str, head: bytes, separator: str) -> tuple[str, str]:
    """The layout whose columns differ least, and its version in words."""
    keys = {name_key(n) for n in names} - {"", _ROW_NAME}
    own = [layout for layout in layouts().values() if layout.family == family]
    unnamed = sum(not n.strip() for n in names)
    ranked = sorted(own, key=lambda lay: _distance(keys, lay, len(names) if unnamed > 1 else None))
    best = ranked[0]
    if best.name in ("acled_export_2023_31", "acled_export_2024_11_31"):
        best = layouts()[_by_inter_style(names, head, separator)]
    differs = keys ^ {name_key(c) for c in best.columns}
    return best.name, best.version if not differs else f"{best.version}, {len(differs)} columns differ"


def _distance(keys: set[str], layout: Layout, width: int | None) -> tuple[bool, int]:
    """Other columns in all; where names are missing, the number of fields counts first."""
    return width is not None and width != len(layout.columns), len(
        keys ^ {name_key(c) for c in layout.columns}
    )


def _by_inter_style(names: list[str], head: bytes, separator: str) -> str:
    """Since November 2024 ACLED writes actor types as words."""
    where = [name_key(n) for n in names].index("inter1") if "inter1" in map(name_key, names) else -1
    values = [
        r[where] for r in _sample_records(head, separator, True) if where >= 0 and len(r) > where and r[where]
    ]
    numbers = sum(v.replace(".", "").isdigit() for v in values)
    return "acled_export_2024_11_31" if values and numbers * 2 < len(values) else "acled_export_2023_31"


def _has_required(names: list[str], family: str) -> bool:
    required = families()[family].required
    keys = {name_key(n) for n in names}
    return bool(required) and all(any(c in keys for c in group) for group in required)


def _fitting_families(names: list[str], wish: str | None) -> list[str]:
    """Families whose needed columns are there; of several, those that know nearly as many columns as the best."""
    fitting = [
        f for f in families() if _has_required(names, f) and (wish is None or _wished_family(wish) == f)
    ]
    hits = {family: _hits(names, family) for family in fitting}
    return [family for family in fitting if hits[family] >= _ENOUGH * max(hits.values())]


def _hits(names: list[str], family: str) -> int:
    known = known_columns(family)
    return sum(name_key(n) in known for n in names)


def _refuse_no_events(member: Member, names: list[str]) -> None:
    keys = {name_key(n) for n in names}
    for layout in layouts().values():
        own = {name_key(c) for c in layout.columns}
        if layout.family == "no_events" and len(keys & own) >= 0.8 * len(own):
            raise UnknownLayoutError(
                f"{member.name}: this is {layout.name} ({layout.version}), which holds no events."
            )


def _missing_columns_text(member: Member, names: list[str], wish: str | None) -> str:
    looked = []
    for family in families().values():
        if not family.required or (wish is not None and _wished_family(wish) != family.name):
            continue
        keys = {name_key(n) for n in names}
        missing = [" or ".join(group) for group in family.required if not any(c in keys for c in group)]
        looked.append(f"{family.name} (lacks {', '.join(missing) or 'nothing'})")
    return (
        f"{member.name}: the header {names[:12]} fits no layout. Looked for: {'; '.join(looked)}. "
        "Hint: rename the columns to the archive's own names."
    )


# ---------------------------------------------------------------------------------------------- by content


@dataclass(frozen=True)
class _Signature:
    layout: str
    patterns: tuple[tuple[int, re.Pattern[str]], ...]


@cache
def _signatures() -> dict[str, _Signature]:
    found: dict[str, list[tuple[int, re.Pattern[str]]]] = {}
    for row in load_seed("layouts/signatures", "layout", "position").iter_rows(named=True):
        found.setdefault(row["layout"], []).append((int(row["position"]) - 1, re.compile(row["pattern"])))
    return {name: _Signature(name, tuple(patterns)) for name, patterns in found.items()}


def _by_content(member: Member, head: bytes, wish: str | None) -> Detected:
    if wish in _signatures() and layouts()[wish].family != "no_events":
        return _without_header(member, layouts()[wish], {})
    scores: dict[str, float] = {}
    for name, signature in _signatures().items():
        layout = layouts()[name]
        if not _fits_wish(layout.family, name, wish):
            continue
        records = _sample_records(head, layout.separator, layout.quoted, with_first=True)
        records = [r for r in records if any(cell.strip() for cell in r)]
        fit = sum(_fits(r, layout, signature) for r in records)
        # Each of the two forms of GDELT 1.0 may be a part of the file.
        least = 1 if name.startswith("gdelt1_events") else _ENOUGH * len(records)
        if records and fit >= least:
            scores[name] = fit / len(records)
    chosen = _choose(scores)
    if chosen is None:
        raise UnknownLayoutError(_unknown_text(member, head, wish))
    if len(chosen) > 1:
        raise UnknownLayoutError(
            f"{member.name}: has no header, and its fields fit {', '.join(chosen)}. Hint: name one with layout=."
        )
    layout = layouts()[chosen[0]]
    if layout.family == "no_events":
        raise UnknownLayoutError(
            f"{member.name}: this is {layout.name} ({layout.version}), which holds no events."
        )
    return _without_header(member, layout, scores)


def _choose(scores: dict[str, float]) -> list[str] | None:
    """Files of GDELT 1.0 may hold records of 57 and of 58 fields: together they make one file."""
    older = {name: scores.pop(name) for name in list(scores) if name.startswith("gdelt1_events")}
    if older and sum(older.values()) >= _ENOUGH:
        scores["gdelt1_events_58" if "gdelt1_events_58" in older else "gdelt1_events_57"] = sum(
            older.values()
        )
        for name, score in older.items():
            scores.setdefault(name, score)
        chosen = ["gdelt1_events_58" if "gdelt1_events_58" in older else "gdelt1_events_57"]
        return chosen + [name for name in scores if not name.startswith("gdelt1_events")]
    return sorted(scores) or None


def _without_header(member: Member, layout: Layout, scores: dict[str, float]) -> Detected:
    counts: tuple[int, ...] = (len(layout.columns),)
    version = layout.version
    names = layout.columns
    if layout.name.startswith("gdelt1_events"):
        # The sample may show one kind only, and the other stand further down.
        names, counts = layouts()["gdelt1_events_58"].columns, (57, 58)
        if scores.get("gdelt1_events_57") and scores.get("gdelt1_events_58"):
            version = "1.0, records of 57 and of 58 fields"
    shape = Shape(layout.separator, layout.quoted, names, counts)
    notes = ("no header: columns by position",) if layout.header == "yes" else ()
    return Detected(
        member,
        layout.name,
        layout.family,
        version,
        shape,
        False,
        layout.missing,
        notes=notes,
        hive=member.hive,
    )


def _fits(record: list[str], layout: Layout, signature: _Signature) -> bool:
    if len(record) != len(layout.columns):
        return False
    return all(pattern.search(record[position]) for position, pattern in signature.patterns)


def _unknown_text(member: Member, head: bytes, wish: str | None) -> str:
    first = head.split(b"\n", 1)[0].decode("utf-8", errors="replace")
    tabs, commas, semicolons = (first.count(s) + 1 for s in "\t,;")
    looked = [f"{n} ({len(layouts()[n].columns)} fields, no header)" for n in sorted(_signatures())]
    headed = [f.name for f in families().values() if f.required]
    wished = f" with layout={wish!r}" if wish else ""
    return (
        f"{member.name}: the layout is not known{wished}. Its first line has {tabs} tab fields, {commas} comma "
        f"fields, {semicolons} semicolon fields: {first[:120]!r}. Looked for a header of: {', '.join(headed)}; "
        f"without one for: {', '.join(looked)}."
    )


# ---------------------------------------------------------------------------------------------- other forms


def _detect_json(member: Member, head: bytes, wish: str | None) -> Detected | None:
    keys = _first_object_keys(head)
    if not keys:
        return None
    names = [*keys, *(key for key, _ in member.hive)]
    fitting = _fitting_families(names, wish)
    if len(fitting) != 1:
        raise UnknownLayoutError(_missing_columns_text(member, keys, wish))
    layout, version = _closest(keys, fitting[0], b"", ",")
    base = layouts()[layout]
    return Detected(
        member, layout, fitting[0], f"JSON, {version}", None, False, base.missing, "json", header=tuple(keys),
        hive=member.hive,
    )  # fmt: skip


def _first_object_keys(head: bytes) -> list[str]:
    """Keys of the first object that holds plain values."""
    text = head.decode("utf-8", errors="replace")
    decoder = json.JSONDecoder()
    for found in re.finditer(r"\{", text):
        try:
            value, _ = decoder.raw_decode(text, found.start())
        except json.JSONDecodeError:
            continue
        if isinstance(value, dict) and len(value) > 2 and not any(_is_rows(v) for v in value.values()):
            return [str(k) for k in value]
        if isinstance(value, dict):
            for part in value.values():
                if _is_rows(part):
                    return [str(k) for k in part[0]]
    return []


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _detect_parquet(member: Member, wish: str | None) -> Detected:
    import polars as pl

    names = list(pl.read_parquet_schema(member.path))
    hive = [key for key, _ in member.hive]
    fitting = _fitting_families([*names, *hive], wish)
    if len(fitting) != 1:
        raise UnknownLayoutError(_missing_columns_text(member, names, wish))
    layout, version = _closest(names, fitting[0], b"", ",")
    return Detected(
        member, layout, fitting[0], f"Parquet, {version}", None, False, layouts()[layout].missing, "parquet",
        header=tuple(names), hive=member.hive,
    )  # fmt: skip


def _detect_empty(member: Member, wish: str | None) -> Detected:
    if wish is None:
        raise UnknownLayoutError(
            f"{member.name}: the file is empty. Hint: name its layout with layout= to read it as no rows."
        )
    layout = layouts().get(wish) or next(lay for lay in layouts().values() if lay.family == wish)
    shape = Shape(layout.separator, layout.quoted, layout.columns, (len(layout.columns),))
    return Detected(
        member, layout.name, layout.family, layout.version, shape, False, layout.missing, notes=("empty",),
        hive=member.hive,
    )  # fmt: skip


def _wished_family(wish: str) -> str:
    return layouts()[wish].family if wish in layouts() else wish


# ---------------------------------------------------------------------------------------------- sampling


def first_cells(head: bytes, separator: str) -> list[str]:
    """The cells of the first record."""
    records = _sample_records(head, separator, separator != "\t", with_first=True, limit=1)
    return records[0] if records else []


def _sample_records(
    head: bytes, separator: str, quoted: bool, *, with_first: bool = False, limit: int = _SAMPLE
) -> list[list[str]]:
    """The first records of a file, without the last one, which may be cut."""
    text = head.decode("utf-8", errors="replace")
    if len(head) >= 1 << 17:
        text = text[: text.rfind("\n") + 1]
    if not quoted:
        lines = [line.rstrip("\r") for line in text.split("\n")[: limit + 1]]
        rows = [line.split(separator) for line in lines if line.strip("\r\n")]
    else:
        csv.field_size_limit(1 << 30)
        rows = []
        try:
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
                rows.append(row)
                if len(rows) > limit:
                    break
        except csv.Error:
            pass
    rows = [r for r in rows if r]
    return rows[:limit] if with_first else rows[1 : limit + 1]


def unique_names(names: list[str]) -> tuple[str, ...]:
    """The names of columns, each once: empty ones by position, repeated ones with a number."""
    seen: Counter[str] = Counter()
    unique = []
    for position, name in enumerate(names, 1):
        name = name.strip() or f"column_{position}"
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return tuple(unique)

"""Writes the published contracts: `schemas/` and the data dictionary page, from the declaration in `tables`.

`python -m eventdata.schema.publish` writes them,
with `--check` it writes nothing, and fails when one is stale.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from eventdata.schema.derive import arrow_schema, json_schema
from eventdata.schema.tables import TABLES, Table

_CHECKOUT = Path(__file__).parents[3]
_COMMAND = "python -m eventdata.schema.publish"
_MADE = f"Made from src/eventdata/schema/tables.py by `{_COMMAND}`; do not edit."
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "date": "date",
    "date-time": "date and time",
}
_FRICTIONLESS = {"date-time": "datetime"}
_CONSTRAINTS = ("minimum", "maximum", "pattern", "enum", "minLength", "maxLength")


def generated_files() -> dict[str, str]:
    """Content of every generated file, by its path from the root of the checkout.

    >>> sorted(generated_files())[:3]
    ['docs/data-dictionary.md', 'schemas/accounting.arrow.txt', 'schemas/accounting.schema.json']
    """
    files = {"docs/data-dictionary.md": data_dictionary()}
    for name, table in TABLES.items():
        files[f"schemas/{name}.schema.json"] = _as_json({"$comment": _MADE} | json_schema(table))
        files[f"schemas/{name}.table-schema.json"] = _as_json({"$comment": _MADE} | table_schema(table))
        files[f"schemas/{name}.arrow.txt"] = f"# {_MADE}\n{_arrow_text(table)}\n"
    return files


def stale_files(root: Path) -> list[str]:
    """Paths of the generated files under `root` that are missing, outdated, or no longer generated."""
    wanted = generated_files()
    present = {path.relative_to(root).as_posix() for path in (root / "schemas").glob("*") if path.is_file()}
    outdated = [path for path, text in wanted.items() if _read(root / path) != text]
    return sorted(outdated + list(present - set(wanted)))


def write_files(root: Path) -> list[str]:
    """Write the generated files under `root`, and return the paths of those that changed."""
    changed = stale_files(root)
    wanted = generated_files()
    for path in changed:
        if path in wanted:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(wanted[path], encoding="utf-8", newline="\n")
        else:
            (root / path).unlink()
    return changed


def table_schema(table: type[Table]) -> dict[str, Any]:
    """Frictionless Table Schema of a table: fields with type, description and constraints.

    >>> from eventdata.schema import Accounting
    >>> [field["type"] for field in table_schema(Accounting)["fields"]]
    ['string', 'string', 'string', 'integer']
    """
    schema = json_schema(table)
    required = set(schema.get("required", []))
    fields = []
    for name, column in schema["properties"].items():
        value = _filled(column)
        kind = _kind(value)
        constraints = {key: value[key] for key in _CONSTRAINTS if key in value}
        if name in required:
            constraints = {"required": True} | constraints
        kind = _FRICTIONLESS.get(kind, kind)
        field = {"name": name, "type": kind, "description": column.get("description", "")}
        fields.append(field | ({"constraints": constraints} if constraints else {}))
    return {"fields": fields, "missingValues": [""]}


def data_dictionary() -> str:
    """The data dictionary page: every column of every table in Markdown."""
    parts = [
        f"<!-- {_MADE} -->",
        "# Data dictionary",
        "",
        "An empty cell is unknown, never zero. Dates are ISO 8601. Byte offsets count the UTF-8 bytes of the"
        " text as it came. A column with a code list takes the values of that column in `seeds/`.",
    ]
    for name, table in TABLES.items():
        parts += ["", f"## {name}", "", (table.__doc__ or "").strip().split("\n\n")[0], ""]
        parts += ["| column | type | meaning | values |", "|---|---|---|---|"]
        schema = json_schema(table)
        required = set(schema.get("required", []))
        for column, declared in schema["properties"].items():
            value = _filled(declared)
            kind = _TYPES[_kind(value)] + (", never empty" if column in required else "")
            cells = (f"`{column}`", kind, declared.get("description", ""), _values_in_words(value, declared))
            parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(parts) + "\n"


def _values_in_words(value: dict[str, Any], declared: dict[str, Any]) -> str:
    if "enum" in value:
        return ", ".join(value["enum"])
    if "codelist" in declared:
        table, _, column = declared["codelist"].rpartition(".")
        return f"column `{column}` of `seeds/{table}.csv`"
    low, high = value.get("minimum"), value.get("maximum")
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    if low is not None:
        return f"{low:g} or more"
    return f"`{value['pattern']}`" if "pattern" in value else ""


def _filled(column: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a filled cell: the part of a nullable column that is not null."""
    for part in column.get("anyOf", []):
        if part.get("type") != "null":
            return dict(part)
    return column


def _kind(value: dict[str, Any]) -> str:
    return str(value.get("format", value.get("type", "string")))


def _arrow_text(table: type[Table]) -> str:
    schema = arrow_schema(table)
    return "\n".join(f"{field.name}: {field.type}{'' if field.nullable else ' not null'}" for field in schema)


def _as_json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def main(arguments: list[str] | None = None) -> int:
    """Write the generated files, or with `--check` only compare them; 0 when all is fresh."""
    parser = argparse.ArgumentParser(prog=_COMMAND, description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is stale")
    parser.add_argument("--root", type=Path, default=_CHECKOUT, help="root of the checkout")
    options = parser.parse_args(arguments)
    if not (options.root / "pyproject.toml").is_file():
        parser.error(f"{options.root} is not a checkout of eventdata; name one with --root")
    if not options.check:
        for path in write_files(options.root):
            print(f"wrote {path}")
        return 0
    stale = stale_files(options.root)
    for path in stale:
        print(f"stale: {path}", file=sys.stderr)
    if stale:
        print(f"Hint: run `{_COMMAND}` and commit what it writes.", file=sys.stderr)
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main())

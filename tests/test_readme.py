"""The README is true: its commands are the ones that are tested, its examples run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import eventdata

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DEMO = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/eventdata demo"
TEST = 'python3 -m venv .venv && .venv/bin/pip install -e ".[test]" && .venv/bin/python -m pytest'


def _examples(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """All Python examples of the README, run one after the other in an empty folder: the folder, and what they print."""
    folder = tmp_path_factory.mktemp("readme")
    environment = os.environ | {"PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(_examples(README))],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_the_first_example_has_at_most_ten_lines() -> None:
    lines = [line for line in _examples(README)[0].splitlines() if line]
    assert len(lines) <= 10


def test_the_first_example_prints_a_clash_and_a_protest(ran: tuple[Path, str]) -> None:
    assert "Armed clash" in ran[1]
    assert "Peaceful protest" in ran[1]


def test_the_first_example_writes_the_events(ran: tuple[Path, str]) -> None:
    events = pl.read_csv(ran[0] / "events.csv", infer_schema=False)
    assert events.select("event_date", "sub_event_type", "place_text", "fatalities").rows() == [
        ("2024-12-03", "Armed clash", "Hama", "12"),
        ("2024-12-04", "Peaceful protest", "Nairobi", None),
    ]


@pytest.mark.parametrize("command", [DEMO, TEST], ids=["demo", "test"])
def test_both_commands_stand_in_the_readme_on_a_line_of_their_own(command: str) -> None:
    assert [line.strip() for line in README.splitlines()].count(command) == 1


def test_there_is_a_line_for_windows() -> None:
    assert ".venv\\Scripts\\eventdata demo" in README


def test_every_file_that_a_page_names_is_there() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    missing = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert missing == []


def test_every_folder_of_tables_that_contributing_names_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:seeds|src|docs|schemas|benchmarks|\.ci)/[\w./-]*)`", text))
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_every_dependency_has_its_reason_in_contributing() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    declared = [*project["dependencies"], *(requirement for extra in extras for requirement in extra)]
    names = {re.split(r"[<>=;\[ ]", requirement)[0] for requirement in declared}
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [name for name in sorted(names) if not re.search(rf"\b{name}\b", text)] == []


def test_every_public_name_is_documented_with_an_example() -> None:
    pages = README + "".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))
    )
    for name in eventdata.__all__:
        assert f"{name}" in pages, name
        assert getattr(eventdata, name).__doc__, name

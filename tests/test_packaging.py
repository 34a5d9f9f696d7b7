"""The wheel that users install: it holds every table, and works away from the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from eventdata.seeds import seed_names

ROOT = Path(__file__).parents[1]
pytest.importorskip("build")
pytest.importorskip("hatchling")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    # Without isolation: the build backend is part of the test environment, so nothing is downloaded.
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package as the wheel has it."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def _python(installed: Path, away: Path, code: str) -> list[str]:
    """Lines printed by a fresh Python that finds the installed package only."""
    environment = os.environ | {"PYTHONPATH": str(installed)}
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=away, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def test_every_seed_table_of_the_checkout_loads_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = (
        "import eventdata, eventdata.seeds as s\n"
        "print(eventdata.__file__)\n"
        "for name in s.seed_names(): print(name, s.load_seed(name).height > 0)\n"
    )
    origin, *tables = _python(installed, tmp_path, code)
    assert Path(origin).is_relative_to(installed)
    assert tables == [f"{name} True" for name in seed_names()]


def test_the_wheel_holds_every_file_of_seeds_and_schemas(installed: Path) -> None:
    for folder in ("seeds", "schemas"):
        inside = installed / "eventdata" / "_data" / folder
        wanted = {path.relative_to(ROOT / folder) for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert {path.relative_to(inside) for path in inside.rglob("*") if path.is_file()} == wanted


def test_the_wheel_holds_the_marker_of_types_and_the_licences(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "eventdata/py.typed" in names
    for licence in ("LICENSE", "NOTICE", "LICENSES/CC-BY-4.0.txt", "LICENSES/MIT-Phoenix.txt"):
        assert any(name.endswith(f".dist-info/licenses/{licence}") for name in names), licence


def test_import_loads_neither_the_command_line_nor_dateparser(installed: Path, tmp_path: Path) -> None:
    code = "import sys, eventdata; print(*{'cyclopts', 'rich', 'dateparser', 'scipy'} & set(sys.modules))"
    assert _python(installed, tmp_path, code) == [""]


def test_the_version_is_that_of_the_project(installed: Path, tmp_path: Path) -> None:
    declared = next(
        line for line in (ROOT / "pyproject.toml").read_text().splitlines() if line.startswith("version")
    )
    assert _python(installed, tmp_path, "import eventdata; print(eventdata.__version__)") == [
        declared.split('"')[1]
    ]


def test_no_file_of_the_project_records_where_packages_were_downloaded() -> None:
    assert [
        path.name for path in ROOT.iterdir() if path.suffix == ".lock" or path.name == "requirements.txt"
    ] == []


def test_public_names_mean_the_same_in_whatever_order_they_are_used(tmp_path: Path, installed: Path) -> None:
    code = (
        "import eventdata\n"
        "for name in reversed(eventdata.__all__): getattr(eventdata, name)\n"
        "print([name for name in eventdata.__all__ if not callable(getattr(eventdata, name))])"
    )
    assert _python(installed, tmp_path, code) == ["[]"]

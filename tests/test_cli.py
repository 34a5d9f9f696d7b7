"""The command line: what it writes, what it says, and its exit codes."""

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from eventdata import __version__
from eventdata.cli import app, main
from eventdata.schema import Event, polars_schema

NEWS = (
    "date,text\n"
    '2024-12-04,"Rebels clashed with the Syrian army near Hama on Tuesday, killing 12 soldiers."\n'
    "2024-12-05,Thousands of people marched through Nairobi on Wednesday to demand lower taxes.\n"
)


@pytest.fixture
def news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CSV file of news in a folder that is also the working folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "news.csv"
    path.write_text(NEWS, encoding="utf-8")
    return path


def _said(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    captured = capsys.readouterr()
    return captured.out, captured.err


# ------------------------------------------------------------------------------ help and usage


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert _said(capsys)[0].strip() == __version__


def test_without_arguments_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "normalize" in _said(capsys)[0]


COMMANDS = [
    "normalize",
    "archive",
    "validate",
    "explain",
    "inspect",
    "demo",
    "fit",
    "lexicon lint",
    "lexicon unmatched",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--help"]) == 0
    help_text, _ = _said(capsys)
    assert "Examples" in help_text
    assert f"eventdata {command}" in help_text.replace(f"Usage: eventdata {command}", "")


USAGE_ERRORS = [
    pytest.param(["nonsense"], "nonsense", id="unknown-command"),
    pytest.param(["normalize", "news.csv"], "output", id="output-missing"),
    pytest.param(["normalize", "-o", "x.csv"], "files", id="files-missing"),
    pytest.param(["normalize", "news.csv", "-o", "x.csv", "--layout", "gdelt"], "gdelt", id="unknown-layout"),
    pytest.param(["normalize", "news.csv", "-o", "x.csv", "--fast"], "--fast", id="unknown-option"),
]


@pytest.mark.parametrize(("arguments", "named"), USAGE_ERRORS)
def test_a_wrong_command_line_is_exit_code_2(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = _said(capsys)
    assert out == ""
    assert named in err.lower()


OUR_ERRORS = [
    pytest.param(["normalize", "nothing.csv", "-o", "x.csv"], "nothing.csv", id="no-such-file"),
    pytest.param(["normalize", "news.csv", "-o", "x.xlsx"], ".parquet or .csv", id="unknown-suffix"),
    pytest.param(["normalize", "news.csv", "-o", "x.csv", "--published", "soon"], "soon", id="no-day"),
    pytest.param(["normalize", "news.csv", "-o", "x.csv", "--columns", "text"], "body=text", id="no-rename"),
    pytest.param(
        ["normalize", "news.csv", "-o", "x.csv", "--columns", "body=text"], "body", id="no-such-column"
    ),
    pytest.param(["normalize", "news.csv", "-o", "x.csv", "--date-order", "QQQ"], "DMY", id="no-date-order"),
    pytest.param(["normalize", "news.csv", "-o", "x.csv", "--batch-size", "0"], "batch_size", id="no-batch"),
    pytest.param(["normalize", "empty.csv", "-o", "x.csv"], "empty", id="empty-file"),
    pytest.param(["normalize", "broken.parquet", "-o", "x.csv"], "broken.parquet", id="broken-parquet"),
    pytest.param(["archive", "news.csv", "-o", "x.csv"], "news.csv", id="no-archive"),
    pytest.param(["inspect", "nothing.csv"], "nothing.csv", id="inspect-no-such-file"),
    pytest.param(["validate", "news.csv"], "layout", id="validate-no-events"),
    pytest.param(["explain", "news.csv", "--event", "zzz"], "zzz", id="no-such-event"),
    pytest.param(["lexicon", "lint", "news.csv"], "cameo_code", id="no-actor-table"),
    pytest.param(["lexicon", "unmatched", "nothing.csv"], "nothing.csv", id="unmatched-no-such-file"),
    pytest.param(["fit", "news.csv", "-o", "x.csv"], "sub_event_type", id="fit-no-labels"),
]


@pytest.mark.parametrize(("arguments", "named"), OUR_ERRORS)
def test_an_error_of_ours_is_one_message_and_exit_code_1(
    arguments: list[str], named: str, news: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (news.parent / "empty.csv").touch()
    (news.parent / "broken.parquet").write_bytes(b"PAR1")
    assert main(arguments) == 1
    out, err = _said(capsys)
    assert out == ""
    assert err.startswith("eventdata: ")
    assert named in err
    assert "Traceback" not in err
    assert not (news.parent / "x.csv").exists()


# ------------------------------------------------------------------------------ normalize


def test_news_become_events_in_parquet_with_the_meaning_of_each_column(
    news: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["normalize", "news.csv", "-o", "events.parquet"]) == 0
    events = pl.read_parquet("events.parquet")
    assert events.schema == polars_schema(Event)
    assert {"Armed clash", "Peaceful protest"} <= set(events["sub_event_type"])
    assert pq.read_schema("events.parquet").field("sub_event_type").metadata[b"group"] == b"what"
    assert _said(capsys) == ("", "")
    assert sorted(path.name for path in news.parent.iterdir()) == ["events.parquet", "news.csv"]


def test_batches_give_the_same_events_as_one(news: Path) -> None:
    main(["normalize", "news.csv", "-o", "one.csv"])
    main(["normalize", "news.csv", "-o", "two.csv", "--batch-size", "1"])
    assert Path("one.csv").read_text() == Path("two.csv").read_text()


def test_events_go_to_standard_output(news: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["normalize", "news.csv", "-o", "-"]) == 0
    events = pl.read_csv(capsysbinary.readouterr().out, infer_schema=False)
    assert events.columns == polars_schema(Event).names()
    assert events.height >= 2


def test_the_acled_layout_has_the_columns_of_acled(news: Path) -> None:
    assert main(["normalize", "news.csv", "-o", "acled.csv", "--layout", "acled"]) == 0
    table = pl.read_csv("acled.csv", infer_schema=False)
    assert {"event_id_cnty", "event_date", "inter1", "admin1", "notes", "fatalities"} <= set(table.columns)
    assert "cameo_code" not in table.columns


def test_the_evidence_is_written_where_asked(news: Path) -> None:
    assert main(["normalize", "news.csv", "-o", "events.csv", "--spans", "evidence.csv"]) == 0
    evidence = pl.read_csv("evidence.csv", infer_schema=False)
    events = pl.read_csv("events.csv", infer_schema=False)
    assert set(evidence["event_id"]) <= set(events["event_id"])
    assert evidence.height > 0


def test_a_column_can_be_renamed(news: Path) -> None:
    news.write_text(NEWS.replace("date,text", "day,body"), encoding="utf-8")
    arguments = ["--columns", "day=published", "--columns", "body=text"]
    assert main(["normalize", "news.csv", "-o", "events.csv", *arguments]) == 0
    assert pl.read_csv("events.csv", infer_schema=False)["published"].null_count() == 0


def test_a_text_file_takes_its_day_from_the_command_line(news: Path) -> None:
    Path("story.txt").write_text(
        "Rebels clashed with the Syrian army near Hama on Tuesday.", encoding="utf-8"
    )
    assert main(["normalize", "story.txt", "-o", "events.csv", "--published", "2024-12-04"]) == 0
    assert pl.read_csv("events.csv", infer_schema=False)["event_date"][0] == "2024-12-03"


@pytest.fixture
def half_bad(news: Path) -> Path:
    """News of which two of four records cannot be reports."""
    news.write_text(NEWS + "0025-01-01,Police shot at protesters.\n2024-12-05,\n", encoding="utf-8")
    return news


def test_rejects_are_written_beside_the_output(half_bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["normalize", "news.csv", "-o", "events.csv"]) == 0
    rejects = pl.read_csv("events.rejects.csv", infer_schema=False)
    assert rejects.select("source_row", "column", "value").rows() == [
        ("3", "published", "0025-01-01"),
        ("4", "text", None),
    ]
    assert "2 records rejected, see events.rejects.csv" in _said(capsys)[1]


@pytest.mark.parametrize(("share", "code"), [("0.5", 0), ("0.49", 3), ("0", 3)])
def test_more_rejects_than_allowed_are_exit_code_3_and_the_output_stands(
    half_bad: Path, share: str, code: int
) -> None:
    assert main(["normalize", "news.csv", "-o", "events.csv", "--max-rejects", share]) == code
    assert pl.read_csv("events.csv", infer_schema=False).height >= 2


def test_no_events_are_a_table_without_rows(news: Path) -> None:
    news.write_text("date,text\n2024-12-04,The museum shows paintings of flowers.\n", encoding="utf-8")
    assert main(["normalize", "news.csv", "-o", "events.parquet"]) == 0
    assert pl.read_parquet("events.parquet").schema == polars_schema(Event)
    assert pl.read_parquet("events.parquet").height == 0


# ------------------------------------------------------------------------------ the other commands


def test_written_events_pass_the_check(news: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["normalize", "news.csv", "-o", "events.parquet"])
    assert main(["validate", "events.parquet"]) == 0
    assert "0 rejected" in _said(capsys)[0]


def test_events_in_csv_and_in_the_acled_layout_pass_the_check_too(news: Path) -> None:
    main(["normalize", "news.csv", "-o", "events.csv"])
    assert main(["validate", "events.csv", "-q"]) == 0
    main(["normalize", "news.csv", "-o", "acled.csv", "--layout", "acled"])
    assert main(["validate", "acled.csv", "--layout", "acled", "-q"]) == 0


def test_a_wrong_value_is_found_and_written(news: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["normalize", "news.csv", "-o", "events.parquet"])
    pl.read_parquet("events.parquet").with_columns(latitude=pl.lit(95.0)).write_parquet("events.parquet")
    assert main(["validate", "events.parquet", "--rejects", "rejects.csv"]) == 3
    assert "latitude" in _said(capsys)[0]
    assert set(pl.read_csv("rejects.csv", infer_schema=False)["column"]) == {"latitude"}


def test_an_event_is_explained(news: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "news.csv"]) == 0
    out, _ = _said(capsys)
    assert "clashed" in out
    main(["normalize", "news.csv", "-o", "events.csv"])
    (first, *_) = pl.read_csv("events.csv", infer_schema=False)["event_id"]
    assert main(["explain", "news.csv", "--event", first]) == 0
    assert 0 < len(_said(capsys)[0]) < len(out)


def test_the_demo_shows_and_writes_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["demo"]) == 0
    out, err = _said(capsys)
    assert "Armed clash" in out
    assert err == ""
    parquet = pl.read_parquet("eventdata-demo/events.parquet")
    assert parquet.height == pl.read_csv("eventdata-demo/events.csv", infer_schema=False).height > 50
    assert parquet.schema == polars_schema(Event)


def test_weights_fitted_to_labelled_texts_code_news(news: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("scipy")
    texts = {"Arrests": "Police arrested {} men in Lagos.", "Peaceful protest": "{} people marched in Lagos."}
    rows = [f"{text.format(n)},{label}" for n in range(10, 20) for label, text in texts.items()]
    Path("labelled.csv").write_text("text,sub_event_type\n" + "\n".join(rows) + "\n", encoding="utf-8")
    assert main(["fit", "labelled.csv", "-o", "rules.csv"]) == 0
    assert "20 texts" in _said(capsys)[0]
    assert main(["normalize", "news.csv", "--rules", "rules.csv", "-o", "events.csv"]) == 0
    assert "Armed clash" in set(pl.read_csv("events.csv", infer_schema=False)["sub_event_type"])


def test_a_good_actor_table_has_nothing_to_remark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "groups.csv"
    path.write_text("name,cameo_code\nZorbax Front,PERREB\n")
    assert main(["lexicon", "lint", str(path)]) == 0
    path.write_text("name,cameo_code\nZorbax Front,PERREB\nZorbax Front,PERGOV\n")
    assert main(["lexicon", "lint", str(path)]) == 3
    assert "PERREB in line 2" in _said(capsys)[0]


def test_names_that_no_table_knows_are_shown(news: Path, capsys: pytest.CaptureFixture[str]) -> None:
    news.write_text("date,text\n2024-12-04,The Zorbax Front and the Syrian army fought.\n")
    assert main(["lexicon", "unmatched", "news.csv"]) == 0
    said = _said(capsys)[0]
    assert "Zorbax Front" in said
    assert "Syrian" not in said


def test_own_actor_tables_name_the_sides(news: Path) -> None:
    news.write_text("date,text\n2024-12-04,The Zorbax Front attacked the army in Lima.\n")
    (news.parent / "groups.csv").write_text("name,cameo_code\nZorbax Front,PERREB\n")
    assert main(["normalize", "news.csv", "--actors", "groups.csv", "-o", "out.csv", "-q"]) == 0
    assert pl.read_csv("out.csv")["source_code"].to_list() == ["PERREB"]


def test_every_command_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[1] / "docs" / "cli.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert f"eventdata {command}" in page
    assert app.name[0] == "eventdata"

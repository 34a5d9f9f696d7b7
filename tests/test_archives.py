"""Archive files of every layout become events, and every physical record is accounted for."""

import csv
import gzip
import io
import json
import random
import zipfile
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
import zstandard
from archive_files import (
    BUILDERS,
    acled_row,
    acled_words,
    gdelt_row,
    make_file,
    mention_row,
    ucdp_row,
    write_rows,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventdata.archives import (
    archive_to_parquet,
    inspect,
    read_archive,
    read_archive_batches,
    scan_archive,
    source_column,
    source_table,
)
from eventdata.errors import BadCallError, UnknownLayoutError, UnreadableFileError
from eventdata.harmonise.layouts import layouts
from eventdata.result import Result
from eventdata.schema import Event, arrow_schema, polars_schema

EVENT_LAYOUTS = [name for name in BUILDERS if name != "gdelt2_mentions_16"]
REAL = Path(__file__).parents[1].parent / "shared" / "archives"
REAL_FILES = [
    ("gdelt1/gdelt1_events_57_58_cols_mixed.tsv", 100),
    ("gdelt2/20150218230000.export.first100.CSV", 100),
    ("gdelt2/20191024143000.export.CSV", 2111),
    ("gdelt2/20190121220000.export.semicolon_header_crlf.CSV", 1629),
    ("gdelt2/translation.export.first100.CSV", 100),
    ("icews/events.2018.sample.tab", 3705),
    ("ucdp/ged191_subset_BGD_MMR.csv", 3194),
    ("ucdp/ged191_subset_BGD_MMR.csv.zip", 3194),
    ("ucdp/ged231_sample300_rebuilt.csv", 300),
    ("ucdp/hdx_conflict_data_BGD_hxl.csv", 601),
]


def save(folder: Path, text: str | bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def total(result: Result, stage: str, reason: str | None = None) -> int:
    rows = result.accounting.filter(pl.col("stage") == stage)
    if reason is not None:
        rows = rows.filter(pl.col("reason") == reason)
    return int(rows["rows"].sum())


def assert_balanced(result: Result) -> None:
    """Records in = events, mentions, rejects, duplicates, header, tag and blank lines, per file; tables and counts agree."""
    by_file = result.accounting.group_by("file").agg(
        read=pl.col("rows").filter((pl.col("stage") == "read") & (pl.col("reason") == "records")).sum(),
        out=pl.col("rows").filter(pl.col("stage") == "records").sum(),
    )
    assert by_file["read"].to_list() == by_file["out"].to_list()
    assert total(result, "records", "event") == result.events.height
    assert total(result, "records", "rejected") == result.rejects.height == total(result, "rejects")


# ---------------------------------------------------------------------------------------------- every layout


@pytest.mark.parametrize("layout", EVENT_LAYOUTS)
def test_a_file_of_each_layout_is_told_and_becomes_events(tmp_path: Path, layout: str) -> None:
    path = save(tmp_path, make_file(layout, 7))
    result = read_archive(path)
    assert inspect(path).layout == layout
    assert result.events.schema == polars_schema(Event)
    assert (result.events.height, result.rejects.height) == (7, 0)
    assert result.events["iso3"].to_list() == ["MLI"] * 7
    assert_balanced(result)


@pytest.mark.parametrize("layout", EVENT_LAYOUTS)
def test_keep_source_keeps_every_cell_of_the_file(tmp_path: Path, layout: str) -> None:
    text = make_file(layout, 5)
    result = read_archive(save(tmp_path, text), keep_source=True)
    separator = layouts()[layout].separator
    quoting = csv.QUOTE_NONE if separator == "\t" else csv.QUOTE_MINIMAL
    cells = list(csv.reader(io.StringIO(text), delimiter=separator, quoting=quoting))
    names = cells.pop(0) if len(cells) > 5 else list(inspect(tmp_path / "file.csv").columns)
    kept = result.events.select(source_column(name) for name in names)
    want = [[cell or None for cell in line] + [None] * (len(names) - len(line)) for line in cells]
    assert [list(row) for row in kept.rows()] == want


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_acled_written_in_acleds_layout_has_the_cells_of_its_file(tmp_path: Path, suffix: str) -> None:
    rows = [acled_row(n, inter1="1.0", latitude="12.50", timestamp=n) for n in range(3)]
    source = save(tmp_path, write_rows("acled_export_2023_31", rows))
    other = save(tmp_path, make_file("gdelt2_events_61", 2), "gdelt.csv")
    out = tmp_path / f"out.{suffix}"
    read_archive([source, other], keep_source=True).write(out, layout="acled")
    written = pl.read_csv(out, infer_schema=False) if suffix == "csv" else pl.read_parquet(out)
    plain = pl.read_csv(source, infer_schema=False)
    assert written.head(3).select(plain.columns).equals(plain)
    assert written["event_type"].to_list()[3:] == ["Battles"] * 2
    assert written["notes"].to_list()[3:] == [None] * 2


def test_parts_of_a_result_make_up_the_whole(tmp_path: Path) -> None:
    rows = [acled_row(n, fatalities="many" if n % 7 == 0 else n) for n in range(40)]
    paths = [
        save(tmp_path, write_rows("acled_export_2023_31", rows[s : s + 20]), f"{s}.csv") for s in (0, 20)
    ]
    whole, parts = read_archive(paths), list(read_archive_batches(paths))
    assert [part.events.height for part in parts] == [17, 17, 0]
    assert pl.concat([part.events for part in parts]).equals(whole.events)
    assert pl.concat([part.rejects for part in parts]).equals(whole.rejects)
    assert pl.concat([part.accounting for part in parts]).equals(whole.accounting)


def test_a_parquet_file_of_an_archive_says_what_its_columns_mean(tmp_path: Path) -> None:
    path = save(tmp_path, make_file("acled_export_2023_31", 3))
    archive_to_parquet(path, tmp_path / "out.parquet", keep_source=True)
    written = pq.read_schema(tmp_path / "out.parquet")
    assert written.field("fatalities").metadata == arrow_schema(Event).field("fatalities").metadata
    assert b"`notes`" in written.field("source_notes").metadata[b"description"]


@pytest.mark.parametrize("layout", [name for name in EVENT_LAYOUTS if name.startswith("acled")])
def test_acled_in_and_acled_out_is_equal_cell_by_cell(tmp_path: Path, layout: str) -> None:
    rows = [
        BUILDERS[layout](n) | {"admin1": " Nord ", "notes": 'two\nlines, "quoted"', "actor2": "NA"}
        for n in range(6)
    ]
    for n, row in enumerate(rows):
        row["event_date"] = f"{n + 13:02d} May 2021"
    path = save(tmp_path, write_rows(layout, rows))
    back = tmp_path / "back.csv"
    source_table(read_archive(path, keep_source=True).events).write_csv(back)
    for n, row in enumerate(rows):
        row["event_date"] = f"2021-05-{n + 13:02d}"
    want = list(csv.reader(io.StringIO(write_rows(layout, rows), newline="")))
    assert list(csv.reader(io.StringIO(back.read_text(), newline=""))) == want


def test_without_keep_source_the_lost_columns_are_listed(tmp_path: Path) -> None:
    result = read_archive(save(tmp_path, make_file("acled_export_2023_31")))
    lost = result.accounting.filter(pl.col("stage") == "columns left out")["reason"].to_list()
    assert lost == ["admin3", "timestamp"]


def test_mentions_become_evidence_of_their_event(tmp_path: Path) -> None:
    result = read_archive(save(tmp_path, make_file("gdelt2_mentions_16", 4)))
    assert result.events.is_empty()
    assert result.evidence["event_id"].to_list() == [f"gdelt:{500000 + n // 2}" for n in range(4)]
    assert result.evidence["text"][0] == mention_row(0)["MentionIdentifier"]
    assert total(result, "records", "mention") == 4


# ---------------------------------------------------------------------------------------------- real files


@pytest.mark.parametrize(("name", "rows"), REAL_FILES)
def test_every_record_of_a_real_file_is_accounted_for(name: str, rows: int) -> None:
    path = REAL / name
    if not path.exists():
        pytest.skip("the sample archives are not here")
    result = read_archive(path)
    assert_balanced(result)
    assert result.events.height + result.rejects.height + total(result, "records", "duplicate") == rows
    assert result.rejects.is_empty()


@pytest.mark.parametrize(
    "name", ["20150218230000.mentions.first100.CSV", "translation.mentions.first100.CSV"]
)
def test_real_mentions_are_all_kept(name: str) -> None:
    path = REAL / "gdelt2" / name
    if not path.exists():
        pytest.skip("the sample archives are not here")
    result = read_archive(path)
    assert result.evidence.height == 100
    assert_balanced(result)


def test_real_gdelt_rows_keep_their_values() -> None:
    path = REAL / "gdelt2" / "20191024143000.export.CSV"
    if not path.exists():
        pytest.skip("the sample archives are not here")
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    events = read_archive(path).events
    assert events["origin_id"].to_list() == [line[0] for line in lines]
    assert events["cameo_code"].to_list() == [line[26] for line in lines]
    assert events["goldstein"].to_list() == [float(line[30]) for line in lines]
    assert events["source_url"].to_list() == [line[60] for line in lines]


def test_real_ucdp_deaths_add_up() -> None:
    path = REAL / "ucdp" / "ged191_subset_BGD_MMR.csv"
    if not path.exists():
        pytest.skip("the sample archives are not here")
    with path.open(newline="") as handle:
        best = sum(int(row["best"]) for row in csv.DictReader(handle))
    assert read_archive(path).events["fatalities"].sum() == best


# ---------------------------------------------------------------------------------------------- packed, many, folders


def packed(text: str, kind: str) -> bytes:
    data = text.encode()
    if kind == "gzip":
        return gzip.compress(data)
    if kind == "zstd":
        return zstandard.ZstdCompressor().compress(data)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.csv", data)
        archive.writestr("readme.pdf", b"%PDF")
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["gzip", "zstd", "zip"])
@pytest.mark.parametrize("layout", ["gdelt2_events_61", "ucdp_ged_v22plus_49"])
def test_packed_files_are_read_as_they_are(tmp_path: Path, kind: str, layout: str) -> None:
    plain = read_archive(save(tmp_path, make_file(layout)))
    got = read_archive(save(tmp_path, packed(make_file(layout), kind), "file.bin"))
    assert got.events.drop("source_file").equals(plain.events.drop("source_file"))


def test_a_packed_file_that_breaks_off_gives_its_rows_and_a_warning(tmp_path: Path) -> None:
    rows = random.Random(1)
    text = write_rows(
        "gdelt2_events_61",
        [gdelt_row(n, SOURCEURL=f"https://x.example/{rows.random()}") for n in range(3000)],
    )
    data = gzip.compress(text.encode())
    result = read_archive(save(tmp_path, data[: len(data) // 2], "file.gz"))
    assert 100 < result.events.height < 3000
    assert total(result, "warnings", "cut-file") == 1
    assert_balanced(result)


def test_many_files_of_many_layouts_make_one_table(tmp_path: Path) -> None:
    for layout in ("gdelt2_events_61", "acled_export_2023_31", "ucdp_ged_v22plus_49"):
        save(tmp_path, make_file(layout), f"{layout}.csv")
    by_folder, by_pattern = read_archive(tmp_path), read_archive(str(tmp_path / "*.csv"))
    assert sorted(by_folder.events["dataset"].unique()) == ["acled", "gdelt", "ucdp"]
    assert by_folder.events.equals(by_pattern.events)
    assert_balanced(by_folder)


def test_folder_names_fill_the_columns_that_files_lack(tmp_path: Path) -> None:
    columns = ["event_id_cnty", "event_date", "event_type", "fatalities"]
    folder = tmp_path / "country=Burkina%20Faso" / "year=2021"
    folder.mkdir(parents=True)
    save(folder, write_rows("acled_export_2023_31", [acled_row(0), acled_row(1)], columns=columns))
    events = read_archive(tmp_path).events
    assert events["iso3"].to_list() == ["BFA", "BFA"]


def test_rows_of_an_earlier_file_are_duplicates_and_changed_rows_are_rejects(tmp_path: Path) -> None:
    first = save(tmp_path, write_rows("acled_export_2023_31", [acled_row(n) for n in range(3)]), "a.csv")
    again = [acled_row(1), acled_row(2, fatalities=99), acled_row(3)]
    second = save(tmp_path, write_rows("acled_export_2023_31", again), "b.csv")
    result = read_archive([first, second])
    assert result.events["origin_id"].to_list() == ["MLI1", "MLI2", "MLI3", "MLI4"]
    assert total(result, "records", "duplicate") == 1
    assert result.rejects.select("rule", "value", "source_row").rows() == [("id-repeats", "MLI3", 3)]
    assert_balanced(result)


def test_a_scan_and_a_parquet_file_give_the_same_events(tmp_path: Path) -> None:
    path = save(tmp_path, make_file("acled_export_2023_31", 9))
    want = read_archive(path).events
    assert scan_archive(path).collect().equals(want)
    assert scan_archive(path).filter(pl.col("fatalities") > 2).select("event_id").collect().height == 3
    result = archive_to_parquet(path, tmp_path / "out" / "events.parquet")
    assert pl.read_parquet(tmp_path / "out" / "events.parquet").equals(want)
    assert total(result, "records", "event") == 9


def test_the_acled_api_answer_is_read(tmp_path: Path) -> None:
    rows = [{k: str(v) for k, v in acled_words(acled_row(n)).items()} for n in range(4)]
    answer = json.dumps({"status": 200, "success": True, "count": 4, "data": rows})
    for text in (answer, json.dumps(rows), "\n".join(map(json.dumps, rows))):
        result = read_archive(save(tmp_path, text, "api.json"))
        assert result.events["origin_id"].to_list() == ["MLI1", "MLI2", "MLI3", "MLI4"]
        assert result.events["fatalities"].to_list() == [0, 1, 2, 3]
        assert_balanced(result)


def test_an_api_answer_that_breaks_off_rejects_the_rest(tmp_path: Path) -> None:
    rows = [acled_row(n) for n in range(4)]
    text = json.dumps({"data": rows})
    result = read_archive(save(tmp_path, text[: text.rindex('"fatalities"')], "api.json"))
    assert result.events.height == 3
    assert result.rejects["rule"].to_list() == ["broken-json"]
    assert_balanced(result)


# ---------------------------------------------------------------------------------------------- unknown


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("a,b,c\n1,2,3\n", "Looked for a header of: acled, gdelt", id="other-header"),
        pytest.param("1\t2\t3\n4\t5\t6\n", "gdelt2_events_61 .61 fields", id="other-count"),
        pytest.param(
            "event_date,event_type,notes\n2020-01-01,Battles,x\n", "country or iso", id="no-country"
        ),
        pytest.param("", "the file is empty", id="empty"),
        pytest.param('{"title": "x", "text": "y", "date": "z"}', "fits no layout", id="other-json"),
        pytest.param("20150218230000-0\t20150218230000" + "\tx" * 25 + "\n", "holds no events", id="gkg"),
    ],
)
def test_an_unknown_file_is_an_error_that_tells_what_was_looked_for(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(UnknownLayoutError, match=words):
        read_archive(save(tmp_path, text))


def test_a_header_that_two_families_share_needs_a_name(tmp_path: Path) -> None:
    columns = ["Event ID", "Event Date", "CAMEO Code", "Source Name", "Event Type", "Actor Name", "Country"]
    text = ",".join(columns) + "\n1,2020-01-01,190,A,ASSAULT,B,Mali\n"
    path = save(tmp_path, text)
    with pytest.raises(UnknownLayoutError, match="more than one family"):
        read_archive(path)
    assert read_archive(path, layout="icews").events["cameo_code"].to_list() == ["190"]


def test_wrong_calls_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="no such file"):
        read_archive(tmp_path / "nothing.csv")
    with pytest.raises(BadCallError, match="layout='acledd' is not known"):
        read_archive(save(tmp_path, make_file("icews_20")), layout="acledd")
    with pytest.raises(UnreadableFileError, match="no file matches"):
        read_archive(str(tmp_path / "*.zip"))


# ---------------------------------------------------------------------------------------------- damage


def physical_lines(data: bytes) -> int:
    return data.count(b"\n") + (not data.endswith(b"\n") and len(data) > 0)


TEXT_LAYOUTS = [
    "acled_export_2020_31",
    "acled_v5_25",
    "gdelt1_events_58",
    "gdelt2_events_61",
    "ucdp_ged_v22plus_49",
    "icews_20",
    "polecat_40",
    "phoenix_realtime_26",
]
DAMAGES = ["cut", "quote", "tab-more", "tab-less", "byte", "double", "blank", "header-inside", "crlf"]


def damage(data: bytes, kind: str, draw: random.Random) -> bytes:
    at = draw.randrange(len(data))
    separator = b"\t" if b"\t" in data else b","
    lines = data.split(b"\n")
    line = draw.randrange(max(1, len(lines) - 1))
    if kind == "cut":
        return data[: max(at, 400)]
    if kind == "quote":
        return data[:at] + b'"' + data[at:]
    if kind == "tab-more":
        return data[:at] + separator + data[at:]
    if kind == "tab-less":
        found = data.find(separator, at)
        return data if found < 0 else data[:found] + data[found + 1 :]
    if kind == "byte":
        return data[:at] + bytes([draw.randrange(256)]) + data[at + 1 :]
    if kind == "double":
        return b"\n".join([*lines[: line + 1], *lines[line:]])
    if kind == "blank":
        return b"\n".join([*lines[:line], b"", *lines[line:]])
    if kind == "header-inside":
        return b"\n".join([*lines[:-1], lines[0], *lines[1:]])
    return data.replace(b"\n", b"\r\n")


@pytest.mark.parametrize("layout", TEXT_LAYOUTS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damages=st.lists(st.sampled_from(DAMAGES), min_size=1, max_size=4), seed=st.integers(0, 10_000))
def test_no_damage_loses_a_record(tmp_path: Path, layout: str, damages: list[str], seed: int) -> None:
    data = make_file(layout, 12).encode()
    draw = random.Random(seed)
    first = data.index(b"\n") + 1
    for kind in damages:
        # The header stays: a file without it is of no known layout, which is another test.
        data = data[:first] + damage(data[first:], kind, draw)
    result = read_archive(save(tmp_path, data), layout=layout)
    assert_balanced(result)
    assert total(result, "read", "physical lines") == physical_lines(data)
    taken = [result.events["source_row"], result.rejects["source_row"]]
    assert pl.concat(taken).is_unique().all()


@pytest.mark.parametrize("layout", ["gdelt2_events_61", "gdelt1_events_58", "icews_20"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000))
def test_a_quote_in_a_tab_file_is_data(tmp_path: Path, layout: str, seed: int) -> None:
    rows = [BUILDERS[layout](n) for n in range(8)]
    name = "Source Name" if layout == "icews_20" else "Actor1Name"
    draw = random.Random(seed)
    for row in draw.sample(rows, 3):
        row[name] = 'THE "X' if draw.random() < 0.5 else '"'
    result = read_archive(save(tmp_path, write_rows(layout, rows)))
    assert result.events["actor1"].to_list() == [row[name] for row in rows]


@pytest.mark.parametrize("layout", ["acled_export_2023_31", "ucdp_ged_v22plus_49"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000))
def test_one_stray_quote_costs_one_record_at_most(tmp_path: Path, layout: str, seed: int) -> None:
    text = make_file(layout, 10)
    records = text.splitlines(keepends=True) if layout.startswith("acled") else None
    draw = random.Random(seed)
    at = draw.randrange(text.index("\n") + 1, len(text))
    result = read_archive(save(tmp_path, text[:at] + '"' + text[at:]))
    if records is not None:
        assert result.events.height >= 9
    assert result.events.height >= 8
    assert_balanced(result)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(list(range(31))))
def test_the_order_of_columns_does_not_matter(tmp_path: Path, order: list[int]) -> None:
    rows = [acled_row(n) for n in range(4)]
    text = write_rows("acled_export_2023_31", rows)
    names = text.split("\n", 1)[0].split(",")
    turned = write_rows("acled_export_2023_31", rows, columns=[names[i] for i in order])
    want = read_archive(save(tmp_path, text)).events
    assert read_archive(save(tmp_path, turned)).events.equals(want)


def test_records_are_counted_like_an_independent_reader_does(tmp_path: Path) -> None:
    text = make_file("ucdp_ged_v22plus_49", 20)
    result = read_archive(save(tmp_path, text))
    assert total(result, "read", "records") == sum(1 for _ in csv.reader(io.StringIO(text)))


def test_small_pieces_give_the_same_events_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path, make_file("ucdp_ged_v22plus_49", 40))
    want = read_archive(path)
    monkeypatch.setattr("eventdata.read.records.PIECE_BYTES", 700)
    got = read_archive(path)
    assert got.events.equals(want.events)
    assert got.accounting.equals(want.accounting)


def test_records_of_57_and_58_fields_stand_in_one_file(tmp_path: Path) -> None:
    old, new = [gdelt_row(n) for n in range(5)], [gdelt_row(n) for n in range(5, 10)]
    text = write_rows("gdelt1_events_57", old) + write_rows("gdelt1_events_58", new)
    events = read_archive(save(tmp_path, text)).events
    assert events["source_url"].to_list() == [None] * 5 + [row["SOURCEURL"] for row in new]


def test_a_record_that_lost_a_tab_is_no_record_of_57_fields(tmp_path: Path) -> None:
    lines = make_file("gdelt1_events_58", 6).splitlines()
    lines[2] = lines[2].replace("\tMLIMIL\t", "\tMLIMIL", 1)
    result = read_archive(save(tmp_path, "\n".join(lines)))
    assert result.events.height == 5
    assert result.rejects["source_row"].to_list() == [3]
    assert "MLIMIL" in result.rejects["raw"][0]


def test_a_ucdp_file_without_header_is_told_by_its_fields(tmp_path: Path) -> None:
    path = save(tmp_path, write_rows("ucdp_ged_v22plus_49", [ucdp_row(n) for n in range(5)], header=False))
    assert inspect(path).layout == "ucdp_ged_v22plus_49"
    assert read_archive(path).events["fatalities"].to_list() == [3] * 5


def test_an_empty_file_of_a_named_layout_has_no_rows(tmp_path: Path) -> None:
    result = read_archive(save(tmp_path, ""), layout="gdelt2_events_61")
    assert result.events.is_empty()
    assert_balanced(result)

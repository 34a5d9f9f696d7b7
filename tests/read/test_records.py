"""Records are cut and parsed so that none is lost or shifted: quotes, line breaks, counts of fields, encodings."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventdata.read.members import TextStream
from eventdata.read.records import Shape, cut_records, parse_piece

TABS = Shape("\t", False, ("a", "b", "c"), (2, 3))
COMMAS = Shape(",", True, ("a", "b", "c"), (3,))


def read(data: bytes | str, shape: Shape, size: int = 1 << 20) -> dict[str, Any]:
    """All rows, bad records, blank lines, repairs."""
    stream = TextStream(io.BytesIO(data.encode() if isinstance(data, str) else data))
    rows, numbers, bad, raw, repairs, blank, records, lines = [], [], [], [], {}, 0, 0, 0
    for piece in cut_records(stream, shape, size=size):
        block = parse_piece(piece, shape, shape.names)
        rows += block.frame.rows()
        numbers += block.rows.to_list()
        raw += block.raw(range(block.frame.height))
        bad += [(b.row, b.rule, b.raw.decode(errors="replace")) for b in block.bad]
        blank += block.blank
        records += block.records
        lines += block.lines
        for name, number in block.repairs.items():
            repairs[name] = repairs.get(name, 0) + number
    return {
        "rows": rows, "numbers": numbers, "bad": bad, "raw": raw, "blank": blank,
        "records": records, "lines": lines, "repairs": {k: v for k, v in repairs.items() if v},
    }  # fmt: skip


def test_quotes_in_a_tab_file_are_data() -> None:
    got = read('1\t"2\t3\n4\t5"\t"6"\n', TABS)
    assert got["rows"] == [("1", '"2', "3"), ("4", '5"', '"6"')]


def test_shorter_and_longer_records_of_a_tab_file_are_told_apart() -> None:
    got = read("1\t2\n3\t4\t\n5\n6\t7\t8\t9\n\n", TABS)
    assert got["rows"] == [("1", "2", None), ("3", "4", None)]
    assert got["bad"] == [(3, "field-count", "5"), (4, "field-count", "6\t7\t8\t9")]
    assert (got["blank"], got["records"]) == (1, 5)


def test_cells_with_line_breaks_separators_and_quotes_are_one_cell() -> None:
    got = read('1,"two\nlines, ""quoted""",3\r\n4,5,6', COMMAS)
    assert got["rows"] == [("1", 'two\nlines, "quoted"', "3"), ("4", "5", "6")]
    assert got["raw"] == ['1,"two\nlines, ""quoted""",3', "4,5,6"]
    assert (got["records"], got["lines"]) == (2, 3)


STRAY = [
    pytest.param('4,5",6\n', ("4", '5"', "6"), {"stray-quote": 1}, id="in-a-plain-cell"),
    pytest.param('4,"5"x,6\n', None, {}, id="after-a-quoted-cell"),
    pytest.param('4,"5,6\n', None, {}, id="never-closed"),
]


@pytest.mark.parametrize(("line", "row", "repairs"), STRAY)
def test_a_stray_quote_costs_its_line_and_no_other(
    line: str, row: tuple[str, ...] | None, repairs: dict[str, int]
) -> None:
    got = read("1,2,3\n" + line + '7,"8\n8",9\n10,11,12\n', COMMAS)
    kept = [("1", "2", "3"), *([row] if row else []), ("7", "8\n8", "9"), ("10", "11", "12")]
    assert got["rows"] == kept
    assert got["repairs"] == repairs
    if row is None:
        assert got["bad"] == [(2, "broken-quotes", line.rstrip("\n"))]
        assert got["numbers"] == [1, 3, 4]


def test_two_stray_quotes_that_pair_do_not_swallow_a_row() -> None:
    wide = Shape(",", True, tuple("abcdefghijkl"), (12,))
    line = "1,2,3,4,5,6,7,8,9,10,11,12"
    got = read(
        f"{line.replace('3,', chr(34) + '3,')}\n{line.replace('5,', '5' + chr(34) + ',')}\n{line}\n", wide
    )
    assert got["rows"][-1] == tuple(line.split(","))
    assert got["records"] == 3


def test_windows_text_is_recoded_and_mixed_text_is_marked() -> None:
    data = "1,é,3\n".encode("cp1252") + "2,é,4\n".encode() + b"3,\xc3\xa9\xff,5\n"
    got = read(data, COMMAS)
    assert got["rows"] == [("1", "é", "3"), ("2", "é", "4"), ("3", "é�", "5")]
    assert got["repairs"] == {"windows-1252": 1, "utf-8-replaced": 1}


@pytest.mark.parametrize(
    ("data", "repair"),
    [
        (b"\xef\xbb\xbf1,2,3\n4,5,6\n", "bom"),
        ("1,2,3\n4,5,6\n".encode("utf-16"), "utf-16"),
        (b"1,2,3\r4,5,6\r", "cr-line-ends"),
    ],
)
def test_other_forms_of_text_are_recoded(data: bytes, repair: str) -> None:
    stream = TextStream(io.BytesIO(data))
    rows = [r for p in cut_records(stream, COMMAS) for r in parse_piece(p, COMMAS, COMMAS.names).frame.rows()]
    assert rows == [("1", "2", "3"), ("4", "5", "6")]
    assert stream.repairs == [repair]


cells = st.text(st.sampled_from('ab1 ,"\n\r\té"'), max_size=8)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.tuples(cells, cells, cells), max_size=12), size=st.integers(1, 60))
def test_whatever_a_writer_writes_is_read_back(rows: list[tuple[str, str, str]], size: int) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    # A lone carriage return as first line end would make it a file of an old Mac.
    text = "h,h,h\n" + out.getvalue()
    got = read(text, COMMAS, size)
    want = [tuple(cell or None for cell in row) for row in csv.reader(io.StringIO(text, newline=""))]
    assert [tuple(cell or None for cell in row) for row in got["rows"]] == want
    assert got["records"] == len(want)


plain = st.text(st.sampled_from('ab1 ,"é'), max_size=6)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.tuples(plain, plain, plain), max_size=12), size=st.integers(1, 60))
def test_whatever_stands_between_tabs_is_read_back(rows: list[tuple[str, str, str]], size: int) -> None:
    text = "".join("\t".join(row) + "\n" for row in rows)
    assert read(text, TABS, size)["rows"] == [tuple(cell or None for cell in row) for row in rows]


@pytest.mark.parametrize("part", [1, 2, 3, 7])
@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ('1,"two\nlines, ""quoted""",3\r\n4,5,6\n7,8\n\n"",",,",9\n1,2,3,\n', COMMAS),
        ('1\t2\n3\t4\t\n5\n6\t7\t8\t9\n\n"\t\n"', TABS),
    ],
)
def test_fields_are_counted_across_the_parts_that_a_text_is_looked_at_in(
    monkeypatch: pytest.MonkeyPatch, part: int, text: str, shape: Shape
) -> None:
    whole = read(text, shape)
    monkeypatch.setattr("eventdata.read.records._CACHED", part)
    assert read(text, shape) == whole

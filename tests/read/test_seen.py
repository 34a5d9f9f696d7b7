"""Repeated ids are found within a batch and across batches, exactly."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventdata.read.seen import Repeats, make_keys

ids = st.one_of(
    st.integers(0, 30).map(str),
    st.integers(1, 20).map(lambda n: f"MLI{n}"),
    st.integers(1, 9).map(lambda n: f"MLI0{n}"),
    st.integers(1, 9).map(lambda n: f"20220901-{n}-ASSAULT"),
    st.sampled_from(["99999999999", "1ALG", "mli5", "", "00012"]),
)
batches = st.lists(st.lists(st.tuples(ids, st.integers(0, 2)), max_size=12), max_size=6)


@settings(max_examples=200, deadline=None)
@given(batches=batches)
def test_repeats_are_found_like_a_dictionary_finds_them(batches: list[list[tuple[str, int]]]) -> None:
    repeats = Repeats()
    first: dict[str, int] = {}
    for batch in batches:
        names = pl.Series("id", [i for i, _ in batch], dtype=pl.String)
        content = pl.Series("c", [n for _, n in batch], dtype=pl.UInt64).hash(seed=3)
        exact, other = repeats.split(make_keys(names, content))
        for (name, version), is_exact, is_other in zip(batch, exact, other, strict=True):
            if name not in first:
                assert (is_exact, is_other) == (False, False)
                first[name] = version
            else:
                assert is_exact or is_other
                if first[name] == version:
                    assert is_exact


@pytest.mark.parametrize("count", [1, 1000])
def test_new_ids_are_no_repeats(count: int) -> None:
    repeats = Repeats()
    for start in range(0, count, 100):
        names = pl.Series([str(n) for n in range(start, start + 100)])
        exact, other = repeats.split(make_keys(names, names.hash()))
        assert not exact.any()
        assert not other.any()

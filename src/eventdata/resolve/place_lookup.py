"""Finds place names that the scan does not know: capitalised words after "in", "near", "village of", before "district".

The gazetteer is asked by hash, on the distinct names of a batch, and answers only for countries that the report is about, or
for places that are well known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.resolve.place_tables import (
    fold,
    gazetteer,
    gazetteer_spellings,
    nation_numbers,
    place_arrays,
    places,
    skeleton,
    stop_names,
)
from eventdata.resolve.place_windows import (
    BLANK,
    CAPITAL,
    OPEN,
    QUOTE,
    WORDS,
    Around,
    Ints,
    Texts,
    read_words,
    vocabulary,
)

Array = npt.NDArray[Any]
_WELL_KNOWN = 100_000
_LONGEST = 4  # words of a name
_ABOUT = 4  # quarter votes that make a country one that the report is about
_LEAST_CONSONANTS = 4
_LETTERS_MORE = 4  # two spellings of one name may differ by so many letters


@dataclass(frozen=True)
class _Index:
    """Places by their folded names, sorted by name, larger places first: `place[i]` bears `name[i]`.

    `main`: it is the place's own name, not another spelling or an older name.
    """

    name: pl.Series
    place: Ints
    main: npt.NDArray[np.bool_]


@cache
def _index() -> _Index:
    """The gazetteer's spellings, which come sorted."""
    every = gazetteer_spellings()
    name = every["name"].str.replace_all(" ", "", literal=True)
    return _Index(name, every["place"].to_numpy().astype(np.int64), every["main"].to_numpy())


@cache
def _own_index() -> _Index:
    """The names of our own rows that are not in the gazetteer."""
    own = places().slice(gazetteer().height).filter(pl.col("kind") != "country")
    own = own.select("place", name=fold(pl.col("name"))).sort("name", "place")
    return _Index(own["name"], own["place"].to_numpy().astype(np.int64), np.ones(own.height, dtype=np.bool_))


def _bearers(names: pl.Series) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
    """The places that bear each folded name: number of the name (ascending), place, and whether it is its own name."""
    parts = []
    for index in (_own_index(), _index()):
        low, high = (index.name.search_sorted(names, side).to_numpy() for side in ("left", "right"))
        which, entry = _expand(low.astype(np.int64), high.astype(np.int64))
        parts.append((which, index.place[entry], index.main[entry]))
    which, place, main = (np.concatenate(both) for both in zip(*parts, strict=True))
    order = np.argsort(which, kind="stable")
    return which[order], place[order], main[order]


@cache
def _spellings_by_nation() -> tuple[pl.DataFrame, Ints]:
    """`place` and `name` of all spellings by the number of the country, and where each country begins."""
    listed = gazetteer_spellings().select("place", "name")
    nation = place_arrays().nation[listed["place"].to_numpy()]
    order = np.argsort(nation, kind="stable")
    begins = np.searchsorted(nation[order], np.arange(len(nation_numbers()) + 1))
    return listed.select(pl.all().gather(order)), begins


@cache
def _skeletons(iso3: str) -> pl.DataFrame:
    """`key` (consonants), `place`, `spelled` (the name) and `nation` (number) of one country's names."""
    arrays = place_arrays()
    number = nation_numbers()[iso3]
    rows = np.flatnonzero((arrays.nation == number) & (arrays.kind > 0))
    place = pl.Series("place", rows, dtype=pl.UInt32)
    every = pl.DataFrame({"place": place, "name": places()["name"].gather(place)})
    listed, begins = _spellings_by_nation()
    others = listed[begins[number] : begins[number + 1]]
    keyed = pl.concat([every, others]).select("place", key=skeleton(pl.col("name")), spelled="name")
    keyed = keyed.filter(pl.col("key").str.len_bytes() >= 3).unique(["key", "place"], maintain_order=True)
    return keyed.with_columns(nation=pl.lit(number, dtype=pl.Int64))


def lookup_names(names: pl.Series, countries: Sequence[str] | None = None) -> pl.DataFrame:
    """Places that bear the given names, whatever marks, hyphens or blanks they are written with.

    Args:
        names: names as a text writes them.
        countries: ISO 3166-1 alpha-3 codes; when given, other spellings with the same consonants are tried there too.

    Returns:
        `index` (position in `names`), `place` (its number), `how` (exact or spelling), name, admin1, iso3, latitude,
        longitude, population, geoname_id, kind: the largest first. A name without a place has no row.

    >>> lookup_names(pl.Series(["Deir-ez-Zor"]))["iso3"][0]
    'SYR'
    """
    asked = names.alias("asked").to_frame().with_row_index("index").drop_nulls()
    which, place, _ = _bearers(asked.select(fold(pl.col("asked"))).to_series())
    exact = pl.DataFrame(
        {"index": asked["index"].gather(pl.Series(which, dtype=pl.UInt32)), "place": place},
        schema_overrides={"place": pl.UInt32},
    ).unique(maintain_order=True).with_columns(how=pl.lit("exact"))  # fmt: skip
    parts = [exact.select("index", "place", "how")]
    if countries:
        missing = asked.join(exact, on="index", how="anti")
        keyed = missing.with_columns(key=skeleton(pl.col("asked")))
        for iso3 in countries:
            parts.append(
                keyed.join(_skeletons(iso3), on="key").select("index", "place", how=pl.lit("spelling"))
            )
    found = pl.concat(parts).sort("index", "place")
    facts = places().drop("place", "geo_precision", "usual")
    return found.hstack(facts.select(pl.all().gather(found["place"])))


def _expand(low: Array, high: Array) -> tuple[Ints, Ints]:
    """For ranges: the number of the range, and every entry in it."""
    size = (high - low).astype(np.int64)
    which = np.repeat(np.arange(size.size), size)
    begin = np.repeat(low - (np.cumsum(size) - size), size)
    return which, begin + np.arange(which.size)


@dataclass(frozen=True)
class Runs:
    """Capitalised words beside cues: `row`, `sent`, `explicit` (the cue says what it is: "village of"), and up to four
    words, `words` of them, whose edges are `edge_start` and `edge_end` (offsets in the text); `forward`: the name begins at
    the cue. `relation` is the code of the preposition, -1 for none. `whole`: no part of it will do."""

    row: Ints
    sent: Ints
    relation: Array
    explicit: Array
    forward: Array
    whole: Array
    words: Ints
    edge_start: Ints
    edge_end: Ints


def runs_after(texts: Texts, row: Ints, sent: Ints, end: Ints, relation: Array, explicit: Array) -> Runs:
    """Names behind cues ("in", "village of") that end at `end`."""
    at = texts.at(row, end)
    some = _may_lead(texts, at)
    row, sent, relation, explicit, at = (x[some] for x in (row, sent, relation, explicit, at))
    vocab = vocabulary()
    w = read_words(texts, at, forward=True)
    lead = (vocab.is_a("direction", w.word) | vocab.is_a("joiner", w.word)) & (w.word > 0) & ~w.upper
    lead &= (w.sep & ~np.uint8(BLANK | QUOTE)) == 0
    skip = np.logical_and.accumulate(lead[:3], axis=0).sum(axis=0)
    return _runs(texts, w, row, sent, relation, explicit, skip, forward=True)


def runs_before(texts: Texts, row: Ints, sent: Ints, start: Ints) -> Runs:
    """Names before cues ("district") that start at `start`."""
    at = texts.at(row, start)
    before = texts.bytes[at - 2]
    some = (texts.bytes[at - 1] == 32) & ((before >= 97) & (before <= 122) | (before >= 0x80))
    row, sent, at = (x[some] for x in (row, sent, at))
    w = read_words(texts, at, forward=False)
    none = np.zeros(row.size, dtype=np.int64)
    return _runs(texts, w, row, sent, none - 1, none == 0, none, forward=False)


def runs_in_brackets(texts: Texts, marks_row: Ints, marks_start: Ints, marks_sent: Ints) -> Runs:
    """Names right behind an opening bracket ("Saraqib (Idlib)"), to be looked up whole, in the sentence of the nearest mark.

    `marks_row` (position of the report), `marks_start` and `marks_sent` are of all place marks, sorted.
    """
    at = np.flatnonzero(texts.bytes[:-3] == ord("("))
    at = at[CAPITAL[texts.bytes[at + 1]] & ~_big(texts.bytes[at + 2])] + 1
    row = np.searchsorted(texts.first, at, side="right") - 1
    key = (marks_row << 32) | marks_start
    near = np.searchsorted(key, (row << 32) | (at - texts.first[row]), side="right") - 1
    near = np.maximum(near, 0)
    has = marks_row[near] == row if marks_row.size else np.zeros(row.size, dtype=np.bool_)
    at, row, near = at[has], row[has], near[has]
    w = read_words(texts, at, forward=True)
    none = np.zeros(row.size, dtype=np.int64)
    runs = _runs(texts, w, texts.rows[row], marks_sent[near], none - 1, none > 0, none, forward=True)
    return replace(runs, whole=~runs.whole)


def runs_of_contained(texts: Texts, row: Ints, sent: Ints, start: Ints) -> Runs:
    """Names before names that start at `start` and say where those lie: "Shebekino, Belgorod region", "Sudzha (Kursk)"."""
    at = texts.at(row, start) - 2
    some = (texts.bytes[at] == ord(",")) & (texts.bytes[at + 1] == 32)
    some |= (texts.bytes[at] == 32) & (texts.bytes[at + 1] == ord("("))
    row, sent, at = (x[some] for x in (row, sent, at))
    w = read_words(texts, at, forward=False)
    none = np.zeros(row.size, dtype=np.int64)
    runs = _runs(texts, w, row, sent, none - 1, none > 0, none, forward=False)
    return replace(runs, whole=~runs.whole)


def _may_lead(texts: Texts, at: Ints) -> npt.NDArray[np.bool_]:
    """True where a capitalised word, or a lower-case one that may stand before it, comes next."""
    first = texts.bytes[at + 1]
    upper = (first >= 65) & (first <= 90) | (first >= 0xC3) & (first <= 0xC5) | (_is_quote(first))
    four: Array = first.astype(np.uint32)
    for i in (2, 3, 4):
        four = (four << 8) | texts.bytes[at + i]
    leads = _leads()
    known = leads[np.minimum(np.searchsorted(leads, four), leads.size - 1)] == four
    out: npt.NDArray[np.bool_] = (texts.bytes[at] == 32) & (upper | known)
    return out


def _is_quote(byte: Array) -> npt.NDArray[np.bool_]:
    out: npt.NDArray[np.bool_] = (byte == ord('"')) | (byte == 0x11)
    return out


@cache
def _leads() -> npt.NDArray[np.uint32]:
    """First four bytes of the words that may stand between a cue and a name."""
    vocab = vocabulary()
    listed = [w for w, n in vocab.number.items() if vocab.roles["direction"][n] or w in ("the", "al")]
    starts = {(w + " X").encode()[:4] for w in listed}
    return np.array(sorted(int.from_bytes(s[:4], "big") for s in starts), dtype=np.uint32)


def _runs(
    texts: Texts,
    w: Around,
    row: Ints,
    sent: Ints,
    relation: Array,
    explicit: Array,
    skip: Ints,
    forward: bool,
) -> Runs:
    """Words that hang together as a name, `skip` words away from the cue."""
    vocab = vocabulary()
    n = row.size
    columns = np.arange(n)
    edges_a, edges_b = np.zeros((_LONGEST, n), dtype=np.int64), np.zeros((_LONGEST, n), dtype=np.int64)
    count, going = np.zeros(n, dtype=np.int64), np.ones(n, dtype=np.bool_)
    base = texts.first[texts.position(row)]
    for i in range(_LONGEST):
        line = np.minimum(skip + i, WORDS - 1)
        word, upper, sep = w.word[line, columns], w.upper[line, columns], w.sep[line, columns]
        start, end = w.start[line, columns], w.end[line, columns]
        hyphen = (texts.bytes[start + 2] == ord("-")) & _big(texts.bytes[start + 3])
        particle = vocab.is_a("particle", word) & (word > 0) & ~upper
        fits = (upper | hyphen | particle) & (word >= 0) & (skip + i < WORDS)
        loose = np.uint8(BLANK | QUOTE | OPEN) if i == 0 else np.uint8(BLANK)
        fits &= (sep & ~loose) == 0
        if i == 0:
            fits &= ~(vocab.is_a("not_name", word) & (word > 0)) | (
                explicit & upper if not forward else np.zeros_like(upper)
            )
        else:
            fits &= ~(vocab.is_a("not_name", word) & (word > 0)) | particle
        going &= fits
        edges_a[i], edges_b[i] = start - base, end - base
        grown = going & (upper | hyphen)
        count[grown] = i + 1
    keep = count > 0
    zero = np.zeros(int(keep.sum()), dtype=np.bool_)
    return Runs(
        row[keep], sent[keep], relation[keep], explicit[keep], zero | forward, zero, count[keep],
        edges_a[:, keep], edges_b[:, keep],
    )  # fmt: skip


def _big(byte: Array) -> npt.NDArray[np.bool_]:
    out: npt.NDArray[np.bool_] = (byte >= 65) & (byte <= 90)
    return out


def one_run(row: Ints, sent: Ints, start: Ints, end: Ints, explicit: bool) -> Runs:
    """Runs whose edges are known, to be looked up whole: a dateline's city, a label at the end of a text."""
    n = row.size
    shape = np.zeros((_LONGEST, n), dtype=np.int64)
    a, b = shape.copy(), shape.copy()
    a[0], b[0] = start, end
    yes = np.ones(n, dtype=np.bool_)
    return Runs(
        row,
        sent,
        np.zeros(n, dtype=np.int64),
        yes if explicit else ~yes,
        yes,
        yes,
        np.ones(n, dtype=np.int64),
        a,
        b,
    )


def labels(texts: Texts, sent: Ints) -> Runs:
    """The last words of texts where they are a mere name ("... , police said. Kafr Batna."), `sent` by position in the batch."""
    none = np.zeros(0, dtype=np.int64)
    if not texts.rows.size:
        return one_run(none, none, none, none, False)
    end = texts.first + texts.sizes
    for _ in range(3):
        tail = texts.bytes[end - 1]
        end = end - ((tail == ord(".")) | (tail == 32) | (tail == 10))
    index = np.maximum(np.searchsorted(texts.word_end, end.astype(np.int32), side="right") - 1, 0)
    some = np.flatnonzero(CAPITAL[texts.bytes[texts.word_start[index]]])
    end, first, rows = end[some], texts.first[some], texts.rows[some]
    w = read_words(texts, end, forward=False)
    fits = w.upper & ((w.sep & ~np.uint8(BLANK)) == 0)
    count = np.logical_and.accumulate(fits, axis=0).sum(axis=0)
    last = w.start[np.maximum(count, 1) - 1, np.arange(end.size)]
    before = texts.bytes[last - 2]
    alone = (texts.bytes[last - 1] == 32) & (
        (before == ord(".")) | (before == ord("?")) | (before == ord(":")) | (before == ord("!"))
    )
    keep = np.flatnonzero(alone & (count > 0) & (count <= _LONGEST) & (last > first))
    return one_run(rows[keep], sent[some[keep]], (last - first)[keep], (end - first)[keep], False)


def join_runs(parts: Sequence[Runs]) -> Runs:
    """All runs in one."""

    def cat(name: str) -> Array:
        return np.concatenate([getattr(p, name) for p in parts], axis=-1)

    return Runs(*(cat(name) for name in Runs.__dataclass_fields__))


def take_runs(runs: Runs, keep: Array) -> Runs:
    """The runs where `keep`."""
    return Runs(*(getattr(runs, name)[..., keep] for name in Runs.__dataclass_fields__))


@dataclass(frozen=True)
class Found:
    """Names found by lookup: `start`, `end` (offsets), `run`; candidates of name i are `place[first[i]:first[i + 1]]`.

    A name without candidates is one that an explicit cue announces and no table lists.
    """

    run: Ints
    start: Ints
    end: Ints
    first: Ints
    place: Ints


def _parts(texts: Texts, runs: Runs) -> tuple[Ints, Ints, Ints, Ints, pl.Series]:
    """Every run's first 1, 2 ... words: `run`, `size`, `start`, `end` and the words."""
    run = np.concatenate([np.flatnonzero(runs.words >= size) for size in range(1, _LONGEST + 1)])
    size = np.concatenate([np.full(int((runs.words >= s).sum()), s) for s in range(1, _LONGEST + 1)])
    ahead = runs.forward[run]
    start = np.where(ahead, runs.edge_start[0, run], runs.edge_start[size - 1, run])
    end = np.where(ahead, runs.edge_end[size - 1, run], runs.edge_end[0, run])
    text = texts.cut(runs.row[run], start, end)
    tail = text.str.ends_with("'s") | text.str.ends_with("’s")
    if tail.any():
        cut = text.filter(tail).str.replace("['’]s$", "")
        lost = (text.filter(tail).str.len_bytes() - cut.str.len_bytes()).to_numpy()
        at = np.flatnonzero(tail.to_numpy())
        end[at] -= lost
        text = text.scatter(at, cut)
    return run, size.astype(np.int64), start, end, text


@cache
def _never() -> pl.Series:
    return pl.Series(stop_names()[0]).implode()


def look_up(texts: Texts, runs: Runs, votes: npt.NDArray[np.uint8]) -> Found:
    """The runs that name places, and what they can stand for; `votes` are quarter votes by position and country.

    Of the parts of a run the longest that names a place counts. Places of the report's own countries come before places
    that are well known; behind an explicit cue any place will do where the report is about no country yet.
    """
    run, size, start, end, text = _parts(texts, runs)
    distinct = text.unique(maintain_order=True)
    number = (
        text.replace_strict(distinct, pl.int_range(distinct.len(), eager=True), return_dtype=pl.Int64)
        .to_numpy()
        .astype(np.int64)
    )
    folded = pl.DataFrame({"t": distinct}).select(
        f=fold(pl.col("t")), never=pl.col("t").is_in(_never())
    )  # fmt: skip
    which, bearer, main = _bearers(folded["f"])
    edges = np.concatenate([[0], np.cumsum(np.bincount(which, minlength=distinct.len()))]).astype(np.int64)
    low, high = edges[:-1], edges[1:]
    bad = (folded["f"].str.len_bytes() < 3).to_numpy()
    high = np.where(bad, low, high)
    explicit = runs.explicit[run]
    stopped = folded["never"].to_numpy()[number] & ~explicit
    part, entry = _expand(low[number], np.where(stopped & (size > 1), low[number], high[number]))
    place = bearer[entry]
    arrays = place_arrays()
    position = texts.position(runs.row)
    vote = votes[position[run[part]], arrays.nation[place]]
    some = size[part] < runs.words[run[part]]  # "Guri" of "Guri Ceel"
    about = votes.max(axis=1) >= _ABOUT if votes.size else np.zeros(0, dtype=np.bool_)
    known = vote >= _ABOUT
    fine = (
        known
        | ~stopped[part] & (arrays.size[place] >= _WELL_KNOWN)
        | explicit[part] & ~about[position[run[part]]]
    )
    fine &= ~some | main[entry] & (known | explicit[part])
    fine &= ~(some & runs.whole[run[part]])
    part, place, known = part[fine], place[fine], known[fine]
    part, place, known = _longest(part, place, known, run, size, runs.words.size)
    alike = _alike(texts, runs, run, size, text, part, votes)
    part, place = np.concatenate([part, alike[0]]), np.concatenate([place, alike[1]])
    open_ = np.ones(runs.words.size, dtype=np.bool_)
    open_[run[part]] = False
    open_ &= runs.explicit
    lone = np.flatnonzero(open_[run] & (size == runs.words[run]))
    chosen = np.unique(np.concatenate([part, lone]))
    slot = np.full(run.size, -1, dtype=np.int64)
    slot[chosen] = np.arange(chosen.size)
    order = np.argsort(slot[part], kind="stable")
    count = np.bincount(slot[part], minlength=chosen.size)
    first = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    return Found(run[chosen], start[chosen], end[chosen], first, place[order])


def _longest(
    part: Ints, place: Ints, known: Array, run: Ints, size: Ints, n: int
) -> tuple[Ints, Ints, Array]:
    """Of each run the longest part with a place; strangers give way to places of the report's own countries."""
    top = np.zeros(n, dtype=np.int64)
    np.maximum.at(top, run[part], size[part])
    keep = size[part] == top[run[part]]
    part, place, known = part[keep], place[keep], known[keep]
    own = np.zeros(n, dtype=np.bool_)
    own[run[part[known]]] = True
    keep = known | ~own[run[part]]
    return part[keep], place[keep], known[keep]


def _shape(name: pl.Expr) -> pl.Expr:
    """Where a name has vowels: few consonants alone do not tell Dabiq from Tabqa."""
    plain = fold(name).str.replace("^(?:al|el)", "").str.replace("h$", "").str.replace_all("[aeiouy]+", "V")
    return plain.str.replace_all("[a-z]+", "C")


def _alike(
    texts: Texts, runs: Runs, run: Ints, size: Ints, text: pl.Series, hit: Ints, votes: npt.NDArray[np.uint8]
) -> tuple[Ints, Ints]:
    """Parts and places of the report's own countries whose names have the same consonants as the whole run."""
    missing = np.ones(runs.words.size, dtype=np.bool_)
    missing[run[hit]] = False
    part = np.flatnonzero(missing[run] & (size == runs.words[run]))
    if not part.size:
        return part, part
    position = texts.position(runs.row[run[part]])
    which, nation = np.nonzero(votes[position] >= _ABOUT)
    nations = place_arrays().nations
    asked = pl.DataFrame({"part": part[which], "nation": nation}).with_columns(
        text=text.gather(pl.Series(part[which], dtype=pl.UInt32)),
        explicit=pl.Series(runs.explicit[run[part[which]]]),
    )
    wanted = asked.select("text", "nation", "explicit").unique(maintain_order=True)
    spelled = wanted.select(pl.col("text").unique(maintain_order=True)).with_columns(
        key=skeleton(pl.col("text"))
    )
    wanted = wanted.join(spelled, on="text", how="left", validate="m:1")
    long = pl.col("key").str.len_bytes()
    wanted = wanted.filter((long >= _LEAST_CONSONANTS) | (long >= 3) & pl.col("explicit"))
    about = [n for n in wanted["nation"].unique(maintain_order=True).to_list() if n < len(nations)]
    if not about:
        return part[:0], part[:0]
    keys = wanted["key"].unique().implode()
    listed = pl.concat([_skeletons(nations[n]) for n in about], rechunk=False)
    listed = listed.filter(pl.col("key").is_in(keys))  # cheaper than a join with whole countries
    hits = wanted.join(listed, on=["nation", "key"], how="inner", maintain_order="left_right")
    hits = hits.with_columns(places()["name"].gather(hits["place"]))
    initial = pl.col("name").str.replace("^(?i)(?:al|el|as|ash|ad|ar|at|az|an)[ -]", "").str.slice(0, 1)
    same_shape = _shape(pl.col("text")) == _shape(pl.col("name"))
    hits = hits.filter((pl.col("key").str.len_bytes() >= _LEAST_CONSONANTS) | same_shape)
    letters, listed_letters = (fold(pl.col(c)).str.len_bytes().cast(pl.Int64) for c in ("text", "spelled"))
    hits = hits.filter((letters - listed_letters).abs() <= _LETTERS_MORE)
    hits = hits.filter(
        (skeleton(initial) == pl.col("key").str.slice(0, 1)) | (skeleton(initial) == ""),
        pl.col("place").n_unique().over("text", "nation") <= 3,
    ).select("text", "nation", "explicit", "place")
    out = asked.join(
        hits.unique(maintain_order=True),
        on=["text", "nation", "explicit"],
        how="inner",
        maintain_order="left",
    )
    return out["part"].to_numpy().astype(np.int64), out["place"].to_numpy().astype(np.int64)


__all__ = [
    "Found",
    "Runs",
    "join_runs",
    "look_up",
    "lookup_names",
    "nation_numbers",
    "one_run",
    "runs_after",
    "runs_before",
]

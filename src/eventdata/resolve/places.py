"""Place names in reports: what each stands for, how precise it is, and whether it is the place of an event.

A name is resolved by the countries that the report is about, by the place that the text says contains it ("Saraqib in
Idlib"), by the type word beside it ("Hama province"), and by population where nothing else decides. What stays open says
why (`PlaceIssue`).
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.coding.clean import clean
from eventdata.errors import BadCallError
from eventdata.resolve.place_choice import UNIT_OF, Chosen, choose, distance_km
from eventdata.resolve.place_events import event_places
from eventdata.resolve.place_lookup import (
    Runs,
    join_runs,
    labels,
    look_up,
    lookup_names,
    one_run,
    runs_after,
    runs_before,
    runs_in_brackets,
    runs_of_contained,
    take_runs,
)
from eventdata.resolve.place_tables import (
    KINDS,
    WHATS,
    country_names,
    name_arrays,
    nation_numbers,
    place_arrays,
    place_names,
    places,
)  # fmt: skip
from eventdata.resolve.place_windows import RELATIONS, TYPES, Gaps, Sides, Texts, read_gaps, read_sides
from eventdata.seeds import load_seed

__all__ = [
    "country_codes",
    "event_places",
    "lexicon_phrases",
    "lookup_names",
    "place_mentions",
    "resolve_places",
]

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MENTIONS: dict[str, type[pl.DataType]] = {
    "row": pl.UInt32,
    "sent": pl.UInt32,
    "start": pl.UInt32,
    "end": pl.UInt32,
    "text": pl.String,
    "name": pl.String,
    "admin1": pl.String,
    "country": pl.String,
    "iso3": pl.String,
    "latitude": pl.Float64,
    "longitude": pl.Float64,
    "geoname_id": pl.UInt32,
    "geo_precision": pl.UInt8,
    "kind": pl.String,
    "use": pl.String,
    "issue": pl.String,
    "relation": pl.String,  # the preposition's class, null without one
    "container": pl.Boolean,  # only says where the place beside it lies
    "group": pl.UInt32,  # coordinated places share a number
    "lone": pl.Boolean,  # begins a sentence, and no verb follows: a label
}

# How much a hint counts for a country, in quarter votes: what the caller says, a country's own name, its people, a town ...
_VOTES = {"hint": 16, "country": 12, "demonym": 6, "actor": 6, "town": 4, "bare": 2, "dateline": 4}
_ABOUT, _CLEARLY_ABOUT = 4, 8
_SMALL_TOWN = 30_000
_LARGE_TOWN = 500_000
_GAP = 48
_NAME, _COUNTRY, _DEMONYM, _BEFORE, _AFTER = range(len(WHATS))
_IN, _TOWN, _UNIT, _NEAR, _ORIGIN, _TO, _OFFICE, _BASED = range(len(RELATIONS))
_USES = ["event", "dateline", "speaker", "actor", "other"]
_TYPE = {name: i for i, name in enumerate(TYPES)}


def lexicon_phrases() -> pl.DataFrame:
    """The names that the scan looks for: `phrase`, `key`, `proper` (False: a word around names, any case).

    The key is the number that `place` has in the marks.
    """
    return place_names().table.select(
        "phrase",
        "key",
        proper=~pl.col("what").is_in(["before", "after"]) | pl.col("phrase").str.contains("^[A-Z]"),
    )


@dataclass(frozen=True)
class _Marks:
    """Place marks as arrays, sorted by row and start; `row` is the position of the report in the batch."""

    row: Ints
    sent: Ints
    start: Ints
    end: Ints
    key: Ints

    def take(self, keep: Array) -> "_Marks":
        at = np.flatnonzero(keep) if keep.dtype == np.bool_ else keep
        return _Marks(self.row[at], self.sent[at], self.start[at], self.end[at], self.key[at])


def place_mentions(
    marks: pl.DataFrame,
    reports: pl.DataFrame,
    actors: pl.DataFrame | None = None,
    countries: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row per place that the reports name, sorted by row and start.

    Args:
        marks: `row`, `sent`, `start`, `end` and `place` (key of `lexicon_phrases`, null for other marks).
        reports: `row` (ascending), `text`.
        actors: `row`, `start`, `end`, and `country` (ISO3, may be null) of actor phrases: a place inside a longer one is
            part of the actor's name, and the countries help to choose between places.
        countries: `row`, `iso3`: countries that the caller knows a report to be about.

    Returns:
        The columns of `MENTIONS`. `use` is event, dateline, speaker, actor or other (part of another name, or where
        somebody lives). Latitude and longitude are null for countries and wherever `issue` is shared-name. A name that no table
        lists (unknown-name) has the position of the place that the text says contains it, else none.
    """
    texts = Texts(reports)
    every = _read_marks(marks, texts)
    what = name_arrays().what[every.key]
    lines = _Datelines(reports, texts)
    named = every.take((what == _NAME) | (what == _COUNTRY))
    sides = read_sides(texts, texts.first[named.row] + named.start, texts.first[named.row] + named.end)
    votes = _votes(named, sides, every.take(what == _DEMONYM), lines, texts, actors, countries)
    rows = _with_lookups(every, what, named, sides, texts, votes, lines)
    if not rows.row.size:
        return pl.DataFrame(schema=MENTIONS)
    return _describe(rows, texts, votes, lines, actors)


def _read_marks(marks: pl.DataFrame, texts: Texts) -> _Marks:
    x = marks.filter(pl.col("place").is_not_null()).select("row", "sent", "start", "end", "place")
    row, sent, start, end, key = (x[c].to_numpy().astype(np.int64) for c in x.columns)
    out = _Marks(texts.position(row), sent, start, end, key)
    order = (out.row << 32) | start
    return out if bool((np.diff(order) >= 0).all()) else out.take(np.argsort(order, kind="stable"))


_WORD = r"[\p{Lu}][\w'’.\-]*"
_DAY = r"(?:,? (?:[A-Z][a-z]{2,8}\.? \d{1,2}|\d{1,2} [A-Z][a-z]{2,8}\.?)(?:,? \d{4})?)"
_REST = rf"(?:, {_WORD}(?: {_WORD})?)?"
_AGENCY = r"\s*\([A-Z][^()\n]{1,38}\)"
_LINES = [
    rf"^(\s*)({_WORD}(?: {_WORD}){{0,2}})({_REST}{_DAY}?{_AGENCY}\s*(?:—|–|--?|:)\s)",
    rf"^(\s*)({_WORD}(?: {_WORD}){{0,2}})({_REST}{_DAY}\s*(?:—|–|--?)\s)",
    rf"^(\s*)([\p{{Lu}}]{{3}}[\p{{Lu}}'’.\- ]*)({_REST}{_DAY}?\s*(?:—|–|--?)\s)",
    rf"^(\s*)({_WORD}(?: {_WORD})?)({_REST}\s*(?:—|--)\s)",
]
_HEAD = 120


class _Datelines:
    """Where each report's dateline ends (0: it has none), and the cities that stand in it in capitals."""

    def __init__(self, reports: pl.DataFrame, texts: Texts) -> None:
        self.end = np.zeros(texts.rows.size, dtype=np.int64)
        some = np.flatnonzero(_has_dash(texts))
        none = np.zeros(some.size, dtype=np.int64)
        heads = texts.cut(texts.rows[some], none, none + _HEAD)
        found = []
        left = pl.DataFrame({"at": some, "head": heads})
        for pattern in _LINES:
            hit = left["head"].str.contains(pattern)
            if hit.any():
                groups = pl.col("head").str.extract_groups(pattern).struct.rename_fields(["a", "b", "c"])
                found.append(left.filter(hit).select("at", groups).unnest("head"))
                left = left.filter(~hit)
        lines = pl.concat(found) if found else left.clear().select("at", a="head", b="head", c="head")
        a, b, c = (lines[x].str.len_bytes().to_numpy().astype(np.int64) for x in "abc")
        at = lines["at"].to_numpy()
        self.end[at] = a + b + c
        upper = ~lines["b"].str.contains("[a-z]").to_numpy()
        self.at, self.start, self.stop = at[upper], a[upper], (a + b)[upper]


def _has_dash(texts: Texts) -> Bools:
    """True for texts that start with a capital and have a dash, or a bracket and a colon, among their first bytes."""
    if not texts.rows.size:
        return np.zeros(0, dtype=np.bool_)
    dashes = np.flatnonzero(texts.bytes == 0x10)
    colons = np.flatnonzero(texts.bytes == ord(":"))
    colons = colons[texts.bytes[colons - 1] == ord(")")]
    ends = np.flatnonzero((texts.bytes == ord("!")) | (texts.bytes == ord("?")))
    last = np.minimum(texts.first + np.minimum(texts.sizes, _HEAD), _next(ends, texts.first))
    out: Bools = (_next(dashes, texts.first) < last) | (_next(colons, texts.first) < last)
    return out


def _next(listed: Ints, at: Ints) -> Ints:
    """The first of sorted positions at or behind each position; the largest number there is where none is left."""
    padded = np.append(listed, np.iinfo(np.int64).max)
    out: Ints = padded[np.searchsorted(listed, at)]
    return out


def _votes(
    named: _Marks,
    sides: Sides,
    people: _Marks,
    lines: _Datelines,
    texts: Texts,
    actors: pl.DataFrame | None,
    countries: pl.DataFrame | None,
) -> npt.NDArray[np.uint8]:
    """Quarter votes for the countries that each report is about, by position and country (the last column: no country)."""
    names, numbers = name_arrays(), nation_numbers()
    width = len(numbers) + 1
    votes = np.zeros(texts.rows.size * width, dtype=np.int16)

    def vote(row: Array, nation: Array, weight: Array | int) -> None:
        np.add.at(votes, row * width + nation, np.int16(weight))

    nation = names.nation[named.key]
    located = _is_located(sides.relation) | (sides.type >= 0) | names.unit[named.key]
    weight = np.where(
        named.end <= lines.end[named.row],
        _VOTES["dateline"],
        np.where(
            names.what[named.key] == _COUNTRY,
            _VOTES["country"],
            np.where(located, _VOTES["town"], _VOTES["bare"]),
        ),
    )
    sure = (nation >= 0) & ~names.weak[named.key]
    vote(named.row[sure], nation[sure], weight[sure])
    nation = names.nation[people.key]
    vote(people.row[nation >= 0], nation[nation >= 0], _VOTES["demonym"])
    for frame, column, points in ((actors, "country", "actor"), (countries, "iso3", "hint")):
        if frame is not None and column in frame.columns:
            x = frame.select(
                "row", pl.col(column).replace_strict(numbers, default=None, return_dtype=pl.Int64)
            ).drop_nulls()
            vote(texts.position(x["row"].to_numpy()), x[column].to_numpy(), _VOTES[points])
    return np.minimum(votes, 255).astype(np.uint8).reshape(-1, width)


@dataclass(frozen=True)
class _Rows:
    """The mentions, sorted: their spans and readings, and their candidates (`mention` ascending)."""

    row: Ints  # position of the report
    sent: Ints
    start: Ints
    end: Ints
    key: Ints  # -1 for names found by lookup
    sides: Sides
    explicit: Bools
    mention: Ints
    place: Ints


def _with_lookups(
    every: _Marks,
    what: Array,
    named: _Marks,
    sides: Sides,
    texts: Texts,
    votes: npt.NDArray[np.uint8],
    lines: _Datelines,
) -> _Rows:
    """The scanned names, and those found by lookup, with the candidates of both."""
    runs = _open_runs(every, what, named, sides, texts, lines)
    found = look_up(texts, runs, votes)
    row, sent = runs.row[found.run], runs.sent[found.run]
    count = np.diff(found.first)
    keep = _no_clash(named, texts.position(row), found.start, found.end, count > 0)
    keep &= _first_of_overlaps(texts.position(row), found.start, found.end, keep)
    which = np.flatnonzero(keep)
    explicit = runs.explicit[found.run[which]]
    at = texts.position(row[which])
    extra = read_sides(texts, texts.first[at] + found.start[which], texts.first[at] + found.end[which])
    covered = _covered(named, at, found.start[which], found.end[which])
    old = np.flatnonzero(~covered)
    names = name_arrays()
    spans = [
        np.concatenate([named.row[old], at]),
        np.concatenate([named.sent[old], sent[which]]),
        np.concatenate([named.start[old], found.start[which]]),
        np.concatenate([named.end[old], found.end[which]]),
        np.concatenate([named.key[old], np.full(which.size, -1)]),
    ]
    order = np.argsort((spans[0] << 32) | spans[2], kind="stable")
    sizes = np.concatenate([np.diff(names.first)[named.key[old]], count[which]])[order]
    begins = np.concatenate([names.first[named.key[old]], found.first[:-1][which] + names.place.size])[order]
    pool = np.concatenate([names.place, found.place])
    mention = np.repeat(np.arange(order.size), sizes)
    entry = np.repeat(begins - (np.cumsum(sizes) - sizes), sizes) + np.arange(mention.size)
    joined = _join_sides(sides, extra, np.concatenate([old, named.row.size + np.arange(which.size)])[order])
    row_, sent_, start_, end_, key_ = (x[order] for x in spans)
    told = np.concatenate([np.zeros(old.size, dtype=np.bool_), explicit])[order]
    return _Rows(row_, sent_, start_, end_, key_, joined, told, mention, pool[entry])


def _join_sides(old: Any, new: Any, at: Ints) -> Any:
    """Readings of the scanned names and of the found ones behind them, in the order `at`."""
    if isinstance(old, np.ndarray):
        return np.concatenate([old, new], axis=-1).take(at, axis=-1)
    fields = type(old).__dataclass_fields__
    return type(old)(**{name: _join_sides(getattr(old, name), getattr(new, name), at) for name in fields})


def _open_runs(
    every: _Marks, what: Array, named: _Marks, sides: Sides, texts: Texts, lines: _Datelines
) -> Runs:
    """Capitalised words beside cues whose place the scan has not named, or perhaps not in full ("Deir" of "Deir Mashmash")."""
    place = what <= _DEMONYM
    longer = np.zeros(every.row.size, dtype=np.bool_)
    longer[np.flatnonzero(what <= _COUNTRY)] = sides.next_capital
    n = every.row.size
    index = np.arange(n)
    later, before = np.minimum(index + 1, max(n - 1, 0)), np.maximum(index - 1, 0)
    follows = (later > index) & (every.row[later] == every.row) & (every.start[later] - every.end <= 1)
    leads = (before < index) & (every.row[before] == every.row) & (every.start - every.end[before] <= 1)
    open_before = (what == _BEFORE) & ~(follows & place[later] & ~longer[later])
    open_after = (what == _AFTER) & ~(leads & place[before])
    cue = every.take(open_before)
    relation, explicit = _cue_values()
    ahead = runs_after(texts, texts.rows[cue.row], cue.sent, cue.end, relation[cue.key], explicit[cue.key])
    cue = every.take(open_after)
    behind = runs_before(texts, texts.rows[cue.row], cue.sent, cue.start)
    zero = np.zeros(lines.at.size, dtype=np.int64)
    last = np.zeros(texts.rows.size, dtype=np.int64)
    np.maximum.at(last, every.row, every.sent)
    ends = labels(texts, last)
    inner = runs_of_contained(texts, texts.rows[named.row], named.sent, named.start)
    brackets = runs_in_brackets(texts, every.row, every.start, every.sent)
    heads = one_run(texts.rows[lines.at], zero, lines.start, lines.stop, False)
    runs = join_runs([ahead, behind, inner, brackets, ends, heads])
    known = _among((texts.position(runs.row) << 32) | runs.edge_start[0], (named.row << 32) | named.start)
    return take_runs(runs, ~known | (runs.words > 1))


def _among(values: Ints, listed: Ints) -> Bools:
    """True for values in a sorted list."""
    if not listed.size:
        return np.zeros(values.size, dtype=np.bool_)
    out: Bools = listed[np.minimum(np.searchsorted(listed, values), listed.size - 1)] == values
    return out


def _is_located(relation: Array) -> Bools:
    """True for prepositions that say where something happened."""
    out: Bools = (relation >= _IN) & (relation <= _NEAR)
    return out


@cache
def _cue_values() -> tuple[Ints, Bools]:
    """Relation code and explicitness of the cues by key."""
    table = place_names().table
    relation = table["value"].replace_strict(
        {name: i for i, name in enumerate(RELATIONS)}, default=-1, return_dtype=pl.Int64
    )
    explicit = table["value"].is_in(["town", "unit"]) & (table["what"] == "before")
    return relation.fill_null(-1).to_numpy(), explicit.fill_null(False).to_numpy()


def _no_clash(named: _Marks, row: Ints, start: Ints, end: Ints, listed: Bools) -> Bools:
    """False for found names that overlap a scanned one that is as long or longer; unlisted names give way to any."""
    low = np.searchsorted((named.row << 32) | named.end, (row << 32) | start, side="right")
    out = np.ones(row.size, dtype=np.bool_)
    if not named.row.size:
        return out
    for step in range(3):
        at = np.minimum(low + step, named.row.size - 1)
        over = (
            (low + step < named.row.size)
            & (named.row[at] == row)
            & (named.start[at] < end)
            & (named.end[at] > start)
        )
        longer = (named.end[at] - named.start[at]) >= (end - start)
        out &= ~over | (listed & ~longer)
    return out


def _first_of_overlaps(row: Ints, start: Ints, end: Ints, keep: Bools) -> Bools:
    """Of found names that overlap, the first and longest."""
    out = np.zeros(row.size, dtype=np.bool_)
    at = np.flatnonzero(keep)
    at = at[np.lexsort((-end[at], start[at], row[at]))]
    if at.size:
        reach = np.maximum.accumulate((row[at] << 32) | end[at])
        out[at[0]] = True
        out[at[1:]] = ((row[at[1:]] << 32) | start[at[1:]]) >= reach[:-1]
    return out


def _covered(named: _Marks, row: Ints, start: Ints, end: Ints) -> Bools:
    """True for scanned names that lie inside a found one."""
    out = np.zeros(named.row.size, dtype=np.bool_)
    if not row.size:
        return out
    order = np.argsort((row << 32) | start)
    row, start, end = row[order], start[order], end[order]
    at = np.searchsorted((row << 32) | start, (named.row << 32) | named.start, side="right") - 1
    ok = at >= 0
    at = np.maximum(at, 0)
    inside: Bools = ok & (row[at] == named.row) & (end[at] > named.start)
    return inside


def _describe(
    rows: _Rows, texts: Texts, votes: npt.NDArray[np.uint8], lines: _Datelines, actors: pl.DataFrame | None
) -> pl.DataFrame:
    """Chooses the places and makes the columns of `MENTIONS`."""
    sides, n = rows.sides, rows.row.size
    same = np.zeros(n, dtype=np.bool_)
    same[:-1] = rows.row[1:] == rows.row[:-1]
    following = np.full(n, -1, dtype=np.int64)
    following[:-1] = np.where(
        same[:-1] & (rows.start[1:] - rows.end[:-1] <= _GAP) & (rows.start[1:] >= rows.end[:-1]),
        texts.first[rows.row[1:]] + rows.start[1:], -1,
    )  # fmt: skip
    gaps = read_gaps(sides, following)
    group = np.cumsum(np.concatenate([[True], ~gaps.joins[:-1]])) if n else np.zeros(0, dtype=np.int64)
    relation, listed, kind = _through_lists(sides, group)
    type_code = np.where((sides.inner == _UNIT) & (kind < 0), UNIT_OF, kind)
    type_code = np.where((sides.inner == _TOWN) & (kind < 0), _TYPE["town"], type_code)
    chosen = choose(rows.mention, rows.place, type_code, votes, rows.row, gaps, same)
    chosen = _without_strays(chosen, gaps, same, sides.relation, kind)
    use = _uses(rows, relation, listed, kind, chosen, gaps, lines, _in_actor(rows, texts, actors), votes)
    container = _containers(rows, chosen, gaps, relation, same)
    return _frame(
        rows, texts, relation, kind, chosen, use, container, group, _stand_in(rows, chosen, gaps, same, votes)
    )


# A name that lies "in" a place further away than this is another place of that name, by the kind of the outer place; a unit
# may reach further than that, by its towns, and contains whatever has its name as unit. Last, how far "near" can be.
_FARTHEST_KM = {"country": np.inf, "admin1": 120.0, "region": 600.0, "admin2": 70.0, "town": 100.0}
_WIDER = 1.5
_NEAR_KM = 130.0


def _without_strays(chosen: Chosen, gaps: Gaps, same: Bools, relation: Array, kind: Array) -> Chosen:
    """Forgets places that cannot lie in the place which the text says contains them: the name is one that no table lists."""
    place = chosen.place.copy()
    chain = gaps.contains & same
    near = np.zeros(place.size, dtype=np.bool_)
    near[:-1] = relation[1:] == _NEAR
    # "X, Y, Z": Y must lie in Z before X can lie in Y, or in Z where Y is unknown
    rest = np.cumsum(chain[::-1])[::-1]
    ends = np.flatnonzero(~chain)
    depth = rest - rest[ends[np.searchsorted(ends, np.arange(chain.size))]] if chain.size else rest
    for level in range(1, min(int(depth.max(initial=0)), _DEEPEST) + 1):
        inner = np.flatnonzero(depth == level)
        place[_strays(inner, _outer(place, chain, inner), place, chosen.votes, gaps, near, kind)] = -1
    return Chosen(place, chosen.votes, chosen.linked, chosen.doubt)


_DEEPEST = 4  # names in "village (district, province, country)"


def _outer(place: Ints, chain: Bools, inner: Ints) -> Ints:
    """The mention that contains each of `inner`: the next one, or where no table has it the one that contains it in turn."""
    outer = inner + 1
    for _ in range(_DEEPEST - 1):
        outer = np.where((place[outer] < 0) & chain[outer], outer + 1, outer)
    return outer


def _strays(
    inner: Ints,
    outer: Ints,
    place: Ints,
    votes: npt.NDArray[np.uint8],
    gaps: Gaps,
    near: Bools,
    kind: Array,
) -> Ints:
    """The mentions of `inner` that cannot lie in, or near, the place of `outer`."""
    arrays = place_arrays()
    both = (place[inner] >= 0) & (place[outer] >= 0)
    inner, outer = inner[both], outer[both]
    a, b = place[inner], place[outer]
    town = arrays.kind[a] == len(KINDS) - 1
    abroad = (arrays.nation[a] != arrays.nation[b]) & (votes[inner] < _CLEARLY_ABOUT)
    limit = np.array([_FARTHEST_KM[kind] for kind in KINDS])[arrays.kind[b]]
    limit = np.maximum(limit, arrays.reach[b] * _WIDER)
    one = (arrays.unit[a] == arrays.unit[b]) & (arrays.unit[a] >= 0)
    wide = (arrays.kind[b] == KINDS.index("admin1")) | (kind[outer] == _TYPE["unit1"])
    limit = np.where(one & wide, np.inf, limit)
    limit = np.where(one & (arrays.kind[b] == KINDS.index("town")), 4 * limit, limit)
    limit = np.where(near[inner], np.minimum(np.where(one, 2 * _NEAR_KM, _NEAR_KM), limit), limit)
    # "Hama, Mosul": a list; but "Amaralina neighborhood, Salvador"
    loose = town & (arrays.kind[b] == len(KINDS) - 1) & ~gaps.inside[inner] & ~near[inner] & (kind[inner] < 0)
    abroad &= (arrays.kind[a] > 0) & ~(town & (arrays.size[a] >= _LARGE_TOWN))
    stray = ~loose & (abroad | (arrays.kind[a] >= KINDS.index("admin2")) & (distance_km(a, b) > limit))
    out: Ints = inner[stray]
    return out


def _through_lists(sides: Sides, group: Ints) -> tuple[Array, Bools, Array]:
    """Members of lists ("in Aleppo, Hama and Idlib provinces") share the words at both ends: relation, listed, type."""
    n = group.size
    relation, kind = sides.relation.copy(), sides.type.copy()
    listed = np.zeros(n, dtype=np.bool_)
    if n < 2:
        return relation, listed, kind
    for _ in range(1, 6):  # lists of more than six names are rare
        back = np.flatnonzero((relation[1:] < 0) & (relation[:-1] >= 0) & (group[1:] == group[:-1])) + 1
        if not back.size:
            break
        relation[back] = relation[back - 1]
        listed[back] = True
    plural = sides.plural.copy()
    for _ in range(1, 6):
        ahead = np.flatnonzero((kind[:-1] < 0) & plural[1:] & (group[1:] == group[:-1]))
        if not ahead.size:
            break
        kind[ahead] = kind[ahead + 1]
        plural[ahead] = True
    return relation, listed, kind


def _in_actor(rows: _Rows, texts: Texts, actors: pl.DataFrame | None) -> Bools:
    """True where a mention lies inside a longer actor phrase."""
    out = np.zeros(rows.row.size, dtype=np.bool_)
    if actors is None or actors.is_empty():
        return out
    row = texts.position(actors["row"].to_numpy())
    start, end = (actors[c].to_numpy().astype(np.int64) for c in ("start", "end"))
    key = (row << 32) | start
    order = np.argsort(key, kind="stable")
    key, end, row, start = key[order], end[order], row[order], start[order]
    at = np.searchsorted(key, (rows.row << 32) | rows.start, side="right") - 1
    for step in (0, 1):
        near = np.maximum(at - step, 0)
        inside = (at >= step) & (row[near] == rows.row) & (end[near] >= rows.end)
        out |= inside & (end[near] - start[near] > rows.end - rows.start)
    return out


def _uses(
    rows: _Rows,
    relation: Array,
    listed: Bools,
    kind: Array,
    chosen: Chosen,
    gaps: Gaps,
    lines: _Datelines,
    in_actor: Bools,
    votes: npt.NDArray[np.uint8],
) -> Array:
    """Index into `_USES` of every mention: the first rule that holds."""
    sides, arrays = rows.sides, place_arrays()
    place = np.maximum(chosen.place, 0)
    size = np.where(chosen.place >= 0, arrays.size[place], 0)
    whole_country = (chosen.place >= 0) & (arrays.kind[place] == 0)
    located = _is_located(relation) & ~listed
    named, talks, based = (kind == _TYPE[x] for x in ("name", "talks", "based"))
    typed = (kind >= 0) & ~named & ~talks & ~based
    weak = np.where(rows.key >= 0, name_arrays().weak[np.maximum(rows.key, 0)], False)
    touches = np.zeros(rows.row.size, dtype=np.bool_)
    touches[1:] = (rows.row[1:] == rows.row[:-1]) & (rows.start[1:] - rows.end[:-1] <= 2)
    beside = sides.next_capital & ~typed
    led = sides.capital & ~touches & ~typed
    within = np.zeros(rows.row.size, dtype=np.bool_)
    within[1:] = gaps.contains[:-1] | gaps.owns[:-1]
    placed = located | typed | sides.bracket | gaps.contains | within
    supported = placed | listed | (chosen.votes >= _CLEARLY_ABOUT)
    stranger = (size < _SMALL_TOWN) & (chosen.votes < _ABOUT) & ~chosen.linked & ~rows.explicit
    half = (
        sides.next_capital & ~typed & (size < _LARGE_TOWN) & ~whole_country & ~gaps.contains & ~chosen.linked
    )
    half &= (chosen.place >= 0) & (chosen.votes <= _VOTES["town"])
    half[half] = _about_others(votes, rows.row[half], place[half])
    bare = relation < 0
    rules: list[tuple[Array, str]] = [
        (rows.end <= lines.end[rows.row], "dateline"),
        (based | (relation == _BASED), "other"),
        (in_actor, "actor"),
        (named | talks & ~located, "other"),
        (weak & ~placed, "other"),
        ((beside | led) & ~located & ~whole_country & ~sides.bracket & ~gaps.contains, "other"),
        (half, "other"),
        (stranger & (~supported | sides.next_capital & ~typed), "other"),
        (whole_country & bare & ~within & (sides.verb | sides.possessive | sides.capital), "actor"),
        (sides.verb & bare & (size > _LARGE_TOWN) & (arrays.kind[place] == len(KINDS) - 1), "actor"),
        ((sides.speech & (relation == _IN)) | (relation == _OFFICE), "speaker"),
    ]
    out: Array = np.select([rule for rule, _ in rules], [_USES.index(use) for _, use in rules], default=0)
    return out


def _about_others(votes: npt.NDArray[np.uint8], row: Ints, place: Ints) -> Bools:
    """True where the report is about another country: "Guri Ceel" in Somalia is not half about the Guri of Nigeria."""
    own = votes[row]
    own[np.arange(row.size), place_arrays().nation[place]] = 0
    out: Bools = own.max(axis=1, initial=0) >= _ABOUT
    return out


def _containers(rows: _Rows, chosen: Chosen, gaps: Gaps, relation: Array, same: Bools) -> Bools:
    """True where a mention only says where the one beside it lies: "X in Y", "Y's X"."""
    arrays = place_arrays()
    place = np.maximum(chosen.place, 0)
    known = chosen.place >= 0
    nation, unit, kind = arrays.nation[place], arrays.unit[place], arrays.kind[place]
    rank = np.array([0, 1, 1, 2, 3])[kind]
    out = np.zeros(rows.row.size, dtype=np.bool_)
    a, b = slice(None, -1), slice(1, None)
    both = known[a] & known[b] & (nation[a] == nation[b])
    one_unit = both & (unit[a] == unit[b]) & (unit[b] >= 0)
    fits = both & (kind[b] == 0) | one_unit & (rank[b] < rank[a])
    fits |= both & (kind[b] == KINDS.index("region")) & (rank[b] < rank[a])
    fits |= one_unit & (rank[b] == rank[a]) & np.isin(relation[b], [_IN, _TOWN, _UNIT, _NEAR])
    unlisted = ~known[a] & known[b] & (rows.key[a] < 0)
    out[b] |= gaps.contains[a] & same[a] & (fits | unlisted)
    out[a] |= gaps.owns[a] & both & (rank[a] < rank[b])
    return out


def _with_stand_ins(mentions: pl.DataFrame, every: pl.DataFrame, outer: Ints, nation: Array) -> pl.DataFrame:
    """Unlisted names take position and unit from the place that contains them, and the country from it or the context."""
    at = np.flatnonzero((outer >= 0) | (nation >= 0))
    if not at.size:
        return mentions
    position = pl.Series(at, dtype=pl.UInt32)
    place = pl.Series(np.maximum(outer[at], 0), dtype=pl.UInt32).set(pl.Series(outer[at] < 0), None)
    given = every.select("admin1", "latitude", "longitude").select(pl.all().gather(place))
    nations = pl.Series(place_arrays().nations).gather(pl.Series(nation[at], dtype=pl.UInt32))
    columns = [mentions[c].scatter(position, given[c]) for c in given.columns]
    return mentions.with_columns(*columns, mentions["iso3"].scatter(position, nations))


_AWAY = (
    r"(\d{1,3}(?:[.,]\d)?)[ -]?(km|kms|kilomet[a-z]+|miles?)\.?,? (?:to the |due )?(north|south)?[ -]?(east|west)?"
    r"(?:ern)?(?: side)? (?:of|from) (?:the )?(?:[a-z]+ ){0,3}$"
)
_AWAY_BYTES = 64
_KM_OF_MILE = 1.609


def _moved(rows: _Rows, texts: Texts, near: Bools, out: pl.DataFrame) -> pl.DataFrame:
    """The positions of names that the text measures from: what happened "20 km north-east of X" lies there, not in X."""
    at = np.flatnonzero(near)
    start = rows.start[at]
    before = texts.cut(texts.rows[rows.row[at]], np.maximum(start - _AWAY_BYTES, 0), start)
    hit = before.str.contains(_AWAY)
    at, before = at[hit.to_numpy()], before.filter(hit)
    if not at.size:
        return out
    found = (
        before.str.extract_groups(_AWAY)
        .struct.rename_fields(["far", "unit", "north", "east"])
        .struct.unnest()
    )
    far = found["far"].str.replace(",", ".", literal=True).cast(pl.Float64).to_numpy()
    far = far * np.where(found["unit"].str.starts_with("mi"), _KM_OF_MILE, 1.0)
    y = (
        found["north"].eq_missing("north").cast(pl.Int8) - found["north"].eq_missing("south").cast(pl.Int8)
    ).to_numpy()
    x = (
        found["east"].eq_missing("east").cast(pl.Int8) - found["east"].eq_missing("west").cast(pl.Int8)
    ).to_numpy()
    step = far / np.maximum(np.hypot(x, y), 1) / 111.2
    position = pl.Series(at, dtype=pl.UInt32)
    latitude, longitude = (out[c].gather(position) for c in ("latitude", "longitude"))
    narrow = np.cos(np.radians(latitude.fill_null(0.0).to_numpy()))
    return out.with_columns(
        out["latitude"].scatter(position, latitude + step * y),
        out["longitude"].scatter(position, longitude + step * x / narrow),
    )


def _lone(rows: _Rows, texts: Texts) -> Bools:
    """True where a name begins a sentence that has hardly more words than its names and type words."""
    at = texts.first[rows.row] + rows.start
    before = texts.bytes[at - 2]
    begins = (texts.bytes[at - 1] == 32) & (
        (before == ord(".")) | (before == ord("!")) | (before == ord(":"))
    )
    w = rows.sides.after
    few = (w.word >= 0).sum(axis=0) <= 4
    lower = ((w.word >= 0) & ~w.upper).sum(axis=0)
    out: Bools = begins & few & (lower <= 3)
    return out


def _stand_in(
    rows: _Rows, chosen: Chosen, gaps: Gaps, same: Bools, votes: npt.NDArray[np.uint8]
) -> tuple[Ints, Array]:
    """What is known of names that no table lists: the place that contains them (-1 none), and their country.

    The country is that of the containing place, else the one that the report is clearly about (-1 none).
    """
    n = rows.row.size
    arrays = place_arrays()
    unknown = chosen.place < 0
    outer = np.full(n, -1, dtype=np.int64)
    chain = gaps.contains & same
    inside = np.flatnonzero(unknown & chain)
    outer[inside] = chosen.place[_outer(chosen.place, chain, inside)]
    nation = np.where(outer >= 0, arrays.nation[np.maximum(outer, 0)], -1).astype(np.int64)
    open_ = np.flatnonzero(unknown & (nation < 0))
    if open_.size:
        own = votes[rows.row[open_], : len(arrays.nations)]
        best = own.argmax(axis=1)
        top = own[np.arange(open_.size), best].astype(np.int64)
        second = np.partition(own, -2, axis=1)[:, -2].astype(np.int64)
        clear = (top >= _CLEARLY_ABOUT) & (top >= 2 * second)
        nation[open_[clear]] = best[clear]
    return outer, nation


def _frame(
    rows: _Rows,
    texts: Texts,
    relation: Array,
    kind: Array,
    chosen: Chosen,
    use: Array,
    container: Bools,
    group: Array,
    stand_in: tuple[Ints, Array],
) -> pl.DataFrame:
    """The columns of `MENTIONS`."""
    arrays = place_arrays()
    known = chosen.place >= 0
    place = pl.Series(np.where(known, chosen.place, 0), dtype=pl.UInt32).set(pl.Series(~known), None)
    facts = places().select(
        "name", "admin1", "iso3", "latitude", "longitude", "geoname_id", "geo_precision", "kind", "usual"
    )
    facts = _with_stand_ins(facts.select(pl.all().gather(place)), facts, *stand_in)
    level = arrays.kind[np.maximum(chosen.place, 0)]
    near = (relation == _NEAR) | np.isin(kind, [_TYPE["around"], _TYPE["feature"]])
    precision = np.select(
        [level == 0, (level == 1) | (level == 2), (level == 3) | near], [0, 3, 2], default=1
    )
    issue = np.select([~known, level == 0, chosen.doubt], [0, 1, 2], default=3)
    precision = np.where(known, precision, np.where(arrays.kind[np.maximum(stand_in[0], 0)] >= 3, 2, 3))
    open_ = chosen.doubt & known
    texts_ = texts.cut(texts.rows[rows.row], rows.start, rows.end)
    labels = pl.Series(["unknown-name", "country-only", "shared-name", None], dtype=pl.String)
    facts = _moved(rows, texts, (rows.sides.relation == _NEAR) & known & ~open_, facts)
    out = facts.with_columns(
        row=pl.Series(texts.rows[rows.row]),
        sent=pl.Series(rows.sent),
        start=pl.Series(rows.start),
        end=pl.Series(rows.end),
        text=texts_,
        use=pl.Series(_USES).gather(pl.Series(use, dtype=pl.UInt32)),
        issue=labels.gather(pl.Series(issue, dtype=pl.UInt32)),
        relation=pl.Series([*RELATIONS, None], dtype=pl.String).gather(
            pl.Series(np.where(relation < 0, len(RELATIONS), relation), dtype=pl.UInt32)
        ),
        container=pl.Series(container),
        lone=pl.Series(_lone(rows, texts)),
        group=pl.Series(group),
        open=pl.Series(open_),
        level=pl.Series(np.where(precision > 0, precision, 0)),
        country=pl.col("iso3").replace_strict(country_names(), default=None, return_dtype=pl.String),
        spelled=pl.Series((rows.key >= 0) & (level == len(KINDS) - 1)),
    )
    out = out.with_columns(
        name=pl.when(~pl.col("usual") & pl.col("spelled"))
        .then("text")
        .otherwise(pl.coalesce("name", "text")),
        geo_precision=pl.when((pl.col("level") > 0) & pl.col("latitude").is_not_null()).then(
            pl.max_horizontal("level", pl.col("geo_precision").cast(pl.Int64))
        ),
    ).with_columns(
        pl.when(~pl.col("open")).then(pl.col(c)).alias(c)
        for c in ("latitude", "longitude", "geoname_id", "geo_precision")
    )
    return out.select(pl.col(name).cast(dtype) for name, dtype in MENTIONS.items())


def resolve_places(
    texts: pl.Series | list[str] | str,
    countries: pl.Series | list[str | None] | None = None,
    offsets: Literal["bytes", "chars"] = "bytes",
) -> pl.DataFrame:
    """One row per place that the texts name.

    Args:
        texts: a text or several.
        countries: ISO 3166-1 alpha-3 of the country that each text is about, where the caller knows it.
        offsets: unit of `start` and `end`: bytes of the UTF-8 text, or characters of the Python string.

    Returns:
        `row`, `start`, `end`, `text`, `name`, `admin1`, `country` (ACLED's name), `iso3`, `latitude`, `longitude`,
        `geoname_id`, `geo_precision` (ACLED: 1 the town, 2 near it or a part of a region, 3 a region), `issue`. Names
        that are part of an organisation's or a person's name have no row.

    >>> resolve_places("Clashes broke out in Saraqib, Syria.").select("text", "iso3").rows()
    [('Saraqib', 'SYR'), ('Syria', 'SYR')]
    """
    from eventdata.coding.scan import find_phrases

    if offsets not in ("bytes", "chars"):
        raise BadCallError(f"resolve_places: offsets={offsets!r}. Hint: 'bytes' or 'chars'.")
    given = pl.Series("text", [texts] if isinstance(texts, str) else texts, dtype=pl.String)
    reports = pl.DataFrame({"text": given}).with_row_index("row")
    reports = reports.with_columns(clean=clean(pl.col("text")))
    phrases = lexicon_phrases().with_columns(first=pl.col("phrase"))
    capital = phrases.filter(~pl.col("proper")).with_columns(
        phrase=pl.concat_str(
            pl.col("phrase").str.slice(0, 1).str.to_uppercase(), pl.col("phrase").str.slice(1)
        )
    )
    both = pl.concat([phrases, capital])
    marks = find_phrases(reports["text"], both["phrase"].to_list())
    marks = marks.with_columns(place=both["key"].gather(marks["ref"])).drop("ref")
    hints = None
    if countries is not None:
        hint = pl.Series("iso3", countries, dtype=pl.String)
        if hint.len() != given.len():
            raise BadCallError(f"resolve_places: {hint.len()} countries for {given.len()} texts.")
        hints = pl.DataFrame({"iso3": hint}).with_row_index("row").drop_nulls()
    out = place_mentions(marks, reports, countries=hints).filter(
        ~pl.col("use").is_in(["other", "actor"]) | (pl.col("kind") == "country")
    )
    if offsets == "chars":
        out = _in_characters(out, reports)
    return out.select(
        "row", "start", "end", "text", "name", "admin1", "country", "iso3", "latitude", "longitude", "geoname_id",
        "geo_precision", "issue",
    )  # fmt: skip


def _in_characters(mentions: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """`start` and `end` counted in characters."""
    start = mentions["start"].to_numpy()
    ahead = Texts(reports).cut(mentions["row"].to_numpy(), start * 0, start).str.len_chars()
    return mentions.with_columns(start=ahead, end=ahead + mentions["text"].str.len_chars())


def country_codes(iso3: pl.Series) -> pl.DataFrame:
    """ACLED country and region, COW and Gleditsch-Ward numbers and FIPS code of each country, in the given order.

    Columns `iso3`, `country`, `region`, `cow_number`, `gw_number`, `fips`; null where a list has no such country. The
    numbers are the present ones; `seeds/countries/states.csv` has the years of each.
    """
    codes = load_seed("countries/codes", "iso3").select(
        "iso3", "cow_number", "gw_number", "fips", country=pl.coalesce("acled_name", "name")
    )
    regions = (
        load_seed("acled/countries").select("iso3", "region").drop_nulls("iso3").unique("iso3", keep="first")
    )
    out = (
        iso3.alias("iso3")
        .to_frame()
        .join(codes, on="iso3", how="left", validate="m:1", maintain_order="left")
    )
    out = out.join(regions, on="iso3", how="left", validate="m:1", maintain_order="left")
    return out.select("iso3", "country", "region", "cow_number", "gw_number", "fips")

"""Chooses the place of each clause among the place mentions of its report."""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]

# Where a clause's place comes from, the better first.
SOURCES = [
    "located after",  # "... attacked in Hama"
    "located before",  # "In Hama, gunmen attacked"
    "named",  # "Hama was shelled"
    "origin",  # "from Hama"
    "country",
    "previous",  # of the sentences before
    "following",  # of the sentences right behind
    "main",  # what the report names most
    "main country",
    "dateline",
    "speaker",
]
# Costs in bytes of distance. The place of the clause stands near it; another act in between, a missing preposition or the
# other side of the act count like so many bytes.
_COST = {"located after": 0.0, "located before": 60.0, "named": 140.0, "origin": 420.0, "country": 900.0,
         "previous": 1500.0, "following": 1750.0, "main": 3000.0, "main country": 6000.0, "dateline": 7000.0,
         "speaker": 8000.0}  # fmt: skip
_WIDE = 2200.0
_NOTE = 2
_CROSSED = 90.0
_UNKNOWN = 350.0
_SENTENCE = 300.0
_FARTHEST = 999.0
_NUMBER = {name: i for i, name in enumerate(SOURCES)}
_COSTS = np.array([_COST[name] for name in SOURCES])
_WEAK = ["origin", "to"]
_LOCATIVE = ["in", "town", "unit", "near"]
_OUT = ["start", "end", "text", "name", "admin1", "country", "iso3", "latitude", "longitude", "geoname_id",
        "geo_precision", "issue", "kind"]  # fmt: skip


class _Mentions:
    """The usable mentions as arrays, in the order of their numbers."""

    def __init__(self, mentions: pl.DataFrame) -> None:
        def flag(column: str, values: list[str]) -> pl.Expr:
            return pl.col(column).is_in(values).fill_null(False)

        def code(text: pl.Expr) -> pl.Expr:
            """A number for each text, a common one for null."""
            return text.cast(pl.Categorical).to_physical().cast(pl.Int64).fill_null(2**20)

        event, unit = pl.col("use") == "event", pl.col("iso3") + "|" + pl.col("admin1")
        placed = pl.col("latitude").is_not_null()
        x = mentions.select(
            "lone",
            *(pl.col(c).cast(pl.Int64) for c in ("row", "sent", "start", "end", "group")),
            usable=flag("use", ["dateline", "speaker"]) | event & ~pl.col("container"),
            located=flag("relation", _LOCATIVE),
            weak=flag("relation", _WEAK),
            country=flag("kind", ["country"]),
            wide=flag("kind", ["admin1"]),
            fine=(pl.col("kind").is_null() | flag("kind", ["town", "admin2"])) & placed & unit.is_not_null(),
            event=event,
            line=pl.col("use") == "dateline",
            open=flag("issue", ["unknown-name", "shared-name"]) & ~placed,
            nation=code(pl.col("iso3")),
            unit=code(unit),
            name=code(pl.col("name")),
        )
        self.number = np.flatnonzero(x["usable"].to_numpy())
        columns = {name: x[name].to_numpy()[self.number] for name in x.columns}
        self.row, self.sent, self.start, self.end, self.group = (
            columns[c] for c in ("row", "sent", "start", "end", "group")
        )
        self.located, self.weak, self.country = (columns[c] for c in ("located", "weak", "country"))
        self.wide, self.fine, self.event = (columns[c] for c in ("wide", "fine", "event"))
        self.line, self.open, self.lone = (columns[c] for c in ("line", "open", "lone"))
        self.nation, self.unit, self.name = (columns[c] for c in ("nation", "unit", "name"))


def event_places(clauses: pl.DataFrame, mentions: pl.DataFrame) -> pl.DataFrame:
    """The place of each clause, or several where the text joins them ("in Hama and Idlib").

    Looks in the clause's sentence first: a place after a place preposition near the clause, one before it, one without a
    preposition, a country; then in the sentences before; then for the report's main place. The dateline and the speaker's
    place count only where nothing else is named.

    Args:
        clauses: `row`, `sent`, `start`, `end` of what names the act.
        mentions: what `place_mentions` returned.

    Returns:
        One row per clause and place: `clause` (position in `clauses`), `n` (0, 1 ... within the clause), `mention`
        (position in `mentions`, null without a place), `source` (located after, located before, named, origin, country,
        previous, following, main, main country, dateline, speaker), and the columns of the mention from `start` to
        `kind`; `issue` is no-place where there is none.
    """
    m = _Mentions(mentions)
    row, sent, start, end = (clauses[c].to_numpy().astype(np.int64) for c in ("row", "sent", "start", "end"))
    n = row.size
    low, high = np.searchsorted(m.row, row, side="left"), np.searchsorted(m.row, row, side="right")
    size = high - low
    clause = np.repeat(np.arange(n), size)
    at = np.repeat(low - (np.cumsum(size) - size), size) + np.arange(clause.size)
    source, cost = _costs(m, at, sent[clause], start[clause], end[clause], _acts(row, start))
    cost = cost + _too_wide(m, at, clause, source)
    fine = _agrees(m, at, clause, source, n) & (source >= 0)
    clause, at, source, cost = clause[fine], at[fine], source[fine], cost[fine]
    best = _least(cost, clause, n)
    has = np.flatnonzero(best >= 0)
    chosen = best[has]
    members = _members(m, at[chosen])
    owner, other = members
    lead = has[owner]
    without = np.flatnonzero(best < 0)
    where = np.concatenate([lead, without])
    order = np.argsort(where, kind="stable")
    where = where[order]
    begins = np.flatnonzero(np.diff(where, prepend=-1))
    nth = np.arange(where.size) - np.repeat(begins, np.diff(np.append(begins, where.size)))
    none = np.zeros(without.size, dtype=np.int64)
    absent = order >= lead.size
    mention = np.concatenate([m.number[other], none])[order]
    label = np.concatenate([source[chosen][owner], none])[order]
    taken, lost = pl.Series("mention", mention, dtype=pl.UInt32), pl.Series("lost", absent)
    out = pl.DataFrame(
        {
            "clause": pl.Series(where, dtype=pl.UInt32),
            "n": pl.Series(nth, dtype=pl.UInt32),
            "source": pl.Series(np.where(absent, len(SOURCES), label), dtype=pl.UInt32),
            "mention": taken,
            "lost": lost,
        }
    ).select(
        "clause",
        "n",
        pl.lit(pl.Series("source", [*SOURCES, None], dtype=pl.String)).gather(pl.col("source")),
        pl.when(~pl.col("lost")).then("mention").alias("mention"),
    )
    facts = mentions.select(_OUT).select(pl.all().gather(out["mention"]))
    if without.size:
        facts = facts.with_columns(issue=pl.when(lost).then(pl.lit("no-place")).otherwise("issue"))
    return out.hstack(facts)


def _acts(row: Ints, start: Ints) -> Ints:
    """Global positions of the clauses, sorted."""
    return np.sort((row << 32) | start)


def _costs(m: _Mentions, at: Ints, sent: Ints, start: Ints, end: Ints, acts: Ints) -> tuple[Ints, Array]:
    """Source and cost of every pair of clause and mention; source -1 where the mention says nothing of the clause."""
    after = m.start[at] >= start
    here = m.sent[at] == sent
    step = sent - m.sent[at]
    located, country, weak, event = m.located[at], m.country[at], m.weak[at], m.event[at]
    inside = np.where(after, 0, 1)
    inside = np.where(located, inside, _NUMBER["named"])
    inside = np.where(weak, _NUMBER["origin"], inside)
    inside = np.where(country, _NUMBER["country"], inside)
    away = np.where(step > 0, np.where(step <= 2, _NUMBER["previous"], _NUMBER["main"]), _NUMBER["main"])
    # a report that tells where only afterwards ("... killed five. Idlib province.")
    soon = (step < 0) & (step >= -2) & (located | m.lone[at]) & ~weak
    away = np.where(soon, _NUMBER["following"], away)
    away = np.where(country, _NUMBER["main country"], away)
    away = np.where(weak & ~country, _NUMBER["main"], away)
    source = np.where(here, inside, away)
    source = np.where(event, source, np.where(m.line[at], _NUMBER["dateline"], _NUMBER["speaker"]))
    gap = np.where(after, m.start[at] - end, start - m.end[at]).clip(0)
    times = _times(m)
    elsewhere = (
        np.minimum(_SENTENCE * (np.abs(step) - 1).clip(0), 900.0)
        + np.where(located, 0, 200)
        + np.where(weak, 500, 0)
    )
    elsewhere = np.where(
        source >= _NUMBER["main"], 600.0 / times[at] + np.minimum(m.start[at] / 50, 200), elsewhere + gap / 10
    )
    inside = np.flatnonzero(here & event)
    base, place, act = m.row[at[inside]] << 32, m.start[at[inside]], start[inside]
    crossed = np.searchsorted(acts, base | np.maximum(act, place), side="left") - np.searchsorted(
        acts, base | np.minimum(act, place), side="right"
    )
    elsewhere[inside] = np.minimum(gap[inside] + _CROSSED * crossed.clip(0), _FARTHEST)
    cost = _COSTS[source] + elsewhere
    # a country in this sentence gives way to a town of that country in the one before
    cost = np.where(here & country & event, cost + 1200.0, cost)
    return source, cost + np.where(m.open[at], _UNKNOWN, 0.0)


def _too_wide(m: _Mentions, at: Ints, clause: Ints, source: Ints) -> Array:
    """What a province costs where the sentences around name a place in it ("Clashes in North Darfur. ... near Kutum.")."""
    beside = (source == _NUMBER["previous"]) | (source == _NUMBER["following"])
    # only in notes of a few sentences: a longer report tells of the province as a whole first
    beside &= _spread(m)[at] <= _NOTE
    key = (clause << 24) | m.unit[at]
    finer = key[beside & m.fine[at] & ~m.weak[at]]
    wide = np.flatnonzero(m.wide[at] & (source <= _NUMBER["following"]) & ~m.weak[at])
    out = np.zeros(at.size)
    out[wide[np.isin(key[wide], finer)]] = _WIDE
    return out


def _spread(m: _Mentions) -> Array:
    """For each mention over how many sentences its report's places lie."""
    begins = np.flatnonzero(np.diff(m.row, prepend=-1))
    if not begins.size:
        return m.sent
    size = np.diff(np.append(begins, m.row.size))
    return np.repeat(np.maximum.reduceat(m.sent, begins) - np.minimum.reduceat(m.sent, begins), size)


def _times(m: _Mentions) -> Array:
    """How often the report names the place of each mention."""
    key = (m.row << 40) | (m.name << 1) | m.country
    _, where, count = np.unique(key, return_inverse=True, return_counts=True)
    out: Array = count[where.reshape(-1)].astype(np.float64)
    return out


def _agrees(m: _Mentions, at: Ints, clause: Ints, source: Ints, n: int) -> Array:
    """False for places of other sentences that lie in another country than the one that this sentence names."""
    said = np.full(n, -1, dtype=np.int64)
    named = source == _NUMBER["country"]
    said[clause[named]] = m.nation[at[named]]
    other = (source >= _NUMBER["previous"]) & (source <= _NUMBER["main"])
    several = np.zeros(n, dtype=np.bool_)
    several[clause[named]] = m.nation[at[named]] != said[clause[named]]
    out: Array = ~other | (said[clause] < 0) | several[clause] | (m.nation[at] == said[clause])
    return out


def _least(cost: Array, clause: Ints, n: int) -> Ints:
    """Index of the least cost of each clause, the first on a tie; -1 without one. `clause` ascends."""
    out = np.full(n, -1, dtype=np.int64)
    if not cost.size:
        return out
    begins = np.flatnonzero(np.diff(clause, prepend=-1))
    least = np.repeat(np.minimum.reduceat(cost, begins), np.diff(np.append(begins, cost.size)))
    best = np.flatnonzero(cost == least)
    best = best[np.diff(clause[best], prepend=-1) != 0]
    out[clause[best]] = best
    return out


def _members(m: _Mentions, chosen: Ints) -> tuple[Ints, Ints]:
    """The chosen mentions with the others of their lists: position in `chosen`, mention; the chosen one first."""
    key = m.group * 4 + m.event * 2 + m.country
    order = np.argsort(key, kind="stable")
    low, high = (
        np.searchsorted(key[order], key[chosen], side="left"),
        np.searchsorted(key[order], key[chosen], side="right"),
    )
    low = np.where(m.event[chosen], low, 0)
    high = np.where(m.event[chosen], high, 1)
    size = high - low
    owner = np.repeat(np.arange(chosen.size), size)
    other = (
        order[np.repeat(low - (np.cumsum(size) - size), size) + np.arange(owner.size)]
        if m.row.size
        else owner
    )
    other = np.where(m.event[chosen][owner], other, chosen[owner])
    first = other != chosen[owner]
    rank = np.lexsort((other, first, owner))
    return owner[rank], other[rank]

"""The words that speak of acts: evidence tags, act groups, operators and cues, read from `seeds/coding/`.

A phrase can belong to several groups. Phrases with the same memberships form one word class; all later stages work on
class numbers and on small matrices over classes, so that a rule costs the same however many words it names.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.coding.clean import clean_phrase
from eventdata.errors import SeedError
from eventdata.seeds import load_seed

# A longer phrase takes on the memberships of the phrases inside it ("suicide bomb attack" is an attack), but of two kinds of
# weapon or of side only its own ("rocket-propelled grenade" is no hand grenade).
EXCLUSIVE = (
    frozenset({"air", "shelling", "grenade", "ied", "suicide", "chemical", "rpg"}),
    frozenset({"military", "rebels", "gunmen", "protesters", "police", "civilians", "mob"}),
)
# What an actor's CAMEO role or ACLED type says of its side.
SIDE_OF_ROLE = {
    "REB": "rebels",
    "MIL": "military",
    "COP": "police",
    "UAF": "gunmen",
    "INS": "rebels",
    "SEP": "rebels",
}
SIDE_OF_INTER = {
    "Rebel group": "rebels",
    "Political militia": "rebels",
    "Identity militia": "gunmen",
    "Protesters": "protesters",
    "Rioters": "rioters",
}


def _exploded(table: pl.DataFrame, name: str, column: str, prefix: str) -> pl.DataFrame:
    """`group, "a|b"` -> one row per phrase, the group name with its prefix."""
    return table.select(
        group=pl.concat_str(pl.lit(prefix), pl.col(name)), phrase=pl.col(column).str.split("|")
    ).explode("phrase")


@cache
def memberships() -> pl.DataFrame:
    """One row per phrase and group: `phrase` (as cleaned text has it), `group` (`e:` evidence, `a:` act, `c:` cue)."""
    pairs = load_seed("coding/evidence_pairs").with_row_index("pair")
    pair = pl.col("pair").cast(pl.String)
    frames = [
        _exploded(load_seed("coding/evidence_words", "tag"), "tag", "words", "e:"),
        _exploded(load_seed("coding/act_words", "group"), "group", "words", "a:"),
        _exploded(load_seed("coding/cues", "cue"), "cue", "words", "c:"),
        _exploded(pairs.with_columns(pair + "<"), "pair", "left", "p:"),
        _exploded(pairs.with_columns(pair + ">"), "pair", "right", "p:"),
    ]
    table = pl.concat(frames).with_columns(clean_phrase(pl.col("phrase")))
    return table.filter(pl.col("phrase").str.len_bytes() > 0).unique(maintain_order=True)


@cache
def cue_names() -> tuple[str, ...]:
    """Names of the cues of `seeds/coding/cues.csv`, in order."""
    return tuple(load_seed("coding/cues", "cue")["cue"])


def cue_mask(*names: str) -> int:
    """Bits of the named cues in `Classes.cue_bits`."""
    return sum(1 << cue_names().index(name) for name in names)


def inherited(phrases: pl.Series) -> pl.DataFrame:
    """Memberships of each phrase and of the listed phrases inside it: `phrase`, `group`, `own`."""
    table = memberships()
    groups = table["group"].unique(maintain_order=True)
    table = table.with_columns(pl.col("group").cast(pl.Enum(groups)))
    listed = pl.DataFrame({"phrase": phrases.unique(maintain_order=True)}).with_row_index("number")
    words = [f" {word} " for word in table["phrase"].unique(maintain_order=True)]
    found = (
        listed.with_columns(inner=pl.format(" {} ", "phrase").str.extract_many(words, overlapping=True))
        .explode("inner")
        .drop_nulls("inner")
        .with_columns(pl.col("inner").str.strip_chars(" "))
        .with_columns(own=pl.col("inner") == pl.col("phrase"))
    )
    joined = found.join(table, left_on="inner", right_on="phrase", how="inner").select(
        "number", "group", "own"
    )
    # cues inside a longer phrase are no cues of the sentence
    cues = groups.filter(groups.str.starts_with("c:"))
    joined = joined.filter(pl.col("own") | ~pl.col("group").is_in(cues.implode()))
    idioms = joined.filter((pl.col("group") == "c:idiom") & pl.col("own"))["number"]
    joined = joined.filter(pl.col("own") | ~pl.col("number").is_in(idioms.implode()))
    joined = joined.group_by("number", "group", maintain_order=True).agg(pl.col("own").any())
    for kind in EXCLUSIVE:
        of_kind = pl.col("group").is_in([name for name in groups if name.removeprefix("e:") in kind])
        owners = joined.filter(of_kind & pl.col("own"))["number"]
        joined = joined.filter(~of_kind | pl.col("own") | ~pl.col("number").is_in(owners.implode()))
    phrase = listed["phrase"].gather(joined["number"])
    return joined.select(phrase, pl.col("group").cast(pl.String), "own")


@dataclass(frozen=True)
class Classes:
    """Word classes: a class is a set of groups; `groups[c]` lists them, class 0 is the empty set."""

    groups: list[frozenset[str]]

    @cached_property
    def _members(self) -> dict[str, npt.NDArray[np.int64]]:
        """Group -> numbers of its classes, rising."""
        members = defaultdict[str, list[int]](list)
        for number, names in enumerate(self.groups):
            for group in names:
                members[group].append(number)
        return {group: np.array(numbers, dtype=np.int64) for group, numbers in members.items()}

    def having(self, group: str) -> npt.NDArray[np.int64]:
        """Numbers of the classes that belong to `group`."""
        return self._members.get(group, np.zeros(0, dtype=np.int64))

    def flag(self, *groups: str) -> npt.NDArray[np.bool_]:
        """For each class: does it belong to any of `groups`?"""
        flags = np.zeros(len(self.groups), dtype=np.bool_)
        for group in groups:
            flags[self.having(group)] = True
        return flags

    @cached_property
    def cue_bits(self) -> npt.NDArray[np.uint32]:
        """For each class its cues as bits; bit i is cue i of `cue_names()`."""
        bits = np.zeros(len(self.groups), dtype=np.uint32)
        for number, name in enumerate(cue_names()):
            bits[self.having(f"c:{name}")] |= np.uint32(1 << number)
        return bits

    def require(self, group: str, where: str) -> None:
        """Raise `SeedError` when no word belongs to `group`."""
        if not len(self.having(group)):
            raise SeedError(f"{where}: no words are listed for {group[2:]!r}.")

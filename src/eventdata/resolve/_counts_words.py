"""The words of counts: what each of them is, and the rules that read a sentence made of their letters.

Letters of a sentence: n number, N number with its noun, S one person, P persons without a number, g group, h noise; V participle,
G active, W state ("dead", "fled"), F noun ("deaths"), O noun before its persons ("killing of"), T toll, X an act that is
not said to have happened, K passive; a A auxiliaries, y by, & and, i including, o of them, m modal, x background, z clause,
w speaker, t period, r preposition, U unknown; - = _ gaps of up to 25, up to 60, and more bytes. Rules write > (counts for
the outcome to the right), < (to the left), Q q (part of another count), ^ (toll), p (persons without a number), 1 ("was
killed" with no person), ? (the number is unknown) and k w f (an outcome that has its number).
"""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.coding.clean import MARK, PARAGRAPH
from eventdata.coding.scan import ABBREVIATIONS
from eventdata.seeds import load_seed

KINDS = ("killed", "injured", "displaced", "arrested", "abducted", "crowd")
KINDS_READ = [*KINDS, "casualties"]  # of casualties it is not said who died
CAPTIVES = ["hostage", "captive", "prisoner"]  # what people are taken, as well as persons
NEAR, FAR = 25, 60  # bytes of a gap: a few words, many words
CODE = 4  # digits of a pattern number
COPY = "\x03"  # stands before a doubled blank: a stop and the next word each need theirs

STOPS = {". ": ".", "? ": "?", "! ": "!", PARAGRAPH: PARAGRAPH}
COMMAS = {", ": ",", "; ": ";", ": ": ":", " - ": " -"}
# Role of a word -> its letter in the string of a sentence; blank: not in the string. In an order that makes classes ranges.
LETTERS = {
    "": " ",
    "singular": "S",
    "plural": "P",
    "families": "P",
    "group": "g",
    "number": "n",
    "vague": "n",
    "least": " ",
    "most": " ",
    "below": " ",
    "about": " ",
    "between": " ",
    "to": " ",
    "or": "&",
    "and": "&",
    "times": " ",
    "digits": "n",
    "participle": "V",
    "active": "G",
    "state": "W",
    "noun": "F",
    "nominal": "O",
    "toll": "T",
    "of_them": "o",
    "aux": "a",
    "singular_aux": "A",
    "perfect": "e",
    "by": "y",
    "comma": ",",
    "including": "i",
    "modal": "m",
    "background": "x",
    "clause": "z",
    "relative": "R",
    "speech": "d",
    "speaker": "w",
    "period": "t",
    "superlative": "s",
    "preposition": "r",
    "unknown": "U",
    "intention": "X",
    "unit": " ",
    "month": " ",
    "label": " ",
    "stop": " ",
    "filler": " ",
}
ROLES = {role: number for number, role in enumerate(LETTERS)}
NO_ROLE = 255
NO_BOUND, LEAST, MOST, BELOW = 0, ROLES["least"], ROLES["most"], ROLES["below"]
RISES = ROLES["between"]  # "from 11 to 17"
RULE_NAMES = {
    ">": "before-outcome",
    "<": "after-outcome",
    "^": "toll",
    "Q": "part",
    "q": "part",
    "p": "no-number",
    "b": "no-number",
    "1": "was-killed",
    "?": "unknown-number",
    "N": "crowd-noun",
}
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Columns = dict[str, npt.NDArray[Any]]
"""Arrays of equal length by name."""


@cache
def marked_words() -> pl.DataFrame:
    """The words around which counts are looked for: `phrase`, `kind`, in the order of their keys."""
    outcomes = load_seed("counts/outcomes", "phrase").select("phrase", "kind")
    crowds = load_seed("counts/victims", "phrase").filter(pl.col("crowd") == "crowd")
    captives = pl.DataFrame({"phrase": CAPTIVES, "kind": ["abducted"] * len(CAPTIVES)})
    return pl.concat([outcomes, crowds.select("phrase", kind=pl.lit("crowd")), captives])


def lexicon_phrases() -> pl.DataFrame:
    """Phrases that the scan marks for counts: `phrase`, `key` (number of the phrase), `proper` (never).

    >>> lexicon_phrases().height < 600
    True
    """
    return marked_words().select("phrase", key=pl.int_range(pl.len(), dtype=pl.UInt32), proper=pl.lit(False))


class Vocabulary:
    """Patterns of the second, small scan, and what each of them is."""

    def __init__(self) -> None:
        numbers = load_seed("counts/numbers", "phrase")
        victims = load_seed("counts/victims", "phrase").rename({"number": "role"})
        outcomes, cues = load_seed("counts/outcomes", "phrase"), load_seed("counts/cues", "phrase")
        words = pl.concat([numbers, victims, outcomes, cues], how="diagonal_relaxed").with_columns(
            pattern=" " + pl.col("phrase"), copies=pl.lit(0), strict=pl.lit(True)
        )
        dotted = words.filter(pl.col("phrase").str.ends_with(".")).with_columns(
            pattern=pl.col("pattern") + COPY, copies=pl.lit(1), strict=pl.lit(False)
        )
        short = pl.DataFrame({"pattern": [f" {word.lower()}{COPY}" for word in ABBREVIATIONS]}).with_columns(
            role=pl.lit("filler"), copies=pl.lit(1), strict=pl.lit(False)
        )
        stops = pl.DataFrame(
            {
                "pattern": [mark + COPY for mark in (*STOPS.values(), *COMMAS.values())],
                "role": ["stop"] * len(STOPS) + ["comma"] * len(COMMAS),
            }
        ).with_columns(copies=pl.lit(1), strict=pl.lit(False))
        digits = pl.DataFrame({"pattern": [f" {digit}" for digit in range(10)]}).with_columns(
            role=pl.lit("digits"), copies=pl.lit(0), strict=pl.lit(False)
        )
        table = (
            pl.concat([words, dotted, short, stops, digits], how="diagonal_relaxed")
            .unique("pattern", keep="first", maintain_order=True)
            .with_columns(
                width=pl.col("pattern").str.len_bytes().cast(pl.Int32) - pl.col("copies").cast(pl.Int32)
            )
            # of the patterns that match at a place, the first listed wins
            .sort(pl.col("pattern").str.len_bytes(), descending=True, maintain_order=True)
        )
        self.patterns = table["pattern"].to_list()
        self.replacements = [f"{MARK}{number:0{CODE}d}" for number in range(table.height)]
        pattern, role = table["pattern"], table["role"]
        self.width = table["width"].to_numpy().astype(np.int64)
        self.strict = table["strict"].to_numpy()
        self.lead = pattern.str.starts_with(" ").to_numpy().astype(np.int64)
        self.role = np.array([ROLES[name] for name in role], np.uint8)
        self.letter = np.array([ord(LETTERS[name]) for name in role], np.uint8)
        self.words = table.select(
            "phrase",
            "kind",
            "whose",
            crowd=(pl.col("crowd") == "crowd").fill_null(False),
            digit=pl.col("pattern").str.extract(r"^ ([0-9])$"),
        )
        self.numbers = {
            name: table[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
            for name in ("value", "low", "high")
        }
        # the few words that are told apart by more than their role
        self.since, self.over = self._among("since"), self._among("over")
        self.rises = self._among("from")
        self.days = self._among("day", "days", "hours", "hour")
        self.loose = self._among("to", "from", "between", "around", "about")
        kinds = self.words["kind"].replace_strict(KINDS_READ, range(len(KINDS_READ)), return_dtype=pl.Int64)
        self.captive = self._among(*CAPTIVES)
        self.kind = np.where(self.captive, KINDS_READ.index("abducted"), kinds.fill_null(-1).to_numpy())
        self.crowd = self.words["crowd"].to_numpy()
        self.persons = table["persons"].is_not_null().to_numpy()

    def _among(self, *phrases: str) -> Bools:
        return self.words["phrase"].is_in(phrases).fill_null(False).to_numpy()


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary()


@cache
def rules() -> list[tuple[str, str]]:
    """Pattern and replacement of each rule, for strings that stand in lines of one text."""
    rules = load_seed("counts/rules", "rule").select("pattern", "replacement")
    return [
        ("(?m)" + pattern.replace("[^", "[^\n"), replacement) for pattern, replacement in rules.iter_rows()
    ]


def changes(*columns: npt.NDArray[Any]) -> Ints:
    """Places where one of the sorted arrays takes a new value; the first is one."""
    changed = np.ones(columns[0].size, np.bool_)
    changed[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return np.flatnonzero(changed)

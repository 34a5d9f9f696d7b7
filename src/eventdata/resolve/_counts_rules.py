"""Which number counts what: the rules of `seeds/counts/rules.csv` on sentences of one letter per token.

A rule keeps the length of the string, so that a letter leads back to its token and the token to its bytes. Many sentences share a
string, and the rules run on the distinct ones only.
"""

import numpy as np
import polars as pl
import pyarrow as pa

from eventdata.resolve._counts_numbers import ahead, gap_before, same_sentence
from eventdata.resolve._counts_words import (
    FAR,
    KINDS_READ,
    NEAR,
    Bools,
    Bytes,
    Columns,
    Ints,
    rules,
    vocabulary,
)

_KILLED, _INJURED, _CROWD, _CASUALTIES = (
    KINDS_READ.index(kind) for kind in ("killed", "injured", "crowd", "casualties")
)
_LABEL_NAMES = pl.Series([chr(code) for code in range(256)])


def label_tokens(x: Columns) -> Bytes:
    """What the rules make of each token's letter; they run once for every distinct string of letters."""
    if not x["letter"].size:
        return np.zeros(0, np.uint8)
    gaps = np.where(same_sentence(x), gap_before(x), 0)
    marks = np.select([gaps <= 1, gaps <= NEAR, gaps <= FAR], [0, ord("-"), ord("=")], ord("_"))
    # letters and gap marks alternate; where there is no gap, the mark is left out
    woven = np.column_stack([x["letter"], marks.astype(np.uint8)]).ravel()
    data = woven[woven != 0]
    ends = np.cumsum(1 + (marks != 0))
    last = x["sentence"] != ahead(x["sentence"])
    offsets = np.append(0, ends[last]).astype(np.int64)
    array = pa.LargeStringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))
    strings = pl.DataFrame({"string": pl.Series(array)})
    distinct = strings["string"].unique(maintain_order=True)
    labelled = pl.DataFrame({"string": distinct, "label": rewrite(distinct)})
    found = strings.join(labelled, on="string", how="left", validate="m:1", maintain_order="left")
    return np.frombuffer(found["label"].str.join("").item().encode(), np.uint8)


def rewrite(strings: pl.Series) -> pl.Series:
    """The strings after all rules, without the marks of gaps: one letter for each letter."""
    # a rule costs more to start than to run, so that all strings are lines of one text
    text = pl.lit("\n".join(strings))
    for pattern, replacement in rules():
        text = text.str.replace_all(pattern, replacement)
    return pl.Series("label", pl.select(text.str.replace_all(r"[-=_]", "")).item().split("\n"))


def _any_of(labels: Bytes, letters: str) -> Bools:
    table = np.zeros(256, np.bool_)
    table[[ord(letter) for letter in letters]] = True
    return table[labels]


def _last(where: Bools, sentence: Ints, of: Ints) -> Ints:
    """For each of the tokens `of`, the last token up to it that `where` holds for, in its sentence; else -1."""
    places = np.append(np.flatnonzero(where), -1)
    found = places[np.searchsorted(places[:-1], of, side="right") - 1]
    return np.where((found >= 0) & (sentence[found] == sentence[of]), found, -1)


def _first(where: Bools, sentence: Ints, of: Ints) -> Ints:
    """For each of the tokens `of`, the first token from it on that `where` holds for, in its sentence; else -1."""
    places = np.append(np.flatnonzero(where), -1)
    found = places[np.searchsorted(places[:-1], of, side="left")]
    return np.where((found >= 0) & (sentence[found] == sentence[of]), found, -1)


def _outcomes(labels: Bytes, sentence: Ints, crowd_nouns: Bools) -> tuple[Ints, Ints]:
    """The tokens that count something and, for each, the token of what it counts. A toll counts the killed."""
    whole = _any_of(labels, "<b>1p^?") | (_any_of(labels, "N") & crowd_nouns)
    counting = np.flatnonzero(whole | _any_of(labels, "Qq"))
    own = labels[counting]
    outcome = np.where(_any_of(own, "?N"), counting, -1)
    for letters, find, wanted in (("<b", _last, "GO"), (">1p", _first, "kwf"), ("^", _last, "T")):
        chosen = _any_of(own, letters)
        outcome[chosen] = find(_any_of(labels, wanted), sentence, counting[chosen])
    # "brings to 41 the number of people killed"
    ahead_of_toll = np.flatnonzero(_any_of(own, "^") & (outcome < 0))
    outcome[ahead_of_toll] = _first(_any_of(labels, "T"), sentence, counting[ahead_of_toll])
    # a part belongs to the nearest count before it, else after it
    inner = np.flatnonzero(_any_of(own, "Qq"))
    before, after = (find(whole, sentence, counting[inner]) for find in (_last, _first))
    nearest = np.where(before >= 0, before, after)
    of_nearest = outcome[np.searchsorted(counting, np.maximum(nearest, 0)) % max(counting.size, 1)]
    outcome[inner] = np.where(nearest >= 0, of_nearest, -1)
    found = outcome >= 0
    return counting[found], outcome[found]


def _periods(letters: Bytes, labels: Bytes, sentence: Ints, counting: Bools, since: Bools) -> Bools:
    """Whether each token stands in a clause that speaks of a period of weeks or more.

    A leading "Since January," reaches into the next clause. "The deadliest attack since March", "was killed ... since" do not.
    """
    starts = np.concatenate([[True], sentence[1:] != sentence[:-1]])
    segment = np.cumsum(starts | _any_of(letters, ",zd")) - 1
    size = int(segment[-1]) + 1

    def holds(where: Bools) -> Bools:
        found = np.zeros(size, np.bool_)
        found[segment[where]] = True
        return found

    simple_past = holds(since) & holds(letters == ord("A")) & ~holds(labels == ord("^"))
    period = holds(letters == ord("t")) & ~holds(letters == ord("s")) & ~simple_past
    at_start = starts | np.concatenate([[False], starts[:-1]])
    opening = holds(at_start & (letters == ord("t"))) & period & ~holds(counting)
    lead = np.concatenate([[False], opening[:-1]]) & ~holds(starts)
    found: Bools = (period | lead)[segment]
    return found


def _with_another(letters: Bytes, kinds: Ints, target: Ints) -> Bools:
    """Whether an outcome stands beside another one of the killed and injured: "killing and wounding several people"."""
    hurt = (kinds == _KILLED) | (kinds == _INJURED)
    found = np.zeros(target.size, np.bool_)
    for step in (-1, 1):
        link, other = (np.clip(target + step * by, 0, letters.size - 1) for by in (1, 2))
        joined = (letters[link] == ord("&")) & _any_of(letters[other], "VGF") & (other == target + 2 * step)
        found |= joined & hurt[target] & hurt[other] & (kinds[target] != kinds[other])
    return found


def assign(x: Columns, few: Columns, labels: Bytes) -> pl.DataFrame:
    """The tokens that count something, with `counted` (the kind), `anchor` (a byte of the outcome), `period`, `label`.

    Their numbers (`value`, `low`, `high`) are null where NaN.
    """
    words = vocabulary()
    letters, sentence = x["letter"], x["sentence"]
    crowds = words.crowd[x["noun"]] & (x["noun"] >= 0)
    kept, target = _outcomes(labels, sentence, crowds)
    # one person is no crowd; "seized 40" may be anything
    things = words.persons[x["ref"][target]] & _any_of(letters[kept], "nP")
    counting = np.zeros(labels.size, np.bool_)
    counting[kept] = True
    period = _periods(letters, labels, sentence, counting, words.since[x["ref"]])[kept]
    kinds = words.kind[x["ref"]]
    counted = kinds[target]
    counted[_with_another(letters, kinds, target)] = _CASUALTIES
    counted[labels[kept] == ord("N")] = _CROWD
    counted[labels[kept] == ord("^")] = _KILLED
    alone = (letters[kept] == ord("S")) | (labels[kept] == ord("1"))
    own = target == kept  # a crowd noun, or an outcome whose number is unknown
    anchor = np.where(own, x["end"][target] - 1, x["start"][target])
    of_people = ~things & ~(alone & (counted == _CROWD))
    kept, noun = kept[of_people], x["noun"][kept[of_people]]
    names = ("win", "sentence", "start", "end", "ref", "role", "letter", "definite", "families")
    number = pl.Series(x["number"][kept]).replace(-1, None)
    said = pl.DataFrame({name: few[name] for name in ("value", "low", "high", "bound")}, nan_to_null=True)
    found = pl.DataFrame({name: x[name][kept] for name in names})
    return found.with_columns(
        said.select(pl.all().gather(number)),
        anchor=anchor[of_people],
        period=period[of_people],
        label=_LABEL_NAMES.gather(labels[kept]),
        counted=pl.Series(KINDS_READ).gather(counted[of_people]),
        whose=words.words["whose"].gather(pl.Series(noun).replace(-1, None)),
    )

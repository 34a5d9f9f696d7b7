"""Finds every phrase of the lexicon in one pass over the text.

The text is cut into tokens (words, and signs one by one); a phrase is a row of tokens, and all phrases form one tree. From every
token the tree is walked as far as it goes, for all tokens of the batch at once, so that the cost depends on the text and hardly
on the number of phrases. Of the phrases that begin at a token the longest counts, and of two that overlap the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from eventdata.coding.clean import PARAGRAPH, clean, clean_phrase

_PHRASE, _STOP, _ABBREVIATION = 0, 1, 2
STOPS = (".", "!", "?", PARAGRAPH)
# A stop after one of these is part of the word. Initials ("J. Smith") belong here too.
ABBREVIATIONS = [
    "Mr.", "Mrs.", "Ms.", "Dr.", "Gen.", "Lt.", "Col.", "Sgt.", "Maj.", "Capt.", "Brig.", "Adm.", "Cmdr.", "Gov.", "Sen.",
    "Rep.", "Pres.", "Prof.", "Rev.", "Hon.", "St.", "Mt.", "Ft.", "No.", "Nos.", "U.S.", "U.K.", "U.N.", "E.U.", "D.C.",
    "U.A.E.", "U.S.S.R.", "a.m.", "p.m.", "e.g.", "i.e.", "etc.", "vs.", "al.", "approx.", "est.", "Jan.", "Feb.", "Mar.",
    "Apr.", "Jun.", "Jul.", "Aug.", "Sep.", "Sept.", "Oct.", "Nov.", "Dec.", "Mon.", "Tue.", "Wed.", "Thu.", "Fri.", "Sat.",
    "Sun.", "Inc.", "Ltd.", "Co.", "Corp.", "Bros.", "Jr.", "Sr.", "Ave.", "Rd.", "Blvd.", "Dept.", "Univ.", "fig.", "pp.",
    "ca.", "cf.", "km.",
    *(f"{letter}." for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
]  # fmt: skip

Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.signedinteger[Any]]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Keys = npt.NDArray[np.uint64]

# Classes of bytes: what lies between tokens, what makes words, the first byte of a sign, its other bytes.
_BLANK, _WORD, _SIGN, _SIGN_INSIDE = 0, 1, 2, 3
_CLASS = np.array(
    [
        _BLANK if byte == 0x20 else _WORD if byte >= 0x80 or chr(byte).isalnum() else _SIGN
        for byte in range(256)
    ],
    dtype=np.uint8,
)
_LOW_BYTES = np.array([(1 << 8 * n) - 1 for n in range(8)] + [(1 << 64) - 1], dtype=np.uint64)
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: spreads neighbouring keys
_APART = 255  # blanks or more stand between two texts, never inside a phrase


@dataclass(frozen=True)
class Tokens:
    """Tokens of texts as arrays: bytes from `start` to `end` of the joined texts, `key` of their letters.

    `gap` is the number of blanks before a token, at most 255; the first token of a text has 255. `first` has the number of
    the first token of each text, and at its end the number of tokens.
    """

    start: Ints
    end: Ints
    key: Keys
    gap: npt.NDArray[np.uint8]
    word: Bools
    first: Ints


class Table:
    """A hash table from distinct keys to their positions, looked up for whole arrays."""

    def __init__(self, keys: Keys) -> None:
        bits = max(4, int(4 * len(keys)).bit_length())
        self._shift = np.uint64(64 - bits)
        self._last = (1 << bits) - 1
        self._keys = np.zeros(1 << bits, dtype=np.uint64)
        self._place = np.full(1 << bits, -1, dtype=np.int32)
        waiting, slot = np.arange(len(keys)), self._slots(keys)
        while len(waiting):
            free = np.flatnonzero(self._place[slot] < 0)
            _, one = np.unique(slot[free], return_index=True)
            settled = free[one]
            self._place[slot[settled]] = waiting[settled]
            self._keys[slot[settled]] = keys[waiting[settled]]
            left = np.ones(len(waiting), dtype=np.bool_)
            left[settled] = False
            waiting, slot = waiting[left], (slot[left] + 1) & self._last

    def _slots(self, keys: Keys) -> Ints:
        return ((keys * _MIX) >> self._shift).astype(np.int64)

    def find(self, keys: Keys) -> npt.NDArray[np.int32]:
        """Position of each key, -1 where the table does not have it."""
        slot = self._slots(keys)
        found = self._place.take(slot)
        asked = np.flatnonzero((found >= 0) & (self._keys.take(slot) != keys))
        slot = slot[asked]
        while len(asked):
            slot = (slot + 1) & self._last
            place = self._place.take(slot)
            found[asked] = place
            again = (place >= 0) & (self._keys.take(slot) != keys[asked])
            asked, slot = asked[again], slot[again]
        return found


@dataclass(frozen=True)
class Patterns:
    """The phrases of a scan as one tree over tokens.

    `patterns` lists them as text, with a leading blank where a word boundary is asked for; `table` has for each its `ref`, the
    caller's number (null for stops and abbreviations), and its `kind` (0 phrase, 1 stop, 2 abbreviation).
    """

    patterns: list[str]
    table: pl.DataFrame
    ref: npt.NDArray[np.uint32]
    kind: Bytes
    words: Table  # key of a token -> its number
    spaced: npt.NDArray[
        np.int32
    ]  # number of a token -> state of the phrases that begin with it behind a blank, -1 none
    glued: npt.NDArray[np.int32]  # the same for phrases that need no blank before them
    steps: Table  # (state, token, gap) -> number of the step
    reached: npt.NDArray[np.int32]  # number of a step -> the state behind it
    accepts: npt.NDArray[np.int32]  # state -> the pattern that ends there, -1 none
    goes_on: Bools  # state -> longer patterns pass through it

    @property
    def paragraph(self) -> int:
        """Number of the pattern that ends a paragraph."""
        return self.patterns.index(PARAGRAPH)


def compile_patterns(phrases: Sequence[str] | pl.Series) -> Patterns:
    """Patterns for phrases as they stand in cleaned text; `ref` is the position in `phrases`.

    Of two equal phrases the first counts. A phrase that starts with a hyphen ("-backed") or is a comma, semicolon or colon
    is matched where it touches the word before.
    """
    text = pl.Series("phrase", phrases, dtype=pl.String)
    table = pl.DataFrame({"phrase": text}).with_row_index("ref").with_columns(clean_phrase(pl.col("phrase")))
    table = table.filter(pl.col("phrase") != "").with_columns(
        pattern=pl.when(pl.col("phrase").str.contains(r"^[-,;:]"))
        .then("phrase")
        .otherwise(pl.concat_str(pl.lit(" "), pl.col("phrase"))),
        kind=pl.lit(_PHRASE, dtype=pl.UInt8),
    )
    frames = [
        table.select(pl.col("ref").cast(pl.UInt32), "pattern", "kind"),
        pl.DataFrame({"pattern": [" " + word for word in ABBREVIATIONS]}).with_columns(
            kind=pl.lit(_ABBREVIATION, dtype=pl.UInt8)
        ),
        pl.DataFrame({"pattern": list(STOPS)}).with_columns(kind=pl.lit(_STOP, dtype=pl.UInt8)),
    ]
    table = pl.concat(frames, how="diagonal_relaxed").unique("pattern", keep="first", maintain_order=True)
    return _tree(table)


def _tree(table: pl.DataFrame) -> Patterns:
    """The tree of `pattern`, level by level: a state is a distinct row of tokens."""
    tokens = tokens_of(*bytes_of(table["pattern"]))
    keys, word = np.unique(tokens.key, return_inverse=True)
    first, length = tokens.first[:-1], np.diff(tokens.first)
    spaced = table["pattern"].str.starts_with(" ").to_numpy()
    accepts = np.full(tokens.first[-1] + 1, -1, dtype=np.int32)  # there are never more states than tokens
    goes_on = np.zeros(len(accepts), dtype=np.bool_)
    steps: list[Keys] = []
    reached: list[Ints] = []
    roots, state = np.unique(word[first] * 2 + spaced, return_inverse=True)
    count, of = len(roots), np.arange(len(first))
    for depth in range(1, int(length.max(initial=1)) + 1):
        ends = length[of] == depth
        accepts[state[ends]] = of[ends]
        goes_on[state[~ends]] = True
        of, state = of[~ends], state[~ends]
        at = first[of] + depth
        taken, number = np.unique(_step(state, word[at], tokens.gap[at]), return_inverse=True)
        steps.append(taken)
        state = count + number
        reached.append(count + np.arange(len(taken)))
        count += len(taken)
    begins = np.full((2, len(keys)), -1, dtype=np.int32)
    begins[roots % 2, roots // 2] = np.arange(len(roots))
    return Patterns(
        table["pattern"].to_list(),
        table.select("ref", "kind"),
        table["ref"].fill_null(0).to_numpy(),
        table["kind"].to_numpy(),
        Table(keys),
        begins[1],
        begins[0],
        Table(np.concatenate(steps)),
        np.concatenate(reached).astype(np.int32),
        accepts[:count],
        goes_on[:count],
    )


def _step(state: Numbers, word: Numbers, gap: Bytes) -> Keys:
    """One number for a state and the token behind it: no two have the same."""
    return (state.astype(np.uint64) << np.uint64(32)) | (word.astype(np.uint64) << np.uint64(8)) | gap


def tokens_of(body: Bytes, text_start: Ints) -> Tokens:
    """Tokens of texts that stand one behind the other in `body`; `text_start` says where each begins, and where the last ends."""
    kind = _CLASS.take(body)
    _find_signs(body, kind)
    word = kind == _WORD
    begins = word.copy()
    begins[1:] &= ~word[:-1]
    borders = text_start[:-1][text_start[:-1] < len(body)]
    begins[borders] = word[borders]
    begins |= kind == _SIGN
    inside = kind != _BLANK
    closes = inside.copy()
    closes[:-1] &= begins[1:] | ~inside[1:]
    start, end = np.flatnonzero(begins), np.flatnonzero(closes) + 1
    first = np.searchsorted(start, text_start)
    gap = np.minimum(start - np.concatenate([[0], end[:-1]]), _APART).astype(np.uint8)
    gap[first[:-1][first[:-1] < len(start)]] = _APART
    return Tokens(start, end, _token_keys(body, start, end), gap, kind[start] == _WORD, first)


def _find_signs(body: Bytes, kind: Bytes) -> None:
    """Set the class of the characters beyond ASCII that are neither letters nor digits."""
    lead = np.flatnonzero(body >= 0xC0)
    if not len(lead):
        return
    length = np.where(body[lead] >= 0xF0, 4, np.where(body[lead] >= 0xE0, 3, 2))
    point = body[lead].astype(np.int64)
    for i in range(1, 4):
        byte = body[np.minimum(lead + i, len(body) - 1)].astype(np.int64)
        point = np.where(i < length, point * 256 + byte, point)
    distinct, of = np.unique(point, return_inverse=True)
    characters = [int(p).to_bytes(4, "big").lstrip(b"\0").decode() for p in distinct]
    sign = ~pl.Series(characters).str.contains(r"^[\p{L}\p{N}]").to_numpy()[of]
    kind[lead[sign]] = _SIGN
    for i in range(1, 4):
        kind[lead[sign & (length > i)] + i] = _SIGN_INSIDE


def _token_keys(body: Bytes, start: Ints, end: Ints) -> Keys:
    """The letters of each token as one number: up to eight bytes as they are, longer ones mixed to 64 bits."""
    padded = np.zeros((len(body) + 23) // 8 * 8, dtype=np.uint8)
    padded[: len(body)] = body
    eights = padded.view("<u8")

    def letters(at: Ints, size: Ints) -> Keys:
        place, shift = at >> 3, ((at & 7) << 3).astype(np.uint64)
        low = eights.take(place) >> shift
        high = (eights.take(place + 1) << (np.uint64(63) - shift)) << np.uint64(1)
        return np.asarray((low | high) & _LOW_BYTES.take(np.minimum(size, 8)))

    key = letters(start, end - start)
    more = np.flatnonzero(end - start > 8)
    at = start[more] + 8
    while len(more):
        mixed = (key[more] ^ (key[more] >> np.uint64(29))) * _MIX
        key[more] = mixed + letters(at, end[more] - at)
        at = at + 8
        longer = at < end[more]
        more, at = more[longer], at[longer]
    return key


def scan(reports: pl.DataFrame, compiled: Patterns) -> pl.DataFrame:
    """Marks of all phrases in `reports` (`row`, `clean`), sorted by row and start.

    Returns `row`, `sent` (sentence number, unique in the batch), `sent_start` (first byte of the sentence), `para` (paragraph
    number, unique in the batch), `start`, `end` (bytes of the text, end exclusive) and `ref`, all UInt32. A null text has
    no marks.
    """
    reports = reports.select("row", "clean").filter(pl.col("clean").is_not_null())
    body, text_start = bytes_of(reports["clean"])
    tokens = tokens_of(body, text_start)
    at, size, number = _find(tokens, compiled)
    kind, last = compiled.kind[number], at + size - 1
    text = np.searchsorted(tokens.first, at, side="right") - 1
    stops = np.flatnonzero(kind == _STOP)
    stops = stops[_closes(tokens, at, stops)]
    is_paragraph = number[stops] == compiled.paragraph
    kept = np.flatnonzero(kind == _PHRASE)
    before = np.searchsorted(stops, kept)  # stops before each mark, in all texts
    last_stop = stops[np.maximum(before - 1, 0)] if len(stops) else before
    opens = text_start[text[kept]]
    in_text = (before > 0) & (text[last_stop] == text[kept])
    sent_start = np.where(in_text, tokens.end[at[last_stop]] - opens, 0)
    paragraphs = np.concatenate([[0], np.cumsum(is_paragraph)])[before]
    texts = text[kept] + 1
    return pl.DataFrame(
        {
            "row": reports["row"].to_numpy().astype(np.uint32)[text[kept]],
            "sent": (texts + before).astype(np.uint32),
            "sent_start": sent_start.astype(np.uint32),
            "para": (texts + paragraphs).astype(np.uint32),
            "start": (tokens.start[at[kept]] - opens).astype(np.uint32),
            "end": (tokens.end[last[kept]] - opens).astype(np.uint32),
            "ref": compiled.ref[number[kept]],
        }
    )


def bytes_of(texts: pl.Series) -> tuple[Bytes, Ints]:
    """All texts as one array of bytes, and where each begins in it; the last of these is where the last text ends."""
    array = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    body = np.frombuffer(data if data is not None else b"", dtype=np.uint8)
    return body[starts[0] : starts[-1]], starts - starts[0]


def _find(tokens: Tokens, compiled: Patterns) -> tuple[Ints, Ints, Ints]:
    """Tokens where a pattern begins, how many it has, and its number; none overlaps the one before."""
    word = compiled.words.find(tokens.key)
    size = np.zeros(len(word), dtype=np.uint8)
    number = np.zeros(len(word), dtype=np.int32)
    known = np.flatnonzero(word >= 0)
    spaced = known[tokens.gap[known] > 0]
    _longest(spaced, compiled.spaced[word[spaced]], word, tokens, compiled, size, number)
    glued = known[size[known] == 0]
    _longest(glued, compiled.glued[word[glued]], word, tokens, compiled, size, number)
    at = np.flatnonzero(size)
    at = at[_apart(at, at + size[at])]
    return at, size[at].astype(np.int64), number[at].astype(np.int64)


def _longest(
    at: Ints,
    state: npt.NDArray[np.int32],
    word: npt.NDArray[np.int32],
    tokens: Tokens,
    compiled: Patterns,
    size: Bytes,
    number: npt.NDArray[np.int32],
) -> None:
    """Write for each token the longest pattern that begins there: its `size` in tokens, its `number`."""
    begun = state >= 0
    origin, state, last = at[begun], state[begun], at[begun]
    depth = 0
    while len(origin):
        depth += 1
        accepted = compiled.accepts[state]
        met = np.flatnonzero(accepted >= 0)
        met = met[_ends_word(tokens, last[met])]
        size[origin[met]], number[origin[met]] = depth, accepted[met]
        on = np.flatnonzero(compiled.goes_on[state] & (last + 1 < len(word)))
        following = last[on] + 1
        near = (tokens.gap[following] < _APART) & (word[following] >= 0)
        on, following = on[near], following[near]
        step = compiled.steps.find(_step(state[on], word[following], tokens.gap[following]))
        found = step >= 0
        origin, last, state = origin[on[found]], following[found], compiled.reached[step[found]]


def _ends_word(tokens: Tokens, last: Ints) -> Bools:
    """Does no letter or digit follow these tokens? A word ends at its last letter, but one may touch a sign."""
    following = np.minimum(last + 1, len(tokens.word) - 1)
    touches = (tokens.gap[following] == 0) & (following > last)
    return np.asarray(tokens.word[last] | ~tokens.word[following] | ~touches)


def _apart(start: Ints, end: Ints) -> Ints:
    """Of spans sorted by start those that a reader from the left takes, each behind the end of the last one taken."""
    taken = np.zeros(len(start), dtype=np.bool_)
    left = np.arange(len(start))
    while len(left):
        reach = np.concatenate([[0], np.maximum.accumulate(end[left])[:-1]])
        head = start[left] >= reach
        taken[left[head]] = True
        # the others go where they overlap the head before them
        before = left[np.flatnonzero(head)[np.cumsum(head) - 1]]
        left = left[~head & (start[left] >= end[before])]
    return np.flatnonzero(taken)


def _closes(tokens: Tokens, at: Ints, stops: Ints) -> Bools:
    """Do these marks end a sentence? A blank follows, the end of the text, or at once the next mark."""
    token = at[stops]
    following = np.minimum(token + 1, len(tokens.gap) - 1)
    next_mark = at[np.minimum(stops + 1, len(at) - 1)]
    return np.asarray((tokens.gap[following] > 0) | (following == token) | (next_mark == token + 1))


def find_phrases(texts: pl.Series, phrases: Sequence[str]) -> pl.DataFrame:
    """Every whole-word occurrence of `phrases` in `texts`, the longest first, none overlapping.

    Returns `row` (index into `texts`), `sent`, `sent_start`, `para`, `start`, `end` (UTF-8 byte offsets, end exclusive) and
    `ref` (index into `phrases`), sorted by row and start.

    >>> find_phrases(pl.Series(["The Syrian army left."]), ["army", "Syrian army"]).row(0, named=True)
    {'row': 0, 'sent': 1, 'sent_start': 0, 'para': 1, 'start': 4, 'end': 15, 'ref': 1}
    """
    reports = (
        pl.DataFrame({"clean": texts.cast(pl.String)})
        .with_row_index("row")
        .with_columns(clean(pl.col("clean")))
    )
    return scan(reports, compile_patterns(phrases))

"""Makes the contrast sentences of `seeds/contrast/sentences.csv` out of frames.

    python benchmarks/contrast.py            # writes the table anew
    python benchmarks/contrast.py --check    # fails when the table is not what the frames give

A frame (`frames.csv`) is a news sentence with slots (`{town}`) and choices (`[shelled|bombed]`); words
for the slots lie in `fillers.csv`, those of one theatre going together. Frames of one group differ in
the word that decides between the types. Each frame gives several sentences; some have a dateline, an
attribution, a neutral sentence behind, or another, older event beside them that must not win. `frame_id`
says which sentences are kin: to test on sentences of a frame that was fitted would be to test on what
was fitted.
"""

import argparse
import random
import re
from pathlib import Path

import polars as pl
from corpus import Choice, Pieces, Slot, parse

from eventdata.seeds import load_seed

SENTENCES = Path(__file__).parents[1] / "seeds" / "contrast" / "sentences.csv"
PER_FRAME = 5
# Frames of minimal pairs have few choices: more copies would differ in names only.
PER_PAIR = 3
_TRIES = 12
_SMALL = (
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "at least four",
    "at least 12",
)
_SPACES = re.compile(r"\s+([,.;:])|\s{2,}")
_SAYING = re.compile(r"\b(?:said|says|say|reported|according|announced|claimed|heard|told)\b")
_MONTHS = ("Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.")
_MILITARY = (
    "{demonym} forces",
    "the {demonym} army",
    "{demonym} troops",
    "{demonym} soldiers",
    "government forces",
)
_REBELS = ("the rebels", "the insurgents", "an armed group")
_SHARE_NAMED_REBELS = 0.8
Fillers = dict[tuple[str, str], list[str]]


def load_fillers() -> Fillers:
    """Words by (slot, theatre); the theatre is empty for words that fit anywhere."""
    table = load_seed("contrast/fillers").fill_null("")
    grouped = table.group_by("slot", "theatre", maintain_order=True).agg("words")
    fillers = {(slot, theatre): words for slot, theatre, words in grouped.iter_rows()}
    is_name = pl.col("slot").is_in(["country", "demonym", "region", "town", "reb_name", "other", "hint"])
    fillers["name_word", ""] = table.filter(is_name)["words"].str.split(" ").explode().to_list()
    return fillers


class Scene:
    """The words that one sentence uses: a theatre, and what has been said so far."""

    def __init__(self, fillers: Fillers, theatre: str, rng: random.Random) -> None:
        self.fillers, self.theatre, self.rng = fillers, theatre, rng
        self.said: dict[str, str] = {}

    def word(self, slot: str) -> str:
        """Words for a slot. Numbers and days are drawn anew each time, names stay."""
        key = slot.lower() if slot not in ("MIL", "REB") else slot
        is_new = key in ("n", "day")
        words = self._draw(key) if is_new else self.said.setdefault(key, self._draw(key))
        return words[:1].upper() + words[1:] if slot[0].isupper() and slot not in ("MIL", "REB") else words

    def _draw(self, key: str) -> str:
        rng = self.rng
        if key == "n":
            return rng.choice(_SMALL) if rng.random() < 0.6 else str(rng.randrange(11, 60))
        if key == "MIL":
            return rng.choice(_MILITARY).format(demonym=self.word("demonym"))
        if key == "REB":
            return self._draw("reb_name") if rng.random() < _SHARE_NAMED_REBELS else rng.choice(_REBELS)
        if key == "person":
            return rng.choice(("Abu Hassan", "Jean Bosco", "Iván Ríos", "Karim Ullah", "Yaw Mang"))
        if key == "day" and rng.random() < 0.15:
            return ""
        return rng.choice(self.fillers.get((key, self.theatre)) or self.fillers[key, ""])


def _render(pieces: Pieces, scene: Scene) -> str:
    out = []
    for piece in pieces:
        if isinstance(piece, Slot):
            out.append(scene.word(piece.name))
        elif isinstance(piece, Choice):
            out.append(_render(scene.rng.choice(piece.options), scene))
        else:
            out.append(piece)
    return "".join(out)


def _tidy(sentence: str) -> str:
    """One blank between words, none before a stop, a capital in front."""
    sentence = _SPACES.sub(lambda found: found[1] or " ", sentence).strip().replace(" the the ", " the ")
    return sentence[0].upper() + sentence[1:]


def _dress(sentence: str, scene: Scene) -> str:
    """The sentence as a newspaper might have it, or as it is; headlines and dated notes get no dateline."""
    rng = scene.rng
    if not sentence.endswith((".", '"')):
        return sentence
    is_dated, form = sentence.startswith(("On ", "Around ", "As ")), rng.random()
    if form < 0.2 and not _SAYING.search(sentence):
        sentence = f"{sentence[:-1]}, {scene.word('says')}."
    elif form < 0.28 and not _SAYING.search(sentence):
        sentence = f"{sentence[:-1]}, {scene.word('agency')} reported."
    elif form < 0.35 and not is_dated:
        sentence = f"{scene.word('prefix')} {_lower_first(sentence, scene)}"
    form = rng.random()
    if form < 0.12:
        sentence = f"{sentence} {scene.word('neutral')}"
    elif form < 0.3:
        sentence = f"{sentence} {_render(parse(scene.word('context')), scene)}"
    form = rng.random()
    if form < 0.06 and not is_dated:
        day = f"{rng.choice(_MONTHS)} {rng.randrange(1, 29)}"
        return f"{scene.word('town').upper()}, {day} ({scene.word('agency')}) - {sentence}"
    if form < 0.1 and not is_dated:
        return f"{scene.word('town').upper()}: {sentence}"
    return sentence


def _lower_first(sentence: str, scene: Scene) -> str:
    """The sentence to go behind a clause: its first word loses the capital, unless it is a name."""
    first = sentence.split(" ", 1)[0].strip(",.")
    if first != "A" and (not first[1:].islower() or first in scene.fillers["name_word", ""]):
        return sentence
    return sentence[0].lower() + sentence[1:]


def _theatres_of(frame: str, fillers: Fillers, theatres: list[str]) -> list[str]:
    """Theatres where a frame may play: the one that its own words name, else any."""
    for theatre in theatres:
        if any(hint in frame for hint in fillers.get(("hint", theatre), [])):
            return [theatre]
    return theatres


def make_sentences(seed: int = 1) -> pl.DataFrame:
    """Columns: text, sub_event_type ("none" where ACLED has no type for it), cameo_code, group, frame_id."""
    frames = load_seed("contrast/frames", "frame_id").fill_null("")
    fillers = load_fillers()
    theatres = sorted({theatre for _, theatre in fillers if theatre})
    seen: set[str] = set()
    rows = []
    for frame_id, sub_event_type, cameo_code, group, frame in frames.iter_rows():
        # Each frame draws from its own generator: a new frame leaves the sentences of the others as they are.
        rng = random.Random(f"{seed}:{frame}")
        fitting = _theatres_of(frame, fillers, theatres)
        pieces, wanted, made = parse(frame), PER_PAIR if group.startswith("pair") else PER_FRAME, 0
        for _ in range(_TRIES):
            scene = Scene(fillers, rng.choice(fitting), rng)
            text = _dress(_tidy(_render(pieces, scene)), scene)
            if text not in seen:
                seen.add(text)
                rows.append((text, sub_event_type, cameo_code or None, group, frame_id))
                made += 1
            if made == wanted:
                break
    columns = ["text", "sub_event_type", "cameo_code", "group", "frame_id"]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="compare with the table and write nothing")
    arguments = parser.parse_args()
    sentences = make_sentences()
    if not arguments.check:
        sentences.write_csv(SENTENCES)
    elif not pl.read_csv(SENTENCES, infer_schema=False).equals(sentences):
        raise SystemExit(f"{SENTENCES} is stale. Hint: run `python benchmarks/contrast.py`.")


if __name__ == "__main__":
    main()

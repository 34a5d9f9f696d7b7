"""Says in words why an event was coded as it was."""

import re
from typing import Any

import numpy as np
import polars as pl

from eventdata.coding.clean import clean
from eventdata.coding.coder import Coder, default_coder, find_marks
from eventdata.coding.passages import Passages, read_passages
from eventdata.result import Result
from eventdata.seeds import load_seed

_FIELD_WORDS = {
    "trigger": "act",
    "actor1": "source",
    "actor2": "target",
    "event_date": "date",
    "location": "place",
    "fatalities": "deaths",
    "attribution": "on the word of",
}
_ANCHORS = {
    "explicit": "the text gives it",
    "publication": "counted from the day of publication",
    "dateline": "the dateline's day",
    "previous": "counted from the date named before",
    "assumed": "no date named: the day of publication is assumed",
    "none": "not known",
}


def explain_event(result: Result, event_id: str) -> str:
    """Several lines: what the event is, its sentence with `[field: words]` marks, and the rules for and against."""
    event = result.events.row(by_predicate=pl.col("event_id") == event_id, named=True)
    lines = [f"Event {event_id}: {_what(event)}"]
    spans = result.evidence.filter(pl.col("event_id") == event_id)
    report = _report_of(result, event)
    if report is None:
        where = f"{event['source_file'] or event['dataset']}, row {event['source_row']}"
        lines.append(f"  Read from {where}; rule {event['rule_id']}.")
        return "\n".join(lines)
    lines += _marked_sentences(report["text"], spans)
    lines += _values(event)
    lines += _why(report, event, default_coder())
    return "\n".join(lines)


def _what(event: dict[str, Any]) -> str:
    acled = event["sub_event_type"]
    names = dict(load_seed("cameo/event_codes", "code").select("code", "label").iter_rows())
    cameo = (
        f"CAMEO {event['cameo_code']} ({names.get(event['cameo_code'], '?')})"
        if event["cameo_code"]
        else None
    )
    kind = " / ".join(part for part in (acled, cameo) if part) or "no type"
    return f"{kind}, {event['status']}"


def _report_of(result: Result, event: dict[str, Any]) -> dict[str, Any] | None:
    if event["report_id"] is None or "report_id" not in result.reports.columns:
        return None
    found = result.reports.filter(pl.col("report_id") == event["report_id"])
    return found.row(0, named=True) if found.height else None


def _marked_sentences(text: str, spans: pl.DataFrame) -> list[str]:
    """The sentences that hold spans, with the spans in brackets."""
    body = text.encode()
    table = spans.filter(pl.col("start").is_not_null()).unique(["field", "start", "end"]).sort("start", "end")
    sentences = pl.DataFrame({"row": [0], "text": [text]}).with_columns(clean=clean(pl.col("text")))
    marks = find_marks(sentences.with_columns(pl.col("row").cast(pl.UInt32)), default_coder().lexicon)
    starts = sorted({int(start) for start in marks["sent_start"]})
    lines = []
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(body)
        inside = [row for row in table.iter_rows(named=True) if start <= row["start"] < end]
        if inside:
            lines.append("  " + _with_brackets(body, start, end, inside))
    return lines


def _with_brackets(body: bytes, start: int, end: int, spans: list[dict[str, Any]]) -> str:
    parts, at = [], start
    for row in spans:
        if row["start"] < at:
            continue
        words = body[row["start"] : row["end"]].decode(errors="replace")
        field = _FIELD_WORDS.get(row["field"], row["field"])
        parts += [body[at : row["start"]].decode(errors="replace"), f"[{field}: {words}]"]
        at = row["end"]
    parts.append(body[at:end].decode(errors="replace"))
    return " ".join("".join(parts).split())


def _values(event: dict[str, Any]) -> list[str]:
    lines = []
    sides = [
        f"{event[a] or 'not named'} ({event[c] or 'no code'})"
        for a, c in (("actor1", "source_code"), ("actor2", "target_code"))
    ]
    arrow = "->" if event["directed"] else "<->"
    lines.append(
        f"  Sides: {sides[0]} {arrow} {sides[1]}"
        + (f" [{event['actor_issue']}]" if event["actor_issue"] else "")
    )
    day = f"{event['event_date']}" + (
        f" to {event['event_date_end']}" if event["event_date_end"] != event["event_date"] else ""
    )
    how = _ANCHORS.get(event["date_anchor"] or "none", "")
    words = f" from {event['date_text']!r}" if event["date_text"] else ""
    lines.append(
        f"  Date: {day}{words} ({how})" + (f" [{event['date_issue']}]" if event["date_issue"] else "")
    )
    place = (
        ", ".join(str(part) for part in (event["location"], event["admin1"], event["country"]) if part)
        or "not known"
    )
    lines.append(f"  Place: {place}" + (f" [{event['place_issue']}]" if event["place_issue"] else ""))
    return lines


def _why(report: dict[str, Any], event: dict[str, Any], coder: Coder) -> list[str]:
    """Rules that spoke for the sub-event, the second-best reading and what spoke against it."""
    frame = pl.DataFrame({"row": [0], "text": [report["text"]]}).with_columns(
        pl.col("row").cast(pl.UInt32), clean=clean(pl.col("text"))
    )
    marks = find_marks(frame, coder.lexicon)
    passages = read_passages(marks, frame, coder.evidence, coder.acts, coder.lexicon.classes)
    at = passages.sentences.with_row_index("number").filter(pl.col("sent_start") <= event["trigger_start"])
    if at.is_empty():
        return []
    number = int(at["number"].max())  # type: ignore[arg-type]
    return [*_sub_event_lines(passages, number, event, coder), *_act_lines(passages, at, event, coder)]


def _sub_event_lines(passages: Passages, number: int, event: dict[str, Any], coder: Coder) -> list[str]:
    scores = passages.scores[number]
    labels = coder.evidence.labels
    held = set(passages.fired.conditions_of(number))
    fired = [rule for rule in coder.evidence.rules if rule.condition in held]
    order = [labels[i] for i in np.argsort(-scores)]
    chosen = event["sub_event_type"]
    lines = []
    if chosen:
        lines.append(f"  Why {chosen} (score {scores[labels.index(chosen)]:.1f}):")
        lines += [
            f"    {rule.weight:+.1f} because of {in_words(rule.text)}"
            for rule in fired
            if rule.sub_event == chosen
        ]
    else:
        lines.append("  No ACLED type: the main act is outside of its taxonomy, or the evidence is too weak.")
    other = next((label for label in order if label != chosen), None)
    if other is not None:
        lines.append(f"  Second best: {other} (score {scores[labels.index(other)]:.1f})")
        against = [rule for rule in fired if rule.sub_event == other and rule.weight < 0]
        lines += [f"    {rule.weight:+.1f} against it: {in_words(rule.text)}" for rule in against]
    return lines


def in_words(condition: str) -> str:
    """A rule's condition as a sentence.

    >>> in_words("military|police ~10 rebels; clash; !protest")
    'military or police within 10 words of rebels, and clash, and no protest'
    """
    parts = []
    for part in condition.split(";"):
        text = part.strip()
        denied, text = text.startswith("!"), text.removeprefix("!")
        text = re.sub(r" ~(\d+) ", r" within \1 words of ", text)
        text = re.sub(r" >(\d+) ", r" at most \1 words before ", text)
        text = re.sub(r"agent:(\w+):(\w+)", r"\2 by \1", text)
        text = re.sub(r"patient:(\w+):(\w+)", r"\2 of \1", text)
        text = re.sub(r"(\w+):(\w+):(\w+)", r"\2 of \3 by \1", text)
        text = text.replace("|", " or ").replace("_", " ")
        parts.append(f"no {text}" if denied else text)
    return ", and ".join(parts)


def _act_lines(passages: Passages, before: pl.DataFrame, event: dict[str, Any], coder: Coder) -> list[str]:
    sent = before["sent"][-1]
    readings = passages.readings
    names = dict(load_seed("cameo/event_codes", "code").select("code", "label").iter_rows())
    lines = []
    for i in np.flatnonzero(readings.sent == sent)[:3]:
        code = coder.acts.codes[readings.code[i]]
        lines.append(f"  CAMEO reading {code} ({names.get(code, '?')}), score {readings.score[i]:.1f}")
    if event["crosswalk"] != "native":
        lines.append("  The CAMEO code follows from the ACLED type by crosswalk.")
    return lines

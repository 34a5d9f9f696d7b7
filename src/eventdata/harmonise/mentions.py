"""GDELT 2.0 mentions: the reports of an event, one row each. They are evidence of events, and no events."""

import polars as pl

from eventdata.harmonise.tally import Tally

# Schema of the mention rows: the evidence columns, then what GDELT says of the report.
MENTION_SCHEMA = pl.Schema(
    {
        "event_id": pl.String(),
        "field": pl.String(),
        "start": pl.Int64(),
        "end": pl.Int64(),
        "text": pl.String(),
        "rule_id": pl.String(),
        "published": pl.Date(),
        "source": pl.String(),
        "source_url": pl.String(),
        "sentence": pl.Int64(),
        "confidence": pl.Float64(),
        "tone": pl.Float64(),
        "lang": pl.String(),
        "source_file": pl.String(),
        "source_row": pl.Int64(),
    }
)


def harmonise_mentions(values: pl.DataFrame, tally: Tally) -> pl.DataFrame:
    """Evidence rows: `event_id` of the event, `field` `source_url`, `text` the address; GDELT's confidence from 0 to 1.

    `start` and `end` are null: GDELT's offsets count characters of a text that it does not publish.
    """
    tally.reject(values["origin_id"].is_null(), "bad-id", "origin_id", values["origin_id"])
    return values.select(
        "origin_id",
        "published",
        "source",
        "source_url",
        "sentence",
        "tone",
        event_id=pl.concat_str(pl.lit("gdelt:"), "origin_id"),
        field=pl.lit("source_url"),
        text="source_url",
        confidence=pl.col("confidence") / 100,
        lang=pl.col("translation").str.extract(r"srclc:([a-z]{2,3})", 1),
    )

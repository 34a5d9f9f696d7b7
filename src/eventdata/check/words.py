"""Looks after word lists: what is wrong in one, and which words of real texts no list knows."""

from pathlib import Path

import polars as pl

from eventdata.coding.clean import clean
from eventdata.coding.scan import Patterns, scan
from eventdata.errors import MissingColumnError, UnreadableFileError
from eventdata.seeds import load_seed

# The column of a word list that holds its words; several words in one cell are split by "|".
_WORD_COLUMNS = ("phrase", "word", "words", "name", "pattern")
LINT_SCHEMA = pl.Schema(
    {"row": pl.Int64(), "rule": pl.String(), "value": pl.String(), "message": pl.String()}
)
_MESSAGES = {
    "empty": "the row has no word",
    "stray-blanks": "blanks before, after or doubled inside: such a phrase is never found",
    "repeats": "the word stands in an earlier row of this table, which wins",
    "one-letter": "a single letter is found in every initial",
    "only-digits": "a bare number is found in every date and count",
}


def lint_words(path: str | Path) -> pl.DataFrame:
    """What is wrong in a word list: `row` (of the file, from 1), `rule`, `value`, `message`.

    The list is a CSV file with a column `phrase`, `word`, `words` or `name`; a cell may hold several words,
    split by `|`. No rows come out when all is well.
    """
    words = _read_words(Path(path))
    word = pl.col("value")
    tidy = word.str.strip_chars().str.replace_all(r"\s+", " ")
    rules = {
        "empty": word.is_null() | (tidy == ""),
        "stray-blanks": (word != tidy) & (tidy != ""),
        "repeats": word.is_not_null() & ~pl.struct("value", "others").is_first_distinct(),
        "one-letter": tidy.str.len_chars() == 1,
        "only-digits": tidy.str.contains(r"^[0-9]+$"),
    }
    found = [
        words.filter(broken.fill_null(False)).select(
            pl.col("row").cast(pl.Int64), rule=pl.lit(rule), value="value", message=pl.lit(_MESSAGES[rule])
        )
        for rule, broken in rules.items()
    ]
    return pl.concat(found).cast(LINT_SCHEMA).sort("row", maintain_order=True)


def _read_words(path: Path) -> pl.DataFrame:
    """One row per word: `row` of the file, `value`, `others` (the rest of the row)."""
    try:
        table = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UnreadableFileError(f"{path}: cannot be read as a CSV table ({error}).") from error
    column = next((name for name in _WORD_COLUMNS if name in table.columns), None)
    if column is None:
        hint = f"name the column of words one of {', '.join(_WORD_COLUMNS)}"
        raise MissingColumnError(str(path), ["phrase"], table.columns, hint)
    others = (
        pl.concat_str(pl.exclude(column).fill_null(""), separator="\x1f") if table.width > 1 else pl.lit("")
    )
    return table.select(
        pl.int_range(1, pl.len() + 1).alias("row"),
        pl.col(column).str.split("|").alias("value"),
        others.alias("others"),
    ).explode("value")


def unmatched_words(texts: pl.Series, patterns: Patterns, *, top: int = 50) -> pl.DataFrame:
    """The words that stand in most texts and are part of no pattern: `word, texts, example`.

    The most frequent come first. A word is a run of letters; one that also occurs in lower case counts
    as that. Function words are left out. `example` is the word with its neighbours.
    """
    reports = pl.DataFrame({"text": texts}, schema={"text": pl.String}).with_row_index("row")
    marks = scan(reports.with_columns(clean=clean(pl.col("text"))), patterns)
    words = (
        reports.with_columns(word=pl.col("text").str.extract_all(r"[\p{L}][\p{L}'-]+"))
        .explode("word")
        .drop_nulls("word")
    )
    covered = (
        marks.join(reports, on="row", how="left", validate="m:1")
        .with_columns(
            phrase=pl.col("text")
            .cast(pl.Binary)
            .bin.slice(pl.col("start"), pl.col("end") - pl.col("start"))
            .cast(pl.String, strict=False)
        )
        .select("row", word=pl.col("phrase").str.extract_all(r"[\p{L}][\p{L}'-]+"))
        .explode("word")
        .drop_nulls("word")
        .unique()
    )
    first = pl.col("text").sort_by(["word", "row"], descending=[True, False]).first()
    return (
        words.join(covered, on=["row", "word"], how="anti")
        .with_columns(folded=pl.col("word").str.to_lowercase())
        .join(load_seed("lexicon/function_words", "word"), left_on="folded", right_on="word", how="anti")
        .group_by("folded")
        .agg(pl.col("word").max(), texts=pl.col("row").n_unique(), example=first)
        .select("word", "texts", "example")
        .sort(["texts", "word"], descending=[True, False])
        .head(top)
        .with_columns(example=_around(pl.col("example"), pl.col("word")))
    )


def _around(text: pl.Expr, word: pl.Expr) -> pl.Expr:
    """The first sight of `word` in `text` with up to 40 characters on both sides."""
    before = text.str.splitn(word, 2).struct.field("field_0")
    after = text.str.splitn(word, 2).struct.field("field_1")
    return pl.concat_str(before.str.tail(40), word, after.fill_null("").str.head(40)).str.replace_all(
        r"\s+", " "
    )

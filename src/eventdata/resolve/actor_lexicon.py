"""Users' own actor tables: read, checked, and compiled with ours; and the names that no table holds.

Precedence: the user's CSV tables, then the user's PETRARCH dictionaries, then the tables of eventdata. A name that a higher
one holds hides all rows of that name in the lower ones.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import polars as pl

from eventdata.coding.clean import clean, clean_phrase
from eventdata.coding.scan import compile_patterns, scan
from eventdata.errors import MissingColumnError, UnreadableFileError
from eventdata.resolve.actor_petrarch import _code_tables, is_petrarch, read_petrarch
from eventdata.resolve.actor_tables import (
    COLUMNS,
    ActorLexicon,
    actor_lexicon,
    compile_actors,
    read_actor_names,
)
from eventdata.seeds import load_seed

_NEEDED = ("name", "cameo_code")
LINT_ISSUES = (
    "no-code",
    "bad-code",
    "bad-date",
    "duplicate",
    "conflict",
    "shadowed",
    "dead",
    "glued",
    "unknown-code",
    "hides-own",
)
_SMALL = r"(?:of|the|al|el|de|for|bin|ibn|la|le|du)"
_RUN = rf"\p{{Lu}}[\p{{L}}\p{{N}}-]+(?:(?: {_SMALL})* \p{{Lu}}[\p{{L}}\p{{N}}-]*)*"


def read_actor_table(path: str | Path) -> pl.DataFrame:
    """A user's table or dictionary as rows with `line` (of the file), the columns of the actor tables and `problem`.

    A CSV needs `name` and `cameo_code`; the other columns may be missing. `actor` defaults to the name; country, role and
    actor type are read from the code where they are empty.
    """
    path = Path(path)
    if not path.is_file():
        raise UnreadableFileError(f"{path} is not there. Hint: give a CSV table or a PETRARCH dictionary.")
    if is_petrarch(path):
        return read_petrarch(path).select("line", *COLUMNS, "plural", "problem")
    try:
        table = pl.read_csv(path, infer_schema=False, null_values=[""])
    except pl.exceptions.PolarsError as error:
        raise UnreadableFileError(f"{path} is no CSV table: {error}") from error
    missing = [column for column in _NEEDED if column not in table.columns]
    if missing:
        raise MissingColumnError(str(path), missing, table.columns)
    absent = [pl.lit(None, pl.String).alias(column) for column in COLUMNS if column not in table.columns]
    table = table.with_columns(absent).with_row_index("line", 2)
    chunks = [pl.col("cameo_code").str.slice(at, 3) for at in (0, 3)]
    countries, roles, inter = _code_tables()
    country = chunks[0].replace_strict(countries, default=None, return_dtype=pl.String)
    role = pl.coalesce(pl.when(chunk.is_in(sorted(roles))).then(chunk) for chunk in (chunks[1], chunks[0]))
    table = table.with_columns(
        actor=pl.coalesce("actor", "name"),
        kind=pl.coalesce(
            "kind",
            pl.when((chunks[0] == pl.col("cameo_code")) & country.is_not_null()).then(pl.lit("demonym")),
            pl.lit("listed"),
        ),
        country=pl.coalesce("country", country),
        role=pl.coalesce("role", role),
        source=pl.coalesce("source", pl.lit(path.name)),
    )
    types = pl.col("role").replace_strict(inter, default=None, return_dtype=pl.String)
    problem = (
        pl.when(pl.col("name").is_null() | pl.col("cameo_code").is_null())
        .then(pl.lit("no-code"))
        .when(~pl.col("cameo_code").str.contains(r"^[A-Z0-9]{3,}$"))
        .then(pl.lit("bad-code"))
    )
    table = table.with_columns(
        inter=pl.coalesce("inter", types), problem=problem, plural=pl.lit(None, pl.String)
    )
    return table.select(pl.col("line").cast(pl.UInt32), *COLUMNS, "plural", "problem")


def lexicon_of(actors: str | Path | Sequence[str | Path] | None) -> ActorLexicon:
    """The lexicon of an argument `actors`: our tables, with those of one file or several on top."""
    if actors is None:
        return actor_lexicon()
    return user_lexicon(*([actors] if isinstance(actors, str | Path) else actors))


def user_lexicon(*paths: str | Path) -> ActorLexicon:
    """Our tables with the user's on top: CSV tables first, then PETRARCH dictionaries, each in the order given.

    Compiled once for a set of files, and again when one of them has changed.
    """
    if not paths:
        return actor_lexicon()
    try:
        states = tuple((Path(path).resolve(), Path(path).stat().st_mtime_ns) for path in paths)
    except OSError as error:
        raise UnreadableFileError(
            f"{error.filename}: {error.strerror}. Hint: give a CSV table or a PETRARCH dictionary."
        ) from error
    return _compiled(states)


@lru_cache(maxsize=4)
def _compiled(files: tuple[tuple[Path, int], ...]) -> ActorLexicon:
    """The lexicon of files, each with the time of its last change."""
    ordered = sorted((path for path, _ in files), key=is_petrarch)
    tables, agents = [], []
    for path in ordered:
        table = read_actor_table(path).filter(pl.col("problem").is_null())
        tables.append(table.filter(pl.col("kind") != "agent"))
        agents.append(table.filter(pl.col("kind") == "agent"))
    nouns = pl.concat(agents) if agents else None
    return compile_actors([*tables, read_actor_names()], _with_plurals(nouns) if nouns is not None else None)


def _with_plurals(nouns: pl.DataFrame) -> pl.DataFrame:
    """phrase, role, inter, kind of the user's nouns, singular and plural."""
    regular = (
        pl.when(pl.col("name").str.contains(r"[^aeiou]y$"))
        .then(pl.col("name").str.replace(r"y$", "ies"))
        .when(pl.col("name").str.contains(r"(?:s|x|ch|sh|z)$"))
        .then(pl.col("name") + "es")
        .otherwise(pl.col("name") + "s")
    )
    listed = pl.col("plural").str.split(",")
    plural = nouns.with_columns(
        name=pl.when(pl.col("plural").is_null()).then(pl.concat_list(regular)).otherwise(listed)
    )
    every = pl.concat(
        [nouns.select("name", "role", "inter"), plural.explode("name").select("name", "role", "inter")]
    )
    return every.unique("name", keep="first", maintain_order=True).select(
        "role", "inter", phrase="name", kind=pl.lit("noun")
    )


# --- lint -------------------------------------------------------------------------------------------------------------


def lexicon_lint(path: str | Path) -> pl.DataFrame:
    """What is wrong with a user's table or dictionary: `line`, `issue`, `name`, `cameo_code`, `detail`, by line.

    `no-code`, `bad-code`, `bad-date`: the line cannot be read so. `duplicate`: the same name, code and dates stand above.
    `conflict`: the name has another code at the same time (`detail`: its line). `shadowed`: an undated entry above holds
    at all times. `dead`: the scan can never find the name. `glued`: the code joins two countries. `unknown-code`: a part
    of it is in no code list. `hides-own`: the name hides one of eventdata's, with another code; that is allowed, and named.
    """
    table = read_actor_table(path).with_row_index("entry")
    frames = [
        table.filter(pl.col("problem").is_not_null()).with_columns(
            issue="problem", detail=pl.lit(None, pl.String)
        ),
        _repeats(table),
        _dead(table),
        _codes(table),
        _hides(table),
    ]
    columns = ("line", "issue", "name", "cameo_code", "detail")
    found = pl.concat([frame.select(columns) for frame in frames])
    return found.unique(maintain_order=True).sort("line", "issue", maintain_order=True)


def _repeats(table: pl.DataFrame) -> pl.DataFrame:
    """Duplicates, conflicts and shadowed entries: each entry against those of the same name above it."""
    entries = table.filter(pl.col("problem").is_null() & (pl.col("kind") != "agent")).with_columns(
        phrase=clean_phrase(pl.col("name")),
        first=pl.col("valid_from").fill_null("0000"),
        last=pl.col("valid_to").fill_null("9999"),
    )
    same = ["phrase", "cameo_code", "first", "last"]
    repeated = entries.with_columns(
        above=pl.col("line").first().over(same), nth=pl.int_range(pl.len()).over(same)
    )
    duplicates = repeated.filter(pl.col("nth") > 0).with_columns(issue=pl.lit("duplicate"))
    rest = repeated.filter(pl.col("nth") == 0).drop("above", "nth")
    rest = rest.filter(pl.len().over("phrase") > 1)
    pairs = rest.join(
        rest.select("phrase", "entry", other="cameo_code", above="line", before="first", until="last"),
        on="phrase",
        how="inner",
    ).filter(pl.col("entry_right") < pl.col("entry"))
    # one term may end on the day on which the next starts
    overlap = pairs.filter((pl.col("first") < pl.col("until")) & (pl.col("before") < pl.col("last")))
    always = (pl.col("before") == "0000") & (pl.col("until") == "9999")
    clashes = overlap.with_columns(
        issue=pl.when(always)
        .then(pl.lit("shadowed"))
        .when((pl.col("first") == "0000") & (pl.col("last") == "9999"))
        .then(None)  # an undated entry below dated ones is the rest of the time
        .otherwise(pl.lit("conflict"))
    ).filter(
        pl.col("issue").is_not_null()
        & ((pl.col("issue") == "shadowed") | (pl.col("other") != pl.col("cameo_code")))
    )
    columns = ("line", "issue", "name", "cameo_code", "other", "above")
    duplicates = duplicates.filter(pl.col("above") < pl.col("line")).with_columns(other="cameo_code")
    found = pl.concat([duplicates.select(columns), clashes.select(columns)]).unique(
        ["line", "issue", "name"], keep="first", maintain_order=True
    )
    return found.with_columns(detail=pl.concat_str("other", pl.lit(" in line "), "above"))


def _dead(table: pl.DataFrame) -> pl.DataFrame:
    """Names that no text can match, or that are a word of the language."""
    words = (
        load_seed("actors/modifiers", "phrase", "effect")
        .filter(pl.col("effect") == "stop")["phrase"]
        .to_list()
    )
    phrase = clean_phrase(pl.col("name"))
    reason = (
        pl.when((phrase == "") | ~phrase.str.contains(r"[\p{L}\p{N}]"))
        .then(pl.lit("nothing to match"))
        .when(phrase.str.contains(r"[\[\]{}<>=+]"))
        .then(pl.lit("marks of the format inside the name"))
        .when(phrase.str.to_lowercase().is_in(words))
        .then(pl.lit("a function word"))
        .when(pl.col("valid_from") > pl.col("valid_to"))
        .then(pl.lit("ends before it starts"))
    )
    return table.with_columns(issue=pl.lit("dead"), detail=reason).filter(pl.col("detail").is_not_null())


def _codes(table: pl.DataFrame) -> pl.DataFrame:
    """Codes glued from two actors, and parts of codes that no list holds."""
    countries, roles, _ = _code_tables()
    listed = {
        name: {code.upper() for code in load_seed(f"cameo/{name}", "code")["code"].to_list()}
        for name in ("known_groups", "religions", "ethnic_groups", "countries")
    }
    groups = set().union(*listed.values())
    # MUS is Mauritius, and Muslims behind another code; BRA is Brazil before a role, and Brahui behind one
    nations = sorted(set(countries) - roles - listed["religions"])
    unclear = sorted(listed["ethnic_groups"] | listed["known_groups"])
    behind = pl.col("part").shift(-1).over("entry").is_in(sorted(roles)).fill_null(value=False)
    first = pl.int_range(pl.len()).over("entry") == 0
    parts = (
        table.filter(pl.col("problem").is_null() & pl.col("cameo_code").is_not_null())
        .with_columns(part=pl.col("cameo_code").str.extract_all(r".{1,3}"))
        .explode("part")
        .with_columns(
            nation=pl.col("part").is_in(nations) & (first | behind | ~pl.col("part").is_in(unclear)),
            known=pl.col("part").is_in(sorted(set(countries) | roles | groups))
            | pl.col("part").str.contains(r"^\d+$"),
        )
    )
    by_entry = parts.group_by("entry", maintain_order=True).agg(
        pl.col("line", "name", "cameo_code").first(),
        nations=pl.col("part").filter("nation").unique(maintain_order=True),
        strange=pl.col("part").filter(~pl.col("known")).unique(maintain_order=True),
    )
    glued = by_entry.filter(pl.col("nations").list.len() > 1).with_columns(
        issue=pl.lit("glued"), detail=pl.col("nations").list.join(" + ")
    )
    strange = by_entry.filter(pl.col("strange").list.len() > 0).with_columns(
        issue=pl.lit("unknown-code"), detail=pl.col("strange").list.join(" ")
    )
    columns = ("line", "issue", "name", "cameo_code", "detail")
    return pl.concat([glued.select(columns), strange.select(columns)])


def _hides(table: pl.DataFrame) -> pl.DataFrame:
    """Names of ours that the file gives another code."""
    own = (
        read_actor_names()
        .group_by("name")
        .agg(own=pl.col("cameo_code").drop_nulls().unique(maintain_order=True))
    )
    hidden = table.filter(pl.col("problem").is_null()).join(own, on="name", how="inner", validate="m:1")
    other = (pl.col("own").list.len() > 0) & ~pl.col("own").list.contains(pl.col("cameo_code"))
    return hidden.filter(other).with_columns(issue=pl.lit("hides-own"), detail=pl.col("own").list.join(" "))


# --- names without an entry -------------------------------------------------------------------------------------------


def lexicon_unmatched(
    texts: Sequence[str | None] | pl.Series, lexicon: ActorLexicon | None = None
) -> pl.DataFrame:
    """Capitalised names that no entry covers: `name`, `count`, `texts` (in how many), the most frequent first.

    A word that only starts sentences, and is written small elsewhere or is a function word, is no name.
    """
    lexicon = lexicon or actor_lexicon()
    body = clean(pl.col("text"))
    frame = (
        pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)})
        .with_row_index("row")
        .with_columns(clean=body)
    )
    runs = frame.select("row", name=pl.col("clean").str.extract_all(_RUN)).explode("name").drop_nulls()
    runs = runs.with_columns(name=pl.col("name").str.replace(r"^The ", ""))
    counted = runs.group_by("name").agg(count=pl.len(), texts=pl.col("row").n_unique())
    words = frame.select(
        pl.col("clean").str.extract_all(r"(?:^| )\p{Ll}[\p{Ll}-]+").explode().str.strip_chars(" ").unique()
    )
    small = words.to_series().drop_nulls()
    stop = load_seed("actors/modifiers", "phrase", "effect").filter(pl.col("effect") == "stop")["phrase"]
    single = ~pl.col("name").str.contains(" ", literal=True)
    lower = pl.col("name").str.to_lowercase()
    common = single & (lower.is_in(small.to_list()) | lower.is_in(stop.to_list()))
    counted = counted.filter(~common & (pl.col("name").str.len_chars() > 1))
    return _uncovered(counted, lexicon).sort("count", "name", descending=[True, False])


def _uncovered(counted: pl.DataFrame, lexicon: ActorLexicon) -> pl.DataFrame:
    """Names that the phrases of the lexicon do not cover from end to end."""
    phrases = lexicon.phrases
    first = pl.col("phrase").str.slice(0, 1).str.to_uppercase()
    capitalised = phrases.filter(~pl.col("proper")).select(phrase=first + pl.col("phrase").str.slice(1))
    every = pl.concat([phrases["phrase"], capitalised["phrase"]])
    names = counted.with_row_index("row").with_columns(clean="name")
    marks = scan(names, compile_patterns(every))
    covered = marks.group_by("row").agg(bytes=(pl.col("end") - pl.col("start")).sum() + pl.len() - 1)
    joined = names.join(covered, on="row", how="left", validate="1:1")
    whole = pl.col("bytes").fill_null(0) >= pl.col("name").str.len_bytes()
    return joined.filter(~whole).select("name", "count", "texts")

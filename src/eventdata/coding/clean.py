"""Makes a text ready for the scan without moving a byte.

Every character that stands between words (quotes, brackets, line breaks) becomes as many blanks as it had bytes, so an
offset into the cleaned text is an offset into the caller's own text.
"""

import polars as pl

MARK = "\x01"  # starts a numbered mark that stands for words; no text has it once it is clean
PARAGRAPH = "\x02"  # stands where a paragraph ends; a sentence stop

_BLANKED = "“”‘’«»‹›„‚—–―…\"'`´()[]{}<>\n\r\t\x0b\x0c\x01\x02\x03\u00a0\u2009\u200a\u202f\u200b\u200e\u200f\ufeff/*_|"
_PARAGRAPHS = {"\r\n\r\n": PARAGRAPH + "   ", "\n\n": PARAGRAPH + " ", "\u2029": PARAGRAPH + "  "}
_OLD = [*_PARAGRAPHS, *_BLANKED]
_NEW = [*_PARAGRAPHS.values(), *(" " * len(character.encode()) for character in _BLANKED)]


def clean(text: pl.Expr) -> pl.Expr:
    """The text with quotes, brackets and line breaks blanked; same number of bytes, null stays null."""
    return text.str.replace_many(_OLD, _NEW, leftmost=True)


def clean_phrase(phrase: pl.Expr) -> pl.Expr:
    """A lexicon phrase written as the cleaned text would write it, without outer blanks.

    >>> pl.select(clean_phrase(pl.lit("Ta'izz "))).item()
    'Ta izz'
    """
    return clean(phrase).str.strip_chars(" " + PARAGRAPH)


def to_character(body: pl.Expr, position: pl.Expr, step: int) -> pl.Expr:
    """`position` moved by `step` (1 or -1) until a character of the bytes `body` starts there.

    A cut inside a character is no text. UTF-8 characters have at most four bytes.
    """
    moved, inside = position, pl.lit(value=True)
    for i in range(3):
        byte = body.bin.slice(position + step * i, 1)
        inside = inside & ((byte >= b"\x80") & (byte < b"\xc0")).fill_null(value=False)
        moved = moved + step * inside.cast(pl.Int64)
    return moved

"""The errors that eventdata raises on purpose.

Bad *data* never raises: it goes to the rejects table. Bad *calls, files and seeds* raise one of these, each saying what
is wrong, where, and what to do about it.
"""


class EventDataError(ValueError):
    """Root of every error that eventdata raises on purpose."""


class BadCallError(EventDataError):
    """An argument has a value or a type that the function does not take."""


class MissingColumnError(EventDataError):
    """An input table lacks columns that are needed."""

    def __init__(self, where: str, missing: list[str], present: list[str], hint: str = "") -> None:
        hint = hint or "rename with columns={'their_name': 'our_name'}"
        super().__init__(f"{where}: no column {missing}; it has {present}. Hint: {hint}.")


class UnreadableFileError(EventDataError):
    """A file is not there, is empty, or cannot be read as what its name says."""


class UnknownLayoutError(EventDataError):
    """The layout of an archive file was not recognised, or more than one fits."""


class SeedError(EventDataError):
    """A reference table breaks its own rules (empty or repeated key, unresolved reference)."""

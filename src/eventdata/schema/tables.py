"""The tables of eventdata, declared once.

Each class is one table, each field one column: its type, what it means, when it is null. The polars and Arrow schemas,
the JSON Schema files and the data dictionary are derived from these classes (`eventdata.schema.derive`). Column names are
ACLED's where ACLED has one, CAMEO's where CAMEO has one. `codelist` names the seed table (and its column) that lists the
allowed values of a column.
"""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Status = Literal["occurred", "ongoing", "planned", "denied", "background"]
DatePrecision = Literal[
    "day", "range", "week", "month", "quarter", "season", "year", "decade", "century", "open"
]
DateAnchor = Literal["explicit", "publication", "dateline", "previous", "assumed", "none"]
Crosswalk = Literal["native", "high", "medium", "low"]
DateIssue = Literal[
    "no-published",  # a relative expression and no day to count from
    "impossible-date",  # February 30, month 13
    "ambiguous-order",  # 03/04/2024 with an unknown order of day and month
    "other-calendar",  # Hijri, Jalali, Buddhist year
    "far-from-published",  # an explicit date more than a year away from the day of publication
    "open-interval",  # "since 2011": one end is not known
    "vague",  # "recently"
    "duration",  # "for three days": a length of time, no day
    "repeated",  # "every Friday": many days
    "out-of-range",  # year 0025
    "unparsed",  # looks like a date, fits no rule
    "no-date",  # the source has none
]
ActorIssue = Literal[
    "no-source",  # the text names a target only
    "no-target",  # the text names a source only
    "no-actor",  # neither side is named
    "unknown-name",  # a capitalised name that no table lists
    "shared-name",  # several actors have this name on that day
    "outside-dates",  # the name is known, but not for that day
    "no-date",  # the actor changes with time, and the day is not known
    "no-country",  # a noun ("the army"), and no country for it
    "unresolved-reference",  # "the group", and nothing it could stand for
]
PlaceIssue = Literal[
    "no-place",  # the text names none
    "shared-name",  # several places have this name and nothing decides
    "unknown-name",  # a name that no table lists
    "country-only",  # only the country is known
    "invalid-coordinates",  # outside of -90..90, -180..180
]
RejectStage = Literal["read", "reports", "harmonise", "check"]


def _column(description: str, *, group: str, unit: str = "", codelist: str = "", **rules: Any) -> Any:
    """A nullable column: its meaning, its group in the dictionary, and the pydantic rules of its values."""
    said = {"group": group, "unit": unit, "codelist": codelist}
    extra: dict[str, JsonValue] = {name: value for name, value in said.items() if value}
    return Field(default=None, description=description, json_schema_extra=extra, **rules)


def _required(description: str, *, group: str, **rules: Any) -> Any:
    """A column that is never null."""
    return Field(description=description, json_schema_extra={"group": group}, **rules)


class Table(BaseModel):
    """Base of all tables: strict about unknown columns."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class Report(Table):
    """One news text with its day of publication: the input of `normalize`.

    >>> Report(report_id="a1", text="Rebels left Hama.", published=date(2024, 12, 4)).published
    datetime.date(2024, 12, 4)
    """

    report_id: str = _required(
        "Id of the report; default: blake2b of the text, 16 hex digits.", group="identity"
    )
    text: str = _required("The text as it came.", group="text", min_length=1)
    published: date | None = _column("Day of publication. Null: relative dates stay open.", group="when")
    title: str | None = _column("Headline.", group="text")
    source: str | None = _column("Publisher.", group="on whose word")
    source_url: str | None = _column("Where the text was found.", group="on whose word")
    lang: str | None = _column("ISO 639-1 code of the language. Null: English is assumed.", group="text")
    source_file: str | None = _column("File that the report was read from.", group="identity")
    source_row: int | None = _column("Number of the record in that file, from 1.", group="identity", ge=1)


class Event(Table):
    """One act x one place x one date interval x one pair of sides.

    >>> Event(event_id="a1#12.0", dataset="reports", cameo_code="190").cameo_code
    '190'
    """

    event_id: str = _required(
        "Text: {report_id}#{trigger_start}.{n}; archives: {dataset}:{origin_id}. No coded value enters it.",
        group="identity",
        min_length=1,
    )
    dataset: str = _required(
        "'reports', or the archive: acled, gdelt, ucdp, icews, polecat, phoenix.", group="identity"
    )
    origin_id: str | None = _column("The archive's own id of the event.", group="identity")
    report_id: str | None = _column("Report that the event was read in; null for archives.", group="identity")
    source_file: str | None = _column("File that the row or report came from.", group="identity")
    source_row: int | None = _column("Number of the record in that file, from 1.", group="identity", ge=1)

    event_date: date | None = _column("First day of the event.", group="when")
    event_date_end: date | None = _column("Last day, inclusive; null where open or unknown.", group="when")
    time_precision: int | None = _column(
        "ACLED: 1 the day is known, 2 the week, 3 the month; null where less is known.",
        group="when",
        ge=1,
        le=3,
    )
    date_precision: DatePrecision | None = _column("Unit that the text gives.", group="when")
    date_anchor: DateAnchor | None = _column("What the date was counted from.", group="when")
    date_text: str | None = _column("The words of the date.", group="when")
    published: date | None = _column("Day of publication of the report or source.", group="when")

    disorder_type: str | None = _column(
        "ACLED disorder type.", group="what", codelist="acled/event_types.disorder_type"
    )
    event_type: str | None = _column(
        "ACLED event type.", group="what", codelist="acled/event_types.event_type"
    )
    sub_event_type: str | None = _column(
        "ACLED sub-event type; null where the act is outside of ACLED's taxonomy.",
        group="what",
        codelist="acled/event_types.sub_event_type",
    )
    cameo_code: str | None = _column(
        "CAMEO event code, text with its zeros.",
        group="what",
        codelist="cameo/event_codes.code",
        pattern=r"^\d{2,4}$",
    )
    cameo_root: str | None = _column(
        "First two digits of the CAMEO code.", group="what", pattern=r"^(0[1-9]|1\d|20)$"
    )
    quad_class: int | None = _column(
        "1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict (GDELT's scheme).",
        group="what",
        ge=1,
        le=4,
    )
    goldstein: float | None = _column(
        "Goldstein value that GDELT gives the CAMEO code.", group="what", ge=-10, le=10
    )
    plover_event: str | None = _column(
        "PLOVER event type.", group="what", codelist="plover/events.event_type"
    )
    plover_mode: str | None = _column("PLOVER mode.", group="what")
    crosswalk: Crosswalk | None = _column(
        "How the scheme that the source does not use was filled: native (coded directly), else the crosswalk's confidence.",
        group="what",
    )

    status: Status | None = _column(
        "Status of the act that cameo_code names. Exports take occurred and ongoing unless asked.",
        group="status",
    )

    actor1: str | None = _column("First side: source where the row is directed.", group="who")
    assoc_actor_1: str | None = _column("Co-actors of the first side, split by '; '.", group="who")
    inter1: str | None = _column(
        "ACLED actor type of the first side.", group="who", codelist="acled/inter.label"
    )
    actor2: str | None = _column("Second side: target where the row is directed.", group="who")
    assoc_actor_2: str | None = _column("Co-actors of the second side, split by '; '.", group="who")
    inter2: str | None = _column(
        "ACLED actor type of the second side.", group="who", codelist="acled/inter.label"
    )
    interaction: str | None = _column(
        "ACLED interaction of inter1 and inter2.", group="who", codelist="acled/interactions.label"
    )
    civilian_targeting: bool | None = _column("Civilians were the main or only target.", group="who")
    source_code: str | None = _column("CAMEO actor code of actor1.", group="who", pattern=r"^[A-Za-z0-9]{3}")
    target_code: str | None = _column("CAMEO actor code of actor2.", group="who", pattern=r"^[A-Za-z0-9]{3}")
    source_country: str | None = _column("ISO 3166-1 alpha-3 of actor1.", group="who", pattern=r"^[A-Z]{3}$")
    target_country: str | None = _column("ISO 3166-1 alpha-3 of actor2.", group="who", pattern=r"^[A-Z]{3}$")
    directed: bool | None = _column("False for a reciprocal act: clash, meeting, agreement.", group="who")

    country: str | None = _column("Country of the event, ACLED's name.", group="where")
    iso3: str | None = _column("ISO 3166-1 alpha-3 of the country.", group="where", pattern=r"^[A-Z]{3}$")
    region: str | None = _column("ACLED region.", group="where", codelist="acled/regions.region")
    admin1: str | None = _column("First-level unit.", group="where")
    admin2: str | None = _column("Second-level unit.", group="where")
    location: str | None = _column("Name of the place.", group="where")
    latitude: float | None = _column("Degrees north, WGS 84.", group="where", unit="degree", ge=-90, le=90)
    longitude: float | None = _column("Degrees east, WGS 84.", group="where", unit="degree", ge=-180, le=180)
    geo_precision: int | None = _column(
        "ACLED: 1 the town, 2 near a town or part of a region, 3 a larger region.", group="where", ge=1, le=3
    )
    geoname_id: int | None = _column("GeoNames id of the place.", group="where")
    place_text: str | None = _column("The words of the place.", group="where")

    fatalities: int | None = _column(
        "Deaths of this event; null where the text gives no number.", group="how many", ge=0
    )
    fatalities_low: int | None = _column("Lowest number given.", group="how many", ge=0)
    fatalities_high: int | None = _column("Highest number given.", group="how many", ge=0)
    injured: int | None = _column("Injured.", group="how many", ge=0)
    displaced: int | None = _column("Displaced.", group="how many", ge=0)
    arrested: int | None = _column("Arrested or abducted.", group="how many", ge=0)
    crowd_size: int | None = _column("Size of the crowd.", group="how many", ge=0)
    fatalities_text: str | None = _column(
        "The words of a vague number of deaths ('dozens').", group="how many"
    )

    source: str | None = _column("Publisher.", group="on whose word")
    attribution: str | None = _column("Who says so in the text, split by '; '.", group="on whose word")
    source_url: str | None = _column("Where the report is.", group="on whose word")
    source_scale: str | None = _column("ACLED's scale of the source.", group="on whose word")

    rule_id: str | None = _column("Rule that made the event.", group="why")
    trigger: str | None = _column("The words that name the act.", group="why")
    trigger_start: int | None = _column(
        "First byte of the trigger in the report's text.", group="why", unit="byte", ge=0
    )
    trigger_end: int | None = _column("Byte after the trigger.", group="why", unit="byte", ge=0)
    confidence: float | None = _column(
        "0 to 1: how often a reading with this evidence was right on labelled text; null for archives.",
        group="why",
        ge=0,
        le=1,
    )
    date_issue: DateIssue | None = _column("Why the date is open.", group="why")
    actor_issue: ActorIssue | None = _column("Why a side is open.", group="why")
    place_issue: PlaceIssue | None = _column("Why the place is open.", group="why")

    notes: str | None = _column("The sentence or the source's note.", group="text")


class Evidence(Table):
    """One value of one event and the words that it came from."""

    event_id: str = _required("Event that the value belongs to.", group="identity")
    field: str = _required("Column of the event table.", group="identity")
    start: int | None = _column(
        "First byte of the words in the report's text.", group="text", unit="byte", ge=0
    )
    end: int | None = _column("Byte after the words.", group="text", unit="byte", ge=0)
    text: str | None = _column("The words.", group="text")
    rule_id: str | None = _column("Rule that read them.", group="why")


class Reject(Table):
    """One record that did not become a report or an event, and why."""

    stage: RejectStage = _required("Where it was left out.", group="why")
    source_file: str | None = _column("File of the record.", group="identity")
    source_row: int | None = _column("Number of the record in the file, from 1.", group="identity", ge=1)
    record_id: str | None = _column("report_id or event_id, where known.", group="identity")
    rule: str = _required("Id of the rule that it breaks.", group="why")
    column: str | None = _column("Column that breaks it.", group="why")
    value: str | None = _column("The value that breaks it.", group="why")
    message: str | None = _column("The rule in words.", group="why")
    raw: str | None = _column("The record as it stood.", group="text")


class Accounting(Table):
    """How many rows went where: nothing is lost in silence."""

    file: str | None = _column("File that the rows came from; null for tables in memory.", group="identity")
    stage: str = _required("reports, candidates, records, repairs ...", group="identity")
    reason: str = _required("What became of the rows.", group="why")
    rows: int = _required("How many.", group="why", ge=0)


TABLES: dict[str, type[Table]] = {
    "report": Report,
    "event": Event,
    "evidence": Evidence,
    "reject": Reject,
    "accounting": Accounting,
}

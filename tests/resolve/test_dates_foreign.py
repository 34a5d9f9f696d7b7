"""Dates in other languages of conflict reporting: the same sums, other words."""

from datetime import date

import polars as pl
import pytest

from eventdata.resolve.dates import resolve_dates

# Published on Wednesday, May 15, 2024
CASES = [
    ("Tres campesinos murieron el martes en la sierra.", "2024-05-14"),
    ("Tres campesinos murieron el miércoles en la sierra.", "2024-05-15"),
    ("Tres campesinos murieron el pasado viernes.", "2024-05-10"),
    ("Tres campesinos murieron el 3 de mayo.", "2024-05-03"),
    ("Tres campesinos murieron el 3 de mayo de 2011.", "2011-05-03"),
    ("Tres campesinos murieron el martes 14 de mayo.", "2024-05-14"),
    ("Tres campesinos murieron en mayo de 2011.", "2011-05-01..2011-05-31"),
    ("Tres campesinos murieron a finales de abril.", "2024-04-21..2024-04-30"),
    ("Tres campesinos murieron ayer en la sierra.", "2024-05-14"),
    ("Tres campesinos murieron hace tres días.", "2024-05-12"),
    ("Tres campesinos murieron hace 20 días.", "2024-04-25"),
    ("Tres campesinos murieron la semana pasada.", "2024-05-06..2024-05-12"),
    ("Tres campesinos murieron el año pasado.", "2023-01-01..2023-12-31"),
    ("Trois paysans ont été tués mardi dans un village.", "2024-05-14"),
    ("Trois paysans ont été tués mercredi dans un village.", "2024-05-15"),
    ("Trois paysans ont été tués mardi dernier.", "2024-05-14"),
    ("Trois paysans ont été tués le 3 mai.", "2024-05-03"),
    ("Trois paysans ont été tués le 1er mai 2011.", "2011-05-01"),
    ("Trois paysans ont été tués en août 2011.", "2011-08-01..2011-08-31"),
    ("Trois paysans ont été tués hier.", "2024-05-14"),
    ("Trois paysans ont été tués il y a deux jours.", "2024-05-13"),
    ("Trois paysans ont été tués la semaine dernière.", "2024-05-06..2024-05-12"),
    ("Três camponeses morreram na terça-feira.", "2024-05-14"),
    ("Três camponeses morreram na quarta-feira.", "2024-05-15"),
    ("Três camponeses morreram em 3 de maio de 2011.", "2011-05-03"),
    ("Três camponeses morreram ontem.", "2024-05-14"),
    ("Três camponeses morreram há dois dias.", "2024-05-13"),
    ("Três camponeses morreram na semana passada.", "2024-05-06..2024-05-12"),
    ("Трое военных погибли во вторник.", "2024-05-14"),
    ("Трое военных погибли в среду.", "2024-05-15"),
    ("Трое военных погибли 3 мая 2011 года.", "2011-05-03"),
    ("Трое военных погибли 3 мая.", "2024-05-03"),
    ("Трое военных погибли в мае 2011 года.", "2011-05-01..2011-05-31"),
    ("Трое военных погибли вчера.", "2024-05-14"),
    ("Трое военных погибли три дня назад.", "2024-05-12"),
    ("Трое военных погибли неделю назад.", "2024-05-06..2024-05-12"),
    ("Трое военных погибли на прошлой неделе.", "2024-05-06..2024-05-12"),
    ("Троє військових загинули у вівторок.", "2024-05-14"),
    ("Троє військових загинули 3 травня 2011 року.", "2011-05-03"),
    ("Троє військових загинули вчора.", "2024-05-14"),
    ("Троє військових загинули минулого тижня.", "2024-05-06..2024-05-12"),
    ("Троє військових загинули два дні тому.", "2024-05-13"),
    ("Üç asker Salı günü öldü.", "2024-05-14"),
    ("Üç asker 3 Mayıs 2011 tarihinde öldü.", "2011-05-03"),
    ("Üç asker dün öldü.", "2024-05-14"),
    ("Üç asker geçen hafta öldü.", "2024-05-06..2024-05-12"),
    ("Üç asker iki gün önce öldü.", "2024-05-13"),
    ("قتل ثلاثة جنود يوم الثلاثاء في هجوم.", "2024-05-14"),
    ("قتل ثلاثة جنود في 3 مايو 2011 في هجوم.", "2011-05-03"),
    ("قتل ثلاثة جنود في 3 أيار 2011 في هجوم.", "2011-05-03"),
    ("قتل ثلاثة جنود في ٣ كانون الثاني ٢٠١١ في هجوم.", "2011-01-03"),
    ("قتل ثلاثة جنود أمس في هجوم.", "2024-05-14"),
    ("قتل ثلاثة جنود الأسبوع الماضي.", "2024-05-06..2024-05-12"),
    ("قتل ثلاثة جنود قبل يومين.", "2024-05-13"),
    ("Τρεις στρατιώτες σκοτώθηκαν την Τρίτη.", "2024-05-14"),
    ("Τρεις στρατιώτες σκοτώθηκαν στις 3 Μαΐου 2011.", "2011-05-03"),
    ("Τρεις στρατιώτες σκοτώθηκαν χθες.", "2024-05-14"),
]


def the_days(text: str, published: date | None = date(2024, 5, 15)) -> str | None:
    frame = resolve_dates(text, published)
    assert frame.height == 1, frame
    start, end = frame.select("date_start", "date_end").row(0)
    return None if start is None else str(start) if start == end else f"{start}..{end}"


@pytest.mark.parametrize(("text", "day"), CASES)
def test_a_date_in_another_language_is_read(text: str, day: str) -> None:
    assert the_days(text) == day


@pytest.mark.parametrize(
    "text", ["Ocurrió hace tres días.", "C'était mardi.", "Это было вчера.", "Dün oldu."]
)
def test_without_publication_it_stays_open(text: str) -> None:
    row = resolve_dates(text).row(0, named=True)
    assert (row["date_start"], row["issue"]) == (None, "no-published")


def test_what_the_tables_cannot_read_goes_to_dateparser() -> None:
    row = resolve_dates("Murieron tres hace veintiocho días.", date(2024, 5, 15)).row(0, named=True)
    assert row["rule"] in ("dateparser", "unparsed")
    assert (row["date_start"] is None) == (row["rule"] == "unparsed")


def test_an_english_text_with_a_foreign_name_stays_english() -> None:
    text = "The paper El Mercurio of Santo Domingo said on Tuesday that the march was over."
    assert resolve_dates(text, date(2024, 5, 15))["text"].to_list() == ["Tuesday"]


def test_texts_of_several_languages_share_one_call() -> None:
    texts = ["He died on Tuesday.", "Murió el martes.", "Il est mort mardi.", None]
    rows = resolve_dates(pl.Series(texts), date(2024, 5, 15))
    assert rows["row"].to_list() == [0, 1, 2]
    assert rows["date_start"].to_list() == [date(2024, 5, 14)] * 3

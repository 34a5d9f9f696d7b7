"""Sentences written before the tables were looked at: weekdays, days of months, ranges, chains, background, histories."""

import pytest

from eventdata.resolve.dates import Mode, resolve_dates

# day of publication, text, and for some words of it the days they mean: one, "first/last", "first/" where open, "-" for none
NEWS = [
    # weekdays
    (
        "2024-05-15",
        "Soldiers opened fire on a bus near the crossing on Monday, killing four.",
        {"Monday": "2024-05-13"},
    ),
    ("2024-05-15", "Lawmakers will vote on the amnesty bill on Friday.", {"Friday": "2024-05-17"}),
    (
        "2024-05-15",
        "Wednesday's blast was the second in the district this month.",
        {"Wednesday": "2024-05-15"},
    ),
    (
        "2024-05-15",
        "Residents who fled Saturday night returned to burned homes on Sunday morning.",
        {"Saturday": "2024-05-11", "Sunday": "2024-05-12"},
    ),
    ("2023-10-12", "The union has called a general strike for next Tuesday.", {"next Tuesday": "2023-10-17"}),
    (
        "2023-10-12",
        "Militants stormed the barracks before dawn on Wednesday and held it until Thursday.",
        {"Wednesday": "2023-10-11", "Thursday": "2023-10-12"},
    ),
    (
        "2023-10-12",
        "A ceasefire due to start on Saturday has been put off, the mediator announced.",
        {"Saturday": "2023-10-14"},
    ),
    (
        "2022-01-03",
        "Police in the capital used tear gas against marchers on Sunday.",
        {"Sunday": "2022-01-02"},
    ),
    (
        "2022-01-03",
        "Talks that broke off on Friday resume on Tuesday, diplomats said.",
        {"Friday": "2021-12-31", "Tuesday": "2022-01-04"},
    ),
    (
        "2021-03-06",
        "Tribal elders met the commander last Monday to ask for the bodies.",
        {"last Monday": "2021-03-01"},
    ),
    (
        "2021-03-06",
        "On Wednesday last week, gunmen shot dead a judge outside her house.",
        {"Wednesday last week": "2021-02-24"},
    ),
    (
        "2021-03-06",
        "The court ordered on Friday that the detainees be released by Monday.",
        {"Friday": "2021-03-05", "Monday": "2021-03-08"},
    ),
    (
        "2021-03-06",
        "Prosecutors said the suspect, arrested Thursday, had bought the rifle a week earlier.",
        {"Thursday": "2021-03-04"},
    ),
    ("2021-03-06", "Protests are planned for Sunday in at least nine towns.", {"Sunday": "2021-03-07"}),
    # month and day
    (
        "2024-05-15",
        "The village was shelled on May 2 and again on May 11.",
        {"May 2": "2024-05-02", "May 11": "2024-05-11"},
    ),
    ("2024-05-15", "A tribunal will hear the appeal on 3 June.", {"3 June": "2024-06-03"}),
    (
        "2024-05-15",
        "Rebels have held the pass since the attack of November 28.",
        {"November 28": "2023-11-28"},
    ),
    (
        "2024-05-15",
        "The two hostages, seized on December 19, were freed unharmed.",
        {"December 19": "2023-12-19"},
    ),
    ("2024-05-15", "The presidential election is scheduled for 22 February.", {"22 February": "2025-02-22"}),
    (
        "2023-10-12",
        "On the night of Sept. 30, raiders crossed the river and stole 400 cattle.",
        {"Sept. 30": "2023-09-30"},
    ),
    (
        "2023-10-12",
        "On Saturday, October 7, the guards found the bodies of two shepherds.",
        {"Saturday, October 7": "2023-10-07"},
    ),
    ("2023-10-12", "A similar raid on August 4th, 2019 left 17 dead.", {"August 4th, 2019": "2019-08-04"}),
    ("2022-01-03", "The mayor was killed on 29 December.", {"29 December": "2021-12-29"}),
    ("2022-01-03", "Union leaders say they will march on January 20.", {"January 20": "2022-01-20"}),
    (
        "2022-01-03",
        "The convoy left the port on the 30th of December and never arrived.",
        {"the 30th of December": "2021-12-30"},
    ),
    (
        "2022-01-03",
        "Fighting in the valley broke out in late November.",
        {"late November": "2021-11-21/2021-11-30"},
    ),
    ("2021-03-06", "The army says it will pull out by mid-April.", {"mid-April": "2021-04-11/2021-04-20"}),
    (
        "2021-03-06",
        "In December, a suicide bomber attacked the same checkpoint.",
        {"December": "2020-12-01/2020-12-31"},
    ),
    (
        "2021-03-06",
        "The cabinet resigned in early February after weeks of unrest.",
        {"early February": "2021-02-01/2021-02-10"},
    ),
    # ranges
    (
        "2024-05-15",
        "Between 3 and 9 May the monitors counted 41 violations.",
        {"3 and 9 May": "2024-05-03/2024-05-09"},
    ),
    (
        "2024-05-15",
        "Clashes from Thursday to Saturday left at least 30 people dead.",
        {"Thursday to Saturday": "2024-05-09/2024-05-11"},
    ),
    (
        "2024-05-15",
        "The curfew was in force from April 28 through May 6.",
        {"April 28 through May 6": "2024-04-28/2024-05-06"},
    ),
    (
        "2024-05-15",
        "Some 900 families were displaced between January and March.",
        {"January and March": "2024-01-01/2024-03-31"},
    ),
    (
        "2023-10-12",
        "The survey covers the months from June to August 2022.",
        {"June to August 2022": "2022-06-01/2022-08-31"},
    ),
    (
        "2023-10-12",
        "Eleven people were wounded in the riots of 5-7 October.",
        {"5-7 October": "2023-10-05/2023-10-07"},
    ),
    (
        "2023-10-12",
        "During the 2014-2016 war most of the town was destroyed.",
        {"2014-2016": "2014-01-01/2016-12-31"},
    ),
    (
        "2022-01-03",
        "The truce lasted from 24 December to 2 January.",
        {"24 December to 2 January": "2021-12-24/2022-01-02"},
    ),
    (
        "2022-01-03",
        "Between 2017 and 2019 the group carried out dozens of bombings.",
        {"2017 and 2019": "2017-01-01/2019-12-31"},
    ),
    (
        "2021-03-06",
        "Strikes hit the suburb on Monday and Tuesday.",
        {"Monday": "2021-03-01", "Tuesday": "2021-03-02"},
    ),
    # relative
    (
        "2024-05-15",
        "Three aid workers were kidnapped yesterday on the road to the airport.",
        {"yesterday": "2024-05-14"},
    ),
    ("2024-05-15", "The blockade began two weeks ago.", {"two weeks ago": "2024-04-29/2024-05-05"}),
    (
        "2024-05-15",
        "Earlier this week a drone struck a fuel depot in the port.",
        {"Earlier this week": "2024-05-13/2024-05-15"},
    ),
    (
        "2024-05-15",
        "Last month the same unit was accused of burning a market.",
        {"Last month": "2024-04-01/2024-04-30"},
    ),
    (
        "2024-05-15",
        "Overnight, artillery fire could be heard from the northern districts.",
        {"Overnight": "2024-05-14/2024-05-15"},
    ),
    ("2024-05-15", "He was abducted five days ago from his office.", {"five days ago": "2024-05-10"}),
    (
        "2023-10-12",
        "Her brother was killed in a raid earlier this year.",
        {"earlier this year": "2023-01-01/2023-10-12"},
    ),
    ("2023-10-12", "Tomorrow the council meets to discuss the sanctions.", {"Tomorrow": "2023-10-13"}),
    (
        "2023-10-12",
        "The number of attacks has doubled over the past three months.",
        {"the past three months": "2023-07-12/2023-10-12"},
    ),
    (
        "2023-10-12",
        "At the weekend, crowds blocked the road to the mine.",
        {"weekend": "2023-10-07/2023-10-08"},
    ),
    (
        "2023-10-12",
        "He fled the country in the summer of last year.",
        {"the summer of last year": "2022-06-01/2022-08-31"},
    ),
    (
        "2022-01-03",
        "Last year was the deadliest for journalists in the region.",
        {"Last year": "2021-01-01/2021-12-31"},
    ),
    ("2022-01-03", "This morning gunmen attacked a church.", {"This morning": "2022-01-03"}),
    ("2022-01-03", "The commander died last night of his wounds.", {"last night": "2022-01-02"}),
    (
        "2022-01-03",
        "Ten years ago he led the uprising in the south.",
        {"Ten years ago": "2012-01-01/2012-12-31"},
    ),
    ("2021-03-06", "The dam was blown up a fortnight ago.", {"a fortnight ago": "2021-02-15/2021-02-21"}),
    (
        "2021-03-06",
        "Next week envoys travel to the border to inspect the camps.",
        {"Next week": "2021-03-08/2021-03-14"},
    ),
    (
        "2021-03-06",
        "The rebels took the bridge three months ago.",
        {"three months ago": "2020-12-01/2020-12-31"},
    ),
    ("2021-03-06", "A day earlier, on Thursday, two policemen were stabbed.", {"Thursday": "2021-03-04"}),
    ("2021-03-06", "Tonight the stadium will be searched again.", {"Tonight": "2021-03-06"}),
    # chains
    (
        "2024-05-15",
        "The bishop was shot on May 7. He died two days later.",
        {"May 7": "2024-05-07", "two days later": "2024-05-09"},
    ),
    (
        "2024-05-15",
        "On Sunday the rebels entered the town. The next day they withdrew.",
        {"Sunday": "2024-05-12", "The next day": "2024-05-13"},
    ),
    (
        "2023-10-12",
        "In July 2021 the junta banned the party, and the following month it arrested its leaders.",
        {"July 2021": "2021-07-01/2021-07-31", "the following month": "2021-08-01/2021-08-31"},
    ),
    # background paragraphs
    (
        "2024-05-15",
        "In 2012, troops seized the capital. In March the president fled. On April 9 the officers handed over power.",
        {"2012": "2012-01-01/2012-12-31", "March": "2012-03-01/2012-03-31", "April 9": "2012-04-09"},
    ),
    ("2024-05-15", "The militia has killed more than 10,000 people since 2011.", {"2011": "2011-01-01/"}),
    ("2024-05-15", "More than 300 people have died since last October.", {"last October": "2023-10-01/"}),
    (
        "2024-05-15",
        "The war, which began on June 3, 2018, has driven a million people from their homes.",
        {"June 3, 2018": "2018-06-03"},
    ),
    ("2023-10-12", "Violence in the region has risen since the mid-2000s.", {"mid-2000s": "2000-01-01/"}),
    ("2023-10-12", "In recent years, gangs have taken over much of the port.", {"recent years": "-"}),
    (
        "2023-10-12",
        "It was the worst attack on the base since April 2016.",
        {"April 2016": "2016-04-01/2016-04-30"},
    ),
    (
        "2023-10-12",
        "The 1994 massacre is marked every year.",
        {"1994": "1994-01-01/1994-12-31", "every year": "-"},
    ),
    (
        "2022-01-03",
        "The peace deal signed in the 1990s has never been put into practice.",
        {"1990s": "1990-01-01/1999-12-31"},
    ),
    (
        "2022-01-03",
        "He was jailed in autumn 2015 and pardoned four years later.",
        {"autumn 2015": "2015-09-01/2015-11-30", "four years later": "2019-01-01/2019-12-31"},
    ),
    ("2021-03-06", "For three days, soldiers searched the hills.", {"three days": "-"}),
    (
        "2021-03-06",
        "She may march with 2,000 women in the capital.",
        {"may": "-", "march": "-", "2,000": "-"},
    ),
    ("2021-03-06", "The group has been fighting the state for two decades.", {"two decades": "-"}),
    (
        "2021-03-06",
        "Nearly 1500 villagers crossed the border in the first half of 2020.",
        {"1500": "-", "the first half of 2020": "2020-01-01/2020-06-30"},
    ),
    (
        "2024-05-15",
        "BAMAKO, May 14 (Reuters) - Jihadists attacked a convoy on Tuesday, the army said on Wednesday.",
        {"Tuesday": "2024-05-14", "Wednesday": "2024-05-15"},
    ),
    ("2024-05-15", "The deal expires at the end of June.", {"the end of June": "2024-06-21/2024-06-30"}),
    (
        "2024-05-15",
        "In the second week of April, ten farmers were found beheaded.",
        {"the second week of April": "2024-04-08/2024-04-14"},
    ),
]
NARRATIVE = [
    (
        "2010-06-01",
        "The siege began on 4 March 1872. Three days later the garrison asked for terms.",
        {"4 March 1872": "1872-03-04", "Three days later": "1872-03-07"},
    ),
    (
        "2010-06-01",
        "In the spring of 1641 the rebels took the fort. By October they had lost it again.",
        {"the spring of 1641": "1641-03-01/1641-05-31", "October": "1641-10-01/1641-10-31"},
    ),
    (
        "2010-06-01",
        "On 28 December 1943 the division crossed the river. On 5 January it reached the hills.",
        {"5 January": "1944-01-05"},
    ),
    (
        "2010-06-01",
        "War was declared in August 1914. The following month the army fell back behind the canal.",
        {"The following month": "1914-09-01/1914-09-30"},
    ),
    (
        "2010-06-01",
        "The king abdicated in 1830. A year later his brother returned with a fleet.",
        {"1830": "1830-01-01/1830-12-31", "A year later": "1831-01-01/1831-12-31"},
    ),
    (
        "2010-06-01",
        "Fighting lasted from 12 to 19 July 1808.",
        {"12": "1808-07-12", "19 July 1808": "1808-07-19"},
    ),
    (
        "2010-06-01",
        "On June 6, 1967 the garrison surrendered. The same day, planes bombed the airfield.",
        {"The same day": "1967-06-06"},
    ),
    (
        "2010-06-01",
        "The rising of May 1798 was put down by the end of the month.",
        {"May 1798": "1798-05-01/1798-05-31"},
    ),
    (
        "2010-06-01",
        "Early in 1917 the front collapsed. In March the emperor gave up the throne.",
        {"March": "1917-03-01/1917-03-31"},
    ),
    (
        "2010-06-01",
        "On 9 November 1938 mobs burned the shops. The next morning the police began to arrest the owners.",
        {"The next morning": "1938-11-10"},
    ),
    (
        "2010-06-01",
        "The treaty of 3 September 1783 ended the war. Two years earlier the last army had given up.",
        {"3 September 1783": "1783-09-03", "Two years earlier": "1781-01-01/1781-12-31"},
    ),
    (
        "2010-06-01",
        "The revolt spread in the late 1850s and was over by 1862.",
        {"late 1850s": "1850-01-01/1859-12-31", "1862": "1862-01-01/1862-12-31"},
    ),
    (
        "2010-06-01",
        "From 1810 to 1816 the province was ruled by a junta.",
        {"1810": "1810-01-01/1810-12-31", "1816": "1816-01-01/1816-12-31"},
    ),
    (
        "2010-06-01",
        "The battle of 21 October 1805 cost 4,500 lives. That winter the emperor marched east.",
        {"21 October 1805": "1805-10-21", "That winter": "1805-12-01/1806-02-28"},
    ),
    (
        "2010-06-01",
        "In the second half of the 19th century the tribes were driven west.",
        {"19th century": "1800-01-01/1899-12-31"},
    ),
    (
        "2010-06-01",
        "He landed on 1 March 1815. On the 20th he entered the capital.",
        {"the 20th": "1815-03-20"},
    ),
    (
        "2010-06-01",
        "Rebels took the town on 2 April 1994. A week later, government forces shelled it.",
        {"A week later": "1994-04-04/1994-04-10"},
    ),
    (
        "2010-06-01",
        "The uprising started on Easter Monday, 24 April 1916, and collapsed within six days.",
        {"24 April 1916": "1916-04-24", "six days": "-"},
    ),
    (
        "2010-06-01",
        "Between June and September 1992 the city was cut off.",
        {"June": "1992-06-01/1992-06-30", "September 1992": "1992-09-01/1992-09-30"},
    ),
    (
        "2010-06-01",
        "By the summer of 1649 the war in the north was over.",
        {"the summer of 1649": "1649-06-01/1649-08-31"},
    ),
]


def days_of(text: str, words: str, published: str, mode: Mode) -> str:
    """The days of the expression that covers most of `words`."""
    start = text.find(words)
    end = start + len(words)
    rows = resolve_dates(text, published, mode=mode, offsets="chars").rows(named=True)
    over = [row for row in rows if row["start"] < end and row["end"] > start]
    if not over:
        return "-"
    row = max(over, key=lambda row: min(end, row["end"]) - max(start, row["start"]))
    first, last = row["date_start"], row["date_end"]
    if first is None:
        return "-"
    return str(first) if first == last else f"{first}/{last or ''}"


@pytest.mark.parametrize(("published", "text", "expected"), NEWS)
def test_dates_of_news_count_from_publication(published: str, text: str, expected: dict[str, str]) -> None:
    assert {words: days_of(text, words, published, "news") for words in expected} == expected


@pytest.mark.parametrize(("published", "text", "expected"), NARRATIVE)
def test_dates_of_histories_count_from_each_other(
    published: str, text: str, expected: dict[str, str]
) -> None:
    assert {words: days_of(text, words, published, "narrative") for words in expected} == expected

"""ACLED sub-events by evidence: sentences of our own in minimal pairs, several for each decision."""

from pathlib import Path

import polars as pl
import pytest

import eventdata
from eventdata.coding.clean import clean
from eventdata.coding.coder import default_coder, find_marks
from eventdata.coding.evidence import Features, parse_rules
from eventdata.coding.passages import read_passages
from eventdata.errors import SeedError
from eventdata.seeds import load_seed

NONE = "none"

TERRITORY = {
    "Government regains territory": [
        "The army recaptured Garvo from the rebels on Tuesday after two days of fighting.",
        "Garvo was retaken by government forces after fierce clashes with the insurgents.",
        "Soldiers drove the rebels out of the town of Garvo in a battle that left nine dead.",
        "Government troops captured Garvo from the insurgents after a gun battle.",
    ],
    "Non-state actor overtakes territory": [
        "Garvo fell to the rebels on Tuesday after a battle with the army.",
        "Rebels captured Garvo after fierce clashes with the army.",
        "The insurgents overran the base at Garvo, killing twelve soldiers.",
        "Militants retook Garvo from the army on Tuesday after heavy fighting.",
        "The rebels drove the army out of Garvo and took control of the airport.",
    ],
    "Non-violent transfer of territory": [
        "Rebels entered Garvo without resistance after the army withdrew from the town.",
        "Soldiers moved into Garvo on Tuesday; not a shot was fired.",
        "The rebels handed over the town of Garvo to the army on Tuesday.",
    ],
    "Armed clash": [
        "The army tried to retake Garvo but met fierce resistance from the rebels; four soldiers were killed.",
        "Rebels attacked an army post near Garvo and were repelled; six soldiers were killed in the fighting.",
        "Soldiers and rebels exchanged gunfire near Garvo for an hour.",
    ],
}

PROTESTS = {
    "Peaceful protest": [
        "Hundreds of students marched in Garvo on Monday against higher fees.",
        "Teachers in Garvo staged a sit-in outside the ministry to demand their pay; no incidents were reported.",
        "Residents blocked a road near Garvo on Monday to demand water.",
        "Women rallied in Garvo on Monday against the rape of a student.",
        "Demonstrators in Garvo marched on Monday to demand the release of political prisoners.",
    ],
    "Protest with intervention": [
        "Police fired tear gas to disperse a march of students in Garvo on Monday.",
        "A sit-in by students in Garvo was broken up by riot police and eight people were taken away.",
        "Police detained eleven protesters at a rally in Garvo on Monday.",
        "Riot police used stun grenades to break up a protest by teachers in Garvo.",
    ],
    "Excessive force against protesters": [
        "Police opened fire on protesters in Garvo on Monday, killing three of them.",
        "Soldiers fired into the crowd at a peaceful rally in Garvo; six demonstrators were killed.",
    ],
    "Violent demonstration": [
        "Protesters threw stones at police during a rally in Garvo on Monday.",
        "Rioters burned cars and smashed shop windows in Garvo on Monday.",
        "Demonstrators clashed with police in Garvo on Monday and hurled petrol bombs.",
    ],
    "Mob violence": [
        "A mob beat a suspected thief to death in Garvo on Monday.",
        "Supporters of two rival parties fought with sticks in Garvo on Monday; four were injured.",
        "Villagers lynched a man accused of kidnapping children.",
    ],
}

WEAPONS = {
    "Suicide bomb": [
        "A suicide bomber blew himself up at a checkpoint in Garvo, killing four soldiers.",
        "Two women wearing explosive vests detonated them at a market in Garvo.",
    ],
    "Remote explosive/landmine/IED": [
        "A roadside bomb exploded near Garvo on Friday, killing two soldiers.",
        "An IED hit a police vehicle near Garvo and wounded three officers.",
        "A farmer was killed when he stepped on a landmine near Garvo.",
    ],
    "Grenade": ["Unknown men threw a hand grenade into a bar in Garvo, wounding five people."],
    "Shelling/artillery/missile attack": [
        "The army shelled Garvo with artillery on Friday, killing two villagers.",
        "Rebels fired rockets at Garvo on Friday.",
        "Militants fired a rocket-propelled grenade at a house in Garvo.",
    ],
    "Air/drone strike": [
        "An air strike on Garvo killed seven people on Friday.",
        "A drone fired two missiles at a car near Garvo, killing its driver.",
        "A kamikaze drone hit a depot in Garvo.",
    ],
    "Disrupted weapons use": [
        "Police seized an arms cache of rifles and ammunition near Garvo.",
        "Experts defused a bomb found near a school in Garvo.",
        "Air defences shot down two missiles fired by the rebels at Garvo.",
    ],
    "Chemical weapon": ["Shells with chlorine gas fell on Garvo on Friday; dozens of people were choking."],
}

PERSONS = {
    "Attack": [
        "Gunmen killed six villagers in a raid on a village near Garvo.",
        "Unknown gunmen shot dead a journalist in Garvo on Sunday.",
    ],
    "Sexual violence": ["A girl was gang-raped by armed men near Garvo on Sunday."],
    "Abduction/forced disappearance": [
        "Gunmen kidnapped four teachers near Garvo on Sunday.",
        "Rebels stopped a bus near Garvo and took away ten passengers.",
    ],
    "Arrests": [
        "Police arrested three opposition activists in Garvo on Sunday.",
        "Security forces rounded up 12 suspected militants in Garvo.",
    ],
    "Looting/property destruction": [
        "Militiamen looted shops and burned houses in Garvo on Sunday.",
        "Armed men stole 200 cattle from a farm near Garvo.",
    ],
    "Mob violence": ["An angry mob burned a suspected thief alive in Garvo."],
}

STRATEGIC = {
    "Agreement": [
        "The government and the rebels signed a ceasefire in Garvo on Saturday.",
        "The army and the rebels exchanged 20 prisoners near Garvo.",
        "Forty fighters laid down their arms in Garvo under an amnesty.",
    ],
    "Change to group/activity": [
        "The army deployed 500 troops to the border near Garvo.",
        "Two rebel factions announced a merger on Saturday.",
    ],
    "Headquarters or base established": [
        "The army set up a new base near Garvo.",
        "A rebel group opened a training camp near Garvo.",
    ],
    "Other": [
        "A mass grave with thirty bodies was found near Garvo.",
        "Thousands of people fled their homes near Garvo because of the fighting.",
        "Soldiers staged a coup in Garvo and ousted the president.",
    ],
}

NO_EVENT = [
    "The foreign ministers of two countries met in Garvo for talks on trade.",
    "Police arrested a man who had shot his wife in a quarrel over money.",
    "A bus collided with a lorry near Garvo, killing nine passengers.",
    "An earthquake near Garvo killed forty people.",
    "A court in Garvo sentenced three men to death for an attack on a market in 2012.",
    "The striker scored twice as the home side beat the visitors in the last minute.",
    "Shares fell in Garvo as oil prices hit investors.",
    "A museum opened in Garvo to commemorate the battle fought a hundred years ago.",
    "A gas leak caused an explosion at a factory in Garvo, killing three workers.",
]

# Notes and news as archives and agencies write them, each told by other words than the pairs above.
NOTES = {
    "Armed clash": [
        "On 5 March 2015, Al Shabaab militants attacked an SNA base in Afgoye. Three soldiers and five militants were killed.",
        "Clashes between regime forces and opposition factions on the Kabani front. No casualties reported.",
        "Military forces killed four NPA rebels in an encounter in Davao.",
        "Unidentified gunmen shot at a police patrol in Cali; one officer died.",
        "Pakistani and Indian forces exchanged fire across the LoC in Poonch sector.",
        "Two soldiers were killed in an ambush by JNIM militants near Djibo.",
        "RSF and SAF forces clashed in Omdurman for the third day in a row.",
    ],
    "Attack": [
        "On 12 June 2017, Boko Haram militants attacked a village near Maiduguri, killing 8 civilians and burning houses.",
        "Suspected Fulani militia killed 6 people in Barkin Ladi.",
        "An unidentified gunman on a motorcycle shot and killed a councillor in Batangas.",
        "Soldiers opened fire on farmers returning from their fields near Baga, killing four.",
        "ADF rebels hacked 12 civilians to death with machetes in Eringeti.",
        "A journalist was shot and wounded by unknown attackers outside his home in Reynosa.",
    ],
    "Peaceful protest": [
        "On 3 May, students of the university protested over the lack of electricity. No violence was reported.",
        "Health workers went on strike in Lagos to demand payment of salaries. [size=no report]",
        "Farmers blocked the Delhi highway to protest new farm laws.",
        "Around 200 taxi drivers held a sit-in in front of the town hall to protest rising fuel prices.",
        "Prisoners at Makala jail went on hunger strike over poor conditions.",
        "Lawyers boycotted the courts across Punjab against the arrest of a colleague.",
    ],
    "Violent demonstration": [
        "Residents rioted and burned tyres over power cuts and barricaded the highway; police dispersed them with tear gas.",
        "Students clashed with police and set fire to a bus during a protest over fees in Nairobi.",
        "Angry youths pelted security forces with stones in Srinagar, injuring three policemen.",
    ],
    "Protest with intervention": [
        "Police used tear gas to disperse opposition supporters protesting in Kampala. No injuries reported.",
        "Police arrested nine demonstrators during a march for press freedom in Minsk.",
        "Riot police used water cannon on pensioners rallying outside parliament.",
    ],
    "Mob violence": [
        "Residents beat an alleged thief to death in Soweto.",
        "Members of two political parties clashed in Dhaka, leaving 12 injured.",
        "Villagers set fire to the house of a man they accused of witchcraft and stoned him to death.",
        "Fans of two football clubs fought each other with knives before the match, leaving six injured.",
    ],
    "Remote explosive/landmine/IED": [
        "A landmine planted by Houthi forces exploded in Hays, killing a civilian.",
        "Five passengers died when their minibus struck an IED laid by Al Shabaab near Lafoole.",
        "A car bomb exploded outside a mosque in Azaz, killing three people.",
    ],
    "Shelling/artillery/missile attack": [
        "Regime forces shelled Kafr Nabl with artillery, injuring two civilians.",
        "Pakistani forces fired mortar shells across the LoC in Poonch sector, damaging houses.",
        "Two rockets landed near the airport in Tripoli, causing material damage.",
        "Government forces targeted rebel positions in Jobar with surface-to-surface missiles.",
    ],
    "Air/drone strike": [
        "Russian warplanes carried out airstrikes on Khan Shaykhun. Six fatalities.",
        "A US drone strike killed an AQAP commander in Marib.",
        "Helicopters dropped two barrel bombs on Daraya.",
        "Turkish drones targeted a PKK vehicle in Sinjar, killing two fighters.",
    ],
    "Non-state actor overtakes territory": [
        "ISIS militants took control of Al-Bab district following clashes with opposition forces.",
        "Houthi forces seized Al Jawf from pro-Hadi forces after fighting.",
        "Taliban fighters captured Khan Abad district centre after overnight fighting with Afghan forces.",
        "M23 rebels drove FARDC soldiers out of Kibumba and hoisted their flag.",
    ],
    "Government regains territory": [
        "AFRC and SNA forces regained control of Buulo Mareer from Al Shabaab after a heavy battle.",
        "Syrian regime forces captured the village of Tell Aran from Islamist rebels after clashes.",
        "FARDC troops dislodged the Mai-Mai from Lusenda after two hours of fighting.",
        "Iraqi forces liberated the district of Hamam al-Alil from the Islamic State.",
    ],
    "Non-violent transfer of territory": [
        "Al Shabaab withdrew from El Bur and SNA forces entered the town without resistance.",
        "Kurdish forces pulled out of Kirkuk and Iraqi troops took over the oil fields without a fight.",
        "The UN mission handed over its base in Kidal to the Malian army.",
    ],
    "Abduction/forced disappearance": [
        "Gunmen abducted a doctor in Zintan and demanded a ransom.",
        "Syrian regime forces arrested a young man at a checkpoint; his whereabouts are unknown.",
        "Unidentified gunmen kidnapped a businessman in Port-au-Prince for ransom.",
        "Islamic State militants seized 12 villagers near Tuz and took them to an unknown location.",
    ],
    "Arrests": [
        "Security forces arrested 14 members of the opposition party in Kigali on charges of plotting.",
        "Turkish police detained 30 people suspected of links to the PKK.",
    ],
    "Looting/property destruction": [
        "Seleka militiamen looted shops and houses in Bangui.",
        "Israeli settlers uprooted 30 olive trees belonging to Palestinians in Burin.",
        "Rebels torched 40 houses and stole livestock in Bria.",
        "Unidentified people vandalised a Hindu temple in Comilla.",
    ],
    "Disrupted weapons use": [
        "Police defused an IED placed near a church.",
        "Saudi air defences intercepted a missile fired by Houthi forces at Najran.",
        "Soldiers discovered and destroyed a cache of mortar shells in a cave near Jolo.",
        "Ukrainian forces shot down three Russian drones over Odesa.",
    ],
    "Agreement": [
        "The government and FARC reached an agreement on a bilateral ceasefire.",
        "The two militias agreed to a truce after mediation by tribal elders.",
        "20 Boko Haram fighters surrendered to the army in Gwoza.",
    ],
    "Change to group/activity": [
        "Turkish forces deployed reinforcements to the Syrian border.",
        "The rebel group announced that it was joining the national army.",
        "Russia withdrew its troops from the airbase and redeployed them to the coast.",
    ],
    "Headquarters or base established": [
        "Turkish forces established an observation point near Morek.",
        "Iranian militias built a new outpost near Palmyra.",
    ],
    "Other": [
        "The bodies of 20 unidentified people were found in a mass grave near Tikrit.",
        "More than 3,000 civilians fled Ras al Ain because of fighting.",
    ],
    "Grenade": [
        "Unidentified assailants hurled a grenade at the house of a local official in Bujumbura.",
        "Two people were hurt when a grenade was thrown at a bar in Bukavu.",
    ],
    "Sexual violence": [
        "Two girls were raped by armed men in Beni territory.",
        "Soldiers raped a woman at a checkpoint in Yei.",
    ],
    "Suicide bomb": [
        "A suicide bomber detonated his vest near a police convoy in Kabul, killing six.",
        "A bomber blew herself up in a market in Konduga, killing eight.",
    ],
    "Excessive force against protesters": [
        "Police shot dead two demonstrators during a protest against the president's third term.",
        "Security forces fired live ammunition at demonstrators in Khartoum, killing two and wounding dozens.",
    ],
    "Chemical weapon": [
        "Residents of Saraqib suffered breathing difficulties after a chlorine attack.",
    ],
    NONE: [
        "The president travelled to Paris to discuss the budget with his counterpart.",
        "The army denied accusations that it had bombed a hospital.",
        "Police seized 40 kilos of cocaine at the port and arrested two smugglers.",
        "A boat carrying migrants capsized off the coast, killing 20.",
        "The actor's new film about the war opened in cinemas on Friday.",
        "The US imposed sanctions on three generals over the killing of protesters.",
    ],
}

SENTENCES = [
    (text, label)
    for family in (TERRITORY, PROTESTS, WEAPONS, PERSONS, STRATEGIC, {NONE: NO_EVENT}, NOTES)
    for label, texts in family.items()
    for text in texts
]

# What went before is told in passing and must not win.
BACKGROUND = [
    (
        "A day after an air strike in the district, students marched in Garvo against higher fees.",
        "Peaceful protest",
    ),
    (
        "Police found a bomb in Garvo, a week after six villagers were kidnapped there.",
        "Disrupted weapons use",
    ),
    (
        "Garvo, the scene of a suicide bombing last year, was shelled by the army on Friday.",
        "Shelling/artillery/missile attack",
    ),
]


def best_labels(texts: list[str]) -> list[str]:
    """The sub-event of each text as one passage, "none" where a class against any event or no class leads."""
    coder = default_coder()
    reports = pl.DataFrame({"text": texts}).with_row_index("row").with_columns(clean=clean(pl.col("text")))
    marks = find_marks(reports, coder.lexicon)
    passages = read_passages(marks, reports, coder.evidence, coder.acts, coder.lexicon.classes)
    first = passages.sentences.with_row_index("at").unique("row", keep="first", maintain_order=True)
    found = [NONE] * len(texts)
    for row, at in first.select("row", "at").iter_rows():
        scores = passages.scores[at]
        label = coder.evidence.labels[int(scores.argmax())]
        if scores.max() >= 2 and not label.startswith(NONE):
            found[row] = label
    return found


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    texts = [text for text, _ in SENTENCES + BACKGROUND]
    return dict(zip(texts, best_labels(texts), strict=True))


@pytest.mark.parametrize(("text", "label"), SENTENCES)
def test_sentence_has_its_sub_event(found: dict[str, str], text: str, label: str) -> None:
    assert found[text] == label


@pytest.mark.parametrize(("text", "label"), BACKGROUND)
def test_what_went_before_does_not_win(found: dict[str, str], text: str, label: str) -> None:
    assert found[text] == label


def test_every_sub_event_has_a_sentence() -> None:
    listed = set(load_seed("acled/event_types", "sub_event_type")["sub_event_type"])
    assert {label for _, label in SENTENCES} - {NONE} == listed


def test_every_sub_event_has_rules_and_triggers() -> None:
    listed = set(load_seed("acled/event_types", "sub_event_type")["sub_event_type"])
    assert listed <= set(load_seed("coding/evidence_rules")["sub_event_type"])
    assert listed == set(load_seed("coding/triggers", "sub_event_type")["sub_event_type"])


def test_trigger_tags_have_words() -> None:
    tags = set(load_seed("coding/evidence_words", "tag")["tag"]) | set(
        load_seed("coding/evidence_pairs")["tag"]
    )
    used = load_seed("coding/triggers")["tags"].str.split("|").explode()
    assert set(used) <= tags


def test_no_word_is_listed_twice_under_a_tag() -> None:
    words = load_seed("coding/evidence_words", "tag").with_columns(pl.col("words").str.split("|"))
    assert words.filter(pl.col("words").list.len() != pl.col("words").list.n_unique()).is_empty()


@pytest.mark.parametrize("condition", ["", "a; ", "a; !"])
def test_empty_condition_is_refused(condition: str) -> None:
    table = pl.DataFrame({"sub_event_type": ["Attack"], "weight": ["1"], "condition": [condition]})
    with pytest.raises(SeedError, match="empty condition"):
        parse_rules(table, Features())


# Texts of our own as monitors and newspapers write them, from all regions; `written` says in which of three rounds
SUB_EVENTS = pl.read_csv(
    Path(__file__).parents[1] / "data" / "sub_events" / "sentences.csv", infer_schema=False
).with_row_index("number")


def sub_event_of_surest_event(texts: pl.Series) -> pl.Series:
    """The sub-event of the surest event that each text tells of, "none" where there is none."""
    table = pl.DataFrame({"report_id": pl.int_range(len(texts), eager=True).cast(pl.String), "text": texts})
    events = eventdata.normalize(table).events.filter(pl.col("status").is_in(["occurred", "ongoing"]))
    surest = events.sort("confidence", descending=True, maintain_order=True).unique(
        "report_id", keep="first", maintain_order=True
    )
    found = table.join(surest.select("report_id", "sub_event_type"), on="report_id", how="left")
    return found.sort(pl.col("report_id").cast(pl.Int64))["sub_event_type"].fill_null(NONE)


def test_every_sub_event_has_notes_and_news() -> None:
    sizes = SUB_EVENTS.group_by("sub_event_type", "style").len()
    assert sizes.height == 2 * (load_seed("acled/event_types", "sub_event_type").height + 1)
    assert sizes["len"].min() >= 10


@pytest.mark.parametrize(("style", "floor"), [("note", 0.94), ("news", 0.88)])
def test_notes_and_news_get_their_sub_event(style: str, floor: float) -> None:
    texts = SUB_EVENTS.filter(pl.col("style") == style)
    right = sub_event_of_surest_event(texts["text"]) == texts["sub_event_type"]
    assert right.mean() >= floor


MAY_AND_MARCH = [
    "On 4 May 2021, around 300 residents protested in Garvo.",
    "On 12 March 2022, around 300 residents protested in Garvo.",
]


@pytest.mark.parametrize("text", MAY_AND_MARCH)
def test_a_month_is_no_word_of_the_sentence(text: str) -> None:
    assert sub_event_of_surest_event(pl.Series([text])).to_list() == ["Peaceful protest"]

"""ACLED sub-events by evidence: sentences of our own in minimal pairs, several for each decision."""

import polars as pl
import pytest

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

SENTENCES = [
    (text, label)
    for family in (TERRITORY, PROTESTS, WEAPONS, PERSONS, STRATEGIC, {NONE: NO_EVENT})
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

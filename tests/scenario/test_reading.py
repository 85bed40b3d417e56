"""Scenario files: what they may say, and what a planner reads when they are wrong."""

import pickle
import re

import pytest

from kompaslite.scenario import Scenario, ScenarioError, explain_scenario, read_scenario, scenario_from

HEAD = """name = "low"
because = "what if"
first_year = 2026
last_year = 2050
"""


def test_a_whole_file_is_read():
    scenario = scenario_from(
        HEAD
        + """
title = "Low growth"
[[fertility]]
tfr = {2026 = 1.44, 2040 = 1.6}
because = "recovery"
[[mortality]]
life_expectancy = {2050 = {female = 88.0, male = 86.0}}
because = "national main alternative"
[[migration]]
component = "immigration"
total = {2026 = 900, 2030 = 700}
areas = ["3201"]
because = "fewer refugees"
[[migration]]
component = "out_migration"
factor = {2026 = 0.95}
ages = [20, 29]
because = "a new campus"
[[in_migration]]
way = "given population"
first_year = 2030
last_year = 2034
persons = {2030 = 136000, 2034 = 138000}
because = "the county plan"
[housing]
programme = "programme.toml"
realisation = 0.8
because = "programmes overshoot"
[uncertainty]
draws = 200
seed = 7
[outputs]
groups = {primary = [6, 12]}
language = "en"
"""
    )
    assert scenario.fertility[0].tfr == {2026: 1.44, 2040: 1.6}
    assert scenario.mortality[0].life_expectancy[2050] == {"female": 88.0, "male": 86.0}
    assert scenario.migration[1].ages == (20, 29)
    assert scenario.in_migration[0].persons == {2030: 136000.0, 2034: 138000.0}
    assert scenario.uncertainty.seed == 7
    words = explain_scenario(scenario)
    for part in ("1.44 in 2026, 1.6 in 2040", "88 (female)", "of 3201", "at ages 20-29", "80% of what", "200 draws"):
        assert part in words
    assert "unchanged" not in words


def test_a_base_is_taken_over_and_its_edits_come_first(tmp_path):
    (tmp_path / "base.toml").write_text(
        HEAD + '[[fertility]]\ntfr = {2030 = 1.5}\nareas = ["A"]\nbecause = "base"\n[outputs]\nlanguage = "en"\n'
    )
    (tmp_path / "low.toml").write_text(
        'base = "base.toml"\nname = "lower"\n[[fertility]]\ntfr = {2030 = 1.3}\nareas = ["B"]\nbecause = "own"\n'
    )
    scenario = read_scenario(tmp_path / "low.toml")
    assert [edit.because for edit in scenario.fertility] == ["base", "own"]
    assert (scenario.name, scenario.last_year, scenario.outputs.language) == ("lower", 2050, "en")


def test_a_problem_in_an_edit_is_named_by_the_file_that_has_it(tmp_path):
    (tmp_path / "base.toml").write_text(HEAD + '[[fertility]]\ntfr = {2030 = 1.5}\nareas = ["A"]\nbecause = "b"\n')
    (tmp_path / "low.toml").write_text(
        'base = "base.toml"\n[[fertility]]\ntfr = {2030 = 13.0}\nareas = ["B"]\nbecause = "own"\n'
    )
    with pytest.raises(ScenarioError, match=r"low.toml, line 3: fertility.2.tfr.2030"):
        read_scenario(tmp_path / "low.toml")
    (tmp_path / "base.toml").write_text(HEAD + '[[fertility]]\ntfr = {2030 = -1}\nareas = ["A"]\nbecause = "b"\n')
    (tmp_path / "low.toml").write_text('base = "base.toml"\n')
    with pytest.raises(ScenarioError, match=r"base.toml, line 6: fertility.1.tfr.2030"):
        read_scenario(tmp_path / "low.toml")


def test_a_base_that_leads_back_and_one_that_is_not_there(tmp_path):
    (tmp_path / "a.toml").write_text('base = "b.toml"\n' + HEAD)
    (tmp_path / "b.toml").write_text('base = "a.toml"\n')
    with pytest.raises(ScenarioError, match=r"b.toml, line 1: base leads back"):
        read_scenario(tmp_path / "a.toml")
    (tmp_path / "b.toml").write_text('base = "gone.toml"\n')
    with pytest.raises(ScenarioError, match=r"b.toml, line 1: base: gone.toml: the scenario file cannot be read"):
        read_scenario(tmp_path / "a.toml")


def test_a_file_that_is_not_text(tmp_path):
    (tmp_path / "a.toml").write_bytes("# navn\nnavn = 'Bærum'".encode("latin-1"))
    with pytest.raises(ScenarioError, match=r"a.toml, line 2: the scenario file is not UTF-8"):
        read_scenario(tmp_path / "a.toml")


def test_a_mark_at_the_start_of_the_file_does_no_harm(tmp_path):
    (tmp_path / "a.toml").write_text("\ufeff" + HEAD, encoding="utf-8")
    assert read_scenario(tmp_path / "a.toml").name == "low"


FERTILITY = '[[fertility]]\ntfr = {2030 = 1.5}\nbecause = "x"\n'
RULE = '[[in_migration]]\nway = "housing"\nfirst_year = 2026\nlast_year = 2030\nbecause = "x"\n'

BROKEN = {
    "not toml": ("name = low", "this is not TOML: .*line 1"),
    "duplicate key": (HEAD + 'name = "b"\n', "not TOML"),
    "no name": (HEAD.replace('name = "low"\n', ""), "line 1: name: is missing"),
    "no reason": (HEAD.replace('because = "what if"\n', ""), 'line 1: because: is missing. Say why: because = "..."'),
    "text without an end": (HEAD + 'title = "x', "not TOML: .*at line 5, the end of the file"),
    "table without an end": (HEAD + "[outputs]\ngroups = { a = [6, 12]", "not TOML: .*at line 6, the end of the file"),
    "table on one line": (HEAD + "uncertainty = {draws = -3}\n", "line 5: uncertainty.draws: it must be at least 0"),
    "key with a dot": (HEAD + 'outputs.language = "no"\n', "line 5: outputs.language: choose 'nb' or 'en'"),
    "table in a table": (HEAD + "[outputs.groups]\nschool = [6]\n", "line 6: outputs.groups.school.2: is missing"),
    "list on one line": (
        'fertility = [{tfr = {2030 = 99}, because = "x"}]\n' + HEAD,
        "line 1: fertility.1.tfr.2030: it must be at most 10.0",
    ),
    "table in an edit": (
        HEAD + FERTILITY + '[[fertility]]\nbecause = "x"\n\n[fertility.tfr] # by year\n2030 = 99\n',
        "line 12: fertility.2.tfr.2030: it must be at most 10.0; it is 99",
    ),
    "empty reason": (HEAD.replace('"what if"', '""'), "line 2: because: text is needed; it is ''"),
    "unknown key": (HEAD + "horizont = 2050\n", "line 5: horizont: unknown key"),
    "nearest key": (HEAD + 'titel = "x"\n', "line 5: titel: unknown key. Did you mean title?"),
    "unknown table": (HEAD + "[houses]\n", r"line 5: houses: unknown key"),
    "nearest key in an edit": (HEAD + '[[fertility]]\ntrf = {2030 = 1.5}\nbecause = "x"\n', "line 6: .*mean tfr"),
    "nearest in a table": (HEAD + "[uncertainty]\ndrawz = 3\n", "line 6: uncertainty.drawz: .*mean draws"),
    "edit without reason": (HEAD + "[[fertility]]\ntfr = {2030 = 1.5}\n", "line 5: fertility.1.because: is missing"),
    "number as text": (
        HEAD.replace("2026", '"2026"'),
        "line 3: first_year: a whole number is needed, without quotation marks; it is '2026'",
    ),
    "year as fraction": (HEAD.replace("2026", "2026.5"), "line 3: first_year: .*it is 2026.5"),
    "horizon turned": (HEAD.replace("2050", "2020"), "line 4: last_year: last_year 2020 is not after first_year 2026"),
    "year outside": (
        HEAD + FERTILITY.replace("2030", "2060"),
        "line 6: fertility.1.tfr: year 2060 is outside the horizon, 2026 to 2050",
    ),
    "tfr per thousand": (
        HEAD + FERTILITY.replace("1.5", "1500"),
        "line 6: fertility.1.tfr.2030: it must be at most 10.0; it is 1500",
    ),
    "no dates": (HEAD + FERTILITY.replace("2030 = 1.5", ""), "line 6: fertility.1.tfr: it is empty; give at least 1"),
    "date is not a year": (
        HEAD + FERTILITY.replace("2030", '"soon"'),
        "line 6: fertility.1.tfr.soon: a whole number is needed.*it is 'soon'",
    ),
    "table instead of list": (HEAD + '[fertility]\ntfr = {2030 = 1.5}\nbecause = "x"\n', "line 5: fertility"),
    "unknown component": (
        HEAD + '[[migration]]\ncomponent = "innflytting"\ntotal = {2030 = 1}\nbecause = "x"\n',
        "line 6: migration.1.component: .*it is 'innflytting'",
    ),
    "total and factor": (
        HEAD + '[[migration]]\ncomponent = "immigration"\ntotal = {2030 = 1}\nfactor = {2030 = 1}\nbecause = "x"\n',
        "line 5: migration.1: give either total",
    ),
    "total of a rate": (
        HEAD + '[[migration]]\ncomponent = "emigration"\ntotal = {2030 = 1}\nbecause = "x"\n',
        "emigration is a rate",
    ),
    "ages turned": (
        HEAD + '[[migration]]\ncomponent = "emigration"\nfactor = {2030 = 1}\nages = [29, 20]\nbecause = "x"\n',
        "ages run from 29 down to 20",
    ),
    "not a number": (HEAD + FERTILITY.replace("1.5", "nan"), "line 6: fertility.1.tfr.2030: .*it is nan"),
    "two rules for one cell": (
        HEAD + FERTILITY + FERTILITY,
        "line 8: fertility.2: two rules for one cell: fertility is edited twice",
    ),
    "two ways for one year": (HEAD + RULE + RULE, "line 10: in_migration.2: two rules for one cell: in_migration"),
    "area as number": (
        HEAD + FERTILITY + "areas = [301]\n",
        'line 8: fertility.1.areas.1: text in quotation marks is needed, because 301 is not "0301"; it is 301',
    ),
    "unknown way": (HEAD + RULE.replace("housing", "guess"), "line 6: in_migration.1.way: .*it is 'guess'"),
    "way without persons": (HEAD + RULE.replace("housing", "given in-movers"), "give persons by year"),
    "housing with persons": (HEAD + RULE + "persons = {2026 = 5}\n", "and not for housing"),
    "negative seed": (HEAD + "[uncertainty]\nseed = -1\n", "line 6: uncertainty.seed: .*it is -1"),
    "language": (HEAD + '[outputs]\nlanguage = "no"\n', "line 6: outputs.language: choose 'nb' or 'en'; it is 'no'"),
    "pass-through": (
        HEAD + '[housing]\nprogramme = "p.toml"\npass_through = 1.5\nbecause = "x"\n',
        "line 7: housing.pass_through",
    ),
    "language as a list": (HEAD + '[outputs]\nlanguage = ["nb"]\n', "line 6: outputs.language: choose 'nb' or 'en'"),
    "draws as text": (HEAD + '[uncertainty]\ndraws = "many"\n', "line 6: uncertainty.draws: a whole number is needed"),
    "truth as a word": (HEAD + '[outputs]\nnote = "perhaps"\n', "line 6: outputs.note: true or false is needed"),
    "ages of a group": (HEAD + "[outputs]\ngroups = { school = [6] }\n", "line 6: outputs.groups.school.2: is missing"),
    "tfr without years": (
        HEAD + '[[fertility]]\ntfr = 1.5\nbecause = "x"\n',
        "line 6: fertility.1.tfr: a table is needed",
    ),
    "housing as text": (HEAD + 'housing = "p.toml"\n', "line 5: housing: a table with named keys is needed"),
    "age beyond life": (
        HEAD + '[[migration]]\ncomponent = "emigration"\nfactor = {2030 = 1}\nages = [20, 290]\nbecause = "x"\n',
        "line 8: migration.1.ages.2: it must be at most 130; it is 290",
    ),
    "rule outside": (
        HEAD + RULE.replace("last_year = 2030", "last_year = 2070"),
        "line 8: in_migration.1.last_year: year 2070 is outside the horizon",
    ),
    "base in a text": ('base = "b.toml"\n' + HEAD, "line 1: base needs a file"),
}


@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_explained(text, message):
    with pytest.raises(ScenarioError, match=message) as caught:
        scenario_from(text)
    assert re.search(r"line \d+", str(caught.value))


def test_all_problems_are_listed_at_once():
    with pytest.raises(ScenarioError, match="3 problems") as caught:
        scenario_from(HEAD + 'titel = "x"\n[uncertainty]\ndraws = -1\n[outputs]\nlanguage = "no"\n')
    assert all(f"line {line}" in str(caught.value) for line in (5, 7, 9))


def test_where_a_scenario_was_read_is_no_part_of_what_it_says():
    read, made = scenario_from(HEAD), Scenario(name="low", because="what if", first_year=2026, last_year=2050)
    assert read == made
    assert made == read
    assert read != made.model_copy(update={"name": "high"})
    again = pickle.loads(pickle.dumps(read)).model_copy(update={"title": "x"})
    with pytest.raises(ScenarioError, match=r"^scenario, line 3: no$"), again.at("first_year"):
        raise ScenarioError("no")
    with pytest.raises(ScenarioError, match=r"^no$"), made.at("first_year"):
        raise ScenarioError("no")


def test_of_two_places_the_inner_one_is_named():
    read = scenario_from(HEAD + FERTILITY)
    with pytest.raises(ScenarioError, match=r"^scenario, line 5: no$"), read.at("name"), read.at("fertility", 0):
        raise ScenarioError("no")
    with pytest.raises(ScenarioError, match=r"^no$"), read.at("housing", "programme"):
        raise ScenarioError("no")

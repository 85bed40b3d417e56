"""What is wrong with a scenario that can be read but not run is said with the line that leads to it."""

import pytest

from kompaslite.app import compare_scenarios, run, run_scenario, write_run
from kompaslite.schema import KompasliteError

HEAD = """name = "s"
because = "x"
first_year = 2026
last_year = 2029
"""
EDIT = '[[fertility]]\ntfr = {2028 = 1.5}\nbecause = "x"\nareas = ["9999"]\n'
RULE = '[[in_migration]]\nway = "given in-movers"\nfirst_year = 2026\nlast_year = 2027\nbecause = "x"\n'
RULE += "persons = {2026 = 8000}\n"
TOTAL = RULE.replace("given in-movers", "control total").replace("8000", "134000")

BROKEN = {
    "data": (HEAD + 'data = "nowhere"\n', "line 5: data: 'nowhere' is neither"),
    "first year": (HEAD.replace("2026", "2020"), "line 3: first_year: the population of baerum is known"),
    "assumptions": (HEAD + 'assumptions = "gone.xlsx"\n', "line 5: .*gone.xlsx"),
    "area of an edit": (HEAD + EDIT, "line 5: scenario: 1 areas of an edit of fertility are unknown"),
    "component": (
        HEAD + '[[migration]]\ncomponent = "net_migration"\nfactor = {2026 = 2}\nbecause = "x"\n',
        "line 5: scenario: the baseline has no net_migration",
    ),
    "life": (
        HEAD + EDIT.replace("fertility", "mortality").replace("tfr", "life_expectancy").replace("1.5", "85"),
        "line 5: scenario: 1 areas of an edit of mortality are unknown",
    ),
    "programme": (HEAD + '[housing]\nprogramme = "gone.toml"\nbecause = "x"\n', "line 6: programme: there is no file"),
    "reference": (
        HEAD + '[housing]\nprogramme = "programme.toml"\nreference = "gone.toml"\nbecause = "x"\n',
        "line 7: programme: there is no file",
    ),
    "realisation": (
        HEAD + '[housing]\nprogramme = "programme.toml"\nrealisation = 1.5\nbecause = "x"\n',
        "line 7: housing: realisation 1.5 makes",
    ),
    "area of a rule": (HEAD + RULE + 'areas = ["9999"]\n', "line 11: in_migration: area 9999 is unknown"),
    "rule too long": (HEAD + RULE.replace("2027", "2029"), "line 8: in_migration: last_year 2029 is not a year"),
    "totals": (
        HEAD
        + TOTAL.replace("2027", "2026")
        + 'areas = ["3201"]\n'
        + TOTAL.replace("first_year = 2026", "first_year = 2027"),
        "line 5: in_migration: one control total is of all areas together",
    ),
}


@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN)
def test_a_scenario_that_cannot_be_run(folder, tmp_path, text, message):
    path = folder / "own.toml"
    path.write_text(text)
    with pytest.raises(KompasliteError, match=rf"^own.toml, {message}"):
        run_scenario(path)
    with pytest.raises(KompasliteError, match=rf"^own.toml, {message}"):
        compare_scenarios(folder / "baseline.toml", path)


def test_a_base_is_named_where_it_says_it(folder):
    (folder / "below.toml").write_text(HEAD + EDIT)
    (folder / "own.toml").write_text('base = "below.toml"\n')
    with pytest.raises(KompasliteError, match=r"^below.toml, line 5: scenario: 1 areas of an edit"):
        run_scenario(folder / "own.toml")


def test_an_area_of_the_note_that_is_not_there(folder, tmp_path):
    (folder / "own.toml").write_text(HEAD + '[outputs]\narea = "0301"\n')
    with pytest.raises(KompasliteError, match=r"^own.toml, line 6: outputs.area: area '0301' is unknown"):
        write_run(run_scenario(folder / "own.toml"), tmp_path / "out")


@pytest.mark.parametrize("name", ["programme", "reference"])
def test_the_check_names_the_line_of_a_file_that_is_missing(folder, capsys, name):
    files = {"programme": "programme.toml"} | {name: "gone.toml"}
    keys = "".join(f'{key} = "{file}"\n' for key, file in files.items())
    (folder / "own.toml").write_text(HEAD + f'[housing]\nbecause = "x"\n{keys}')
    assert run(["check", str(folder / "own.toml")]) == 1
    line = 6 + list(files).index(name) + 1
    assert f"own.toml, line {line}: the file gone.toml is not in" in capsys.readouterr().err

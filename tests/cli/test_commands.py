"""Commands of the planner's desk: what they print, for people and for machines."""

import json
from typing import get_args

import pytest

from kompaslite.cli import run

COMMANDS = ("new", "check", "compare", "forecast", "fetch", "backtest", "note")


@pytest.fixture
def folder(tmp_path, capsys):
    assert run(["new", "baerum", str(tmp_path / "start")]) == 0
    place = tmp_path / "start"
    text = (place / "baseline.toml").read_text()
    (place / "baseline.toml").write_text(text.replace("last_year = 2050", "last_year = 2028"))
    capsys.readouterr()
    return place


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command, capsys):
    assert run([command, "--help"]) == 0
    assert "Example: kompaslite" in " ".join(capsys.readouterr().out.split())


def test_check_explains_and_prints_json(folder, capsys):
    assert run(["check", str(folder / "more_homes.toml")]) == 0
    words = capsys.readouterr().out
    assert "Housing from programme.toml" in words
    assert "Because: about a tenth" in words
    assert run(["check", str(folder / "more_homes.toml"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["housing"]["realisation"] == 0.9


def test_check_names_the_line_and_what_is_missing(folder, capsys):
    path = folder / "more_homes.toml"
    path.write_text(path.read_text().replace("realisation", "realisaton"))
    assert run(["check", str(path)]) == 1
    error = capsys.readouterr().err
    assert "more_homes.toml, line" in error
    assert "Did you mean realisation?" in error
    (folder / "programme.toml").unlink()
    path.write_text(path.read_text().replace("realisaton", "realisation"))
    assert run(["check", str(path)]) == 1
    assert "programme.toml is not in" in capsys.readouterr().err


def test_forecast_of_a_scenario_writes_and_prints_json(folder, capsys):
    out = folder / "out"
    assert run(["forecast", str(folder / "baseline.toml"), "--out", str(out), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert all(str(out) in file for file in printed["files"])
    totals = {row["year"]: row["persons"] for row in printed["population"] if row["age_group"] == "total"}
    assert totals[2026] == pytest.approx(133228)
    assert run(["forecast", str(folder / "baseline.toml"), "--out", str(out)]) == 1
    assert "not empty" in capsys.readouterr().err


def test_compare_prints_a_table_and_records(folder, capsys):
    files = [str(folder / "baseline.toml"), str(folder / "more_homes.toml")]
    assert run(["compare", *files]) == 0
    assert "difference" in capsys.readouterr().out
    assert run(["compare", *files, "--json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert {"year", "age_group", "baseline", "more homes", "difference"} == set(records[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["new", "oslo", "x"], "no example 'oslo'"),
        (["check", "gone.toml"], "cannot be read"),
        (["backtest", "gone.csv"], "gone.csv"),
        (["backtest", "gone.csv", "--origins", "soon"], "'soon' is not a year or a span"),
        (["note", "--language", "no"], "language 'no' is unknown"),
    ],
)
def test_what_is_refused_is_said_in_one_breath(arguments, message, here, capsys):
    assert run(arguments) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert list(here.iterdir()) == []


def test_interrupting_leaves_as_shells_expect(monkeypatch):
    from kompaslite.cli import planning

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(planning, "check", stop)
    assert run(["check", "a.toml"]) == 130


def test_the_languages_of_the_command_are_those_of_the_library():
    from kompaslite.language import Language

    assert get_args(Language) == ("nb", "en")

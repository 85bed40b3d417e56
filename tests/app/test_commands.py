"""Commands of the planner's desk: what they print, for people and for machines."""

import json
import re
import subprocess
import sys
from typing import get_args

import pytest

from kompaslite.app import run

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
    from kompaslite.app import answers

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(answers, "check", stop)
    assert run(["check", "a.toml"]) == 130


def test_the_languages_of_the_command_are_those_of_the_library():
    from kompaslite.text import Language

    assert get_args(Language) == ("nb", "en")


def test_the_note_of_a_scenario_is_named_to_machines(folder, tmp_path, capsys):
    out = tmp_path / "note"
    assert run(["note", str(folder / "baseline.toml"), "--language", "en", "--out", str(out), "--json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert files == [str(out / "note.html"), str(out / "forecast.xlsx")]
    page = (out / "note.html").read_text(encoding="utf-8")
    assert 'lang="en"' in page
    assert "The forecast is the scenario “baseline”: the trend of the last years." in page


def test_a_full_folder_is_refused_before_anything_is_worked_out(folder, tmp_path, capsys, monkeypatch):
    from kompaslite.app import answers

    def work(*_, **__):
        raise AssertionError("work was begun")

    monkeypatch.setattr(answers, "run_scenario", work)
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    for command in ("forecast", "note"):
        assert run([command, str(folder / "baseline.toml"), "--out", str(full)]) == 1
        assert "the folder is not empty" in capsys.readouterr().err
    assert [file.name for file in full.iterdir()] == ["mine.txt"]


def test_check_reads_the_programme_too(folder, capsys):
    text = (folder / "programme.toml").read_text()
    (folder / "bad.toml").write_text(text.replace("planned = 600", "planned = -600"))
    broken = folder / "more_bad.toml"
    broken.write_text((folder / "more_homes.toml").read_text().replace('"programme.toml"', '"bad.toml"'))
    assert run(["check", str(broken)]) == 1
    assert "project The quay: projects.1.planned: it must be at least 0" in capsys.readouterr().err


def test_check_tells_of_dwellings_after_the_forecast(folder, capsys):
    text = (folder / "programme.toml").read_text()
    (folder / "late.toml").write_text(re.sub(r"year = \d{4}", "year = 2190", text))
    late = folder / "more_late.toml"
    late.write_text((folder / "more_homes.toml").read_text().replace('"programme.toml"', '"late.toml"'))
    assert run(["check", str(late)]) == 0
    assert "dwellings of late.toml are expected after" in capsys.readouterr().out
    assert run(["check", str(folder / "baseline.toml")]) == 0
    assert "are expected after" not in capsys.readouterr().out


def test_commands_say_nothing_but_their_answer_when_piped(folder):
    command = [sys.executable, "-m", "kompaslite", "check", str(folder / "baseline.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b[" not in done.stdout
    assert done.stdout.startswith("baseline: the trend of the last years\n")


def test_a_bar_of_the_draws_goes_to_standard_error_and_only_when_it_is_wanted(folder, capsys, monkeypatch):
    command = ["compare", str(folder / "baseline.toml"), str(folder / "more_homes.toml"), "--draws", "70", "--json"]
    assert run([*command, "--progress"]) == 0
    asked = capsys.readouterr()
    assert asked.err.count("draws") >= 2
    assert "2/2" in asked.err
    assert run(command) == 0
    assert capsys.readouterr() == (asked.out, "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert run([*command, "--no-progress"]) == 0
    assert capsys.readouterr() == (asked.out, "")
    assert run(command) == 0
    assert "2/2" in capsys.readouterr().err


def test_the_draws_of_a_note_are_counted_too(folder, tmp_path, capsys):
    assert run(["note", str(folder / "baseline.toml"), "--out", str(tmp_path / "note"), "--progress"]) == 0
    assert "2/2" in capsys.readouterr().err

"""Nonsense at random, in files and after the command: told in words, no traceback, nothing half-written."""

import random
import shutil

import pytest

from kompaslite.app import new_folder, run, run_scenario, write_run

WORDS = ["2030", "-1", "1e400", "nan", '"x"', "[]", "{}", "true", "0301", "[[", "]", "=", "\\", "\x00", "'", "é", "\n"]
WORDS += ["2026-01-01", "12:00:00", "areas", '["3201"]', "[[migration]]", "{ 2030 = 1.5 }", "1_000", "inf", '"""']


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    place = tmp_path_factory.mktemp("nonsense") / "start"
    new_folder("baerum", place)
    text = (place / "baseline.toml").read_text().replace("last_year = 2050", "last_year = 2028")
    text += '\n[[fertility]]\ntfr = { 2026 = 1.5, 2028 = 1.6 }\nbecause = "a"\n'
    text += '[[migration]]\ncomponent = "immigration"\nfactor = { 2027 = 0.5 }\nages = [20, 40]\nbecause = "b"\n'
    text += '[[in_migration]]\nway = "given in-movers"\nfirst_year = 2026\nlast_year = 2026\n'
    text += 'persons = { 2026 = 8000 }\nbecause = "c"\n'
    (place / "baseline.toml").write_text(text)
    return place


def spoiled(text, chance):
    """The text with one to three of its words gone, doubled, moved or replaced."""
    parts = text.split(" ")
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(parts))
        parts[place : place + 1] = chance.choice(
            [
                [],
                [parts[place]] * 2,
                [chance.choice(WORDS)],
                [chance.choice(parts)],
                [parts[place][: chance.randint(0, 5)]],
            ]
        )
    return " ".join(parts)


def tried(arguments, out, capsys):
    """Run a command; whatever it says, it is said in words, and files are there only if it went well."""
    code = run([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    assert code in (0, 1), arguments
    assert "Traceback" not in printed.err
    assert printed.err.startswith("kompaslite: ") == (code == 1)
    assert out is None or out.exists() == (code == 0)
    return code


@pytest.mark.parametrize("seed", range(8))
def test_spoiled_scenarios_are_explained_or_read(start, tmp_path, capsys, seed):
    chance = random.Random(seed)
    folder = shutil.copytree(start, tmp_path / "folder")
    codes = []
    for name in ["baseline.toml", "more_homes.toml", "programme.toml"] * 10:
        before = (start / name).read_text()
        (folder / name).write_text(spoiled(before, chance))
        codes.append(tried(["check", folder / "more_homes.toml"], None, capsys))
        (folder / name).write_text(before)
    assert 0 < sum(codes) < len(codes)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_read_runs_or_is_refused_and_leaves_nothing_half_written(start, tmp_path, capsys, seed):
    chance = random.Random(100 + seed)
    folder = shutil.copytree(start, tmp_path / "folder")
    (folder / "baseline.toml").write_text((start / "baseline.toml").read_text() + "[outputs]\nnote = false\n")
    for number in range(8):
        name = ("baseline.toml", "programme.toml")[number % 2]
        before = (folder / name).read_text()
        (folder / name).write_text(spoiled(before, chance))
        out = tmp_path / f"out{number}"
        tried(["forecast", folder / "more_homes.toml", "--out", out], out, capsys)
        (folder / name).write_text(before)


@pytest.mark.parametrize("seed", range(3))
def test_spoiled_workbooks_are_explained_or_read(start, tmp_path, capsys, seed):
    chance = random.Random(seed)
    folder = shutil.copytree(start, tmp_path / "folder")
    scenario = folder / "more_homes.toml"
    write_run(run_scenario(scenario), tmp_path / "made")
    whole = (tmp_path / "made" / "forecast.xlsx").read_bytes()
    extra = 'assumptions = "book.xlsx"\n'
    scenario.write_text(extra + scenario.read_text().replace("programme.toml", "book.xlsx"))
    for number in range(6):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 40)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        (folder / "book.xlsx").write_bytes(bytes(content[: chance.choice([len(content), len(content) // 2])]))
        out = tmp_path / f"out{number}"
        tried(["forecast", scenario, "--out", out], out, capsys)


def test_words_at_random_after_the_program_never_end_in_a_traceback(start, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chance = random.Random(7)
    words = [
        "check",
        "compare",
        "new",
        "backtest",
        "note",
        "--json",
        "--out",
        "baerum",
        "x",
        "",
        "--draws",
        "-1",
        "--force",
    ]
    words += [str(start / "baseline.toml"), str(start), "--language", "sv", "--origins", "2010-", "--horizon", "é"]
    for _ in range(75):
        arguments = chance.choices(words, k=chance.randint(0, 4))
        if arguments[:1] == ["note"] and not {"sv", "x", "-1"} & set(arguments):
            continue
        assert run(arguments) in (0, 1, 2)
        assert "Traceback" not in capsys.readouterr().err

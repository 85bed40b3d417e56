"""The command line: what it prints, how it leaves, and what it says without its extra."""

import subprocess
import sys

import pytest

from kompaslite.app import run


def test_forecast_prints_the_tables_and_writes_the_files(tmp_path, capsys):
    assert run(["forecast", "--out", str(tmp_path / "out"), "--until", "2030"]) == 0
    printed = capsys.readouterr().out
    lines = [line.split() for line in printed.splitlines()]
    assert ["total", "132358", "133228", "870", "133445", "-217"] in lines
    assert ["total", "132358", "133228", "870", "133413", "-185"] in lines
    assert any(line[:1] == ["2030"] and line[-1] == "137045" for line in lines)
    assert "actual 870, the municipality's forecast (KOMPAS) 1,087, kompaslite 1,055" in printed
    for name in ("note.html", "forecast.xlsx", "age_groups.csv", "components.csv", "population.csv", "flows.csv"):
        assert str(tmp_path / "out" / name) in printed
        assert (tmp_path / "out" / name).is_file()


def test_a_second_run_needs_force(tmp_path, capsys):
    arguments = ["forecast", "--out", str(tmp_path), "--until", "2027"]
    assert run(arguments) == 0
    assert run(arguments) == 1
    assert "the folder is not empty" in capsys.readouterr().err
    assert run([*arguments, "--force"]) == 0


def test_a_refused_input_is_one_line_without_a_traceback(tmp_path, capsys):
    assert run(["forecast", "--out", str(tmp_path / "out"), "--until", "2020"]) == 1
    error = capsys.readouterr().err
    assert error == "kompaslite: forecast: the horizon 2020 is not after the last population, 1 January 2026.\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [["forcast"], ["forecast", "--until", "soon"], ["forecast", "--outt", "x"]])
def test_a_wrong_command_leaves_with_two(arguments, capsys):
    assert run(arguments) == 2
    assert "Usage" in capsys.readouterr().err


def test_help_leaves_with_nought(capsys):
    assert run(["forecast", "--help"]) == 0
    assert "--until" in capsys.readouterr().out


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_without_the_extra_the_message_names_it():
    for absent, words in (("typer", "the command line needs typer"), ("jinja2", "the page needs jinja2")):
        done = python(
            f"import sys; sys.modules[{absent!r}] = None; import tempfile, pathlib\n"
            "from kompaslite.app import run\n"
            "folder = pathlib.Path(tempfile.mkdtemp())\n"
            "code = run(['forecast', '--out', str(folder / 'out'), '--until', '2027'])\n"
            "assert not (folder / 'out').exists()\n"
            "sys.exit(code)"
        )
        assert done.returncode == 1
        assert words in done.stderr
        assert 'pip install "kompaslite[desk]"' in done.stderr
        assert "Traceback" not in done.stderr


def test_the_rooms_import_no_extra():
    done = python(
        "import sys\n"
        "import kompaslite.app, kompaslite.report, kompaslite.plot, kompaslite.datasets, kompaslite.__main__\n"
        "print(sorted({'typer', 'rich', 'jinja2', 'matplotlib', 'numba', 'dask'} & set(sys.modules)))"
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_the_module_runs_as_a_program():
    done = subprocess.run([sys.executable, "-m", "kompaslite", "forcast"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "No such command 'forcast'" in done.stderr

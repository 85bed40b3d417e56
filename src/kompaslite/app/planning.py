"""What the commands ``new``, ``check``, ``compare``, ``backtest`` and ``note`` do, as text to print."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import cast, get_args

from kompaslite._files import StorageError
from kompaslite.app.compare import compare_scenarios
from kompaslite.app.judge import backtest_table
from kompaslite.app.starter import new_folder
from kompaslite.housing import read_programme
from kompaslite.scenario import Scenario, explain_scenario, read_scenario
from kompaslite.schema import SchemaError
from kompaslite.text import Language

_LEADS = (1, 3, 5, 10)


def new(example: str, folder: Path, *, force: bool, as_json: bool = False) -> str:
    """Make a starter folder, and say what to do with it.

    Parameters
    ----------
    example : str
        Name of the example to start from.
    folder : Path
        A new or empty folder.
    force : bool
        Whether files that are there are replaced.
    as_json : bool
        Whether to give the files only, as JSON.

    Returns
    -------
    str
        The files, and the command to go on with.
    """
    listed = _written(new_folder(example, folder, force=force), as_json=as_json)
    return listed if as_json else f"{listed}\n\nNow: kompaslite check {folder / 'baseline.toml'}"


def check(path: Path, *, as_json: bool) -> str:
    """A scenario in words, or as it was read; files that it names must be there, and the programme must be sound.

    Parameters
    ----------
    path : Path
        A scenario file.
    as_json : bool
        Whether to give what was read, instead of words.

    Returns
    -------
    str

    Raises
    ------
    StorageError
        If a file that the scenario names is not beside it.
    SchemaError
        If a programme of dwellings is not sound.
    """
    scenario = read_scenario(path)
    for place, name in _files(scenario).items():
        with scenario.at(*place):
            if not (path.parent / name).exists():
                raise StorageError(f"the file {name} is not in {path.parent}. Put it there.")
            if place[0] == "housing":
                read_programme(path.parent / name)
    return scenario.model_dump_json(indent=2) if as_json else explain_scenario(scenario)


def _files(scenario: Scenario) -> dict[tuple[str, ...], str]:
    """Files beside a scenario, by the key that names them."""
    plan = scenario.housing
    named: dict[tuple[str, ...], str | None] = {("assumptions",): scenario.assumptions}
    if plan is not None:
        named |= {("housing", "programme"): plan.programme, ("housing", "reference"): plan.reference}
    named["data",] = None if scenario.data == "baerum" else scenario.data
    return {place: name for place, name in named.items() if name}


def compare(first: Path, second: Path, *, draws: int, seed: int, as_json: bool, progress: bool = False) -> str:
    """Two scenarios side by side, as a table or as records.

    Parameters
    ----------
    first, second : Path
        Scenario files.
    draws : int
        Futures of each; 0 for one line.
    seed : int
        Of the draws.
    as_json : bool
        Whether to give records, with all digits, instead of a table of whole persons.
    progress : bool
        Whether to show a bar of the draws on standard error.

    Returns
    -------
    str
    """
    table = compare_scenarios(first, second, draws=draws, seed=seed, progress=progress)
    if as_json:
        return json.dumps(table.reset_index().to_dict(orient="records"), ensure_ascii=False)
    return f"Persons on 1 January:\n{table.round().astype(int).to_string()}"


def backtest(population: Path, *, horizon: int, origins: str, as_json: bool, progress: bool = False) -> str:
    """Errors of the default method and the references, as a table of some leads or as records of all.

    Parameters
    ----------
    population : Path
        Table of population by area, sex, single age and year.
    horizon : int
        Years that each forecast goes, at least 1.
    origins : str
        ``"2016"``, ``"2010-2020"``, or nothing for all that are possible.
    as_json : bool
        Whether to give records of all leads.
    progress : bool
        Whether to show bars of the origins on standard error.

    Returns
    -------
    str

    Raises
    ------
    SchemaError
        If the origins are neither a year nor a span, or the table is too short.
    """
    table = backtest_table(population, origins=_origins(origins), horizon=horizon, progress=progress)
    if as_json:
        return json.dumps(table.reset_index().to_dict(orient="records"))
    leads = [lead for lead in _LEADS if lead <= horizon] or [horizon]
    wide = table["value"].unstack("lead")[leads].round(2)
    return f"Errors in per cent by lead (bias: forecast less outcome):\n{wide.to_string()}"


def _origins(text: str) -> list[int] | None:
    if not text:
        return None
    match = re.fullmatch(r"(\d{4})(?:-(\d{4}))?", text.strip())
    if match is None:
        raise SchemaError(f"origins: {text!r} is not a year or a span. Write 2016, or 2010-2020.")
    return list(range(int(match[1]), int(match[2] or match[1]) + 1))


def note(
    scenario: Path | None,
    out: Path,
    *,
    language: str | None,
    pdf: bool,
    force: bool,
    as_json: bool = False,
    progress: bool = False,
) -> str:
    """Write note and workbook of a scenario, or of Baerum's trend, and say where they are.

    Parameters
    ----------
    scenario : Path, optional
        A scenario file; Baerum's trend if None.
    out : Path
        A new folder.
    language : str, optional
        ``"nb"`` or ``"en"``; that of the scenario if None.
    pdf : bool
        Whether to make a PDF too.
    force : bool
        Whether files of an earlier run are replaced.
    as_json : bool
        Whether to give the files only, as JSON.
    progress : bool
        Whether to show a bar of the draws on standard error.

    Returns
    -------
    str

    Raises
    ------
    SchemaError
        If the language is unknown.
    """
    if language is not None and language not in get_args(Language):
        raise SchemaError(f"note: language {language!r} is unknown. Choose nb or en.")
    from kompaslite.app.write import write_note_and_workbook

    wanted = cast("Language | None", language)
    files = write_note_and_workbook(out, scenario=scenario, language=wanted, pdf=pdf, force=force, progress=progress)
    return _written(files, as_json=as_json)


def _written(files: Sequence[Path], *, as_json: bool) -> str:
    names = [str(file) for file in files]
    return json.dumps({"files": names}, ensure_ascii=False) if as_json else "\n  ".join(["Written:", *names])

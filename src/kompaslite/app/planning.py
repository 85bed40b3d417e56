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
    """Make a starter folder, and say what to do with it."""
    listed = _written(new_folder(example, folder, force=force), as_json=as_json)
    return listed if as_json else f"{listed}\n\nNow: kompaslite check {folder / 'baseline.toml'}"


def check(path: Path, *, as_json: bool) -> str:
    """A scenario in words, or as it was read; files that it names must be there, and the programme must be sound."""
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
    """Two scenarios side by side, as a table or as records."""
    table = compare_scenarios(first, second, draws=draws, seed=seed, progress=progress)
    if as_json:
        return json.dumps(table.reset_index().to_dict(orient="records"), ensure_ascii=False)
    return f"Persons on 1 January:\n{table.round().astype(int).to_string()}"


def backtest(population: Path, *, horizon: int, origins: str, as_json: bool, progress: bool = False) -> str:
    """Errors of the default method and the references, as a table of some leads or as records of all."""
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
    """Write note and workbook of a scenario, or of Baerum's trend, and say where they are."""
    if language is not None and language not in get_args(Language):
        raise SchemaError(f"note: language {language!r} is unknown. Choose nb or en.")
    from kompaslite.app.write import write_note_and_workbook

    wanted = cast("Language | None", language)
    files = write_note_and_workbook(out, scenario=scenario, language=wanted, pdf=pdf, force=force, progress=progress)
    return _written(files, as_json=as_json)


def _written(files: Sequence[Path], *, as_json: bool) -> str:
    names = [str(file) for file in files]
    return json.dumps({"files": names}, ensure_ascii=False) if as_json else "\n  ".join(["Written:", *names])

"""The commands ``new``, ``check``, ``compare`` and ``note``."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast, get_args

from kompaslite.desk import compare_scenarios, new_folder
from kompaslite.files import StorageError
from kompaslite.housing import read_programme
from kompaslite.language import Language
from kompaslite.scenario import Scenario, explain_scenario, read_scenario
from kompaslite.schema import SchemaError


def new(example: str, folder: Path, *, force: bool, as_json: bool = False) -> str:
    """Make a starter folder, and say what to do with it."""
    listed = _written(new_folder(example, folder, force=force), as_json=as_json)
    return listed if as_json else f"{listed}\n\nNow: kompaslite check {folder / 'baseline.toml'}"


def check(path: Path, *, as_json: bool) -> str:
    """A scenario in words, or as it was read; files that it names must be there, and the programme must be sound."""
    scenario = read_scenario(path)
    missing = [name for name in _files(scenario) if not (path.parent / name).exists()]
    if missing:
        raise StorageError(f"{path.name}: the file {missing[0]} is not in {path.parent}. Put it there.")
    plan = scenario.housing
    for name in () if plan is None else filter(None, (plan.programme, plan.reference)):
        read_programme(path.parent / name)
    return scenario.model_dump_json(indent=2) if as_json else explain_scenario(scenario)


def _files(scenario: Scenario) -> list[str]:
    plan = scenario.housing
    named = [scenario.assumptions, *([] if plan is None else [plan.programme, plan.reference])]
    return [*(name for name in named if name), *([] if scenario.data == "baerum" else [scenario.data])]


def compare(first: Path, second: Path, *, draws: int, seed: int, as_json: bool) -> str:
    """Two scenarios side by side, as a table or as records."""
    table = compare_scenarios(first, second, draws=draws, seed=seed)
    if as_json:
        return json.dumps(table.reset_index().to_dict(orient="records"), ensure_ascii=False)
    return f"Persons on 1 January:\n{table.round().astype(int).to_string()}"


def note(
    scenario: Path | None, out: Path, *, language: str | None, pdf: bool, force: bool, as_json: bool = False
) -> str:
    """Write note and workbook of a scenario, or of Baerum's trend, and say where they are."""
    if language is not None and language not in get_args(Language):
        raise SchemaError(f"note: language {language!r} is unknown. Choose nb or en.")
    from kompaslite.desk.note import write_note_and_workbook

    wanted = cast("Language | None", language)
    files = write_note_and_workbook(out, scenario=scenario, language=wanted, pdf=pdf, force=force)
    return _written(files, as_json=as_json)


def _written(files: Sequence[Path], *, as_json: bool) -> str:
    names = [str(file) for file in files]
    return json.dumps({"files": names}, ensure_ascii=False) if as_json else "\n  ".join(["Written:", *names])

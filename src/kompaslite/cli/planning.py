"""The commands ``new``, ``check``, ``compare`` and ``note``."""

import json
from pathlib import Path
from typing import cast, get_args

from kompaslite.desk import compare_scenarios, new_folder
from kompaslite.files import StorageError
from kompaslite.language import Language
from kompaslite.scenario import Scenario, explain_scenario, read_scenario
from kompaslite.schema import SchemaError


def new(example: str, folder: Path, *, force: bool) -> str:
    """Make a starter folder, and say what to do with it."""
    files = new_folder(example, folder, force=force)
    listed = "\n".join(f"  {file}" for file in files)
    return f"Written:\n{listed}\n\nNow: kompaslite check {folder / 'baseline.toml'}"


def check(path: Path, *, as_json: bool) -> str:
    """A scenario in words, or as it was read; files that it names must be there."""
    scenario = read_scenario(path)
    missing = [name for name in _files(scenario) if not (path.parent / name).exists()]
    if missing:
        raise StorageError(f"{path.name}: the file {missing[0]} is not in {path.parent}. Put it there.")
    return scenario.model_dump_json(indent=2) if as_json else explain_scenario(scenario)


def _files(scenario: Scenario) -> list[str]:
    plan = scenario.housing
    named = [] if plan is None else [plan.programme, plan.reference]
    return [*(name for name in named if name), *([] if scenario.data == "baerum" else [scenario.data])]


def compare(first: Path, second: Path, *, draws: int, seed: int, as_json: bool) -> str:
    """Two scenarios side by side, as a table or as records."""
    table = compare_scenarios(first, second, draws=draws, seed=seed)
    if as_json:
        return json.dumps(table.reset_index().to_dict(orient="records"), ensure_ascii=False)
    return f"Persons on 1 January:\n{table.round().astype(int).to_string()}"


def note(out: Path, *, language: str, pdf: bool, force: bool) -> str:
    """Write note and workbook, and say where they are."""
    if language not in get_args(Language):
        raise SchemaError(f"note: language {language!r} is unknown. Choose nb or en.")
    from kompaslite.desk.note import write_note_and_workbook

    files = write_note_and_workbook(out, language=cast("Language", language), pdf=pdf, force=force)
    return "Written:\n" + "\n".join(f"  {file}" for file in files)

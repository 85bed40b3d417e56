"""What the commands do, as text to print."""

import json
import re
from collections.abc import Hashable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import get_args

import pandas as pd
import xarray as xr

from kompaslite._checked import LAST_YEAR
from kompaslite._files import StorageError, require_writable
from kompaslite.accounts import known_at
from kompaslite.app.backtest_table import backtest_table
from kompaslite.app.compare import compare_scenarios
from kompaslite.app.housing import later_dwellings
from kompaslite.app.runs import Run, run_scenario
from kompaslite.app.starter import new_folder
from kompaslite.app.write import write_run
from kompaslite.datasets import data_folder, example_folder, find_tables
from kompaslite.engine import project
from kompaslite.evaluation import deviation_table
from kompaslite.evaluation.tables import as_printed
from kompaslite.scenario import Scenario, explain_scenario, read_scenario
from kompaslite.schema import SchemaError
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, age_groups
from kompaslite.text import Language

#: The example that ``forecast`` and ``note`` run when no scenario is named.
EXAMPLE = "baerum"

_LEADS = (1, 3, 5, 10)


def new(example: str, folder: Path, *, force: bool, as_json: bool = False) -> str:
    """Make a starter folder, and say what to do with it."""
    listed = _written(new_folder(example, folder, force=force), as_json=as_json)
    return listed if as_json else f"{listed}\n\nNow: kompaslite check {folder / 'baseline.toml'}"


def check(path: Path, *, as_json: bool) -> str:
    """A scenario in words, or as it was read; files that it names must be there, and the programme must be sound."""
    scenario = read_scenario(path)
    told: list[str] = []
    for place, name in _files(scenario).items():
        with scenario.at(*place):
            if not (path.parent / name).exists():
                raise StorageError(f"the file {name} is not in {path.parent}. Put it there.")
            if place[0] == "housing":
                later = later_dwellings(path.parent / name, scenario)
                told += [later] if place[1] == "programme" and later else []
    with scenario.at("data"):
        find_tables(data_folder(scenario.data, path.parent))
    return scenario.model_dump_json(indent=2) if as_json else "\n".join([explain_scenario(scenario), *told])


def _files(scenario: Scenario) -> dict[tuple[str, ...], str]:
    """Files beside a scenario, by the key that names them."""
    plan = scenario.housing
    named: dict[tuple[str, ...], str | None] = {("assumptions",): scenario.assumptions}
    if plan is not None:
        named |= {("housing", "programme"): plan.programme, ("housing", "reference"): plan.reference}
    return {place: name for place, name in named.items() if name}


def compare(first: Path, second: Path, *, draws: int, seed: int, as_json: bool, progress: bool = False) -> str:
    """Two scenarios side by side, as a table or as records."""
    table = compare_scenarios(first, second, draws=draws, seed=seed, progress=progress)
    if as_json:
        return _json(table.reset_index().to_dict(orient="records"))
    return f"Persons on 1 January:\n{table.round().astype(int).to_string()}"


def backtest(population: Path, *, horizon: int, origins: str, as_json: bool, progress: bool = False) -> str:
    """Errors of the default method and the references, as a table of some leads or as records of all."""
    table = backtest_table(population, origins=_origins(origins), horizon=horizon, progress=progress)
    if as_json:
        return _json(table.reset_index().to_dict(orient="records"))
    known = table.index.get_level_values("lead")
    leads = [lead for lead in _LEADS if lead in known] or [int(known.max())]
    wide = table["value"].unstack("lead")[leads].round(2)  # noqa: PD010
    sections = [
        *_read(table.attrs["reading"]),
        f"Errors in per cent by lead (bias: forecast less outcome):\n{wide.to_string()}",
        *(f"{name} cannot be judged: {words}." for name, words in table.attrs["refused"].items()),
    ]
    return "\n\n".join(sections)


def _json(records: object) -> str:
    """JSON as machines read it everywhere: what is no number is null."""
    return json.dumps(_without_nan(records), ensure_ascii=False, allow_nan=False)


def _without_nan(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _without_nan(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_without_nan(part) for part in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _read(reading: str) -> list[str]:
    """What became of the rows of the tables, where there is anything to tell."""
    return [f"Tables:\n{reading}"] if reading else []


def _origins(text: str) -> list[int] | None:
    if not text:
        return None
    match = re.fullmatch(r"(\d{4})(?:-(\d{4}))?", text.strip())
    if match is None:
        raise SchemaError(f"origins: {text!r} is not a year or a span. Write 2016, or 2010-2020.")
    return list(range(int(match[1]), int(match[2] or match[1]) + 1))


def forecast(
    scenario: Path | None, out: Path, *, until: int | None, force: bool, as_json: bool = False, progress: bool = False
) -> str:
    """Run a scenario, or the example's, write its files, and say what came of it."""
    require_writable(out, force=force)
    wanted = _wanted(scenario, until=until)
    run = run_scenario(wanted, folder=_beside(scenario))
    files = write_run(run, out, force=force, progress=progress)
    groups = _by_group(run)
    if as_json:
        found = {"files": [str(file) for file in files], "population": _records(groups), "reading": run.data.reading}
        return _json(found)
    summed = groups.sum("area").transpose("year", "age_group")
    table = pd.DataFrame(summed.values, index=summed["year"].to_index(), columns=summed["age_group"].to_index())
    sections = [
        explain_scenario(run.scenario),
        *_read(run.data.reading),
        *_looking_back(run),
        f"Persons on 1 January:\n{as_printed(table).to_string()}",
        "\n".join(["Written:", *(f"  {file}" for file in files)]),
    ]
    return "\n\n".join(sections)


def _beside(scenario: Path | None) -> Path:
    """The folder where a scenario's data and programme are."""
    return example_folder(EXAMPLE).parent if scenario is None else scenario.parent


def _wanted(scenario: Path | None, *, until: int | None = None, language: str | None = None) -> Scenario:
    """The scenario of a file, or the example's own in the language that is asked for."""
    if scenario is not None and until is not None:
        raise SchemaError("forecast: --until is for a forecast without a scenario. Write last_year into the file.")
    name = "scenario_en.toml" if language == "en" else "scenario.toml"
    wanted = read_scenario(example_folder(EXAMPLE) / name if scenario is None else scenario)
    if until is None:
        return wanted
    if until > LAST_YEAR:
        raise SchemaError(f"forecast: the horizon {until} is too far; the last year is {LAST_YEAR}.")
    if until <= wanted.first_year:
        raise SchemaError(
            f"forecast: the horizon {until} is not after the last population, 1 January {wanted.first_year}."
        )
    return wanted.model_copy(update={"last_year": until})


def _looking_back(run: Run) -> list[str]:
    """Last year's forecasts against the outcome: the one that the folder's note prints, and the library's own."""
    printed = run.data.printed
    if printed is None:
        return []
    year, people = printed.about.year, run.data.observed.population
    known = known_at(run.data.observed, year)
    own = project(known.population.sel(year=year), run.data.method(known, [year]))
    table = deviation_table(
        start=people.sel(year=year), actual=people.sel(year=year + 1), forecast=own.population.sel(year=year + 1)
    )
    growth = [int(one["growth"]["total"]) for one in (printed.deviation,)]
    growth += [int(one["forecast"]["total"] - one["start"]["total"]) for one in (printed.deviation, table)]
    forecaster = printed.about.forecaster["en"]
    return [
        f"Forecast and outcome on 1 January {year + 1}, as printed ({forecaster}):\n{printed.deviation.to_string()}",
        f"The library's own forecast, made from 1 January {year}:\n{table.to_string()}",
        f"Growth in the year: actual {growth[0]:,}, {forecaster} {growth[1]:,}, kompaslite {growth[2]:,}",
    ]


def _by_group(run: Run) -> xr.DataArray:
    people = run.forecast.population.sum("sex", keep_attrs=True)
    total = people.sum("age").expand_dims(age_group=["total"])
    return xr.concat([age_groups(people, NOTE_AGE_GROUPS, complete=True), total], dim="age_group")


def _records(groups: xr.DataArray) -> list[dict[Hashable, object]]:
    frame = groups.rename("persons").transpose("area", "year", "age_group").to_series().reset_index()
    return frame.to_dict(orient="records")


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
    """Write note and workbook of a scenario, or of the example's trend, and say where they are."""
    if language is not None and language not in get_args(Language):
        raise SchemaError(f"note: language {language!r} is unknown. Choose nb or en.")
    require_writable(out, force=force)
    wanted = _wanted(scenario, language=language)
    outputs = wanted.outputs
    chosen: dict[str, object] = {"language": language or outputs.language, "pdf": pdf or outputs.pdf}
    chosen |= {"note": True, "workbook": True, "tables": False}
    wanted = wanted.model_copy(update={"outputs": outputs.model_copy(update=chosen)})
    run = run_scenario(wanted, folder=_beside(scenario))
    return _written(write_run(run, out, force=force, progress=progress), as_json=as_json)


def _written(files: Sequence[Path], *, as_json: bool) -> str:
    names = [str(file) for file in files]
    return json.dumps({"files": names}, ensure_ascii=False) if as_json else "\n  ".join(["Written:", *names])

"""The command ``forecast``."""

import json
from collections.abc import Hashable
from pathlib import Path

import pandas as pd
import xarray as xr

from kompaslite._files import require_writable
from kompaslite.app.run import run_scenario
from kompaslite.app.write import write_run
from kompaslite.datasets import load_example
from kompaslite.evaluation.tables import as_printed
from kompaslite.report import NoteForecast, forecast_from_note, write_forecast
from kompaslite.scenario import explain_scenario
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, age_groups


def forecast(out: Path, *, until: int, force: bool, as_json: bool = False) -> str:
    """Run the main job, write its files, and say in text what it found and where the files are."""
    result = forecast_from_note(load_example("baerum"), until=until)
    files = write_forecast(result, out, force=force)
    if as_json:
        tables = {"deviation": result.deviation, "groups": result.groups}
        found = {name: frame.reset_index().to_dict(orient="records") for name, frame in tables.items()}
        return json.dumps({"files": [str(file) for file in files], **found}, ensure_ascii=False)
    written = "\n".join(f"  {file}" for file in files)
    return f"{_tables(result)}\n\nWritten:\n{written}\n\nOpen {files[0]} in a browser."


def _tables(result: NoteForecast) -> str:
    note = result.example.note
    before, origin = result.example.observed.years[-2:]
    own = result.deviation.loc["total"].to_dict()
    sections = {
        f"Forecast and outcome on 1 January {origin}, as the note prints it (KOMPAS):": note.deviation.to_string(),
        f"The library's own forecast, made from 1 January {before}:": result.deviation.to_string(),
        "Growth in the year:": (
            f"  actual {note.figure('growth_2025'):,.0f}, KOMPAS {note.figure('growth_forecast_2025'):,.0f}, "
            f"kompaslite {own['forecast'] - own['start']:,}"
        ),
        "Forecast by age group, persons on 1 January:": result.groups.to_string(),
    }
    return "\n\n".join(f"{title}\n{text}" for title, text in sections.items())


def forecast_scenario(path: Path, out: Path, *, force: bool, as_json: bool, progress: bool = False) -> str:
    """Run a scenario, write its files, and say what came of it."""
    require_writable(out, force=force)
    run = run_scenario(path)
    files = write_run(run, out, force=force, progress=progress)
    people = run.forecast.population.sum("sex", keep_attrs=True)
    groups = xr.concat(
        [age_groups(people, NOTE_AGE_GROUPS, complete=True), people.sum("age").expand_dims(age_group=["total"])],
        dim="age_group",
    )
    if as_json:
        return json.dumps({"files": [str(file) for file in files], "population": _records(groups)}, ensure_ascii=False)
    written = "\n".join(f"  {file}" for file in files)
    summed = groups.sum("area").transpose("year", "age_group")
    table = as_printed(
        pd.DataFrame(summed.values, index=summed["year"].to_index(), columns=summed["age_group"].to_index())
    )
    return f"{explain_scenario(run.scenario)}\n\nPersons on 1 January:\n{table.to_string()}\n\nWritten:\n{written}"


def _records(groups: xr.DataArray) -> list[dict[Hashable, object]]:
    frame = groups.rename("persons").transpose("area", "year", "age_group").to_series().reset_index()
    return frame.to_dict(orient="records")

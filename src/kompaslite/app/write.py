"""`write_run`: the files of a run, whole or not at all."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import xarray as xr

from kompaslite._files import StorageError, write_folder
from kompaslite.accounts import Accounts
from kompaslite.app.note import write_run_note
from kompaslite.app.runs import Run
from kompaslite.evaluation import components_table
from kompaslite.housing import default_headship, households_of, programme_table
from kompaslite.housing.data.programme import PROGRAMME_SHEET, Programme, programme_rows
from kompaslite.schema import in_order
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, AgeGroups, age_groups
from kompaslite.storage import write_workbook
from kompaslite.uncertainty import Progress

Maker = Callable[[Path], object]
#: Every file that a run may write.
_EVERY_FILE = (
    *("note.html", "note.pdf", "forecast.xlsx", "age_groups.csv", "own_groups.csv", "components.csv"),
    *("population.csv", "flows.csv"),
)
_LAST_COLUMNS = ("component", "value", "unit")


def write_run(run: Run, folder: str | Path, *, force: bool = False, progress: bool | Progress = False) -> list[Path]:
    """Tables, workbook and note of a run, as its scenario asks for.

    Parameters
    ----------
    run : Run
        From `run_scenario`.
    folder : str or Path
        A new or empty folder.
    force : bool
        Whether files of an earlier run may be replaced.
    progress : bool or callable
        As for `run_scenario`, of draws that are made for the note.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    StorageError
        If the folder has files and `force` is not given, or writing fails.
    """
    outputs = run.scenario.outputs
    makers: dict[str, Maker] = {}
    if outputs.note:
        makers["note.html"] = lambda path: write_run_note(run, path, progress=progress)
        if outputs.pdf:
            makers["note.pdf"] = _made_with_the_page
    if outputs.tables:
        makers |= {f"{name}.csv": _csv(frame) for name, frame in _tables(run).items()}
    if outputs.workbook:
        makers["forecast.xlsx"] = lambda path: write_workbook(
            run.forecast,
            path,
            assumptions=run.assumptions,
            groups=outputs.groups or None,
            more=further_sheets(run),
            about=_about(run),
        )
    _check_no_others(Path(folder), makers)
    return write_folder(folder, makers, force=force)


def _check_no_others(folder: Path, makers: Mapping[str, Maker]) -> None:
    """Refuse to stand new files beside those of another run that this one does not make."""
    others = [name for name in _EVERY_FILE if name not in makers and (folder / name).exists()]
    if others:
        raise StorageError(
            f"{folder}: {', '.join(others)} would stay from an earlier run, beside files of this one that say "
            "something else. Delete what is old, or choose another folder."
        )


def _made_with_the_page(path: Path) -> None:
    """The PDF is written beside the page, from the same page."""
    if not path.is_file():
        raise StorageError(f"{path.name}: it was not made with the page. Ask for it again.")


def _csv(frame: pd.DataFrame) -> Maker:
    return lambda path: frame.to_csv(path, index=False, lineterminator="\n")


def _tables(run: Run) -> dict[str, pd.DataFrame]:
    own: AgeGroups = run.scenario.outputs.groups
    named: dict[str, AgeGroups] = {"age_groups": NOTE_AGE_GROUPS} | ({"own_groups": own} if own else {})
    people = run.forecast.population.sum("sex", keep_attrs=True)
    tables = {
        name: age_groups(people, groups).rename("persons").to_series().reset_index() for name, groups in named.items()
    }
    tables["components"] = components_table(run.forecast, decimals=None).reset_index()
    return tables | {"population": tidy_population(run.forecast), "flows": tidy_flows(run.forecast)}


def _about(run: Run) -> dict[str, object]:
    scenario = run.scenario
    return {
        "title": scenario.title or scenario.name,
        "because": scenario.because,
        "edits": "; ".join(
            f"{name}: {part.attrs['because']}"
            for name, part in run.assumptions.data_vars.items()
            if "because" in part.attrs
        )
        or "none",
        "households, dwellings": "on 1 January; sheets of flows and plans per calendar year",
        **{f"source of {what}": where for what, where in run.data.sources.items()},
    }


def further_sheets(run: Run) -> dict[str, pd.DataFrame]:
    """Tables of a run beyond people and their components, by the name of their sheet."""
    sheets = {"households": _households(run)}
    if run.record is not None:
        sheets["housing flows"] = run.record.flows.to_dataframe().dropna(how="all").reset_index()
    programme = None if run.housing is None else run.housing.programme
    if programme is not None:
        sheets["dwellings planned"] = _planned(programme, run)
        sheets[PROGRAMME_SHEET] = programme_rows(programme)
    if run.forecast.population.sizes["area"] > 1:
        sheets["districts"] = _districts(run)
    return sheets


def _households(run: Run) -> pd.DataFrame:
    """What housing recorded; without housing, the households that the people form at the library's headship rates."""
    if run.record is not None:
        return run.record.stocks.to_dataframe().dropna(how="all").reset_index()
    people = run.forecast.population
    homes = households_of(people, default_headship(people["age"].values)).rename("households")
    frame = homes.to_series().reset_index()
    persons = people.sum(["sex", "age"]).rename("persons").transpose(*homes.dims).to_series().reset_index()
    return frame.assign(persons=persons["persons"], persons_per_household=persons["persons"] / frame["households"])


def _planned(programme: Programme, run: Run) -> pd.DataFrame:
    """Planned, expected and completed, three numbers side by side."""
    table = programme_table(programme, years=range(run.scenario.first_year, run.scenario.last_year))
    return table[["planned", "expected", "completed"]].to_dataframe().reset_index()


def _districts(run: Run) -> pd.DataFrame:
    people = run.forecast.population.sum(["sex", "age"])
    total = people.sum("area").expand_dims(area=["total"])
    wide = xr.concat([people, total], dim="area").transpose("area", "year").to_pandas()
    return pd.DataFrame(wide).rename_axis("area").reset_index()


def tidy_population(accounts: Accounts) -> pd.DataFrame:
    """A row per area, sex, age and 1 January."""
    return _rows(accounts.population).assign(unit=accounts.population.attrs["units"])


def tidy_flows(accounts: Accounts) -> pd.DataFrame:
    """A row per component, area, sex, age reached and year."""
    parts = [_rows(flow).assign(component=str(name), unit=flow.attrs["units"]) for name, flow in accounts.flows.items()]
    rows = pd.concat(parts, ignore_index=True)
    first = ["component", *(column for column in in_order(list(rows.columns)) if column not in _LAST_COLUMNS)]
    return rows[[*first, "value", "unit"]]


def _rows(array: xr.DataArray) -> pd.DataFrame:
    return array.reset_coords(drop=True).to_series().rename("value").reset_index()

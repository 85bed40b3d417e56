"""Further sheets of a run's workbook: households and dwellings, the housing programme, districts."""

import pandas as pd
import xarray as xr

from kompaslite.app.run import Run
from kompaslite.housing import default_headship, households_of, programme_table, read_programme
from kompaslite.housing.data.programme import PROGRAMME_SHEET, Programme, programme_rows


def further_sheets(run: Run) -> dict[str, pd.DataFrame]:
    """Tables of a run beyond people and their components, by the name of their sheet."""
    sheets = {"households": _households(run)}
    if run.record is not None:
        sheets["housing flows"] = run.record.flows.to_dataframe().dropna(how="all").reset_index()
    plan = run.scenario.housing
    if plan is not None:
        programme = read_programme(run.folder / plan.programme)
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

"""The forecast as tidy tables: one row per cell, one column per dimension, a value and its unit."""

import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.report.job import NoteForecast
from kompaslite.schema import in_order


def tidy_tables(result: NoteForecast) -> dict[str, pd.DataFrame]:
    """Every table of the main job, by the name of its file."""
    note, last = result.example.note, result.example.observed.years[-1]
    return {
        "deviation_note": _long(note.deviation, "age_group", "measure"),
        "deviation_own_forecast": _long(result.deviation, "age_group", "measure"),
        "components_note": _long(note.components, "year", "component"),
        "components_forecast": _long(result.components, "year", "component"),
        "levels": _long(result.levels, "component", "known_on_1_january"),
        "age_groups_forecast": _long(result.groups, "year", "age_group"),
        "population": tidy_population(result.forecast),
        f"population_{last}_forecast_a_year_before": tidy_population(result.test),
        "flows": tidy_flows(result.forecast),
        "flows_observed": tidy_flows(result.example.observed),
    }


def tidy_population(accounts: Accounts) -> pd.DataFrame:
    """A row per area, sex, age and 1 January."""
    return _rows(accounts.population).assign(unit=accounts.population.attrs["units"])


def tidy_flows(accounts: Accounts) -> pd.DataFrame:
    """A row per component, area, sex, age reached and year."""
    parts = [_rows(flow).assign(component=str(name), unit=flow.attrs["units"]) for name, flow in accounts.flows.items()]
    rows = pd.concat(parts, ignore_index=True)
    first = ["component", *(column for column in in_order(list(rows.columns)) if column not in _LAST)]
    return rows[[*first, "value", "unit"]]


_LAST = ("component", "value", "unit")


def _rows(array: xr.DataArray) -> pd.DataFrame:
    return array.reset_coords(drop=True).to_series().rename("value").reset_index()


def _long(table: pd.DataFrame, rows: str, columns: str) -> pd.DataFrame:
    long = table.rename_axis(index=rows).reset_index().melt(id_vars=rows, var_name=columns)
    return long.assign(unit="persons")

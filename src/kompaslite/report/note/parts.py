"""A deviation and its parts as a table of the note."""

import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.report.note.frames import frame_of
from kompaslite.report.note.intervals import one_area

_MIGRATION = ("in_migration", "out_migration", "abroad", "net_migration")


def split_table(found: xr.Dataset) -> pd.DataFrame:
    """A deviation by age group and part, all moves as one part, with the total."""
    parts = frame_of(one_area(found["average"], None, "deviation"), "age_group", "part")
    moves = [name for name in _MIGRATION if name in parts.columns]
    table = parts.drop(columns=moves).assign(migration=parts[moves].to_numpy().sum(axis=1))
    if "jump_off" in table.columns and bool((table["jump_off"].abs() < 1e-6).all()):
        table = table.drop(columns="jump_off")
    order = [name for name in ("plan", "jump_off", "births", "deaths", "migration", "adjustment") if name in table]
    table = table[order].assign(deviation=table[order].to_numpy().sum(axis=1))
    table.loc["total"] = table.to_numpy().sum(axis=0)
    return table


def mean_of_draws(accounts: Accounts) -> Accounts:
    """Accounts whose every cell is the mean over draws, so that they balance as the draws do."""
    if "draw" not in accounts.population.dims:
        return accounts
    flows = {
        str(name): flow.mean("draw", keep_attrs=True) if "draw" in flow.dims else flow
        for name, flow in accounts.flows.data_vars.items()
    }
    return Accounts(accounts.population.mean("draw", keep_attrs=True), xr.Dataset(flows))


def plan_ends(planned: Accounts, completed: Accounts, *, year: int, level: float) -> tuple[float, float] | None:
    """Ends of the interval of what the plan changes in total; none where there are no draws."""
    if "draw" not in completed.population.dims:
        return None
    before, after = (one.population.sel(year=year).sum(["sex", "age"]) for one in (planned, completed))
    ends = (after - before).quantile([(1.0 - level) / 2.0, (1.0 + level) / 2.0], "draw").values.ravel()
    return float(ends[0]), float(ends[1])

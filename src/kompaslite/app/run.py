"""`run_scenario`: from a scenario file to accounts of the future."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import xarray as xr

from kompaslite.accounts import Accounts, check_balance, known_at
from kompaslite.app.draws import drawn_futures
from kompaslite.app.housing import scenario_housing
from kompaslite.app.material import Material, load_material
from kompaslite.engine import project
from kompaslite.housing import HousingRecord, project_with_housing
from kompaslite.scenario import Scenario, Uncertainty, apply_edits, read_scenario
from kompaslite.schema import SchemaError
from kompaslite.storage import read_assumptions
from kompaslite.uncertainty.ensemble.materialise import assumptions_of
from kompaslite.uncertainty.summary.progress import Progress, shown

#: Draws that are projected together; between these a bar grows.
AT_ONCE = 64


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A scenario that was run.

    Parameters
    ----------
    scenario : Scenario
        What was asked for.
    material : Material
        What it was made from.
    baseline : xr.Dataset
        Assumptions of the method, before the scenario's edits.
    assumptions : xr.Dataset
        After the edits.
    trend : Accounts
        The forecast without housing.
    forecast : Accounts
        The forecast.
    record : HousingRecord, optional
        What housing did in the forecast, where it had a part.
    futures : Accounts, optional
        The forecast of every draw, where draws were asked for.
    folder : Path
        Where the scenario's files are.
    """

    scenario: Scenario
    material: Material
    baseline: xr.Dataset
    assumptions: xr.Dataset
    trend: Accounts
    forecast: Accounts
    record: HousingRecord | None = None
    futures: Accounts | None = None
    folder: Path = Path()


def run_scenario(
    scenario: Scenario | str | Path,
    *,
    folder: str | Path | None = None,
    material: Material | None = None,
    uncertainty: Uncertainty | None = None,
    progress: bool | Progress = False,
) -> Run:
    """Run a scenario.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A scenario, or its TOML file.
    folder : str or Path, optional
        Where its data and programme are; the folder of the file, or the working folder.
    material : Material, optional
        Instead of reading the scenario's data.
    uncertainty : Uncertainty, optional
        Draws and seed instead of the scenario's.
    progress : bool or callable
        True for a bar of the draws on standard error; or a function that is called with the draws done and all.

    Returns
    -------
    Run

    Raises
    ------
    SchemaError
        If the file, its data or its edits are not sound.

    Examples
    --------
    >>> from kompaslite.scenario import Scenario
    >>> run = run_scenario(Scenario(name="trend", because="an example", first_year=2026, last_year=2028))
    >>> run.forecast.years
    (2026, 2027, 2028)
    """
    place = (
        Path(folder) if folder is not None else Path.cwd() if isinstance(scenario, Scenario) else Path(scenario).parent
    )
    wanted = scenario if isinstance(scenario, Scenario) else read_scenario(scenario)
    if uncertainty is not None:
        wanted = wanted.model_copy(update={"uncertainty": uncertainty})
    with wanted.at("data"):
        known = load_material(wanted.data, folder=place) if material is None else material
    with wanted.at("first_year"):
        observed = _known(known, wanted)
    baseline = _baseline(known, wanted, observed, folder=place)
    assumptions = apply_edits(baseline, wanted)
    job = _Job(wanted, known, observed.population.sel(year=wanted.first_year), place)
    trend, forecast, record = job.project(assumptions)
    run = Run(wanted, known, baseline, assumptions, trend, forecast, record, folder=place)
    chance = wanted.uncertainty
    if not chance.draws:
        return run
    with wanted.at("uncertainty", "draws"):
        return replace(run, futures=draw_futures(run, draws=chance.draws, seed=chance.seed, progress=progress))


def draw_futures(
    run: Run, *, draws: int, seed: int, people_only: bool = False, progress: bool | Progress = False
) -> Accounts:
    """Forecasts of a run's scenario, each with levels of its own."""
    people = run.material.observed.population.sel(year=run.scenario.first_year)
    futures = drawn_futures(run.assumptions, run.material, people=people, draws=draws, seed=seed)
    job, show = _Job(run.scenario, run.material, people, run.folder), shown(progress, "draws")
    parts = []
    for first in range(0, draws, AT_ONCE):
        last = min(first + AT_ONCE, draws)
        drawn = assumptions_of(futures, draws=range(first, last))
        only = people_only and run.record is None
        parts.append(project(people, drawn, flows=()) if only else job.project(drawn)[1])
        show(last, draws)
    return parts[0] if len(parts) == 1 else _one_after_the_other(parts)


def _one_after_the_other(parts: Sequence[Accounts]) -> Accounts:
    """Accounts of some draws after those of others."""

    def joined(arrays: Sequence[xr.DataArray]) -> xr.DataArray:
        if "draw" not in arrays[0].dims:
            return arrays[0]
        return xr.concat(arrays, "draw", join="exact", combine_attrs="override")

    first = parts[0].flows
    flows = {str(name): joined([part.flows[name] for part in parts]) for name in first.data_vars}
    return Accounts(joined([part.population for part in parts]), xr.Dataset(flows, attrs=first.attrs))


def _baseline(material: Material, scenario: Scenario, observed: Accounts, *, folder: Path) -> xr.Dataset:
    """Assumptions of the method, or those of a workbook that was edited."""
    if scenario.assumptions is None:
        return material.method(observed, list(scenario.years))
    with scenario.at("assumptions"):
        return _from_workbook(folder / scenario.assumptions, scenario)


def _from_workbook(path: Path, scenario: Scenario) -> xr.Dataset:
    read = read_assumptions(path)
    missing = [year for year in scenario.years if year not in read["year"].values]
    if missing:
        raise SchemaError(
            f"assumptions: {scenario.assumptions} has no year {missing[0]}; the forecast needs {scenario.years[0]} to "
            f"{scenario.years[-1]}. Take a workbook of a forecast with the same years, or change the horizon."
        )
    return read.sel(year=list(scenario.years))


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """What stays the same between the forecast and its draws."""

    scenario: Scenario
    material: Material
    jump_off: xr.DataArray
    folder: Path

    def project(self, assumptions: xr.Dataset) -> tuple[Accounts, Accounts, HousingRecord | None]:
        """Trend, forecast, and what housing did in it."""
        trend = check_balance(project(self.jump_off, assumptions))
        housing = scenario_housing(self.scenario, self.material, self.jump_off, assumptions, folder=self.folder)
        if housing is None:
            return trend, trend, None
        forecast, record = project_with_housing(self.jump_off, assumptions, housing, trend=trend)
        return trend, check_balance(forecast), record


def _known(material: Material, scenario: Scenario) -> Accounts:
    years = material.observed.years
    if scenario.first_year not in years:
        raise SchemaError(
            f"first_year: the population of {material.name} is known for {years[0]} to {years[-1]}, not for 1 January "
            f"{scenario.first_year}. Start in one of these years."
        )
    return known_at(material.observed, scenario.first_year)

"""`run_scenario`: from a scenario file to accounts of the future."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

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
from kompaslite.uncertainty import Futures, Progress, Projection, Reduce, project_summary


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
    futures : Futures, optional
        Assumptions with draws, where draws were asked for; `draw` projects them.
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
    futures: Futures | None = None
    folder: Path = Path()

    def draw(
        self,
        *,
        reduce: Reduce | None = None,
        uncertainty: Uncertainty | None = None,
        progress: bool | Progress = False,
    ) -> xr.Dataset:
        """What the draws of the scenario say together, with housing in every draw where it has a part.

        Parameters
        ----------
        reduce : Reduce, optional
            What to keep: age groups, quantiles, every draw, sums over areas.
        uncertainty : Uncertainty, optional
            Draws and seed instead of the scenario's.
        progress : bool or callable
            True for a bar on standard error; or a function that is called with the jobs done and the number of jobs.

        Returns
        -------
        xr.Dataset
            As `kompaslite.project_summary`. A draw has the same luck in every scenario with the same seed.

        Raises
        ------
        SchemaError
            If no draws are asked for, or the history shows no levels that could wander.

        Examples
        --------
        >>> from kompaslite.scenario import Scenario, Uncertainty
        >>> from kompaslite.uncertainty import Reduce
        >>> run = run_scenario(Scenario(name="trend", because="an example", first_year=2026, last_year=2028))
        >>> kept = Reduce(groups={"pupils": (6, 15)}, quantiles=(0.1, 0.9))
        >>> drawn = run.draw(reduce=kept, uncertainty=Uncertainty(draws=20, seed=1))
        >>> drawn["quantiles"].sel(area="3201", age_group="pupils", year=2026).values.tolist()
        [16882.0, 16882.0]
        """
        scenario = self.scenario if uncertainty is None else _with(self.scenario, uncertainty)
        if not scenario.uncertainty.draws:
            raise SchemaError("draws: the scenario asks for none. Give it uncertainty with draws, for example 200.")
        futures = self.futures if uncertainty is None and self.futures is not None else futures_of(self, scenario)
        people = self.material.observed.population.sel(year=scenario.first_year)
        job = _Job(scenario, self.material, people, self.folder)
        engine: Literal["auto"] | Projection = "auto" if self.record is None else job.population
        return project_summary(people, futures, reduce=reduce, engine=engine, progress=progress)


def run_scenario(
    scenario: Scenario | str | Path,
    *,
    folder: str | Path | None = None,
    material: Material | None = None,
    uncertainty: Uncertainty | None = None,
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
        wanted = _with(wanted, uncertainty)
    with wanted.at("data"):
        known = load_material(wanted.data, folder=place) if material is None else material
    with wanted.at("first_year"):
        observed = _known(known, wanted)
    baseline = _baseline(known, wanted, observed, folder=place)
    assumptions = apply_edits(baseline, wanted)
    job = _Job(wanted, known, observed.population.sel(year=wanted.first_year), place)
    trend, forecast, record = job.project(assumptions)
    run = Run(wanted, known, baseline, assumptions, trend, forecast, record, folder=place)
    return replace(run, futures=futures_of(run, wanted)) if wanted.uncertainty.draws else run


def _with(scenario: Scenario, uncertainty: Uncertainty) -> Scenario:
    return scenario.model_copy(update={"uncertainty": uncertainty})


def futures_of(run: Run, scenario: Scenario) -> Futures:
    """Assumptions of a run with the draws that a scenario asks for, not made yet."""
    known, chance = known_at(run.material.observed, scenario.first_year), scenario.uncertainty
    with scenario.at("uncertainty", "draws"):
        return drawn_futures(run.assumptions, run.material, known=known, draws=chance.draws, seed=chance.seed)


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

    def population(self, _: xr.DataArray, assumptions: xr.Dataset) -> xr.DataArray:
        """Population of some draws, each with what housing does in it."""
        return self.project(assumptions)[1].population


def _known(material: Material, scenario: Scenario) -> Accounts:
    years = material.observed.years
    if scenario.first_year not in years:
        raise SchemaError(
            f"first_year: the population of {material.name} is known for {years[0]} to {years[-1]}, not for 1 January "
            f"{scenario.first_year}. Start in one of these years."
        )
    return known_at(material.observed, scenario.first_year)

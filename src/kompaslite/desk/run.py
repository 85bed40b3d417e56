"""`run_scenario`: from a scenario file to accounts of the future."""

from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from kompaslite.accounts import Accounts, check_balance, known_at
from kompaslite.desk.draws import drawn_assumptions
from kompaslite.desk.housing import housing_drive
from kompaslite.desk.material import Material, load_material
from kompaslite.housing import HousingDrive
from kompaslite.projection import project
from kompaslite.scenario import Scenario, Uncertainty, apply_edits, read_scenario
from kompaslite.schema import SchemaError


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
    drive : HousingDrive, optional
        What housing did, where it had a part.
    futures : Accounts, optional
        The forecast of every draw, where draws were asked for.
    """

    scenario: Scenario
    material: Material
    baseline: xr.Dataset
    assumptions: xr.Dataset
    trend: Accounts
    forecast: Accounts
    drive: HousingDrive | None = None
    futures: Accounts | None = None


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
    known = load_material(wanted.data, folder=place) if material is None else material
    observed = _known(known, wanted)
    baseline = known.method(observed, list(wanted.years))
    assumptions = apply_edits(baseline, wanted)
    job = _Job(wanted, known, observed.population.sel(year=wanted.first_year), place)
    trend, forecast, drive = job.project(assumptions)
    chosen = wanted.uncertainty if uncertainty is None else uncertainty
    futures = None
    if chosen.draws:
        futures = job.project(drawn_assumptions(assumptions, known, draws=chosen.draws, seed=chosen.seed))[1]
    return Run(wanted, known, baseline, assumptions, trend, forecast, drive, futures)


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """What stays the same between the forecast and its draws."""

    scenario: Scenario
    material: Material
    jump_off: xr.DataArray
    folder: Path

    def project(self, assumptions: xr.Dataset) -> tuple[Accounts, Accounts, HousingDrive | None]:
        """Trend, forecast, and what housing did in it."""
        trend = check_balance(project(self.jump_off, assumptions))
        drive = housing_drive(self.scenario, self.material, trend, assumptions, folder=self.folder)
        if drive is None:
            return trend, trend, None
        return trend, check_balance(project(self.jump_off, assumptions, drive=drive)), drive


def _known(material: Material, scenario: Scenario) -> Accounts:
    years = material.observed.years
    if scenario.first_year not in years:
        raise SchemaError(
            f"first_year: the population of {material.name} is known for {years[0]} to {years[-1]}, not for 1 January "
            f"{scenario.first_year}. Start in one of these years."
        )
    return known_at(material.observed, scenario.first_year)

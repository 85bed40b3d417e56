"""The inputs of a note from accounts: for any municipality whose history is known, however little of it."""

import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.evaluation import check_hindcasts, explain_deviation, sum_over_sex_age
from kompaslite.evaluation.tables import components_table, deviation_table
from kompaslite.report.frames import frame_of
from kompaslite.report.inputs import NoteInputs, Record, Split, Text
from kompaslite.report.intervals import one_area
from kompaslite.schema import SchemaError
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, AgeGroups
from kompaslite.schema.summaries import low_and_high
from kompaslite.text import in_both

_LEVEL = 0.9
_MIGRATION = ("in_migration", "out_migration", "abroad", "net_migration")


def note_inputs(
    observed: Accounts,
    *,
    place: str,
    source: Text,
    area: str | None = None,
    earlier: Accounts | None = None,
    replanned: Accounts | None = None,
    groups: AgeGroups = NOTE_AGE_GROUPS,
) -> NoteInputs:
    """What accounts of the past have for a population note.

    Parameters
    ----------
    observed : Accounts
        Up to 1 January after the year that has passed. Components of growth are told where flows are known.
    place : str
        The municipality.
    source : str or mapping
        Where the accounts come from.
    area : str, optional
        Code, needed where the accounts have several areas.
    earlier : Accounts, optional
        A forecast that was made from 1 January of the last year: it is held against the outcome.
    replanned : Accounts, optional
        The same forecast with the dwellings that were completed: gives the plan's part of the deviation, and with
        ``draw`` its interval.
    groups : mapping or sequence of str
        Age groups that cover every age.

    Returns
    -------
    NoteInputs
        Add what else is known with ``dataclasses.replace(inputs, dwellings=..., places=...)``.

    Raises
    ------
    SchemaError
        If there are several areas and none is chosen, or fewer than two populations.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> note_inputs(made_up(1, years=range(2018, 2027)), place="Ourtown", source="made up").place
    'Ourtown'
    """
    known = _of_area(observed, area, "observed")
    if len(known.years) < 2:
        raise SchemaError(
            f"observed: a note needs two populations, there is {known.years[0]} only. Add the year before."
        )
    _require_one_area(area, observed=observed, earlier=earlier, replanned=replanned)
    before, after = known.years[-2:]
    if after != before + 1:
        raise SchemaError(f"observed: the last two populations are of {before} and {after}. Add that of {after - 1}.")
    people = known.population
    total = people.sum(["sex", "age"])
    deviation: pd.DataFrame | None = None
    splits: tuple[Split, ...] = ()
    if earlier is not None:
        forecast = _of_area(earlier, area, "earlier")
        _require_year(forecast, after)
        deviation = deviation_table(
            start=people.sel(year=before),
            actual=people.sel(year=after),
            forecast=forecast.population.sel(year=after),
            groups=groups,
        )
        splits = _splits(forecast, known, replanned, area=area, groups=groups)
    return NoteInputs(
        place=place,
        year=before,
        population=float(total.sel(year=after)),
        before=float(total.sel(year=before)),
        history=dict(zip(known.years, total.transpose("year").values.tolist(), strict=True)),
        source=source,
        area=_code(observed) if area is None else area,
        components=_components(known, before),
        deviation=deviation,
        forecaster=in_both("forecaster.last"),
        splits=splits,
    )


def record_from_hindcasts(hindcasts: xr.Dataset, *, forecaster: Text, source: Text, area: str | None = None) -> Record:
    """Earlier forecasts of the total of one municipality, from a backtest or from published forecasts.

    Parameters
    ----------
    hindcasts : xr.Dataset
        From `backtest` or `official_hindcasts`; those without an outcome yet are left out.
    forecaster : str or mapping
        Whose forecasts they are.
    source : str or mapping
        Where they come from.
    area : str, optional
        Code, needed where there are several areas.

    Returns
    -------
    Record

    Raises
    ------
    SchemaError
        If there are several areas and none is chosen, or the forecasts have draws.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.evaluation import backtest
    >>> from kompaslite.methods import no_change
    >>> observed = made_up(3, years=range(2014, 2027))
    >>> made = backtest(observed, no_change, origins=range(2017, 2025), horizon=2)
    >>> record_from_hindcasts(made, forecaster="no change", source="a backtest", area="9901").table.shape
    (16, 4)
    """
    made = sum_over_sex_age(check_hindcasts(hindcasts))
    pair = xr.Dataset({name: one_area(made[name], area, name) for name in ("forecast", "observed")})
    surplus = [str(dim) for dim in pair.dims if dim not in ("origin", "lead")]
    if surplus:
        raise SchemaError(f"hindcasts: dimension {surplus[0]} cannot stand in a record. Take the median over it first.")
    frame = pair.to_dataframe(dim_order=["origin", "lead"]).dropna().reset_index()
    table = pd.DataFrame(
        {
            "origin": frame["origin"],
            "year": frame["origin"] + frame["lead"],
            "forecast": frame["forecast"],
            "actual": frame["observed"],
        }
    )
    return Record(table=table, forecaster=forecaster, source=source)


def _code(accounts: Accounts) -> str | None:
    """Code of accounts of one area, where they have one."""
    people = accounts.population
    return str(people["area"].values.ravel()[0]) if "area" in people.coords and people["area"].size == 1 else None


def _require_one_area(area: str | None, **accounts: Accounts | None) -> None:
    """Raise where accounts of single areas are not of the same one, though no code was asked for."""
    codes = {name: _code(one) for name, one in accounts.items() if one is not None}
    known = {name: code for name, code in codes.items() if code is not None}
    if area is None and len(set(known.values())) > 1:
        told = ", ".join(f"{name} is of area {code}" for name, code in known.items())
        raise SchemaError(f"note: {told}. Give accounts of one municipality.")


def _of_area(accounts: Accounts, area: str | None, name: str) -> Accounts:
    population = one_area(accounts.population, area, name)
    flows = {str(flow): one_area(values, area, name) for flow, values in accounts.flows.data_vars.items()}
    return Accounts(population, xr.Dataset(flows))


def _require_year(forecast: Accounts, year: int) -> None:
    if year not in forecast.years:
        raise SchemaError(
            f"earlier: the forecast has the years {forecast.years[0]} to {forecast.years[-1]}, not 1 January {year}, "
            "which it is to be held against. Give the forecast that was made a year before."
        )


def _components(known: Accounts, year: int) -> pd.DataFrame | None:
    """Components of the years that follow one another up to the last, where flows are known."""
    if not known.flows.data_vars:
        return None
    table = components_table(known)
    years = [int(str(label)) for label in table.index]
    unbroken = [one for one in years if set(range(one, year + 1)) <= set(years)]
    return table.loc[unbroken] if unbroken else None


def _splits(
    forecast: Accounts, known: Accounts, replanned: Accounts | None, *, area: str | None, groups: AgeGroups
) -> tuple[Split, ...]:
    """One split where both sides know births, deaths and moves by age; none where they do not."""
    if not (_can_be_split(forecast) and _can_be_split(known)):
        return ()
    other = None if replanned is None else _of_area(replanned, area, "replanned")
    mean = None if other is None else mean_of_draws(other)
    year = known.years[-1]
    found = explain_deviation(forecast, known, replanned=mean, groups=groups, year=year)
    ends = None if other is None else plan_ends(forecast, other, year=year, level=_LEVEL)
    return (
        Split(
            table=split_table(found),
            forecaster=in_both("forecaster.last"),
            source=in_both("source.accounts_split"),
            plan_interval=ends,
            level=_LEVEL,
        ),
    )


def _can_be_split(accounts: Accounts) -> bool:
    flows = accounts.flows
    by_age = [str(name) for name in flows.data_vars if "age" in flows[name].dims]
    moves = {"in_migration", "out_migration", "immigration", "emigration", "net_migration"}
    return (
        "births" in flows and "deaths" in by_age and bool(moves & set(by_age)) and not moves & set(flows) - set(by_age)
    )


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
    return accounts.map(lambda array: array.mean("draw") if "draw" in array.dims else array)


def plan_ends(planned: Accounts, completed: Accounts, *, year: int, level: float) -> tuple[float, float] | None:
    """Ends of the interval of what the plan changes in total; none where there are no draws."""
    if "draw" not in completed.population.dims:
        return None
    before, after = (one.population.sel(year=year).sum(["sex", "age"]) for one in (planned, completed))
    low, high = low_and_high(after - before, level=level)
    return float(low), float(high)

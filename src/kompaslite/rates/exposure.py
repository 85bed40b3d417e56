"""Occurrence and exposure, with the denominators of the annual step in the default convention.

For a cohort by age reached, S at its start and E at its end, the time that it lived in the year is

    X = S - D/2 - O/2 + I/2 = (S + E - adjustment) / 2

with D deaths, O all exits by moving and I all arrivals, net migration among them.  The correction of the register
is no event and lives no time.  Rates divided by these exposures and projected with the same convention
return the accounts they were fitted on.
"""

import re

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, age_up, newborns, require_accounts
from kompaslite.schema import PERSONS, SchemaError, in_order, rate_unit, reject, short_list

#: What usually helps where rates are too high.
PER_1000 = "Rates per 1,000 must be divided by 1,000."


def age_width(table: xr.DataArray, name: str) -> int:
    """Years of age in a group, from the labels; of one age alone, from the unit of the table."""
    gaps = np.diff(table["age"].values)
    if not gaps.size:
        return _years_in(str(table.attrs.get("units", "1/year")))
    if np.any(gaps != gaps[0]) or gaps[0] < 1:
        raise SchemaError(
            f"{name}: its ages must ascend in groups of one width; they are "
            f"{short_list(table['age'].values.tolist())}. Graduate them, or sum them into groups of one width."
        )
    return int(gaps[0])


def per_step(rates: xr.DataArray, name: str) -> tuple[xr.DataArray, int]:
    """Rates over the years of their age groups, and those years, whatever period the unit says they are of."""
    width, period = age_width(rates, name), _years_in(str(rates.attrs.get("units", "1/year")))
    if period not in (1, width):
        raise SchemaError(
            f"{name}: the rates are of {period} years, but the age groups are {width} years wide. Give rates per year, "
            f"with .assign_attrs(units='1/year'), or per {width} years."
        )
    return (rates, width) if period == width else (rates * float(width), width)


def _years_in(unit: str) -> int:
    found = re.fullmatch(r"1/(\d+) years", unit)
    return int(found[1]) if found else 1


def fitting_years(observed: Accounts, flow: str, window: int | None) -> np.ndarray:
    """The last years of a flow, as many as the window has.

    Parameters
    ----------
    observed : Accounts
        What was observed.
    flow : str
        The component of change that is to be fitted.
    window : int or None
        Number of years, at least 1 and a multiple of the step of the accounts; None takes every year.

    Returns
    -------
    np.ndarray
        Years, ascending.

    Raises
    ------
    SchemaError
        If these are no accounts, the flow is absent, or has fewer years than the window; the message names the years
        there are.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> fitting_years(made_up(1, years=range(2018, 2027)), "deaths", 3).tolist()
    [2023, 2024, 2025]
    """
    require_accounts(observed, flow)
    if flow not in observed.flows:
        have = short_list([str(name) for name in observed.flows.data_vars], most=9) or "no components at all"
        raise SchemaError(
            f"{flow}: the accounts do not have it; they have {have}. Read it from a table, or derive it from the "
            "populations with residual_accounts."
        )
    years: np.ndarray = observed.flows[flow]["year"].values
    if window is None:
        return years
    if not isinstance(window, int | np.integer):
        raise SchemaError(
            f"{flow}: a window of {window!r} is no number of years. Give a whole number, or None for all."
        )
    step = observed.step
    if window < 1 or window > years.size * step:
        raise SchemaError(
            f"{flow}: a window of {window} years cannot be taken from the {years.size * step} years observed, "
            f"{years[0]} to {years[-1] + step - 1}. Choose a window from {step} to {years.size * step}."
        )
    if window % step:
        raise SchemaError(
            f"{flow}: a window of {window} years is no whole number of steps of {step} years, in which the accounts "
            f"are. Choose a multiple of {step}."
        )
    return years[-(window // step) :]


def flow_of(observed: Accounts, name: str, years: np.ndarray) -> xr.DataArray:
    """A component of change in given years, all of which it must have."""
    flow = observed.flows[name]
    missing = [year for year in years.tolist() if year not in flow["year"].values]
    if missing:
        raise SchemaError(
            f"{name}: {len(missing)} of the years that are fitted are missing, {short_list(missing)}; it has "
            f"{flow['year'].values[0]} to {flow['year'].values[-1]}. Add them, or choose a shorter window."
        )
    return flow.sel(year=years)


def cohort_start(observed: Accounts, years: np.ndarray) -> xr.DataArray:
    """Everyone by the age to be reached during the year, newborns at age 0.

    Parameters
    ----------
    observed : Accounts
        Population on 1 January of the years; births, where age 0 is to be filled.
    years : np.ndarray
        Flow years.

    Returns
    -------
    xr.DataArray
        Persons, ``(..., sex, age, year)``; age 0 is empty where births are absent or not known by sex.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> cohort_start(made_up(1, years=[2024, 2025, 2026]), np.array([2024, 2025])).dims
    ('area', 'sex', 'age', 'year')
    """
    start = age_up(observed.population.sel(year=years)).assign_attrs(units=PERSONS)
    if "births" not in observed.flows:
        return start
    born = newborns(flow_of(observed, "births", years))
    if "sex" not in born.dims:
        return start
    born = born.expand_dims(age=start["age"].values[:1]).reindex(age=start["age"].values, fill_value=0.0)
    start = start + born
    return start.transpose(*in_order(start.dims)).assign_attrs(units=PERSONS)


def cohort_end(observed: Accounts, years: np.ndarray) -> xr.DataArray:
    """Everyone on the next 1 January, labelled by the flow year.

    Parameters
    ----------
    observed : Accounts
        Population on both sides of the years.
    years : np.ndarray
        Flow years.

    Returns
    -------
    xr.DataArray
        Persons, ``(..., sex, age, year)``.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> import numpy as np
    >>> cohort_end(made_up(1, years=[2024, 2025, 2026]), np.array([2024, 2025]))["year"].values.tolist()
    [2024, 2025]
    """
    return observed.population.sel(year=years + observed.step).assign_coords(year=years)


def exposure(observed: Accounts, years: np.ndarray) -> xr.DataArray:
    """Person-years lived by each cohort: the mean of its start and end, less half of the adjustment.

    Parameters
    ----------
    observed : Accounts
        Population, births by sex of the child, and the adjustment where there is one.
    years : np.ndarray
        Flow years.

    Returns
    -------
    xr.DataArray
        Person-years (steps), ``(..., sex, age, year)``.

    Raises
    ------
    SchemaError
        If births by sex are unknown, so that the newborns have no start.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> import numpy as np
    >>> exposed = exposure(made_up(1, years=[2024, 2025, 2026]), np.array([2025]))
    >>> round(float(exposed.sum()))
    3016
    """
    if "births" not in observed.flows or "sex" not in observed.flows["births"].dims:
        raise SchemaError(
            "births: the accounts have none by sex of the child, so the exposure of age 0 is unknown. Add births by "
            "sex, or derive them from the populations with residual_accounts."
        )
    both = cohort_start(observed, years) + cohort_end(observed, years)
    if "adjustment" in observed.flows and "age" in observed.flows["adjustment"].dims:
        both = both - flow_of(observed, "adjustment", years)
    return 0.5 * both.transpose(*in_order(both.dims))


def women(observed: Accounts, years: np.ndarray) -> xr.DataArray:
    """Women at risk of giving birth: the mean of the cohort's start and end.

    Parameters
    ----------
    observed : Accounts
        Population on both sides of the years.
    years : np.ndarray
        Flow years.

    Returns
    -------
    xr.DataArray
        Person-years, ``(..., age, year)``; age 0 stands for half of the newborns who are left, and bears no children.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> import numpy as np
    >>> women(made_up(1, years=[2024, 2025, 2026]), np.array([2025])).dims
    ('area', 'age', 'year')
    """
    start = age_up(observed.population.sel(year=years, sex="female", drop=True))
    end = cohort_end(observed, years).sel(sex="female", drop=True)
    return 0.5 * (start + end)


def rate(
    events: xr.DataArray, exposed: xr.DataArray, name: str, *, annual: bool = False, step: int = 1
) -> xr.DataArray:
    """Occurrence over exposure, of all years together or of each year.

    Parameters
    ----------
    events : xr.DataArray
        Persons per year, ``(..., year)``.
    exposed : xr.DataArray
        Person-years, ``(..., year)``.
    name : str
        What the rate is called in an error.
    annual : bool
        One rate for each year instead of one for all years together.
    step : int
        Years in one step of the accounts.

    Returns
    -------
    xr.DataArray
        Events per person-year.  Where nobody was exposed and nothing happened the rate is 0, and
        ``attrs["cells_without_exposure"]`` counts these cells; ``attrs["period"]`` names the years.

    Raises
    ------
    SchemaError
        If something happened where nobody was exposed.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> import numpy as np
    >>> from kompaslite.rates import exposure
    >>> observed = made_up(1, years=[2024, 2025, 2026])
    >>> fitted = rate(observed.flows["deaths"], exposure(observed, np.array([2024, 2025])), "mortality")
    >>> fitted.dims, fitted.attrs["units"]
    (('area', 'sex', 'age'), '1/year')
    """
    years = events["year"].values
    if not annual:
        events, exposed = events.sum("year"), exposed.sum("year")
    events, exposed = xr.broadcast(events, exposed)
    empty = exposed <= 0.0
    impossible = empty & (events > 0.0)
    words = f"{name}: {{bad}} cells have events but nobody exposed to them; the first is at {{cell}}."
    mend = "Check that the ages of the flow are those reached during the year, or give a longer window."
    reject(impossible, None, words, mend)
    values = np.divide(events.values, exposed.values, out=np.zeros(events.shape), where=~empty.values)
    attrs = {
        "units": rate_unit(step),
        "period": f"{years[0]}-{years[-1]}",
        "cells_without_exposure": int(empty.sum()),
        "source": "local",
    }
    result = xr.DataArray(values, coords=events.coords, dims=events.dims, name=name, attrs=attrs)
    return result.transpose(*in_order(result.dims))

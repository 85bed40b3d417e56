"""A moving market that agrees with how many dwellings are known to be vacated in a year."""

import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.housing.labels import DWELLINGS_PER_YEAR, HousingError
from kompaslite.housing.market.market import even_market
from kompaslite.schema import SchemaError, common_scalars, require_labels

_CELL = ("sex", "age")


def released_dwellings(flows: xr.Dataset, releases: xr.Dataset) -> xr.Dataset:
    """Dwellings that leavers of the municipality and deaths set free.

    Parameters
    ----------
    flows : xr.Dataset
        ``out_migration``, ``deaths`` and, if there is any, ``emigration``, persons per year,
        ``(..., sex, age, year)``.
    releases : xr.Dataset
        Dwellings per leaver (``moves``) and per death (``deaths``), by age.

    Returns
    -------
    xr.Dataset
        ``moves`` and ``deaths``, dwellings per year, without sex and age.

    Raises
    ------
    SchemaError
        If a flow is missing, or ages and other labels differ.

    Examples
    --------
    >>> import xarray as xr
    >>> key = {"sex": ["female"], "age": [30]}
    >>> flows = xr.Dataset({"out_migration": (("sex", "age"), [[10.0]]), "deaths": (("sex", "age"), [[2.0]])}, key)
    >>> per_person = xr.Dataset({"moves": ("age", [0.5]), "deaths": ("age", [0.65])}, {"age": [30]})
    >>> released = released_dwellings(flows, per_person)
    >>> float(released.moves), float(released.deaths)
    (5.0, 1.3)
    """
    missing = [name for name in ("out_migration", "deaths") if name not in flows]
    if missing:
        raise SchemaError(f"released_dwellings: {missing[0]} is missing. Give gross flows by sex and age.")
    common_scalars({"flows": flows, "releases": releases})
    alike = {str(name): _like_flows(releases[name], flows, f"releases {name}") for name in ("moves", "deaths")}
    leaving = flows["out_migration"] + flows["emigration"] if "emigration" in flows else flows["out_migration"]
    parts = {"moves": (leaving, alike["moves"]), "deaths": (flows["deaths"], alike["deaths"])}
    released = {name: xr.dot(gone, each, dim=_CELL) for name, (gone, each) in parts.items()}
    return xr.Dataset({name: part.assign_attrs(units=DWELLINGS_PER_YEAR) for name, part in released.items()})


def _like_flows(per_person: xr.DataArray, flows: xr.Dataset, name: str) -> xr.DataArray:
    """Dwellings per person with exactly the labels of the flows."""
    for dim in per_person.dims:
        if dim in flows.dims:
            per_person = require_labels(per_person, dim, flows[dim].values, name, against="the flows")
    return per_person


def market_from_vacated(
    stock: xr.DataArray,
    *,
    vacated: float,
    released: float,
    occupied_change: float,
    external_share: xr.DataArray | float,
    within_zone: float = 0.5,
) -> xr.Dataset:
    """The market whose chains vacate a known number of dwellings in a year.

    Vacated dwellings are those of leavers, of deaths, and of households that move inside the municipality. Leavers and
    deaths are known from the accounts; the rest of the number says how many openings are filled from inside.

    Parameters
    ----------
    stock : xr.DataArray
        Dwellings, ``(area, dwelling_type)``: where movers come from.
    vacated : float
        Dwellings vacated in the year, moves inside the municipality among them.
    released : float
        Of these, by leavers of the municipality and by deaths, as `released_dwellings` gives them.
    occupied_change : float
        Rise of the occupied stock in the year: new dwellings that are moved into, less demolitions.
    external_share : xr.DataArray or float
        Of the openings not filled by a move inside, the share filled from outside; with one zone and one type this is
        the multiplier e / (e + h). May carry draws.
    within_zone : float
        Share of the moves inside that stay in their zone.

    Returns
    -------
    xr.Dataset
        As `check_market` takes it.

    Raises
    ------
    HousingError
        If fewer dwellings are vacated than leavers and deaths set free.

    Examples
    --------
    >>> import xarray as xr
    >>> homes = xr.DataArray([[58000.0]], coords={"area": ["3201"], "dwelling_type": ["row"]})
    >>> market = market_from_vacated(homes, vacated=5700, released=3350, occupied_change=400, external_share=0.7)
    >>> float(market.moves.sum().round(3)), float(market.external.sum().round(3))
    (0.385, 0.43)
    """
    freed, filled = vacated - released, vacated + occupied_change
    if not 0.0 <= freed < filled:
        raise HousingError(
            f"market: {vacated:,.0f} dwellings are vacated, but leavers and deaths alone set {released:,.0f} free. "
            "Count all vacated dwellings, or check the leavers and the dwellings that they release."
        )
    inside = freed / filled
    external = (1.0 - inside) * external_share
    return even_market(stock, external=external, new=(1.0 - inside) - external, within_zone=within_zone)


def trend_openings(trend: Accounts, releases: xr.Dataset, *, year: int) -> float:
    """Dwellings that leavers and deaths of one year of a projection set free, all areas together.

    Parameters
    ----------
    trend : Accounts
        With gross flows.
    releases : xr.Dataset
        As `released_dwellings` takes it.
    year : int
        Flow year.

    Returns
    -------
    float
        Dwellings.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.housing import default_headship, default_releases
    >>> from kompaslite.methods import forecast_by, plain_cohort_component
    >>> trend = forecast_by(plain_cohort_component, made_up(1, years=range(2018, 2027)), [2026])
    >>> trend_openings(trend, default_releases(default_headship()), year=2026) > 0.0
    True
    """
    released = released_dwellings(trend.flows.sel(year=year), releases)
    return float(released["moves"].sum() + released["deaths"].sum())

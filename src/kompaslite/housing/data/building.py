"""What a programme builds, by zone, type and year: planned, expected and completed apart; and draws of it."""

from zlib import crc32

import numpy as np
import scipy
import xarray as xr

from kompaslite.housing.data.dwellings import Dwellings, roll_stock
from kompaslite.housing.data.programme import Programme, Project
from kompaslite.housing.labels import DWELLINGS, DWELLINGS_PER_YEAR, HousingError, conform_housing
from kompaslite.schema import SchemaError, short_list

Array = np.ndarray


def programme_table(programme: Programme, *, years: range) -> xr.Dataset:
    """Planned, expected and completed dwellings, by zone, type and year.

    Parameters
    ----------
    programme : Programme
        Projects.
    years : range
        Calendar years of the table.

    Returns
    -------
    xr.Dataset
        ``planned``, ``expected`` and ``completed``, dwellings per year, ``(area, dwelling_type, year)``. Expected is
        what was completed up to ``known_until`` and the mean of what comes after; completed is NaN in years that are
        not known. ``earlier`` and ``later`` count what is expected before the first and after the last year,
        ``(area, dwelling_type)``.

    Raises
    ------
    SchemaError
        If no year is asked for.

    Examples
    --------
    >>> from kompaslite.housing import programme_from, programme_table
    >>> quay = {"name": "Quay", "zone": "Havna", "dwelling_type": "block", "planned": 120, "year": 2027}
    >>> quay |= {"realisation": 0.9, "delay": [0.5, 0.5]}
    >>> table = programme_table(programme_from({"projects": [quay]}), years=range(2026, 2030))
    >>> table.planned.values.ravel(), table.expected.values.ravel()
    (array([  0., 120.,   0.,   0.]), array([ 0., 54., 54.,  0.]))
    """
    labels = _labels(years)
    key = {"area": list(programme.zones), "dwelling_type": list(programme.dwelling_types)}
    shape = (len(key["area"]), len(key["dwelling_type"]), labels.size)
    planned, expected, completed = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    outside = (np.zeros(shape[:2]), np.zeros(shape[:2]))
    for project in programme.projects:
        cell = (key["area"].index(project.zone), key["dwelling_type"].index(project.dwelling_type))
        planned[cell] += project.planned * (labels == project.year)
        done = _completed(project, labels)
        completed[cell] += done
        left = float(_left(project, np.array(project.realisation)))
        in_year, before, after = _timing(project, np.array(project.delay), labels, programme)
        expected[cell] += done + left * in_year
        outside[0][cell] += left * before
        outside[1][cell] += left * after
    completed[..., ~_known(programme, labels)] = np.nan
    dims = ("area", "dwelling_type", "year")
    units = {"units": DWELLINGS_PER_YEAR}
    parts = {"planned": planned, "expected": expected, "completed": completed}
    variables = {
        name: xr.DataArray(part, coords=key | {"year": labels}, dims=dims, attrs=units) for name, part in parts.items()
    }
    for name, part in zip(("earlier", "later"), outside, strict=True):
        variables[name] = xr.DataArray(part, coords=key, dims=dims[:2], attrs={"units": DWELLINGS})
    return xr.Dataset(variables, attrs={"title": programme.title, "source": programme.source})


def programme_draws(programme: Programme, *, years: range, draws: int, seed: int) -> xr.DataArray:
    """Draws of what is built: each project has its own stream, so that other projects leave it as it is.

    Parameters
    ----------
    programme : Programme
        Projects.
    years : range
        Calendar years.
    draws : int
        How many. The first draws are the same however many there are.
    seed : int
        Of all streams; a project's own stream comes from the seed and its name.

    Returns
    -------
    xr.DataArray
        Completions, dwellings per year, ``(draw, area, dwelling_type, year)``: what is known, and of the rest a share
        realised (Beta) in a year after the plan (by the chances of delay).

    Raises
    ------
    SchemaError
        If no draw or no year is asked for.

    Examples
    --------
    >>> from kompaslite.housing import programme_draws, programme_from
    >>> quay = {"name": "Quay", "zone": "Havna", "dwelling_type": "block", "planned": 120, "year": 2027}
    >>> quay |= {"delay": [0.5, 0.5]}
    >>> built = programme_draws(programme_from({"projects": [quay]}), years=range(2026, 2030), draws=4, seed=1)
    >>> built.sum("year").values.ravel()
    array([120., 120., 120., 120.])
    """
    labels = _labels(years)
    if draws < 1:
        raise SchemaError(f"programme_draws: {draws} draws are asked for. Give at least 1.")
    key = {"area": list(programme.zones), "dwelling_type": list(programme.dwelling_types)}
    built = np.zeros((draws, len(key["area"]), len(key["dwelling_type"]), labels.size))
    for project in programme.projects:
        cell = (slice(None), key["area"].index(project.zone), key["dwelling_type"].index(project.dwelling_type))
        built[cell] += _completed(project, labels) + _drawn(project, labels, programme, draws=draws, seed=seed)
    return xr.DataArray(
        built,
        coords={"draw": np.arange(draws), **key, "year": labels},
        dims=("draw", "area", "dwelling_type", "year"),
        name="completions",
        attrs={"units": DWELLINGS_PER_YEAR},
    )


def build(
    stock: xr.DataArray,
    completions: xr.DataArray,
    *,
    programme: Programme | None = None,
    demolitions: xr.DataArray | None = None,
    vacancy: xr.DataArray | float = 0.0,
) -> Dwellings:
    """Dwellings from a stock of all zones and types and the completions of those that build.

    Parameters
    ----------
    stock : xr.DataArray
        Dwellings on 1 January of the first year, ``(area, dwelling_type)``: all zones and types of the forecast.
    completions : xr.DataArray
        Dwellings per year of the zones and types that build, ``(..., area, dwelling_type, year)``.
    programme : Programme, optional
        Read for the lag from completion to the first household; without it nothing waits. None of its dwellings may
        be expected before the first year: they would be built nowhere.
    demolitions : xr.DataArray, optional
        Dwellings per year, ``(area, dwelling_type, year)``.
    vacancy : xr.DataArray or float
        Share of the stock that stands empty.

    Returns
    -------
    Dwellings

    Raises
    ------
    HousingError
        If a zone or type that builds is not in the stock; zone, type and year are named.
    SchemaError
        If a project is expected before the first year, or the stock is not counted in dwellings.

    Examples
    --------
    >>> import xarray as xr
    >>> key = {"area": ["Havna", "Lia"], "dwelling_type": ["block", "row"]}
    >>> stock = xr.DataArray([[100.0, 10.0], [0.0, 80.0]], coords=key, attrs={"units": "dwellings"})
    >>> only = {"area": ["Havna"], "dwelling_type": ["block"], "year": [2026]}
    >>> built = xr.DataArray([[[30.0]]], coords=only, attrs={"units": "dwellings/year"})
    >>> build(stock, built).stock.sel(year=2027).sum("dwelling_type").values
    array([140.,  80.])
    """
    stock = conform_housing(stock, "stock", needed=("area", "dwelling_type"))
    completions = conform_housing(completions, "completions", needed=("area", "dwelling_type", "year"))
    for dim in ("area", "dwelling_type"):
        _check_known(completions, dim, stock[dim].values)
    full = completions.reindex(area=stock["area"].values, dwelling_type=stock["dwelling_type"].values, fill_value=0.0)
    full = full.assign_attrs(units=DWELLINGS_PER_YEAR)
    awaiting = None
    if programme is not None:
        _refuse_earlier(programme, full["year"].values)
        awaiting = _awaiting(full, programme)
    return roll_stock(stock, full, demolitions=demolitions, vacancy=vacancy, awaiting=awaiting)


def _refuse_earlier(programme: Programme, labels: Array) -> None:
    """Raise for dwellings that are expected before the first year, and so in no year at all."""
    if programme.known_until is not None and programme.known_until > labels[-1]:
        raise SchemaError(
            f"programme: known_until is {programme.known_until}, after the last year, {labels[-1]}: nothing more could "
            "come. Set known_until to the last year whose completions are known."
        )
    for project in programme.projects:
        _, before, _ = _timing(project, np.array(project.delay), labels, programme)
        lost = float(_left(project, np.array(project.realisation))) * before
        if lost > 0.0:
            raise SchemaError(
                f"programme: {lost:,.6g} dwellings of project {project.name} (zone {project.zone}, dwelling_type "
                f"{project.dwelling_type}, year {project.year}) are expected before the first year, {labels[0]}, and "
                "would be built nowhere. If they stand, they are in the stock: give them as completed, with "
                "known_until, or take the project out; if not, give the year in which they come."
            )


def _check_known(completions: xr.DataArray, dim: str, known: Array) -> None:
    unknown = [label for label in completions[dim].values.tolist() if label not in known.tolist()]
    if not unknown:
        return
    part = completions.sel({dim: unknown[0]})
    other = "dwelling_type" if dim == "area" else "area"
    sums = part.sum([d for d in part.dims if d not in (other, "year")]).transpose(other, "year")
    i, j = np.unravel_index(int(np.argmax(sums.values != 0.0)), sums.shape)
    raise HousingError(
        f"programme: {len(unknown)} unknown labels of {dim}: {short_list(unknown)}; the first builds at "
        f"{dim} {unknown[0]}, {other} {sums[other].values[i]}, year {sums['year'].values[j]}. The stock has "
        f"{short_list(known.tolist(), most=9)}. Correct the label, or add it to the stock, with 0 dwellings if none "
        "stands yet."
    )


def _awaiting(completions: xr.DataArray, programme: Programme) -> xr.DataArray:
    """The share of each cell's completions that waits on 1 January after them; nothing waits before the first."""
    weight = xr.zeros_like(
        completions.isel(year=0, drop=True).sum([d for d in completions.dims if d in ("draw", "scenario")])
    )
    lag = weight.copy()
    for project in programme.projects:
        cell = {"area": project.zone, "dwelling_type": project.dwelling_type}
        weight.loc[cell] += project.planned
        lag.loc[cell] += project.planned * project.occupancy_lag
    waiting = (completions * (lag / weight.where(weight > 0.0, 1.0))).assign_coords(year=completions["year"] + 1)
    years = np.append(completions["year"].values, completions["year"].values[-1] + 1)
    return waiting.reindex(year=years, fill_value=0.0).assign_attrs(units=DWELLINGS)


def _labels(years: range) -> Array:
    labels = np.asarray(years, dtype=int)
    if labels.size == 0:
        raise SchemaError("programme: no years are asked for. Give for example range(2025, 2051).")
    return labels


def _known(programme: Programme, labels: Array) -> Array:
    last = -np.inf if programme.known_until is None else programme.known_until
    known: Array = labels <= last
    return known


def _completed(project: Project, labels: Array) -> Array:
    return np.array([float(project.completed.get(int(year), 0.0)) for year in labels])


def _left(project: Project, share: Array) -> Array:
    """Dwellings still to come, at shares realised: none where more than those are completed already."""
    left: Array = np.maximum(project.planned * share - sum(project.completed.values()), 0.0)
    return left


def _timing(project: Project, chances: Array, labels: Array, programme: Programme) -> tuple[Array, float, float]:
    """Chances that the rest comes in each year, before the first and after the last of them."""
    due = project.year + np.arange(chances.size)
    if programme.known_until is not None:  # what should have come by then comes in the first year that is open
        due = np.maximum(due, programme.known_until + 1)
    in_year = np.array([chances[due == year].sum() for year in labels])
    return in_year, float(chances[due < labels[0]].sum()), float(chances[due > labels[-1]].sum())


def _drawn(project: Project, labels: Array, programme: Programme, *, draws: int, seed: int) -> Array:
    stream = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(crc32(project.name.encode()),)))
    chance = stream.random((draws, 2))
    left = _left(project, _share(project, chance[:, 0]))
    years_late = np.searchsorted(np.cumsum(project.delay), chance[:, 1] * sum(project.delay), side="right")
    each_delay = np.eye(len(project.delay))
    when = np.array([_timing(project, certain, labels, programme)[0] for certain in each_delay])
    drawn: Array = left[:, None] * when[years_late]
    return drawn


def _share(project: Project, chance: Array) -> Array:
    mean, spread = project.realisation, project.realisation_spread
    if spread == 0.0:
        return np.full(chance.shape, mean)
    size = mean * (1.0 - mean) / spread**2 - 1.0
    share: Array = scipy.special.betaincinv(mean * size, (1.0 - mean) * size, chance)
    return share

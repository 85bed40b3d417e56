"""Forecast and actual accounts with the same years, labels and components, so that they can be compared."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, imbalance, require_accounts
from kompaslite.schema import SchemaError, common_scalars, count_unit, require_alike, require_labels, short_list

#: Components of the accounts that make up each part of a deviation, with the sign by which they change a cell.
COMPONENTS: dict[str, dict[str, int]] = {
    "births": {"births": 1},
    "deaths": {"deaths": -1},
    "in_migration": {"in_migration": 1},
    "out_migration": {"out_migration": -1},
    "abroad": {"immigration": 1, "emigration": -1},
    "net_migration": {"net_migration": 1},
    "adjustment": {"adjustment": 1},
}
_GROSS = {"in_migration": 1, "out_migration": -1, "immigration": 1, "emigration": -1}
_COUPLED = {"moves_in": "in_migration", "moves_out": "out_migration"}


def align_accounts(accounts: Mapping[str, Accounts], year: int | None) -> tuple[dict[str, Accounts], list[str]]:
    """Accounts of the same years, labels and components, and the parts by which all of them can be compared."""
    for name, one in accounts.items():
        require_accounts(one, name)
    common_scalars({name: one.population for name, one in accounts.items()})
    forecast = accounts["forecast"]
    years = _same_years(forecast, accounts["actual"], year)
    _require_comparable(accounts, years)
    parts = _parts_of(accounts)
    return {name: _aligned(one, name, parts, years, like=forecast) for name, one in accounts.items()}, parts


def _same_years(forecast: Accounts, actual: Accounts, year: int | None) -> np.ndarray:
    """Flow years from the jump-off of the forecast to the year that is explained."""
    first, shared = forecast.years[0], [one for one in forecast.years if one in actual.years]
    last = shared[-1] if year is None and shared else year
    if first not in shared or last not in shared or last == first or last is None:
        raise SchemaError(
            f"explain_deviation: the forecast has the years {first} to {forecast.years[-1]}, the actual accounts "
            f"{actual.years[0]} to {actual.years[-1]}"
            + ("" if year is None else f", and {year} is asked for")
            + ". Both must reach from the jump-off of the forecast to the year that is explained."
        )
    years = [one for one in forecast.years if first <= one <= last]
    if years != [one for one in actual.years if first <= one <= last]:
        raise SchemaError(
            f"explain_deviation: the forecast goes in steps of {forecast.step} years, the actual accounts in steps of "
            f"{actual.step}. Give both in the same steps."
        )
    return np.array(years[:-1])


def _require_comparable(sides: Mapping[str, Accounts], years: np.ndarray) -> None:
    """Raise unless all sides tell areas apart, reach the year that is explained, and a forecast remade starts alike."""
    forecast = sides["forecast"]
    for name, one in sides.items():
        if ("area" in one.population.dims) != ("area" in forecast.population.dims):
            raise SchemaError(
                f"{name}: dimension area is on one side only, the forecast or {name}. Select one area of it with "
                '.sel(area=...), or add it with .expand_dims(area=["..."]).'
            )
        absent = [year for year in (*years.tolist(), int(years[-1]) + forecast.step) if year not in one.years]
        if absent:
            raise SchemaError(f"{name}: the populations of {short_list(absent)} are missing. Project it as far.")
    if "replanned" in sides:
        first = int(years[0])
        start, foreseen = (one.population.sel(year=first) for one in (sides["replanned"], forecast))
        gap = abs(require_alike(start, foreseen, "replanned", against="the forecast") - foreseen)
        if bool((gap > 1e-6 * (1.0 + abs(foreseen))).any()):
            raise SchemaError(
                f"replanned: it starts from another population on 1 January {first} than the forecast, by up to "
                f"{float(gap.max()):g} persons in a cell. Make the same forecast again, with other dwellings only."
            )


def _parts_of(sides: Mapping[str, Accounts]) -> list[str]:
    """Parts by which all sides can be compared: gross moves, or net migration where one side knows no more."""
    gross = {name: [flow for flow in (*_GROSS, *_COUPLED) if flow in one.flows] for name, one in sides.items()}
    for name, one in sides.items():
        missing = [part for part in ("births", "deaths") if part not in one.flows]
        if not gross[name] and "net_migration" not in one.flows:
            missing.append("net_migration")
        if missing:
            raise SchemaError(
                f"{name}: {short_list(missing)} is missing, so the deviation cannot be split. Derive it from "
                "populations and totals with residual_accounts."
            )
    if any("net_migration" in one.flows for one in sides.values()):
        return ["births", "deaths", "net_migration", "adjustment"]
    found = {flow for flows in gross.values() for flow in flows}
    moves = [part for part in ("in_migration", "out_migration", "abroad") if _flows_of(part) & found]
    return ["births", "deaths", *moves, "adjustment"]


def _flows_of(part: str) -> set[str]:
    return {*COMPONENTS[part], *(flow for flow, target in _COUPLED.items() if target == part)}


def _aligned(accounts: Accounts, name: str, parts: Sequence[str], years: np.ndarray, *, like: Accounts) -> Accounts:
    """The accounts with these years and parts, whatever does not balance as adjustment."""
    step, wanted = accounts.step, like.population.sel(year=np.append(years, years[-1] + like.step))
    population = accounts.population.sel(year=wanted["year"].values)
    population = require_alike(population, wanted, name, against="the forecast")
    merged = _merged(accounts, name, parts)
    flows = {
        flow: require_labels(values.sel(year=values["year"].isin(years)), "year", years, f"{name}: {flow}")
        for flow, values in merged.items()
    }
    known = Accounts(population, xr.Dataset(flows))
    rest = imbalance(known).assign_attrs(units=count_unit(step))
    return Accounts(population, known.flows.assign(adjustment=rest))


def _merged(accounts: Accounts, name: str, parts: Sequence[str]) -> dict[str, xr.DataArray]:
    """Components by the names of the parts: moves between areas with the others, net where net is compared."""
    found: dict[str, xr.DataArray] = {"births": accounts.flows["births"]}
    net = "net_migration" in parts
    for flow, values in accounts.flows.data_vars.items():
        label = str(flow)
        if label in ("births", "adjustment"):
            continue
        if "age" not in values.dims:
            raise SchemaError(
                f"{name}: {label} is known without age, so it cannot be split by age group. Spread it over the ages "
                "with residual_accounts."
            )
        target = _COUPLED.get(label, label)
        sign = _GROSS.get(target, 1) if net else 1
        target = "net_migration" if net and target in _GROSS else target
        found[target] = found[target] + sign * values if target in found else sign * values
    return {flow: values.assign_attrs(units=count_unit(accounts.step)) for flow, values in found.items()}

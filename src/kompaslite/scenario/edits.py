"""Edits carried out on assumptions: what a scenario changes, and nothing else; and several scenarios side by side."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from kompaslite.assumptions.targets import path, towards_life_expectancy, towards_tfr, towards_totals
from kompaslite.scenario.models import Scenario
from kompaslite.scenario.tables import MigrationEdit
from kompaslite.schema import SchemaError, in_order, require_dataset, short_list


def apply_edits(baseline: xr.Dataset, scenario: Scenario) -> xr.Dataset:
    """Assumptions of a scenario.

    Parameters
    ----------
    baseline : xr.Dataset
        Assumptions as from `assume`, ``(..., sex, age, year)``.
    scenario : Scenario
        Its edits of fertility, mortality and migration are carried out in this order. In-migration by housing or to a
        given population depends on the people of each year: those rules act inside the projection.

    Returns
    -------
    xr.Dataset
        The same variables; those without an edit are the very same. ``attrs["scenario"]`` is its name, and each edited
        variable lists the reasons in ``attrs["because"]``.

    Raises
    ------
    SchemaError
        If an edit names an area or component that the baseline does not have.

    Examples
    --------
    >>> import xarray as xr
    >>> counts = xr.DataArray(
    ...     [[[10.0, 10.0]], [[10.0, 10.0]]],
    ...     coords={"sex": ["female", "male"], "age": [30], "year": [2026, 2027]},
    ...     attrs={"units": "persons/year"},
    ... )
    >>> baseline = xr.Dataset({"immigration": counts})
    >>> more = Scenario(
    ...     name="more",
    ...     because="an example",
    ...     first_year=2026,
    ...     last_year=2028,
    ...     migration=[{"component": "immigration", "total": {2026: 30, 2027: 40}, "because": "a decision"}],
    ... )
    >>> apply_edits(baseline, more).immigration.sum(["sex", "age"]).values
    array([30., 40.])
    """
    require_dataset(baseline, "apply_edits: the baseline")
    if not isinstance(scenario, Scenario):
        raise SchemaError(
            f"apply_edits: a Scenario is needed, not {type(scenario).__name__}. Read it by read_scenario."
        )
    edited = {str(name): part for name, part in baseline.data_vars.items()}
    for i, fertility in enumerate(scenario.fertility):
        with scenario.at("fertility", i):
            _edit(edited, "fertility", fertility.areas, lambda part, dated=fertility.tfr: towards_tfr(part, dated))
        _note(edited, "fertility", fertility.because)
    for i, mortality in enumerate(scenario.mortality):
        dated = mortality.life_expectancy
        with scenario.at("mortality", i):
            _edit(edited, "mortality", mortality.areas, lambda part, dated=dated: towards_life_expectancy(part, dated))
        _note(edited, "mortality", mortality.because)
    for i, migration in enumerate(scenario.migration):
        with scenario.at("migration", i):
            _check_total(baseline, migration)
            _edit(edited, migration.component, migration.areas, lambda part, edit=migration: _moved(part, edit))
        _note(edited, migration.component, migration.because)
    return xr.Dataset(edited, attrs=baseline.attrs | {"scenario": scenario.name})


def _check_total(baseline: xr.Dataset, edit: MigrationEdit) -> None:
    """A total is of one area, and no total of the net gains that a baseline without gross moves has under that name."""
    if edit.total is None or edit.component not in baseline:
        return
    part = baseline[edit.component]
    concerned = edit.areas or (part["area"].values.tolist() if "area" in part.dims else [""])
    if len(concerned) > 1:
        raise SchemaError(
            f"scenario: the total of {edit.component} is of {len(concerned)} areas, {short_list(concerned)}; which "
            "gets how many is not said. Write one edit for each area, with its code in areas, or give factor."
        )
    if edit.component != "net_migration" and baseline.attrs.get("moves") == "net":
        raise SchemaError(
            f"scenario: {edit.component} of the baseline holds net gains by age, because the history has no gross "
            "moves by sex and age; a total of movers cannot be set on it. Give factor instead of total, or flows by "
            "sex and age in the data folder."
        )


def _edit(edited: dict[str, xr.DataArray], name: str, areas: Sequence[str] | None, change: object) -> None:
    if name not in edited:
        raise SchemaError(
            f"scenario: the baseline has no {name}; it has {short_list(list(edited), most=12)}. Edit one of these."
        )
    part = edited[name]
    if areas is None:
        edited[name] = change(part)  # type: ignore[operator]
        return
    known = part["area"].values.tolist() if "area" in part.dims else []
    unknown = [area for area in areas if area not in known]
    if unknown:
        raise SchemaError(
            f"scenario: {len(unknown)} areas of an edit of {name} are unknown: {short_list(unknown)}. "
            f"{name} has {short_list(known) or 'no areas'}."
        )
    changed = change(part.sel(area=list(areas)))  # type: ignore[operator]
    rest = part.sel(area=[area for area in known if area not in areas])
    whole = xr.concat([changed, rest], dim="area", join="exact").sel(area=known)
    edited[name] = whole.transpose(*in_order(whole.dims)).assign_attrs(changed.attrs)


def _moved(part: xr.DataArray, edit: MigrationEdit) -> xr.DataArray:
    if edit.total is not None:
        return towards_totals(part, edit.total)
    factor = _factor(edit.factor or {}, part["year"].values, edit.component)
    if edit.ages is not None:
        inside = (part["age"] >= edit.ages[0]) & (part["age"] <= edit.ages[1])
        factor = factor.where(inside, 1.0)
    return (part * factor).transpose(*part.dims).assign_attrs(part.attrs).rename(part.name)


def _factor(dated: Mapping[int, float], years: np.ndarray, name: str) -> xr.DataArray:
    first = xr.DataArray(dated[min(dated)])
    return path(dict(dated), years, first, f"factor of {name}")


def _note(edited: dict[str, xr.DataArray], name: str, because: str) -> None:
    before = edited[name].attrs.get("because")
    edited[name] = edited[name].assign_attrs(because=f"{before}; {because}" if before else because)


def side_by_side(scenarios: dict[str, xr.Dataset] | None = None, /, **named: xr.Dataset) -> xr.Dataset:
    """Assumptions of several scenarios as one set.

    Parameters
    ----------
    scenarios : dict of str to xr.Dataset, optional
        Name to assumptions, for names that are not Python words.
    **named : xr.Dataset
        The same as arguments: ``side_by_side(baseline=a, fornebu=b)``.

    Returns
    -------
    xr.Dataset
        Variables that differ carry ``scenario``; those that are the same in all do not, so that they are stored and
        read once, and the difference between two scenarios holds nothing else. Where nothing differs the smallest
        variable carries it, so that a forecast has a label for each scenario all the same.

    Raises
    ------
    SchemaError
        If there is none, or they have different variables or labels.

    Examples
    --------
    >>> import xarray as xr
    >>> a = xr.Dataset({"mortality": ("age", [0.1]), "fertility": ("age", [1.0])}, coords={"age": [30]})
    >>> both = side_by_side(baseline=a, low=a.assign(fertility=a.fertility * 0.9))
    >>> both.fertility.dims, both.mortality.dims
    (('scenario', 'age'), ('age',))
    """
    together = {**(scenarios or {}), **named}
    if not together:
        raise SchemaError("side_by_side: no scenario is given. Give at least one, for example baseline=...")
    first_name, first = next(iter(together.items()))
    for name, other in together.items():
        _check_same_variables(first_name, first, name, other)
    joined = {str(name): _joined(str(name), together) for name in first.data_vars}
    if joined and not any("scenario" in part.dims for part in joined.values()):
        smallest = min(joined, key=lambda name: joined[name].size)
        whole = joined[smallest].expand_dims(scenario=list(together))
        joined[smallest] = whole.transpose(*in_order(whole.dims))
    return xr.Dataset(joined, attrs=first.attrs | {"scenarios": ", ".join(together)})


def _check_same_variables(first_name: str, first: xr.Dataset, name: str, other: xr.Dataset) -> None:
    require_dataset(other, f"side_by_side: {name}")
    differ = sorted(set(map(str, first.data_vars)) ^ set(map(str, other.data_vars)))
    if differ:
        raise SchemaError(
            f"side_by_side: {name} and {first_name} do not have the same variables: {short_list(differ)}. Give a "
            "component that is nil in one of them as 0."
        )
    if "scenario" in other.dims:
        raise SchemaError(f"side_by_side: {name} has the dimension scenario already. Give one scenario at a time.")


def _joined(variable: str, together: dict[str, xr.Dataset]) -> xr.DataArray:
    parts = {name: dataset[variable] for name, dataset in together.items()}
    first = next(iter(parts.values()))
    if all(part is first or part.equals(first) for part in parts.values()):
        return first
    try:
        whole = xr.concat(
            list(parts.values()),
            dim="scenario",
            join="exact",
            coords="minimal",
            compat="override",
            combine_attrs="drop",
        )
    except ValueError as error:
        raise SchemaError(
            f"side_by_side: {variable} does not have the same labels in {short_list(list(parts))}: {error}. Give all "
            "scenarios the same areas, ages and years."
        ) from error
    whole = whole.assign_coords(scenario=list(parts))
    return whole.transpose(*in_order(whole.dims)).assign_attrs(first.attrs)

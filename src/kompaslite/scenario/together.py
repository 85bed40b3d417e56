"""Several sets of assumptions side by side, along the dimension ``scenario``."""

import xarray as xr

from kompaslite.schema import SchemaError, in_order, require_dataset, short_list


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
        read once, and the difference between two scenarios holds nothing else.

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
    return xr.Dataset(
        {str(name): _joined(str(name), together) for name in first.data_vars},
        attrs=first.attrs | {"scenarios": ", ".join(together)},
    )


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

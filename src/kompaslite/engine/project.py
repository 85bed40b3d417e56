"""The labelled engine: a jump-off population and assumptions in, accounts out."""

from collections.abc import Callable, Sequence

import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.engine.convention import Convention
from kompaslite.engine.driver import MigrationDriver
from kompaslite.engine.prepare import prepare
from kompaslite.engine.results import accounts_of, clipped_cells, require_nobody_short
from kompaslite.engine.run import Engine, Kernel
from kompaslite.schema import SchemaError


def project(
    jump_off: xr.DataArray,
    assumptions: xr.Dataset,
    *,
    convention: Convention = Convention.mean_exposure,
    engine: Kernel | Engine = "auto",
    flows: Sequence[str] | None = None,
    step: int | None = None,
    drive: MigrationDriver | None = None,
    clip: Callable[[pd.DataFrame], object] | None = None,
) -> Accounts:
    """Project a population, step by step, with everything that happens in between.

    Parameters
    ----------
    jump_off : xr.DataArray
        Persons on 1 January of the first year of `assumptions`, ``(..., sex, age)``; ``...`` is any of
        ``scenario, draw, origin, area``. The last age is open.
    assumptions : xr.Dataset
        Rates and counts by age reached during the year, each with or without outer dimensions and ``year``:
        ``fertility`` (births per woman and year, on all ages), ``sex_ratio_at_birth`` (boys per girl), ``mortality``,
        and where they are known ``out_migration``, ``emigration`` (rates), ``in_migration``, ``immigration``,
        ``net_migration``, ``adjustment`` (persons), ``moves`` (rates between coupled areas, ``(area, destination,
        sex, age)``) and ``birth_allotment`` (shares, ``(area, destination)``). A variable without ``year`` holds
        for all years.
    convention : Convention
        Timing of events.
    engine : {"auto", "numpy", "numba"} or Engine
        Which loop runs; all give the same numbers. An `Engine` also chooses precision and threads.
    flows : sequence of str, optional
        Components to keep; all of them if None. A run that keeps less needs less memory.
    step : int, optional
        Years in a step; the width of the ages if None. Fertility stays a rate per year, every other rate and count
        is per step.
    drive : Drive, optional
        Sets ``in_migration`` and ``out_migration`` within each year, see `kompaslite.engine.driver`.
    clip : callable, optional
        Without it, a cell that would hold fewer than nobody is an error. With it, such cells are filled up to zero,
        the persons are booked as ``adjustment``, and `clip` is called once with the list of the cells.

    Returns
    -------
    Accounts
        ``population`` from the jump-off to the end of the last year of `assumptions`, persons, and the flows in
        between, persons per step; dimensions are the outer ones of all inputs together, then ``sex, age, year``.
        A flow that was an input is handed on as it was, without the dimensions that it does not have.

    Raises
    ------
    SchemaError
        If an input breaks its contract, or a cell would hold fewer than nobody; the message names variable,
        cell, count and mend.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> ages = {"sex": ["female", "male"], "age": range(101)}
    >>> people = xr.DataArray(np.full((2, 101), 100.0), coords=ages, attrs={"units": "persons"})
    >>> mothers = xr.DataArray(np.where((people.age > 24) & (people.age < 35), 0.17, 0.0), coords={"age": people.age})
    >>> deaths = xr.full_like(people, 0.01).expand_dims(year=[2025, 2026])
    >>> rates = xr.Dataset({
    ...     "fertility": mothers.assign_attrs(units="1/year"),
    ...     "sex_ratio_at_birth": xr.DataArray(1.05, attrs={"units": "1"}),
    ...     "mortality": deaths.assign_attrs(units="1/year"),
    ... })
    >>> forecast = project(people, rates)
    >>> forecast.population.sum(["sex", "age"]).round(1).values
    array([20200. , 20166.5, 20131.6])
    """
    _require_arguments(flows, convention, clip)
    chosen = engine if isinstance(engine, Engine) else Engine(engine)
    prepared = prepare(jump_off, assumptions, convention=convention, dtype=chosen.dtype, step=step, drive=drive)
    job = prepared.job_of(flows, clip=clip is not None, driven=drive is not None)
    if drive is not None:
        prepared.require_sound()
    results = chosen.run(job, drive)
    if results.broken:
        prepared.require_sound()
        raise SchemaError(f"assumptions: values beyond the range of {job.dtype}. Use Engine(dtype='float64').")
    require_nobody_short(results, job.layout)
    if clip is not None:
        clip(clipped_cells(results, job.layout))
    return accounts_of(results, job, prepared.assumptions, prepared.coords)


def _require_arguments(flows: object, convention: object, clip: object) -> None:
    if isinstance(flows, str):
        raise SchemaError(f"project: flows are several names. Write flows=({flows!r},).")
    if not isinstance(convention, Convention):
        raise SchemaError(f"project: {convention!r} is not a Convention. Write convention=kl.Convention.mean_exposure.")
    if clip is not None and not callable(clip):
        raise SchemaError(f"project: clip={clip!r} is not a function. Give one that takes the table of filled cells.")

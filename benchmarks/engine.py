"""How fast the engine is: ``python -m benchmarks.engine [--json | --write]``, also ``make bench``.

The job: 101 ages, 2 sexes, 30 years, rates of its own for every unit and year, gross moves in and out, all flows by
age returned. Every engine does the same job and the totals are compared. The time of ``numba`` and ``numpy`` is that of
the loops, from bare arrays to bare arrays, with the check of every value; ``project_s`` is that of `kompaslite.project`
whole, with its labels. The *floor* is the time that it takes to read every input and to write every result once, at
the bandwidth with which this machine copies memory on the same number of threads, measured in the same run.

``per-unit-loop`` and ``labels-in-loop`` are the two ways that others do it: plain NumPy, one unit after the other, and
labelled arrays inside the loop over years.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec

import numpy as np
import xarray as xr

from benchmarks._machine import (
    available_bytes,
    copy_bandwidth,
    describe_machine,
    median_seconds,
    peak_mib,
    print_json,
    processors,
)
from benchmarks.engine_others import loop_over_units, loop_with_labels
from benchmarks.engine_page import write_page
from benchmarks.engine_profile import arithmetic_ns, numpy_profile
from kompaslite.accounts import Accounts
from kompaslite.engine import Engine, project
from kompaslite.engine.project import prepare

AGES, YEARS, FIRST_YEAR = 101, 30, 2025
SEXES = ["female", "male"]
JOBS: dict[str, dict[str, int]] = {
    "areas-1": {"area": 1},
    "areas-357": {"area": 357},
    "draws-1000": {"draw": 1000, "area": 1},
    "areas-357-draws-50": {"draw": 50, "area": 357},
}
ENGINES = ("numba", "numpy", "per-unit-loop", "labels-in-loop")
Inputs = tuple[xr.DataArray, xr.Dataset]
Record = dict[str, str | int | float]


def make_inputs(job: str, *, sizes: dict[str, int] | None = None, seed: int = 1) -> Inputs:
    """Population and assumptions of a job; years lie first in memory, as the library's own assumptions do.

    Parameters
    ----------
    job : str
        Of `JOBS`.
    sizes : dict of str to int, optional
        Outer dimensions instead of those of the job.
    seed : int
        Of the random numbers.

    Returns
    -------
    tuple
        Jump-off population and assumptions.
    """
    generator = np.random.default_rng(seed)
    outer = JOBS[job] if sizes is None else sizes
    coords = {dim: range(size) if dim == "draw" else [f"{i:04}" for i in range(size)] for dim, size in outer.items()}
    coords |= {"sex": SEXES, "age": range(AGES), "year": range(FIRST_YEAR, FIRST_YEAR + YEARS)}

    def table(low: float, high: float, units: str, *inner: str) -> xr.DataArray:
        dims = ["year", *outer, *inner]
        values = generator.random([len(coords[dim]) for dim in dims])
        values *= high - low
        values += low
        array = xr.DataArray(values, coords={dim: coords[dim] for dim in dims}, dims=dims, attrs={"units": units})
        return array.transpose(*outer, *inner, "year")

    fertility = table(0.0, 0.12, "1/year", "age")
    fertility.values[..., [age < 15 or age > 49 for age in range(AGES)], :] = 0.0
    people = table(50.0, 150.0, "persons", "sex", "age").isel(year=0, drop=True).copy()
    assumptions = {
        "fertility": fertility,
        "sex_ratio_at_birth": xr.DataArray(1.06, attrs={"units": "1"}),
        "mortality": table(0.0, 0.05, "1/year", "sex", "age"),
        "out_migration": table(0.0, 0.1, "1/year", "sex", "age"),
        "in_migration": table(0.0, 10.0, "persons/year", "sex", "age"),
    }
    return people, xr.Dataset(assumptions)


def moved_bytes(units: int) -> int:
    """Bytes of all inputs and of all results, each once; the arrivals are handed on as they are."""
    cells = units * 2 * AGES
    read = cells * (3 * YEARS + 1) + units * AGES * YEARS
    written = cells * (4 * YEARS + 1)
    return 8 * (read + written)


def run_engine(engine: str, inputs: Inputs, threads: int) -> Accounts | dict[str, np.ndarray]:
    """Do a job in one of the ways, from labels to labels where the way has them."""
    people, assumptions = inputs
    if engine == "per-unit-loop":
        return loop_over_units(people, assumptions)
    if engine == "labels-in-loop":
        return loop_with_labels(people, assumptions)
    return project(people, assumptions, engine=Engine("numba" if engine == "numba" else "numpy", threads=threads))


def bare_run(engine: str, inputs: Inputs, threads: int) -> Callable[[], object]:
    """Return the loops of an engine alone, or the whole of another way."""
    if engine in ("per-unit-loop", "labels-in-loop"):
        return partial(run_engine, engine, inputs, threads)
    job = prepare(*inputs).job_of(None)
    return partial(Engine("numba" if engine == "numba" else "numpy", threads=threads).run, job)


def _totals(result: Accounts | dict[str, np.ndarray]) -> list[float]:
    names = ("births", "deaths", "out_migration")
    if isinstance(result, dict):
        return [float(result["population"].sum()), *(float(result[name].sum()) for name in names)]
    return [float(result.population.sum()), *(float(result.flows[name].sum()) for name in names)]


def ready(job: str, engine: str, threads: int) -> Callable[[], object]:
    """Prepare a job for a process that measures its memory."""
    small = make_inputs(job, sizes={"area": 2})
    run_engine(engine, small, threads)
    return partial(run_engine, engine, make_inputs(job), threads)


def records(jobs: list[str], *, repeat: int, threads: int, peaks: bool = True) -> Iterator[Record]:
    """Measure all engines at all jobs.

    Parameters
    ----------
    jobs : list of str
        Of `JOBS`; one that does not fit in the free memory is left out.
    repeat : int
        Runs of which the median is taken; fewer if they take long.
    threads : int
        Of the compiled loops; the others run on one.
    peaks : bool
        Whether to measure memory too.

    Yields
    ------
    dict
        Job, engine, threads, seconds, the floor at as many threads, their ratio, and the peak of memory.
    """
    bandwidth = {count: copy_bandwidth(count) for count in {1, threads}}
    for job in jobs:
        units = int(np.prod(list(JOBS[job].values())))
        if 3 * moved_bytes(units) > available_bytes():
            print(
                f"{job} left out: it needs some {3 * moved_bytes(units) / 2**30:.0f} GiB of free memory",
                file=sys.stderr,
            )
            continue
        timed = _timed(job, repeat=repeat, threads=threads)
        for (engine, count), (seconds, whole) in timed.items():
            floor = moved_bytes(units) / bandwidth[count]
            yield {
                "job": job,
                "engine": engine,
                "threads": count,
                "median_s": seconds,
                "project_s": whole,
                "floor_s": floor,
                "ratio": seconds / floor,
                "peak_mib": peak_mib(ready, job, engine, count) if peaks else float("nan"),
            }


def _timed(job: str, *, repeat: int, threads: int) -> dict[tuple[str, int], tuple[float, float]]:
    """Median seconds of each way, of its loops and whole."""
    inputs = make_inputs(job)
    wanted: list[float] | None = None
    timed = {}
    for engine, count in _ways(threads):
        totals = _totals(run_engine(engine, inputs, count))
        wanted = wanted or totals
        if not np.allclose(totals, wanted, rtol=1e-9):
            raise AssertionError(f"{engine} gives other totals at {job}: {totals} instead of {wanted}")
        whole = seconds = median_seconds(partial(run_engine, engine, inputs, count), repeat=repeat)
        if engine in ("numba", "numpy"):
            seconds = median_seconds(bare_run(engine, inputs, count), repeat=repeat)
        timed[engine, count] = seconds, whole
    return timed


def _ways(threads: int) -> list[tuple[str, int]]:
    numba = [("numba", threads)] if find_spec("numba") else []
    return [*numba, ("numpy", 1), ("per-unit-loop", 1), ("labels-in-loop", 1)]


def exponents(engine: str, threads: int, *, repeat: int = 7) -> dict[str, float]:
    """Exponents with which time grows from 10 to 10,000 areas, and from 10 to 10,000 draws.

    Parameters
    ----------
    engine : str
        One of `ENGINES`.
    threads : int
        Of the engine.
    repeat : int
        Runs of which the median is taken.

    Returns
    -------
    dict of str to float
        1 where ten times as many units take ten times as long; less where a fixed cost still shows.
    """
    counts, found = [10, 100, 1000, 10_000], {}
    for dim in ("area", "draw"):
        times = []
        for count in counts:
            inputs = make_inputs("areas-1", sizes={"area": count} if dim == "area" else {"draw": count, "area": 1})
            times.append(median_seconds(bare_run(engine, inputs, threads), repeat=repeat))
        found[f"{dim}s"] = float(np.polyfit(np.log(counts), np.log(times), 1)[0])
        found[f"{dim}s, the last tenfold"] = float(np.log10(times[-1] / times[-2]))
    return found


def float32_errors() -> dict[str, float]:
    """Worst relative error of single precision after 30 years of 357 areas, in a cell and in an area's total."""
    people, assumptions = make_inputs("areas-357")
    double = project(people, assumptions, engine="numpy").population
    single = project(people, assumptions, engine=Engine("numpy", dtype="float32")).population
    cell = np.abs(single / double - 1.0)
    total = np.abs(single.sum(["sex", "age"], dtype=float) / double.sum(["sex", "age"]) - 1.0)
    return {"cell": float(cell.max()), "total": float(total.max())}


def small_run(repeat: int = 200) -> dict[str, float]:
    """Seconds of `project` for one area, labels, checks and all."""
    inputs = make_inputs("areas-1")
    found = {}
    for engine, threads in _ways(1)[:-2]:
        found[engine] = median_seconds(partial(run_engine, engine, inputs, threads), repeat=repeat)
    return found


def table(found: list[Record]) -> Iterator[str]:
    """Lay out records as a table in Markdown."""
    yield "| job | engine | threads | median, ms | floor, ms | ratio | with labels, ms | peak, MiB |"
    yield "|---|---|---|---|---|---|---|---|"
    for one in found:
        seconds, floor = float(one["median_s"]) * 1e3, float(one["floor_s"]) * 1e3
        yield (
            f"| {one['job']} | {one['engine']} | {one['threads']} | {seconds:,.2f} | {floor:,.2f} | "
            f"{float(one['ratio']):,.2f} | {float(one['project_s']) * 1e3:,.2f} | {float(one['peak_mib']):,.0f} |"
        )


def summary(threads: int) -> Iterator[str]:
    """Lines on what the table does not show: one area whole, growth of time, and single precision."""
    for engine, seconds in small_run().items():
        yield f"* `project` of one area over 30 years, labels and checks and all, {engine}: {seconds * 1e3:.2f} ms."
    for engine, _ in _ways(threads)[:-2]:
        grown = exponents(engine, threads)
        yield (
            f"* Exponent of time, {engine}: " + "; ".join(f"{name} {value:.2f}" for name, value in grown.items()) + "."
        )
    errors = float32_errors()
    yield (
        f"* Single precision, worst relative error after 30 years of 357 areas: {errors['cell']:.1e} in a cell, "
        f"{errors['total']:.1e} in an area's total."
    )


def why(threads: int) -> Iterator[str]:
    """Lines on where the time goes: arithmetic against memory in the compiled loop, and a profile of NumPy."""
    cells = 2 * AGES * YEARS
    if find_spec("numba"):
        few, one = (bare_run("numba", make_inputs("areas-1", sizes={"area": units}), 1) for units in (9, 1))
        spent, read = arithmetic_ns(few, one, 8 * cells), moved_bytes(1) / copy_bandwidth(threads) / cells * 1e9
        yield (
            f"In the cache, the compiled loop takes {spent:.2f} ns for a cell on one thread, {spent / threads:.2f} ns "
            f"on {threads}; moving the bytes of a cell takes {read:.2f} ns (the floor)."
        )
    yield from ("", "The loop in NumPy at 357 areas, by the time that functions take themselves:", "")
    yield from numpy_profile(bare_run("numpy", make_inputs("areas-357"), 1))


def main() -> None:
    """Measure, and print a table or JSON, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print the records of the jobs only, as JSON")
    parser.add_argument("--write", action="store_true", help="write the page of the documentation")
    parser.add_argument("--jobs", nargs="+", choices=list(JOBS), default=list(JOBS))
    parser.add_argument("--threads", type=int, default=processors(), help="threads of the compiled loops")
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--quick", action="store_true", help="without memory, growth and precision")
    given = parser.parse_args()
    found = list(records(given.jobs, repeat=given.repeat, threads=given.threads, peaks=not given.quick))
    if given.json:
        print_json(found)
        return
    lines = [describe_machine(), ""]
    lines += [f"Copy bandwidth, {n} threads: {copy_bandwidth(n) / 1e9:.1f} GB/s." for n in sorted({1, given.threads})]
    lines += ["", *table(found), "", *([] if given.quick else summary(given.threads))]
    reasons = [] if given.quick else list(why(given.threads))
    if given.write:
        write_page(lines, reasons)
    else:
        print("\n".join([*lines, "", *reasons]))


if __name__ == "__main__":
    main()

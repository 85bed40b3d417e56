"""Speed and memory of many futures: ``python -m benchmarks.scale [--json] [--jobs JOB ...] [--workers N] [--write]``.

Each job runs in a process of its own, whose peak memory is that of the job and its inputs. Compiling is not timed,
nor is making the inputs. `--write` puts the figures in docs/scale_benchmark.md.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from benchmarks._pages import write_between
from kompaslite.engine import Engine
from kompaslite.uncertainty import Effect, Futures, Levels, Reduce, project_summary, sample

AGES, YEARS, SEXES = np.arange(101), np.arange(2026, 2056), ["female", "male"]
NATIONAL = ("fertility", "mortality of females", "mortality of males", "in_migration", "out_migration")
LOCAL = ("in_migration", "out_migration")
RATE, COUNT = {"units": "1/year"}, {"units": "persons/year"}


@dataclass(frozen=True)
class Job:
    """What is run."""

    areas: int
    draws: int
    dask: bool = False
    schedules: bool = False


#: In the second job areas share schedules and differ by levels, as small areas do for want of data.
JOBS = {
    "national-1000-draws": Job(357, 1000),
    "small-areas-100-draws": Job(14_000, 100, schedules=True),
    "national-1000-draws-dask": Job(357, 1000, dask=True),
}
#: Seconds on two cores; dask against the threaded run on the same job.
AT_MOST = {
    ("national-1000-draws", "numba"): 20,
    ("national-1000-draws", "numpy"): 60,
    ("small-areas-100-draws", "numba"): 100,
}
DASK_AT_MOST = 1.25
PAGE = Path(__file__).parents[1] / "docs" / "scale_benchmark.md"
ENGINES = ("numba", "numpy") if find_spec("numba") else ("numpy",)


def main() -> None:
    arguments = _arguments()
    if arguments.one:
        print(json.dumps(measured(JOBS[arguments.one], arguments.engine, arguments.workers)))
        return
    records = []
    for record in _records(arguments):
        records.append(record)
        if not arguments.json:
            words = "{job:26s} {engine:6s} {workers} workers {seconds:7.1f} s ({cpu_seconds:.1f} of processor)"
            print((words + " {peak_mib:5.0f} MiB").format(**record))
    if arguments.json:
        print(json.dumps(records, indent=1))
    powers = [] if arguments.no_exponents else [_powers(engine, arguments.workers) for engine in arguments.engines]
    for line in powers:
        print(line, file=sys.stderr if arguments.json else sys.stdout)
    if arguments.write:
        write_between(PAGE, "measured", [*_table(records), "", *(f"* {line}" for line in powers)])


def _powers(engine: str, workers: int) -> str:
    words = ", ".join(f"{dim} {slope:.2f}" for dim, slope in exponents(engine, workers).items())
    return f"cost grows with the power of {words} ({engine})"


def _table(records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Figures beside what they may be at most; dask beside the threaded run of the same engine."""
    yield "| job | engine | workers | seconds | at most | processor seconds | peak MiB | at most |"
    yield "|---|---|---|---|---|---|---|---|"
    threaded = {one["engine"]: one["seconds"] for one in records if one["job"] == "national-1000-draws"}
    for one in records:
        engine, limit = one["engine"], AT_MOST.get((one["job"], one["engine"]))
        if JOBS[one["job"]].dask and engine in threaded:
            limit = round(DASK_AT_MOST * threaded[engine], 1)
        words = "| {job} | {engine} | {workers} | {seconds:.1f} | {limit} | {cpu_seconds:.1f} | {peak_mib:.0f} | 2048 |"
        yield words.format(**one, limit="" if limit is None else f"{limit:g}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="records instead of lines; exponents on standard error")
    parser.add_argument("--jobs", nargs="+", choices=list(JOBS), default=list(JOBS))
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="put the figures in docs/scale_benchmark.md")
    parser.add_argument("--no-exponents", action="store_true", help="only the jobs")
    parser.add_argument("--one", choices=list(JOBS), help=argparse.SUPPRESS)
    parser.add_argument("--engine", choices=ENGINES, default=ENGINES[0], help=argparse.SUPPRESS)
    return parser.parse_args()


def _records(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for name in arguments.jobs:
        for engine in arguments.engines:
            command = [sys.executable, "-m", "benchmarks.scale", "--one", name, "--engine", engine]
            run = subprocess.run(
                [*command, "--workers", str(arguments.workers)],
                capture_output=True,
                text=True,
                check=True,
                env=os.environ | {"OMP_NUM_THREADS": "1"},
            )
            found = json.loads(run.stdout.splitlines()[-1])
            yield {"job": name, "engine": engine, **found, "workers": arguments.workers}


def measured(job: Job, engine: str, workers: int) -> dict[str, float]:
    """Seconds and peak memory of one job in this process."""
    import resource

    run = prepared(Job(4, 8, dask=job.dask, schedules=job.schedules), engine, workers)
    run()
    run = prepared(job, engine, workers)
    start, busy = time.perf_counter(), time.process_time()
    run()
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(busy, 2),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def prepared(job: Job, engine: str, workers: int) -> Callable[[], xr.Dataset]:
    """A job with its inputs made; what is timed is the rest."""
    people, futures = inputs(job)
    chosen, kept = Engine(engine, threads=workers), Reduce(mean=False)  # type: ignore[arg-type]
    if not job.dask:
        return lambda: project_summary(people, futures, reduce=kept, engine=chosen)
    lazy = project_summary(people.chunk(area=13), futures, reduce=kept, engine=Engine(engine, threads=1))  # type: ignore[arg-type]
    return lambda: lazy.compute(scheduler="threads", num_workers=workers)


def exponents(engine: str, workers: int) -> dict[str, float]:
    """Slope of the logarithm of the cost over that of the size."""
    sizes = {
        "areas": [Job(areas, 250) for areas in (64, 128, 256, 512)],
        "draws": [Job(64, n) for n in (250, 500, 1000, 2000)],
    }
    found = {}
    prepared(Job(4, 8), engine, workers)()
    for dim, jobs in sizes.items():
        seconds = []
        for job in jobs:
            run = prepared(job, engine, workers)
            start = time.perf_counter()
            run()
            seconds.append(time.perf_counter() - start)
        found[dim] = float(np.polyfit(np.log([getattr(job, dim) for job in jobs]), np.log(seconds), 1)[0])
    return found


def inputs(job: Job) -> tuple[xr.DataArray, Futures]:
    """A country with made-up people and schedules, and levels that wander."""
    rng = np.random.default_rng(1)
    codes = [f"{number:05d}" for number in range(job.areas)]
    cells = {"area": codes, "sex": SEXES, "age": AGES}
    size = xr.DataArray(np.exp(rng.normal(1.0, 1.0, job.areas)), coords={"area": codes})
    pyramid = xr.DataArray(np.exp(-((AGES / 85.0) ** 8)), coords={"age": AGES}) * xr.ones_like(
        xr.DataArray([1.0, 1.0], coords={"sex": SEXES})
    )
    people = (20.0 * size * pyramid).transpose("area", "sex", "age").assign_attrs(units="persons")
    years = xr.DataArray(0.99 ** np.arange(YEARS.size), coords={"year": YEARS})
    levels = _levels(codes)
    if job.schedules:
        return people, _by_schedules(people, years, levels, job.draws)
    local = xr.DataArray(0.9 + 0.2 * rng.random([len(one) for one in cells.values()]), coords=cells)
    mortality = (_mortality() * local * years).transpose("area", "sex", "age", "year").assign_attrs(RATE)
    moving = (_mobility() * local * years).transpose("area", "sex", "age", "year")
    baseline = xr.Dataset(
        {
            "mortality": mortality,
            "fertility": (_fertility() * local.isel(sex=0, drop=True) * years).assign_attrs(RATE),
            "sex_ratio_at_birth": xr.DataArray(1.06, attrs={"units": "1"}),
            "out_migration": moving.assign_attrs(RATE),
            "in_migration": (moving * people).assign_attrs(COUNT),
        }
    )
    return people, sample(baseline, levels, draws=job.draws, seed=1)


def _by_schedules(people: xr.DataArray, years: xr.DataArray, levels: Levels, draws: int) -> Futures:
    """Schedules shared by all areas, times what an area differs by."""
    of_area = 1.0 + 0.1 * np.sin(xr.DataArray(np.arange(people.sizes["area"]), coords={"area": people["area"]}))
    baseline = xr.Dataset(
        {
            "mortality": (_mortality() * years).assign_attrs(RATE),
            "fertility": (_fertility() * years).assign_attrs(RATE),
            "sex_ratio_at_birth": xr.DataArray(1.06, attrs={"units": "1"}),
            "out_migration": (_mobility() * years).assign_attrs(RATE),
            "in_migration": (_mobility() * people).assign_attrs(COUNT),
        }
    )
    factors = {"mortality": [of_area], "fertility": [of_area], "out_migration": [of_area], "in_migration": [years]}
    return sample(baseline, levels, draws=draws, seed=1, factors=factors)


def _mortality() -> xr.DataArray:
    female = xr.DataArray(np.minimum(np.exp(-10.2 + 0.1 * AGES), 0.6), coords={"age": AGES})
    return xr.DataArray([1.0, 1.3], coords={"sex": SEXES}) * female


def _fertility() -> xr.DataArray:
    return xr.DataArray(0.11 * np.exp(-(((AGES - 31) / 6.0) ** 2)) * (AGES > 14) * (AGES < 50), coords={"age": AGES})


def _mobility() -> xr.DataArray:
    by_age = 0.02 + 0.1 * np.exp(-(((AGES - 25) / 8.0) ** 2))
    return xr.DataArray(by_age, coords={"age": AGES}) * xr.DataArray([1.0, 1.0], coords={"sex": SEXES})


def _levels(codes: list[str]) -> Levels:
    response = xr.DataArray(np.linspace(0.012, 0.004, AGES.size), coords={"age": AGES})
    of_sex = {sex: xr.DataArray([float(one == sex) for one in SEXES], coords={"sex": SEXES}) for sex in SEXES}
    effects = [Effect(component=name, variable=name, how="scale") for name in ("fertility", *LOCAL)]
    effects += [
        Effect(component=f"mortality of {sex}s", variable="mortality", how="scale", response=own * response)
        for sex, own in of_sex.items()
    ]
    spread = xr.DataArray(np.full(len(codes), 0.05), coords={"area": codes})
    national = _parameters(NATIONAL, [0.95, 1.0, 1.0, 0.8, 0.8], [0.03, 4.0, 4.0, 0.05, 0.05], window=0)
    local = _parameters(LOCAL, [0.7, 0.7], [1.0, 1.0], window=15)
    local["innovation"], local["noise"] = local["innovation"] * spread, local["innovation"] * spread
    return Levels(national=national, local=local, effects=tuple(effects), years=30)


def _parameters(
    names: tuple[str, ...], persistence: list[float], innovation: list[float], *, window: int
) -> xr.Dataset:
    together = np.full((len(names), len(names)), 0.3) + 0.7 * np.eye(len(names))
    return xr.Dataset(
        {
            "persistence": ("component", persistence),
            "innovation": ("component", innovation),
            "noise": ("component", np.zeros(len(names))),
            "window": ("component", np.full(len(names), window)),
            "correlation": (("component", "other"), together),
        },
        coords={"component": list(names)},
    )


if __name__ == "__main__":
    main()

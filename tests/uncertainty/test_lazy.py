"""Runs on dask arrays: nothing is computed early, any scheduler gives the same bits, and a lost worker is no loss."""

import os
import signal
import threading
import time

import dask
import numpy as np
import pytest
import xarray as xr

from kompaslite import storage
from kompaslite.engine import Engine, project
from kompaslite.schema import SchemaError
from kompaslite.uncertainty.ensemble.futures import Futures
from kompaslite.uncertainty.ensemble.sample import assumptions_of
from kompaslite.uncertainty.summary.lazy import lazy_population
from kompaslite.uncertainty.summary.reduce import Reduce
from kompaslite.uncertainty.summary.summary import project_summary
from tests.uncertainty.test_summary import GROUPS, KEEP, coupled_inputs
from tests.worlds.country import AREAS, some_baseline, some_levels, some_people

ONE = Engine("numpy", threads=1)


def no_computing(*_args, **_kwargs):
    raise AssertionError("something was computed although nobody asked for it")


@pytest.fixture
def summary(small):
    return project_summary(small.people, small.futures, reduce=KEEP, engine=ONE)


@pytest.mark.parametrize("chunks", [{}, {"draw": 19}, {"area": 1, "draw": 64}])
@pytest.mark.parametrize("scheduler", ["synchronous", "threads"])
def test_same_bits_as_without_dask(small, summary, chunks, scheduler):
    with dask.config.set(scheduler=no_computing):
        found = project_summary(small.people.chunk(area=3), small.futures, reduce=KEEP, engine=ONE, chunks=chunks)
    assert all(array.chunks is not None for array in found.data_vars.values())
    xr.testing.assert_identical(found.compute(scheduler=scheduler), summary)


def test_assumptions_and_factors_may_be_lazy_too(small):
    level = xr.DataArray(np.linspace(0.8, 1.2, 130), coords={"draw": range(130)})
    kept = Reduce(groups=GROUPS, keep_draws=True, ranks=True)
    eager = Futures(baseline=small.baseline, factors={"fertility": [level]}, levels=small.levels, seed=1)
    expected = project_summary(small.people, eager, reduce=kept, engine=ONE)
    lazy = Futures(
        baseline=small.baseline.chunk(area=2),
        factors={"fertility": [level.chunk(draw=50)]},
        levels=small.levels,
        seed=1,
    )
    found = project_summary(small.people, lazy, reduce=kept, engine=ONE)
    assert found["draws"].chunksizes["area"] == (2, 2)
    xr.testing.assert_identical(found.compute(), expected)


def test_every_draw_of_the_population_is_lazy_and_right(small):
    with dask.config.set(scheduler=no_computing):
        found = lazy_population(small.people.chunk(area=2), small.futures, engine=ONE, chunks={"draw": 40})
    assert found.chunksizes["draw"] == (40, 40, 40, 10)
    expected = project(small.people, assumptions_of(small.futures), engine="numpy").population
    xr.testing.assert_allclose(found.compute(), expected, rtol=1e-12)


def test_a_population_without_draws_is_lazy_too(small):
    found = lazy_population(small.people.chunk(area=1), small.baseline, engine=ONE)
    expected = project(small.people, small.baseline, engine="numpy").population
    xr.testing.assert_allclose(found.compute(), expected, rtol=1e-12)


@pytest.mark.parametrize("ending", [".nc", ".zarr"])
def test_output_goes_straight_to_files(small, tmp_path, summary, ending):
    lazy = project_summary(small.people.chunk(area=3), small.futures, reduce=KEEP, engine=ONE)
    path = storage.save_dataset(lazy, tmp_path / f"summary{ending}")
    with xr.open_dataset(path, engine="h5netcdf" if ending == ".nc" else "zarr") as opened:
        for name, array in summary.data_vars.items():
            np.testing.assert_array_equal(opened[name], array)


def test_coupled_areas_are_chunked_over_draws_only():
    futures, people = coupled_inputs(), some_people(AREAS[:3])
    kept = Reduce(groups=GROUPS, keep_draws=True)
    expected = project_summary(people, futures, reduce=kept, engine=ONE)
    found = project_summary(people.chunk(), futures, reduce=kept, engine=ONE, chunks={"draw": 7})
    xr.testing.assert_identical(found.compute(), expected)
    with pytest.raises(SchemaError, match="area: it is divided into 3 chunks, but people move between these areas"):
        project_summary(people.chunk(area=1), futures, reduce=kept, engine=ONE)


@pytest.mark.parametrize("dim", ["sex", "age"])
def test_a_chunk_over_sex_or_age_is_an_error(small, dim):
    words = rf"population: it is divided into \d+ chunks over {dim}\. {dim} cannot be divided, because a cohort needs"
    with pytest.raises(SchemaError, match=words):
        project_summary(small.people.chunk({dim: 1}), small.futures, reduce=KEEP)
    with pytest.raises(SchemaError, match=rf"mortality: it is divided into \d+ chunks over {dim}"):
        project_summary(
            small.people,
            Futures(baseline=small.baseline.chunk({dim: 1}), draws=3, seed=0),
            reduce=Reduce(groups=GROUPS),
        )


def test_bad_values_are_named_when_they_are_computed(small):
    level = xr.DataArray(np.ones(130), coords={"draw": range(130)})
    level[101] = 1000.0
    futures = Futures(baseline=small.baseline, factors={"mortality": [level]}, draws=130, seed=0)
    found = project_summary(small.people.chunk(area=2), futures, reduce=KEEP, engine=ONE, chunks={"draw": 50})
    with pytest.raises(SchemaError, match=r"mortality: .* values are not rates between 0 and 2.* draw 101"):
        found.compute(scheduler="synchronous")


def test_wrong_labels_and_a_checkpoint_are_errors_before_anything_runs(small, tmp_path):
    with dask.config.set(scheduler=no_computing):
        with pytest.raises(SchemaError, match="population: 1 labels of dimension area are missing"):
            project_summary(small.people.isel(area=[0, 1, 2]).chunk(), small.futures, reduce=KEEP)
        with pytest.raises(SchemaError, match="a run on dask arrays keeps no checkpoint"):
            project_summary(small.people.chunk(), small.futures, reduce=KEEP, checkpoint=tmp_path / "run")
    assert not list(tmp_path.iterdir())


AREA_CODES = [f"{number:04d}" for number in range(12)]


def slow(block):
    """Values of a block, as slowly as if they came from a far disk."""
    time.sleep(0.15)
    return block


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    settings = {"distributed.comm.timeouts.connect": "60s", "distributed.scheduler.allowed-failures": 10}
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, memory_limit="1GiB", dashboard_address=None
        ) as made,
        distributed.Client(made) as client,
    ):
        yield client


def country(draws):
    futures = Futures(baseline=some_baseline(AREA_CODES), levels=some_levels(AREA_CODES), draws=draws, seed=5)
    return some_people(AREA_CODES), futures


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_bits_although_a_worker_dies(cluster):
    people, futures = country(60)
    kept = Reduce(groups=GROUPS, keep_draws=True, regions={"all": None})
    expected = project_summary(people, futures, reduce=kept, engine=ONE)
    lazy_people = people.chunk(area=1)
    lazy_people = lazy_people.copy(data=lazy_people.data.map_blocks(slow, dtype=float, meta=np.empty((0, 0, 0))))
    lazy = project_summary(lazy_people, futures, reduce=kept, engine=ONE, chunks={"draw": 20})
    before = cluster.run(os.getpid)
    future = cluster.compute(lazy, optimize_graph=False)
    killed = threading.Event()

    def kill():
        time.sleep(0.8)
        if not future.done():
            os.kill(next(iter(before.values())), signal.SIGKILL)
            killed.set()

    killer = threading.Thread(target=kill)
    killer.start()
    found = future.result(timeout=240)
    killer.join()
    assert killed.is_set(), "the run was over before a worker could be killed"
    cluster.wait_for_workers(2, timeout=120)
    assert set(cluster.run(os.getpid).values()) != set(before.values())
    xr.testing.assert_identical(found, expected)


@pytest.mark.filterwarnings("ignore")
def test_workers_keep_to_their_memory(cluster):
    people, futures = country(9000)
    every_draw = 8 * people.size * 9000 * 7
    assert every_draw > 2**30 / 4
    before = max(cluster.run(resident).values())
    lazy = project_summary(
        people.chunk(area=1), futures, reduce=Reduce(groups=GROUPS), engine=ONE, chunks={"draw": 500}
    )
    cluster.compute(lazy["quantiles"]).result(timeout=240)
    after = max(cluster.run(most_resident).values())
    assert after < 2**30
    assert after - before < every_draw / 2


def resident():
    import psutil

    return psutil.Process().memory_info().rss


def most_resident():
    """Highest memory of this very process; the counter of `resource` would remember that of its parent."""
    from pathlib import Path

    status = Path("/proc/self/status")
    if not status.exists():
        return resident()
    line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
    return int(line.split()[1]) * 1024

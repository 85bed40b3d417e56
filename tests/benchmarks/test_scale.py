"""The records and the page of the benchmark of scale, on jobs of a few areas."""

import json

import pytest


@pytest.fixture
def scale(monkeypatch):
    module = pytest.importorskip("benchmarks.scale")
    small = {name: module.Job(3, 20, dask=job.dask, schedules=job.schedules) for name, job in module.JOBS.items()}
    monkeypatch.setattr(module, "JOBS", small)
    return module


def test_jobs_have_the_names_and_sizes_that_are_asked_for():
    scale = pytest.importorskip("benchmarks.scale")
    sizes = {name: (job.areas, job.draws, job.dask) for name, job in scale.JOBS.items()}
    assert sizes == {
        "national-1000-draws": (357, 1000, False),
        "small-areas-100-draws": (14_000, 100, False),
        "national-1000-draws-dask": (357, 1000, True),
    }
    assert (scale.AGES.size, scale.YEARS.size, len(scale.SEXES)) == (101, 30, 2)


def test_with_and_without_dask_the_summary_is_the_same(scale):
    pytest.importorskip("dask")
    plain, lazy = (scale.prepared(scale.JOBS[f"national-1000-draws{end}"], "numpy", 2)() for end in ("", "-dask"))
    assert plain.sizes["quantile"] == 3
    assert plain.sizes["age_group"] == 14
    assert plain.equals(lazy)


def test_records_and_page(scale, tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.md"
    page.write_text("# P\n<!-- measured begins -->\n<!-- measured ends -->\n", encoding="utf-8")
    monkeypatch.setattr(scale, "PAGE", page)
    made = {"seconds": 8.0, "cpu_seconds": 15.0, "peak_mib": 500.0, "workers": 2, "engine": "numpy"}
    monkeypatch.setattr(scale, "_records", lambda _of: iter([made | {"job": name} for name in scale.JOBS]))
    monkeypatch.setattr("sys.argv", ["scale", "--json", "--write", "--no-exponents"])
    scale.main()
    assert {"job", "engine", "seconds", "peak_mib", "workers"} <= set(json.loads(capsys.readouterr().out)[0])
    text = page.read_text(encoding="utf-8")
    assert "| national-1000-draws | numpy | 2 | 8.0 | 60 | 15.0 | 500 | 2048 |" in text
    assert "| national-1000-draws-dask | numpy | 2 | 8.0 | 10 | 15.0 | 500 | 2048 |" in text

"""Storage: what is saved comes back, and a failure leaves the earlier file whole."""

import errno
import hashlib
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from kompaslite import _files as files
from kompaslite import storage
from kompaslite._files import StorageError
from kompaslite.accounts import Accounts
from kompaslite.schema import SchemaError
from kompaslite.storage import netcdf, record

LABELS = {"area": ["0301", "3201"], "sex": ["female", "male"], "age": range(4), "year": [2024, 2025, 2026]}


def some_accounts(seed=1):
    values = np.random.default_rng(seed).random((2, 2, 4, 3)) * 1000
    population = xr.DataArray(values, dims=LABELS, coords=LABELS, attrs={"units": "persons", "source": "made up"})
    deaths = (population.isel(year=[0, 1]) * 0.01).assign_attrs(units="persons/year")
    births = deaths.sum("age").assign_attrs(units="persons/year")
    return Accounts(population, xr.Dataset({"deaths": deaths, "births": births}, attrs={"note": "æøå"}))


def some_assumptions(accounts):
    mortality = accounts.flows["deaths"].assign_attrs(units="1/year") * 1e-5
    return xr.Dataset({"mortality": mortality.expand_dims(draw=[0, 1])})


def test_what_is_saved_comes_back_to_the_last_bit(tmp_path):
    accounts = some_accounts()
    assumptions = some_assumptions(accounts)
    record = storage.Provenance(inputs={"table": "ab" * 32}, scenario="Fornebu", seed=2026, convention="mean exposure")
    path = storage.save(tmp_path / "run.nc", accounts, assumptions=assumptions, provenance=record)
    stored = storage.load(path)
    xr.testing.assert_identical(stored.accounts.population, accounts.population.rename("population"))
    xr.testing.assert_identical(stored.accounts.flows, accounts.flows)
    xr.testing.assert_identical(stored.assumptions, assumptions)
    assert stored.provenance == record
    assert stored.provenance.versions["numpy"] == np.__version__
    assert stored.accounts.population["area"].dtype.kind == "U"


def test_accounts_without_flows_or_assumptions_come_back(tmp_path):
    accounts = Accounts(some_accounts().population)
    stored = storage.load(storage.save(tmp_path / "run.nc", accounts))
    assert stored.assumptions is None
    assert not stored.accounts.flows.data_vars
    xr.testing.assert_equal(stored.accounts.population, accounts.population)


def test_saved_file_is_plain_netcdf(tmp_path):
    path = storage.save(tmp_path / "run.nc", some_accounts())
    with xr.open_dataset(path, group="flows", engine="h5netcdf") as flows:
        assert set(flows.data_vars) == {"deaths", "births"}


def test_provenance_holds_the_hash_of_every_input(tmp_path):
    source = tmp_path / "table.csv"
    source.write_bytes(b"area;persons\n")
    record = storage.provenance({"table": source}, seed=3)
    assert record.inputs == {"table": hashlib.sha256(b"area;persons\n").hexdigest()}
    with pytest.raises(StorageError, match=r"absent\.csv: the input cannot be read"):
        storage.provenance({"table": tmp_path / "absent.csv"})


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.7, 0.9999])
def test_truncated_file_is_a_clear_error(tmp_path, keep):
    path = storage.save(tmp_path / "run.nc", some_accounts())
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(StorageError, match=r"not a netCDF-4 file|truncated"):
        storage.load(path)


def test_every_damaged_byte_is_noticed(tmp_path):
    path = storage.save(tmp_path / "run.nc", some_accounts())
    content = path.read_bytes()
    for place in range(0, len(content), len(content) // 40):
        damaged = bytearray(content)
        damaged[place] ^= 0x55
        path.write_bytes(damaged)
        with pytest.raises(StorageError):
            storage.load(path)


def test_foreign_files_are_a_clear_error(tmp_path):
    text = tmp_path / "table.nc"
    text.write_text("area;persons")
    with pytest.raises(StorageError, match="not a netCDF-4 file"):
        storage.load(text)
    other = tmp_path / "other.nc"
    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(other, engine="h5netcdf")
    with pytest.raises(StorageError, match="another program wrote it"):
        storage.load(other)
    with pytest.raises(StorageError, match="no such file"):
        storage.load(tmp_path / "absent.nc")


def test_file_of_a_later_format_is_a_clear_error(tmp_path, monkeypatch):
    monkeypatch.setattr(netcdf, "_FORMAT_VERSION", 2)
    path = storage.save(tmp_path / "run.nc", some_accounts())
    monkeypatch.undo()
    with pytest.raises(StorageError, match="format 2, this version reads up to 1"):
        storage.load(path)


def test_full_disk_leaves_the_earlier_file_whole(tmp_path, monkeypatch):
    path = storage.save(tmp_path / "run.nc", some_accounts(1))
    before = path.read_bytes()

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    for name in ("to_netcdf",):
        monkeypatch.setattr(xr.Dataset, name, full)
        with pytest.raises(StorageError, match=r"the disk or quota is full\. An earlier file .* is untouched"):
            storage.save(path, some_accounts(2))
    monkeypatch.undo()
    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(StorageError, match="is full"):
        storage.save(path, some_accounts(2))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["run.nc"]


@pytest.mark.skipif(sys.platform != "linux", reason="limits on the size of files are set here as on Linux")
def test_quota_that_is_really_full_leaves_the_earlier_file_whole(tmp_path):
    path = storage.save(tmp_path / "run.nc", some_accounts(1))
    before = path.read_bytes()
    code = f"""
        import resource, signal
        from kompaslite import storage
        from kompaslite._files import StorageError
        accounts = storage.load({str(path)!r}).accounts
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))
        try:
            storage.save({str(path)!r}, accounts)
        except StorageError as error:
            print(error)
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "the disk or quota is full" in run.stdout
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["run.nc"]


def test_crash_while_writing_leaves_the_earlier_file_whole(tmp_path):
    path = storage.save(tmp_path / "run.nc", some_accounts(1))
    before = path.read_bytes()
    code = f"""
        import os
        from kompaslite import storage
        from kompaslite.storage import netcdf
        accounts = storage.load({str(path)!r}).accounts
        netcdf._seal = lambda _path: os._exit(9)
        storage.save({str(path)!r}, accounts)
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert run.returncode == 9, run.stderr
    assert path.read_bytes() == before


def test_bad_arguments_are_clear_errors(tmp_path):
    accounts = some_accounts()
    with pytest.raises(SchemaError, match=r"must end in \.nc"):
        storage.save(tmp_path / "run.xlsx", accounts)
    with pytest.raises(SchemaError, match="Accounts are needed, not DataArray"):
        storage.save(tmp_path / "run.nc", accounts.population)
    with pytest.raises(StorageError, match=r"the folder .* does not exist"):
        storage.save(tmp_path / "absent" / "run.nc", accounts)
    strange = some_assumptions(accounts).assign_attrs(window=None)
    with pytest.raises(SchemaError, match="assumptions: attribute window is NoneType"):
        storage.save(tmp_path / "run.nc", accounts, assumptions=strange)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", [".nc", ".zarr"])
def test_results_are_written_whole(tmp_path, ending):
    result = some_accounts().population.to_dataset(name="population")
    path = tmp_path / f"result{ending}"
    storage.save_dataset(path, result * 2)
    storage.save_dataset(path, result)
    with xr.open_dataset(path, engine="h5netcdf" if ending == ".nc" else "zarr") as opened:
        np.testing.assert_array_equal(opened["population"], result["population"])
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    with pytest.raises(SchemaError, match=r"must end in \.nc or \.zarr"):
        storage.save_dataset(tmp_path / "result.csv", result)


def test_failure_while_replacing_a_folder_puts_the_old_one_back(tmp_path, monkeypatch):
    path = tmp_path / "result.zarr"
    result = some_accounts().population.to_dataset(name="population")
    storage.save_dataset(path, result)
    real = files.os.replace

    def fails(source, target):
        # only the last step fails: the files inside are moved by threads of their own
        if str(target) == str(path) and ".part" in str(source):
            raise OSError(errno.EIO, "Input/output error")
        real(source, target)

    monkeypatch.setattr(files.os, "replace", fails)
    with pytest.raises(StorageError, match="writing failed"):
        storage.save_dataset(path, result * 2)
    monkeypatch.undo()
    with xr.open_dataset(path, engine="zarr") as opened:
        np.testing.assert_array_equal(opened["population"], result["population"])
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_wrong_kind_of_provenance_is_an_error():
    with pytest.raises(TypeError, match="Path cannot be stored"):
        record.as_json(storage.Provenance(inputs={"table": Path("a")}))

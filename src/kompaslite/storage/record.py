"""What a stored run was made from: versions, hashes of its inputs, scenario, seed and convention."""

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from kompaslite._files import StorageError

_PACKAGES = ("kompaslite", "numpy", "xarray", "numba", "scipy", "pandas")


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a result was made from, and with what.

    Parameters
    ----------
    inputs : mapping
        Name of each input to its SHA-256, in hexadecimal.
    scenario : str, optional
        Name of the scenario.
    seed : int, optional
        Seed of the draws.
    convention : str, optional
        Name of the convention of the annual step.
    versions : mapping
        Package to version, Python included.
    """

    inputs: Mapping[str, str] = field(default_factory=dict)
    scenario: str | None = None
    seed: int | None = None
    convention: str | None = None
    versions: Mapping[str, str] = field(default_factory=_versions)


def provenance(
    inputs: Mapping[str, str | Path] | None = None,
    *,
    scenario: str | None = None,
    seed: int | None = None,
    convention: str | None = None,
) -> Provenance:
    """What a result is made from, with the hash of every input file.

    Parameters
    ----------
    inputs : mapping, optional
        A name for each input to the path of its file.
    scenario : str, optional
        Name of the scenario.
    seed : int, optional
        Seed of the draws.
    convention : str, optional
        Name of the convention of the annual step.

    Returns
    -------
    Provenance
        With the versions of the packages in use.

    Raises
    ------
    StorageError
        If an input cannot be read.

    Examples
    --------
    >>> provenance(scenario="baseline", seed=7).seed
    7
    """
    hashes = {name: file_hash(path) for name, path in (inputs or {}).items()}
    return Provenance(inputs=hashes, scenario=scenario, seed=seed, convention=convention)


def file_hash(path: str | Path) -> str:
    """SHA-256 of a file.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    StorageError
        If the file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     where = Path(folder) / "table.csv"
    ...     _ = where.write_text("area,persons")
    ...     found = file_hash(where)
    ...
    >>> found[:8]
    'aa2c7e84'
    """
    try:
        with Path(path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise StorageError(f"{path}: the input cannot be read ({error.strerror}). Correct its path.") from error


def as_json(record: Provenance) -> str:
    """Text of a provenance, the same for the same run."""
    return json.dumps(asdict(record), sort_keys=True, default=_plain)


def from_json(text: str) -> Provenance:
    """A provenance from its text; what a later version may have added is left out."""
    known = {one.name for one in fields(Provenance)}
    return Provenance(**{name: value for name, value in json.loads(text).items() if name in known})


def _plain(value: object) -> object:
    if isinstance(value, np.integer):
        return int(value)
    raise TypeError(f"{type(value).__name__} cannot be stored as provenance")

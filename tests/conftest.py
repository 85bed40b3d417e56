"""What all tests share."""

import os
from pathlib import Path

import pytest
import xarray as xr

import kompaslite

# whatever the library adds or multiplies is aligned by name first: labels that one side lacks are an error, not a loss
xr.set_options(arithmetic_join="exact")

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_configure() -> None:
    """Forget loops that were compiled from earlier sources: their cache looks at one file, but they call others."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    package = Path(kompaslite.__file__).parent
    newest = max(
        file.stat().st_mtime for folder in ("engine", "uncertainty/summary") for file in (package / folder).glob("*.py")
    )
    for cached in package.glob("**/__pycache__/*.nb[ci]"):
        if cached.stat().st_mtime < newest:
            cached.unlink()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real statistics and official projections beside the checkout; absent in a stranger's clone."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the folder ../shared with real statistics is not beside this checkout")
    return SHARED

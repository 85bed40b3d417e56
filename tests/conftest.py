"""What all tests share."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real statistics and official projections beside the checkout; absent in a stranger's clone."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the folder ../shared with real statistics is not beside this checkout")
    return SHARED

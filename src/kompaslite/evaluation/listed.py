"""Areas that were set aside, carried along as attributes so that the list survives sums, files and scores."""

import json
from collections.abc import Mapping

import xarray as xr

from kompaslite.schema import SchemaError

_KEY = "excluded"


def exclusions_of(listed: xr.DataArray | xr.Dataset) -> dict[str, str]:
    """Area codes that were set aside, and why."""
    if not isinstance(listed, xr.DataArray | xr.Dataset):
        raise SchemaError(f"excluded: a population, hindcasts or scores are needed, not {type(listed).__name__}.")
    return dict(json.loads(listed.attrs.get(_KEY, "{}")))


def exclusions_as_attrs(reasons: Mapping[str, str]) -> dict[str, str]:
    """Attributes that carry a list of areas through arrays and files."""
    return {_KEY: json.dumps(dict(sorted(reasons.items())), ensure_ascii=False)} if reasons else {}

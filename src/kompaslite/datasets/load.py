"""Examples by name."""

from difflib import get_close_matches

from kompaslite.datasets.baerum import Example, baerum
from kompaslite.schema import SchemaError

_EXAMPLES = {"baerum": baerum}


def load_example(name: str) -> Example:
    """An example that comes with the library.

    Parameters
    ----------
    name : str
        ``"baerum"``: the municipality west of Oslo, from its population note for 2025 alone.

    Returns
    -------
    Example
        ``note`` (the printed figures), ``observed`` (accounts by sex and single age), ``dwellings`` and ``method``.

    Raises
    ------
    SchemaError
        If there is no example of this name.

    Examples
    --------
    >>> baerum = load_example("baerum")
    >>> baerum.note.deviation.loc["total", "deviation"].item()
    -217
    >>> baerum.observed.population.sel(year=2026).sum().round(6).item()
    133228.0
    """
    if name not in _EXAMPLES:
        near = get_close_matches(str(name), _EXAMPLES, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise SchemaError(f"load_example: there is no example {name!r}; there is {', '.join(_EXAMPLES)}.{hint}")
    return _EXAMPLES[name]()

"""Shelf life: how many years a forecast keeps."""

from collections.abc import Sequence
from numbers import Real

import xarray as xr

from kompaslite.evaluation.groups import class_membership
from kompaslite.evaluation.hindcasts import as_tuple, check_hindcasts, sum_over_sex_age
from kompaslite.evaluation.measures import point
from kompaslite.schema import SchemaError, short_list


def shelf_life(
    hindcasts: xr.Dataset, *, by: str | Sequence[str] = (), within: float = 0.10, share: float = 0.80
) -> xr.Dataset:
    """The last lead up to which enough areas are near enough to the outcome.

    Parameters
    ----------
    hindcasts : xr.Dataset
        ``forecast`` and ``observed``, ``(origin, lead, area, ...)``; sexes and ages are summed.
    by : str or sequence of str
        Any of ``origin, size_class``.
    within : float
        Largest error that counts as near, as a share of the outcome.
    share : float
        Share of the areas that must be near.

    Returns
    -------
    xr.Dataset
        ``shelf_life`` in years, 0 where lead 1 already fails; ``censored``, true where no lead with an outcome fails,
        so that the forecast keeps at least as long; and ``near``, the share of areas by ``lead``.

    Raises
    ------
    SchemaError
        If `by` is not known, or `within` or `share` is no share.

    References
    ----------
    .. [1] Wilson (2018), Evaluation of alternative cohort-component models for local area population forecasts,
       Population Research and Policy Review 37: shelf life as the years within which 80 % of areas are within 10 %.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.evaluation import backtest, sum_over_sex_age
    >>> from kompaslite.methods import no_change
    >>> made = backtest(made_up(5, years=range(2012, 2027)), no_change, origins=range(2016, 2020), horizon=5)
    >>> shelf_life(sum_over_sex_age(made), within=0.03)["lead"].values.tolist()
    [1, 2, 3, 4, 5]
    """
    wanted = as_tuple(by)
    if any(dim not in ("origin", "size_class") for dim in wanted) or len(set(wanted)) < len(wanted):
        raise SchemaError(f"by: a shelf life is shown by origin or size_class, each once, not by {short_list(wanted)}.")
    numbers = isinstance(within, Real) and isinstance(share, Real)
    if not numbers or not within > 0.0 or not 0.0 < share <= 1.0:
        raise SchemaError(f"shelf_life: within {within!r} is above 0, and share {share!r} above 0 and at most 1.")
    target = sum_over_sex_age(check_hindcasts(hindcasts)).sortby("lead")
    if "size_class" in wanted and "jump_off" not in target.coords:
        raise SchemaError("by: size_class needs the coordinate jump_off, the population at the origin; add it.")
    observed = target["observed"]
    error = abs(point(target) - observed)
    pair = error.notnull()
    near = _pooled((error <= within * observed).astype(float).where(pair), target, wanted)
    # shares of counts: a rounding error must not turn 80 of 100 areas into less than 80 %
    holds = near >= share - 1e-12
    known = near.notnull()
    kept = (holds | ~known).cumprod("lead").astype(bool) & known
    return xr.Dataset(
        {
            "shelf_life": kept["lead"].where(kept, 0).max("lead").assign_attrs(units="years"),
            "censored": ~(known & ~holds).any("lead"),
            "near": near,
        }
    )


def _pooled(near: xr.DataArray, target: xr.Dataset, wanted: tuple[str, ...]) -> xr.DataArray:
    bare = near.reset_coords(drop=True)
    if "size_class" not in wanted:
        return bare.mean([dim for dim in ("origin", "area") if dim not in wanted])
    member = class_membership(target["jump_off"].reset_coords(drop=True))
    out = [dim for dim in ("origin", "area") if dim not in wanted]
    below = (member * bare.notnull()).sum(out)
    return (bare.fillna(0.0) * member).sum(out) / below.where(below > 0)

"""Why a forecast missed."""

from kompaslite.deviation.explain import explain_deviation

__all__ = ["explain_deviation"]

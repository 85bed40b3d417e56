"""Uncertainty: draws, empirical intervals, and summaries of more futures than fit in memory."""

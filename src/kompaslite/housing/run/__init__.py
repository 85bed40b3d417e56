"""Housing inside the years of a projection."""

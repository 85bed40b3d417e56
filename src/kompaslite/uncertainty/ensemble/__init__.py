"""Many futures of the assumptions, held as products of factors."""

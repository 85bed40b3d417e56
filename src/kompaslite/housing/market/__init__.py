"""The moving market: who fills an opening, and what one more dwelling brings."""

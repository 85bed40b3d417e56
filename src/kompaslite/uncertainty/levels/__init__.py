"""Levels of the components: how they wandered, and how they may."""

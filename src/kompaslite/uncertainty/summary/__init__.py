"""Many futures through the engine, block by block; only what is asked for is kept."""

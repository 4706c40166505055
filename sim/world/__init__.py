"""What could happen: a scenario becomes a world, a world an ensemble, an ensemble a projection."""

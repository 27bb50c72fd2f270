"""Discrete systems: states and their order, networks, gates, coarse-grainings, published examples."""

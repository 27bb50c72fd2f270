"""Figures: a result in, a matplotlib figure out. Nothing is computed here that a result doesn't hold."""

"""Measures of causal power in closed form: one module a measure."""

"""Compiled loops of the simulations: arrays and numbers only; objects stop at the door."""

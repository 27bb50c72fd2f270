"""Compiled loops of the integrated-information engine: arrays and integers only.

This package is the one place that imports numba. Objects stop at the door: callers hand over
float64 arrays and bit masks and get arrays back. Conventions:

* a set of elements is an int64 bit mask, element ``i`` = bit ``i``;
* a set of states of at most six binary elements is a uint64 bit mask, state ``x`` = bit ``x``;
* a repertoire over purview ``P`` is flat, little-endian in the ascending elements of ``P``;
* all comparisons of phi and Phi use :data:`causalgrain.phi.conventions.TOLERANCE`.
"""

"""Balance of excitation and inhibition over scales: ensembles of units, binned at widths from milliseconds to seconds.

Conventions, for everything here. An *ensemble* is all excitatory or all inhibitory units; arrays come as (excitatory,
inhibitory), in this order. E(t; D) and I(t; D) are the ensembles' activity in the bin [t, t + D), and f = E - I. This
is balance of populations, not of synaptic currents. Widths and times are s, rates Hz. How spikes become E and I is a
*normalisation*, stated in :mod:`.binned`; the published one, spikes a unit, is "fraction".

References
----------
Dehghani et al. (2016) Sci. Rep. 6:23176; Dehghani (2025) arXiv 2306.11965.
"""

"""Recordings with known answers: a balanced network of excitatory and inhibitory cells.

`balanced` is the verb, `balanced_truth` what it gives, `balanced_settings` the parameters and regimes,
`balanced_engine` wiring, drive and clock on plain arrays, `balanced_sweep` the curve over inhibition; `kernels` the
compiled loop.
"""

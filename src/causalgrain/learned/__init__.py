"""Learned multiscale causal variables (extra `learn`: JAX and optax)."""

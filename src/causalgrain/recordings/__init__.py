"""Recordings of neural activity: the value, one reader per format, preprocessing."""

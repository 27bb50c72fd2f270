"""Published numbers, printed beside what this package gives: one module a paper."""

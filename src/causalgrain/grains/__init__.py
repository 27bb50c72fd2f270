"""Every grain of a system: which there are, and the search over them."""

"""Everything the public reads: ready bytes in tables of their own, made when something is published."""

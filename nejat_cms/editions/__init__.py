"""Editions as data: one publication of the house for each locale."""

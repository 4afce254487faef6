"""Bringing their feed to those who subscribe to it."""

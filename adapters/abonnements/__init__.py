"""Subscriptions: who is to be told of what changes, where, under which secret, and how far it was told."""

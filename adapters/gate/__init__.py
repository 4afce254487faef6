"""The gate: the one way by which data leaves, and the one door by which it comes in."""

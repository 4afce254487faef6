"""Papers: what the gate answered, written as PDF. This room has no data of its own, and decides nothing."""

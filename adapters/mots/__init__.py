"""The few French words that no catalogue holds; CSV."""

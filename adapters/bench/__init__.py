"""``unefois bench``: what the product sustains here, each line against a yardstick measured in turn with it."""

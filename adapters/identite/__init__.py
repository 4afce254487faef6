"""Who asks: tokens, keys, sign-in."""

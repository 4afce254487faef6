"""The demonstration: a synthetic département, people to sign in as, and an issuer of its own. Refused elsewhere."""

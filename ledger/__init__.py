"""What happened, for ever: events, the dossier, sealing, keys, writing, reading, and the journal of who looked."""

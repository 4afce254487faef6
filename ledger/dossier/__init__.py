"""One household's case, as its history makes it: commands give events, events give the state."""

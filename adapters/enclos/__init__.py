"""A process apart, for what others made: no environment, no file to write, no database; memory and time are counted."""

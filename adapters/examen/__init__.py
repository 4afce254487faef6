"""What a file is, found in its content, by a process that has nothing else."""

"""The pages of who administers the registry: a process of its own, which reads no case."""

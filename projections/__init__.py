"""What each reader needs to see, rebuilt from the log: the commissions' views and the process that keeps them."""

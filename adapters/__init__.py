"""How the outside reaches us: REST, pages, EXPLOC lots, the command line, and the one place that wires them."""

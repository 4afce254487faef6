"""One file per commission: what its view keeps, the row of a case, and which cases are on its worklist."""

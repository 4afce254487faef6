"""Spreadsheets that people fill: each cell to a value or a fault. Read by a process of their own, never evaluated."""

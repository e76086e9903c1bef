"""Plain values and ports: what every room speaks in. Standard library only, no I/O."""

"""What a signed-in request costs, beside the peers. `make bench`, or `python -m benchmarks --help`."""

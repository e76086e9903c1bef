"""What users' own tests import.

Clocks are here. The contract suites need pytest and Hypothesis and are imported by module:
`store_contract` and `process_contract` (subclass them), `store_model` (a state machine).
"""

from watchword.testing.clocks import FileClock, ManualClock

__all__ = ["FileClock", "ManualClock"]

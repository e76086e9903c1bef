import pytest

pytest.register_assert_rewrite(
    "watchword.testing.store_contract", "watchword.testing.process_contract", "watchword.testing.store_model"
)

"""What outsiders import is a list somebody wrote down."""

import watchword
import watchword.flask


def test_the_flask_face_is_exactly_this():
    assert sorted(watchword.flask.__all__) == ["Sessions", "Watchword", "current_user", "login_required"]
    assert all(hasattr(watchword.flask, name) for name in watchword.flask.__all__)


def test_the_package_itself_is_exactly_this():
    assert sorted(watchword.__all__) == [
        "ConfigurationError",
        "Feature",
        "Outage",
        "Policy",
        "SessionClosed",
        "SessionTooLarge",
        "UnstorableValue",
        "WatchwordError",
        "__version__",
    ]
    assert all(hasattr(watchword, name) for name in watchword.__all__)

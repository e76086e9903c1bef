"""Scheme, host and client as the browser has them; proxies believed for a configured number of hops (B-147)."""

from pathlib import Path

import pytest

from watchword.compose.settings import read_settings
from watchword.flask.wire import FlaskWire


def _wire(environ, **config):
    settings, _ = read_settings(config, {}, instance=Path("x"), debug=True)
    return FlaskWire(
        {"wsgi.url_scheme": "http", "REMOTE_ADDR": "10.0.0.1", "HTTP_HOST": "In.Example", **environ}, settings
    )


FORWARDED = {
    "HTTP_X_FORWARDED_FOR": "6.6.6.6, 203.0.113.9, 10.0.0.2",
    "HTTP_X_FORWARDED_PROTO": "http, https, http",
    "HTTP_X_FORWARDED_HOST": "evil, app.example, inner",
}


def test_no_proxy_is_believed_by_default():
    wire = _wire(FORWARDED)
    assert (wire.address, wire.scheme, wire.host) == ("10.0.0.1", "http", "in.example")


@pytest.mark.parametrize(
    ("hops", "expected"),
    [
        (1, ("10.0.0.2", "http", "inner")),
        (2, ("203.0.113.9", "https", "app.example")),
        (3, ("6.6.6.6", "http", "evil")),
        (4, ("10.0.0.1", "http", "evil")),
    ],
)
def test_the_right_most_values_count(hops, expected):
    wire = _wire(FORWARDED, WATCHWORD_PROXY_HOPS=hops)
    assert (wire.address, wire.scheme, wire.host) == expected


@pytest.mark.parametrize(("address", "here"), [("127.0.0.1", True), ("::1", True), ("", True), ("192.168.1.5", False)])
def test_B_69_development_answers_this_machine_alone(address, here):
    assert _wire({"REMOTE_ADDR": address}).usable is here


@pytest.mark.parametrize(("scheme", "usable"), [("http", False), ("https", True)])
def test_B_58_production_carries_sessions_over_https_alone(scheme, usable):
    wire = _wire({"wsgi.url_scheme": scheme}, WATCHWORD_ENV="production", SECRET_KEY="0123456789abcdef-long")
    assert wire.usable is usable
    assert wire.cookie_name == "__Host-watchword"


def test_the_development_cookie_follows_the_scheme():
    assert _wire({}).cookie_name == "watchword-dev"
    assert _wire({"wsgi.url_scheme": "https"}).cookie_name == "__Host-watchword"
    assert _wire({}, WATCHWORD_COOKIE_NAME="mine").cookie_name == "mine"


def test_an_origin_has_no_query():
    origin = _wire(
        {"PATH_INFO": "/p", "SCRIPT_NAME": "/m", "QUERY_STRING": "token=1", "REQUEST_METHOD": "GET"}
    ).origin()
    assert (origin.path, origin.method, origin.client.address) == ("/m/p", "GET", "10.0.0.1")


def test_proxies_that_write_one_value_over_another_are_understood():
    """Two hops, of which the inner one set -Proto and -Host anew and both added to -For."""
    environ = {
        "HTTP_X_FORWARDED_FOR": "203.0.113.9, 10.0.0.2",
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_HOST": "app.example",
    }
    wire = _wire(environ, WATCHWORD_PROXY_HOPS=2)
    assert (wire.address, wire.scheme, wire.host) == ("203.0.113.9", "https", "app.example")

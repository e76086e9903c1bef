"""Plain http in the production profile, and who may say otherwise (A-SES-24), on real servers."""

import pytest

from tests.client import PASSWORD, Client
from tests.servers import PRELOAD, migrate, running

pytestmark = pytest.mark.server

NO_TRUST = {"WATCHWORD_ENV": "production", "FORWARDED_ALLOW_IPS": ""}  # the second is gunicorn's own trust in loopback


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    with running(migrate(tmp_path_factory.mktemp("plain") / "instance"), env=NO_TRUST, options=PRELOAD) as server:
        yield server


LIES = [
    {},
    {"X-Forwarded-Proto": "https"},
    {"X-Forwarded-Proto": "http"},
    {"Forwarded": "proto=https"},
    {"X-Forwarded-Ssl": "on"},
]


@pytest.mark.parametrize("headers", LIES, ids=str)
def test_A_SES_24_plain_http_in_production(plain, headers):
    """Pages lead to https, everything else is refused, no cookie is set, whatever an untrusted peer claims."""
    client = Client(plain.url)
    secure = f"https://localhost:{plain.port}"
    for path in ("/auth/sign-in?next=/x", "/auth/register", "/auth/sign-out"):
        page = client.get(path, headers=headers)
        assert (page.status, page.get("Location")) == (308, secure + path)
        api = client.get(path, headers={**headers, "Accept": "application/json"})
        assert (api.status, api.json["error"]) == (403, "insecure_connection")
        sent = client.post(path, {"username": "x", "password": PASSWORD}, headers=headers)
        assert sent.status == 403
        assert "https" in sent.text
        assert client.send(path, {"username": "x", "password": PASSWORD}, headers=headers).status == 403
    assert client.post("/values?note=x", headers=headers).status == 200  # not kept; the log says why
    assert client.get("/anonymous-note", headers=headers).all("Set-Cookie") == []
    assert client.jar == {}
    assert "written over plain http" in plain.log


def test_A_SES_24_a_cookie_is_not_honoured_over_plain_http(production, name):
    """The same genuine cookie counts over https only; one trusted proxy says which it was."""
    https = {"X-Forwarded-Proto": "https"}
    client = Client(production.url, headers=https)
    client.name = name()
    client.register(client.name)
    answer = client.sign_in(client.name)
    assert answer.status == 303
    (cookie,) = [value for value in answer.all("Set-Cookie") if value.startswith("__Host-watchword=")]
    assert {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"} <= set(cookie.split("; "))
    assert "domain" not in cookie.lower()
    assert client.user is not None
    for lie in ({"X-Forwarded-Proto": "http"}, {"X-Forwarded-Proto": "https, http"}, {"X-Forwarded-Proto": ""}):
        plain = Client(production.url, headers=lie, jar=dict(client.jar))
        assert plain.user is None
        assert plain.get("/anonymous-note").all("Set-Cookie") == []
    assert Client(production.url, jar=dict(client.jar)).user is None
    assert Client(production.url, headers={"X-Forwarded-Proto": "http, https"}, jar=dict(client.jar)).user is not None


def test_A_SES_24_the_trusted_hop_alone_is_believed_about_the_client(production):
    """What stood before the proxy's own entry was the client's to write."""
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.66, 203.0.113.9"}
    client = Client(production.url, headers=headers)
    client.sign_in("nobody")
    row = production.audited("authn_login_fail")[-1]
    assert row["address"] == "203.0.113.9"

"""Attacks on making accounts: races, look-alike names, injections (A-REG-*), on a real server."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.client import PASSWORD, Client

pytestmark = pytest.mark.server


def named(server, name):
    return server.rows("SELECT * FROM watchword_accounts WHERE name = ?", name)


def test_A_REG_02_uniqueness_race(server, name):
    """Of 32 who register one name at once, in several spellings, one gets it and can sign in."""
    wanted = name()
    spellings = [wanted, wanted.upper(), wanted.title(), "".join(chr(ord(c) + 0xFEE0) for c in wanted)]
    clients = [Client(server.url) for _ in range(32)]
    forms = [client.get("/auth/register").csrf for client in clients]

    def register(number):
        fields = {"csrf_token": forms[number], "username": spellings[number % 4], "password": f"{PASSWORD} {number}"}
        return clients[number].post("/auth/register", fields)

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(register, range(32)))
    assert sorted(answer.status for answer in answers) == [303] + [409] * 31
    assert all("This name is taken" in answer.text for answer in answers if answer.status == 409)
    (account,) = named(server, wanted)
    assert server.rows("SELECT count(*) AS n FROM watchword_credentials WHERE account_id = ?", account["id"]) == [
        {"n": 1}
    ]
    winner = next(number for number in range(32) if answers[number].status == 303)
    signed_in = [clients[number].sign_in(wanted, f"{PASSWORD} {number}").status for number in range(32)]
    assert signed_in == [303 if number == winner else 401 for number in range(32)]


LOOK_ALIKES = [
    "ad\u200bmin",
    "\u0430dmin",
    "ad\u00admin",
    "admin\u202e",
    "adm\u0131n\u0430",
    "ad min",
    "admin\n",
    "ad\ufeffmin",
    "@dmin",
]
BREAKS = ["x\r\nBcc: y@evil.example", "x\nBcc: y", "x\u2028Bcc: y", "x\x0bBcc: y", "x\x85Bcc: y"]
TEMPLATES = ["{{7*7}}", "{0.__class__}", "%s%n", "${7*7}", "{% raw %}", "<script>x</script>", '"><b>']


def test_A_REG_04_homographs_and_widths(server, client, name):
    base = name()
    assert client.register(base).status == 303
    for same in (base.upper(), f"  {base} ", "".join(chr(ord(c) + 0xFEE0) for c in base)):
        assert client.register(same).status == 409
    for bad in LOOK_ALIKES:
        answer = client.register(bad)
        assert answer.status in (400, 422), bad
        assert "aria-invalid" in answer.text
    assert server.rows("SELECT count(*) AS n FROM watchword_accounts WHERE name LIKE '%dm_n%'") == [{"n": 0}]


@pytest.mark.parametrize(
    "text", ["x\r\nBcc: y@evil.example", "x\nBcc: y", "x\u2028Bcc: y", "x\x0bBcc: y", "x\x85Bcc: y"]
)
def test_A_REG_10_no_line_breaks_in_names(client, name, text):
    assert client.register(text).status in (400, 422)
    assert client.register(name(), display_name=text).status in (400, 422)
    answer = client.send("/auth/register", {"username": name(), "password": PASSWORD, "display_name": text})
    assert answer.status in (400, 422)
    assert answer.json["field"] == "display_name"


@pytest.mark.parametrize(
    "text", ["{{7*7}}", "{0.__class__}", "%s%n", "${7*7}", "{% raw %}", "<script>x</script>", '"><b>']
)
def test_A_REG_11_template_injection(client, name, text):
    """Shown literally, and escaped, on every page that shows it."""
    username = name()
    assert client.register(username, display_name=text).status == 303
    client.sign_in(username)
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")
    for path in ("/", "/auth/sign-in", "/auth/register"):
        page = client.get(path).text
        assert escaped in page
        assert "49" not in page.partition("<h1>")[2].replace(username, "")
        assert "<script>x" not in page
    again = Client(client.base).submit("/auth/register", username=text, display_name=text, password="short")
    assert again.status in (400, 422)
    assert f'value="{escaped}"' in again.text.replace("&#39;", "'")


@pytest.mark.parametrize("unit", ["a", "\u0301", "@.", "\u200b", "ﷺ", "a\u0323\u0307", " "])
def test_A_REG_19_long_crafted_input_is_judged_fast(client, unit):
    """Tens of kilobytes in every field and header: refused within moments."""
    text = unit * (24_000 // len(unit.encode()) // 3)
    began = time.perf_counter()
    assert client.register(text, display_name=text).status in (400, 422)
    assert client.sign_in(text, text).status in (400, 401)
    assert client.send("/auth/register", {"username": text[:255], "password": text[:4096]}).status in (400, 422)
    header = {
        "User-Agent": "a" * 7000,
        "Accept": "a/b;q=1," * 900,
        "X-Request-Id": "(" * 7000,
        "Accept-Language": "a," * 3000,
    }
    assert client.get("/auth/sign-in", headers=header).status == 200
    assert time.perf_counter() - began < 2

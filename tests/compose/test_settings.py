"""Settings: what is read, from where, and what is refused with which remedy."""

from pathlib import Path

import pytest

from watchword.compose.settings import read_settings
from watchword.kernel.policy import Policy

GOOD = "0123456789abcdef-a-good-long-key"


def _read(config=None, environ=None, *, debug=False, policy=None):
    return read_settings(config or {}, environ or {}, instance=Path("/i"), debug=debug, policy=policy)


def _wrong(setting, config, **options):
    _, problems = _read({"SECRET_KEY": GOOD, **config}, **options)
    return [f"{problem.what} {problem.remedy}" for problem in problems if problem.setting == setting]


def test_development_needs_nothing():
    settings, problems = _read(debug=True)
    assert problems == []
    assert not settings.production
    assert settings.secrets == ()
    assert settings.store_url == "sqlite:////i/watchword-sessions.sqlite3"
    assert settings.database_url == "sqlite:////i/watchword.sqlite3"
    assert settings.policy == Policy()


def test_no_debug_means_production():
    settings, problems = _read()
    assert settings.production
    assert [problem.setting for problem in problems] == ["SECRET_KEY"]
    assert "token_hex" in problems[0].remedy


def test_the_profile_is_named_by_config_or_environment():
    assert _read({"WATCHWORD_ENV": "production", "SECRET_KEY": GOOD}, debug=False)[0].production
    assert not _read(environ={"WATCHWORD_ENV": "development"})[0].production
    settings, problems = _read({"WATCHWORD_ENV": "staging", "SECRET_KEY": GOOD})
    assert settings.production
    assert problems[0].setting == "WATCHWORD_ENV"


def test_the_apps_configuration_wins_over_the_environment():
    settings, _ = _read({"WATCHWORD_SITE_NAME": "app"}, {"WATCHWORD_SITE_NAME": "env", "SECRET_KEY": GOOD})
    assert settings.site_name == "app"
    assert settings.secrets == (GOOD,)


def test_debug_in_production_is_refused():
    assert _wrong("DEBUG", {"WATCHWORD_ENV": "production"}, debug=True)


@pytest.mark.parametrize("key", ["", b"", 5, "short", "a" * 40, "change-me-change-me"])
def test_A_PLT_03_weak_secrets_do_not_start_in_production(key):
    _, problems = _read({"SECRET_KEY": key})
    assert [problem.setting for problem in problems] == ["SECRET_KEY"]


def test_keys_rotate_newest_first():
    settings, problems = _read({"SECRET_KEY": GOOD, "SECRET_KEY_FALLBACKS": [GOOD[::-1]]})
    assert problems == []
    assert settings.secrets == (GOOD, GOOD[::-1])


@pytest.mark.parametrize("fallbacks", ["one", 5, [""], [5], ["short"]])
def test_bad_fallbacks_are_told(fallbacks):
    assert _wrong("SECRET_KEY_FALLBACKS", {"SECRET_KEY_FALLBACKS": fallbacks})


@pytest.mark.parametrize("prefix", ["auth", "/auth/", "", "/", "/a b", "/a//b"])
def test_a_prefix_begins_with_a_slash_and_does_not_end_so(prefix):
    assert _wrong("WATCHWORD_URL_PREFIX", {"WATCHWORD_URL_PREFIX": prefix})


@pytest.mark.parametrize("value", [-1, "x", None, "2"])
def test_hops_are_a_whole_number(value):
    wrong = _wrong("WATCHWORD_PROXY_HOPS", {"WATCHWORD_PROXY_HOPS": value})
    assert bool(wrong) == (value in (-1, "x"))


def test_text_settings_are_text():
    assert _wrong("WATCHWORD_STORE_URL", {"WATCHWORD_STORE_URL": 5})


def test_production_is_reached_by_https():
    assert _wrong("WATCHWORD_PUBLIC_URL", {"WATCHWORD_PUBLIC_URL": "http://example.org"})
    assert not _wrong("WATCHWORD_PUBLIC_URL", {"WATCHWORD_PUBLIC_URL": "https://example.org/"})
    assert not _wrong("WATCHWORD_PUBLIC_URL", {"WATCHWORD_PUBLIC_URL": "http://localhost"}, debug=True)


@pytest.mark.parametrize(
    ("config", "setting"),
    [
        ({"SESSION_COOKIE_DOMAIN": ".example.org"}, "SESSION_COOKIE_DOMAIN"),
        ({"SESSION_COOKIE_PATH": "/app"}, "SESSION_COOKIE_PATH"),
        ({"SESSION_COOKIE_HTTPONLY": False}, "SESSION_COOKIE_HTTPONLY"),
        ({"SESSION_COOKIE_SAMESITE": "None"}, "SESSION_COOKIE_SAMESITE"),
        ({"WATCHWORD_COOKIE_NAME": "a b"}, "WATCHWORD_COOKIE_NAME"),
        ({"WATCHWORD_COOKIE_NAME": "__Secure-x"}, "WATCHWORD_COOKIE_NAME"),
    ],
)
def test_B_58_cookie_attributes_that_weaken_are_refused(config, setting):
    assert _wrong(setting, config)


def test_flasks_own_cookie_settings_count_where_they_differ():
    settings, problems = _read(
        {
            "SECRET_KEY": GOOD,
            "SESSION_COOKIE_NAME": "sid",
            "SESSION_COOKIE_SAMESITE": "Strict",
            "SESSION_COOKIE_PATH": "/",
        }
    )
    assert problems == []
    assert settings.session_cookie(https=True) == "sid"
    assert settings.cookie_samesite == "Strict"
    assert _read({"SESSION_COOKIE_NAME": "session"}, debug=True)[0].session_cookie(https=False) == "watchword-dev"


def test_the_policy_comes_as_one_or_as_figures():
    assert _read({"WATCHWORD_POLICY": Policy(idle=60)}, debug=True)[0].policy.idle == 60
    assert _read({"WATCHWORD_POLICY": {"idle": 90}}, debug=True)[0].policy.idle == 90
    assert _read({"WATCHWORD_POLICY": {"idle": 90}}, debug=True, policy=Policy(idle=5))[0].policy.idle == 5


@pytest.mark.parametrize("policy", ["strict", {"idel": 5}, {"idle": 0}, {"idle": True}, {"idle": "9"}])
def test_a_bad_policy_is_told(policy):
    settings, problems = _read({"WATCHWORD_POLICY": policy}, debug=True)
    assert [problem.setting for problem in problems] == ["WATCHWORD_POLICY"]
    assert settings.policy == Policy()

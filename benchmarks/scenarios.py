"""What is asked of every app, by one person who is signed in."""

from dataclasses import dataclass

from benchmarks.browser import Browser, Environ


@dataclass(frozen=True)
class Scenario:
    """`big` puts nine kilobytes into the session first; `bare` sends no cookie."""

    name: str
    method: str
    path: str
    words: str
    big: bool = False
    bare: bool = False

    def prepare(self, browser: Browser) -> Environ:
        """The request, from a browser that signed in just now."""
        if self.big:
            browser.request("POST", "/fill")
        if self.bare:
            browser.jar.clear()
        return browser.prepare(self.method, self.path)


SCENARIOS = (
    Scenario("untouched", "GET", "/plain", "a page that never looks at the session, no cookie sent", bare=True),
    Scenario("untouched+cookie", "GET", "/plain", "the same page, the browser sends its session cookie"),
    Scenario("read", "GET", "/read", "the view reads one value of the session"),
    Scenario("subject", "GET", "/who", "the view reads one value and asks who is signed in"),
    Scenario("write", "POST", "/count", "the view reads a number and writes it back, one higher"),
    Scenario("read@9k", "GET", "/read", "the view reads a small value of a session that holds 9 KB", big=True),
    Scenario("9k", "GET", "/size", "the view reads the 9 KB value itself", big=True),
)

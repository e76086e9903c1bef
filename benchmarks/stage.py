"""An app built in a folder of its own, ready to be asked."""

import gc
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from benchmarks.apps import App
from benchmarks.browser import Browser, Environ, WsgiApp, play
from benchmarks.scenarios import SCENARIOS, Scenario


class Stage:
    """Use it as a context manager: its folder goes with it."""

    def __init__(self, app: App, *, observed: bool = False) -> None:
        self._folder = TemporaryDirectory(prefix="watchword-benchmark-", ignore_cleanup_errors=True)
        self.built = app.build(Path(self._folder.name), observed=observed)
        self.wsgi: WsgiApp = self.built.app.wsgi_app

    def __enter__(self) -> "Stage":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    def scenarios(self) -> list[Scenario]:
        """Those that make sense for this app."""
        return [scenario for scenario in SCENARIOS if scenario.name not in self.built.lacks]

    def environ(self, scenario: Scenario) -> Environ:
        """The scenario's request by somebody who signed in just now, so that no session falls due for upkeep
        while it is measured; asked a few times already, so that every cache is warm."""
        browser = Browser(self.wsgi)
        self.built.sign_in(browser)
        environ = scenario.prepare(browser)
        self.play(environ, 5)
        return environ

    def play(self, environ: Environ, times: int) -> None:
        for _ in range(times):
            play(self.wsgi, environ)


def settle() -> None:
    """Leave what was built out of the collector's later rounds: a bigger app would make all requests dearer."""
    gc.collect()
    gc.freeze()

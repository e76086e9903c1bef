"""Templates: ours and the features', any of which an application overrides. The only module with jinja2."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import jinja2

from watchword.auth import Feature
from watchword.web.rooms import folders

FOLDER: Final = "templates"

Render = Callable[[str, Mapping[str, object]], str]
"""Fills in the template of that name. `flask.render_template` behind a lambda is one."""


Loader = jinja2.BaseLoader
"""Finds templates by name."""


def template_loader(features: Sequence[Feature]) -> Loader:
    """Finds `watchword/<route>.html` in the features' rooms and the common ones in ours.

    Put the application's loader before it, and its `watchword/sign_in.html` wins.
    """
    return jinja2.FileSystemLoader(folders(features, FOLDER))


def standalone_renderer(features: Sequence[Feature], app_loader: jinja2.BaseLoader | None = None) -> Render:
    """Renders without a framework: everything is escaped, and a misspelt variable is an error."""
    own = template_loader(features)
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([app_loader, own]) if app_loader else own,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )

    def render(name: str, context: Mapping[str, object]) -> str:
        return environment.get_template(name).render(context)

    return render

"""The one place that knows every class: settings in, a working kgtool out.

It has floors, each in a file of its own and each standing on the one before: ``base``,
``reading``, ``questions``, ``registry``, ``writing``, ``following``, ``operation``. A part may use
those of its own floor and of the floors below. Each part is made when it is first asked for, and
its module imported then.
"""

from __future__ import annotations

from kgtool.settings import Settings
from kgtool.wiring.operation import Operation


class Kgtool(Operation):
    """All use cases over one workspace."""


def build(settings: Settings) -> Kgtool:
    """Wire everything. Opens no file and no connection until a part is used."""
    return Kgtool(settings)

"""The list of steps, and how one is declared."""

from typing import Callable, NamedTuple

DEMO = "deploy/demo"
PRODUCTION = "deploy/production"
# On what the steps with an overlay build.
FOUNDATIONS = {DEMO: ("images", "apply"), PRODUCTION: ("images", "production-apply")}


class Step(NamedTuple):
    name: str
    says: str
    deadline: int  # seconds; it ends a hang, and leaves a machine that is busy its time
    run: Callable
    only_kube_real: bool
    beside: bool
    overlay: str

    def needs(self):
        """The names of the steps that have to pass before it."""
        foundations = FOUNDATIONS[self.overlay]
        before = foundations.index(self.name) if self.name in foundations else len(foundations)
        return foundations[:before]


ALL: list[Step] = []


def step(name, deadline, only_kube_real=False, beside=False, overlay=DEMO):
    """Declares a step: its function gets the Cluster and the Demo, and its docstring is its sentence.
    One that runs `beside` the next ones needs nothing of them; it is waited for before the cluster
    is broken."""

    def declare(function):
        ALL.append(Step(name, " ".join(function.__doc__.split()), deadline, function, only_kube_real,
                        beside, overlay))
        return function

    return declare

"""The list of steps, and how one is declared."""

from typing import Callable, NamedTuple


class Step(NamedTuple):
    name: str
    says: str
    deadline: int  # seconds
    run: Callable
    only_kube_real: bool
    beside: bool


ALL: list[Step] = []


def step(name, deadline, only_kube_real=False, beside=False):
    """Declares a step: its function gets the Cluster and the Demo, and its docstring is its sentence.
    One that runs `beside` the next ones needs nothing of them; it is waited for before the cluster
    is broken."""

    def declare(function):
        ALL.append(Step(name, " ".join(function.__doc__.split()), deadline, function, only_kube_real,
                        beside))
        return function

    return declare

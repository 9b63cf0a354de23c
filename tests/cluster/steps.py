"""The list of steps, and how one is declared."""

from typing import Callable, NamedTuple


class Step(NamedTuple):
    name: str
    says: str
    deadline: int  # seconds
    run: Callable
    only_kube_real: bool


ALL: list[Step] = []


def step(name, deadline, only_kube_real=False):
    """Declares a step: its function gets the Cluster and the Demo, and its docstring is its sentence."""

    def declare(function):
        ALL.append(Step(name, " ".join(function.__doc__.split()), deadline, function, only_kube_real))
        return function

    return declare

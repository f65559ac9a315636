"""Transport from a law that can be drawn from to weighted points. Names and conventions as in POT's ``ot.semidiscrete``.

Everything follows from one potential of the targets, which averaged stochastic gradients of the semi-dual find: Genans,
Godichon-Baggioni, Vialard, Wintenberger, NeurIPS 2025. Exact in the plane: ``thalweg.match(method="semi-discrete")``.
"""

import numpy as np

from .._errors import InputError
from . import _derivatives, _engine
from ._kinds import Kind, host, rows, weights
from ._public import public
from .utils import dist

__all__ = [
    "semidiscrete_atom_weights",
    "semidiscrete_c_transform",
    "semidiscrete_ot_map",
    "solve_semidiscrete",
]


@public
def semidiscrete_atom_weights(X_target, X_source, semi_dual_potential, a_target=None, metric=None, reg=0.0):
    """What share of each source goes to each target under a potential, ``(n, m)``.

    Parameters
    ----------
    X_target : array_like, shape (m, d)
    X_source : array_like, shape (n, d)
    semi_dual_potential : array_like, shape (m,)
    a_target : array_like, shape (m,), optional
        Weights; equal by default.
    metric : str or callable, optional
        As in :func:`thalweg.ot.dist` (``sqeuclidean`` by default), or a function from both clouds to ``(n, m)`` costs.
    reg : float
        Strength of the entropy; without it all of a source goes to one target.
    """
    _detached(X_target, X_source, semi_dual_potential)
    kind, targets, b = _targets(X_target, a_target)
    gain = _potential(semi_dual_potential, b) - _costs(metric, rows(X_source, "The points X_source"), targets, kind)
    return kind(_shares(gain, _strength(reg), b))


@public
def semidiscrete_c_transform(X_target, X_source, semi_dual_potential, a_target=None, metric=None, reg=0.0):
    """The best potential of the sources for one of the targets, ``(n,)``: ``min_j c(x, y_j) - g_j``, or with an entropy ``-reg log
    sum_j b_j exp((g_j - c(x, y_j)) / reg)``. Parameters as in :func:`semidiscrete_atom_weights`."""
    _detached(X_target, X_source, semi_dual_potential)
    kind, targets, b = _targets(X_target, a_target)
    gain = _potential(semi_dual_potential, b) - _costs(metric, rows(X_source, "The points X_source"), targets, kind)
    top = gain.max(axis=1)
    reg = _strength(reg)
    if reg == 0:
        return kind(-top)
    return kind(-top - reg * np.log(np.exp((gain - top[:, None]) / reg) @ b))


@public
def semidiscrete_ot_map(X_target, X_source, semi_dual_potential, a_target=None, metric=None, reg=0.0):
    """Where the sources go: the targets weighted by :func:`semidiscrete_atom_weights`, ``(n, d)``."""
    shares = semidiscrete_atom_weights(X_target, X_source, semi_dual_potential, a_target, metric, reg)
    return Kind(X_target)(host(shares, "The shares") @ rows(X_target, "The points X_target"))


@public
def solve_semidiscrete(
    X_target,
    sampler_source="unif",
    a_target=None,
    metric=None,
    reg=0.0,
    max_iter=10000,
    batch_size=32,
    lr0=None,
    lr_exponent=2 / 3,
    init_potential=None,
    decreasing_reg=True,
    decreasing_reg_initial_eps=0.1,
    decreasing_reg_exponent=0.5,
    max_cost=None,
    polyak_average=True,
    log=False,
):
    """The potential of the targets, ``(m,)``, by averaged stochastic gradients; see :func:`semidiscrete_atom_weights`.

    Parameters
    ----------
    sampler_source : str or callable
        ``sampler_source(k)`` gives ``(k, d)`` draws; or ``unif`` (of the unit cube), ``ball`` (of the unit ball) or ``normal``, from
        NumPy's global generator.
    max_iter, batch_size
        Steps, all of which are made, and draws for each.
    lr0, lr_exponent
        Steps of length ``lr0 / t^lr_exponent``; ``lr0`` is ``sqrt(m batch_size)`` by default.
    decreasing_reg : bool
        Whether the entropy falls as ``decreasing_reg_initial_eps / t^decreasing_reg_exponent`` down to ``reg``.
    max_cost : float, optional
        Bound of the potential, which a bound of the costs is.
    polyak_average : bool
        Whether to give the mean of all iterates, not the last.

    Returns
    -------
    potential : array, shape (m,)
    log : dict
        With ``log=True``: ``last_potential`` and the budgets.
    """
    _detached(X_target, a_target, init_potential)
    kind, targets, b = _targets(X_target, a_target)
    draw, reg = _sampler(sampler_source, targets.shape[1]), _strength(reg)
    potential = np.zeros(len(b)) if init_potential is None else _potential(init_potential, b).copy()
    rate = float(np.sqrt(len(b) * batch_size)) if lr0 is None else _engine.positive(lr0, "lr0")
    mean = np.zeros(len(b))
    for step in range(1, int(max_iter) + 1):
        falling = decreasing_reg_initial_eps / step**decreasing_reg_exponent if decreasing_reg else 0.0
        gain = potential - _costs(metric, rows(draw(batch_size), "The draws"), targets, kind)
        missed = _shares(gain, max(reg, falling), b).mean(axis=0) - b
        potential = potential - rate / step**lr_exponent * missed
        if max_cost is not None:
            potential = np.clip(potential, -max_cost, max_cost)
        mean += (potential - mean) / step
    found = kind(mean if polyak_average else potential)
    if not log:
        return found
    budgets = dict(max_iter=max_iter, batch_size=batch_size, max_cost=max_cost, polyak_average=polyak_average)
    return found, {**budgets, "last_potential": kind(potential)}


def _shares(gain, reg, b):
    """Weights of the targets for each source: all on the best one, or by exponentials."""
    if reg == 0:
        shares = np.zeros_like(gain)
        shares[np.arange(len(gain)), gain.argmax(axis=1)] = 1.0
        return shares
    shares = np.exp((gain - gain.max(axis=1, keepdims=True)) / reg) * b
    return shares / shares.sum(axis=1, keepdims=True)


def _targets(X_target, a_target):
    kind, targets = Kind(X_target, a_target), rows(X_target, "The points X_target")
    return kind, targets, weights(a_target, len(targets), "The weights a_target")


def _potential(g, b):
    g = host(g, "The potential")
    if g.shape != b.shape:
        raise InputError(f"The potential has the shape {g.shape}, but there are {len(b)} targets.")
    return g


def _strength(reg):
    reg = float(reg)
    if not 0 <= reg < np.inf:
        raise InputError(f"reg is {reg}, but it must be finite and not negative.")
    return reg


def _costs(metric, x, y, kind):
    if callable(metric):
        return host(metric(kind(x), kind(y)), "The costs")
    return dist(x, y, "sqeuclidean" if metric is None else metric)


def _sampler(source, d):
    if callable(source):
        return source
    name = str(source).lower()
    if name in ("unif", "unif_cube"):
        return lambda k: np.random.uniform(size=(k, d))
    if name == "normal":
        return lambda k: np.random.normal(size=(k, d))
    if name in ("ball", "unif_ball"):
        return lambda k: _ball(np.random.normal(size=(k, d)), np.random.uniform(size=(k, 1)), d)
    raise InputError(f'There is no source called "{source}".', "They are unif, ball and normal, or a function.")


def _ball(directions, shares, d):
    return directions / np.linalg.norm(directions, axis=1, keepdims=True) * shares ** (1.0 / d)


def _detached(*arrays):
    _derivatives.refuse("Semi-discrete transport", "Detach the inputs with detach().", *arrays)

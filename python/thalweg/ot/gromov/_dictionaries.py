"""Spaces as mixtures of few, and dictionaries of those: Vincent-Cuaz, Vayer, Flamary, Corneli, Courty, ICML 2021.

At a fixed plan the loss of a mixture is a quadratic of its ``D`` shares, whose matrix is formed once; the shares then move in
``O(D)`` a step.
"""

import numpy as np

from ..._errors import InputError
from .. import _engine
from .._kinds import Kind, costs, host, relations, weights
from .._public import public
from ..utils import check_random_state
from ._exact import fused_gromov_wasserstein, gromov_wasserstein

# Of the moments of Adam.
_MEAN, _SQUARE, _LEAST = 0.9, 0.99, 1e-9


@public
def gromov_wasserstein_linear_unmixing(
    C, Cdict, reg=0.0, p=None, q=None, tol_outer=1e-5, tol_inner=1e-5, max_iter_outer=20, max_iter_inner=200,
    symmetric=None, **kwargs,
):  # fmt: skip
    """Shares ``w`` of atoms whose mixture is near a space: ``GW(C, sum_d w_d Cdict_d) - reg |w|^2``, a local minimum.

    Parameters
    ----------
    C : array_like, shape (n, n)
    Cdict : array_like, shape (D, m, m)
    reg : float
        Rewards shares that are few.
    p, q : array_like, shapes (n,) and (m,), optional
        Weights; equal by default.
    max_iter_outer, tol_outer
        Budget of rounds (a plan, then shares); ends once one changes the loss by a smaller fraction.
    max_iter_inner, tol_inner
        Budget and stopping rule of either half of a round.

    Returns
    -------
    w : array, shape (D,)
    C : array, shape (m, m)
        The mixture.
    T : array, shape (n, m)
    loss : float
    """
    kind = Kind(C, Cdict)
    space = _Space(C, None, p, 1.0)
    atoms = _Atoms(_stack(Cdict, "The atoms Cdict"), None, q)
    w, T, loss = _unmixed(space, atoms, reg, (tol_outer, tol_inner, max_iter_outer, max_iter_inner))
    return kind(w), kind(atoms.relations(w)), kind(T), loss


@public
def fused_gromov_wasserstein_linear_unmixing(
    C, Y, Cdict, Ydict, alpha, reg=0.0, p=None, q=None, tol_outer=1e-5, tol_inner=1e-5, max_iter_outer=20,
    max_iter_inner=200, symmetric=True, **kwargs,
):  # fmt: skip
    """:func:`gromov_wasserstein_linear_unmixing` of spaces with features ``Y`` ``(n, k)`` and ``Ydict`` ``(D, m, k)``, of which
    relations have the share ``alpha``; gives ``w``, the relations and the features of the mixture, ``T`` and the loss."""
    kind = Kind(C, Y, Cdict, Ydict)
    space = _Space(C, Y, p, float(alpha))
    atoms = _Atoms(_stack(Cdict, "The atoms Cdict"), _stack(Ydict, "The atoms Ydict"), q)
    w, T, loss = _unmixed(space, atoms, reg, (tol_outer, tol_inner, max_iter_outer, max_iter_inner))
    return kind(w), kind(atoms.relations(w)), kind(atoms.features(w)), kind(T), loss


@public
def gromov_wasserstein_dictionary_learning(
    Cs, D, nt, reg=0.0, ps=None, q=None, epochs=20, batch_size=32, learning_rate=1.0, Cdict_init=None,
    projection="nonnegative_symmetric", use_log=True, tol_outer=1e-5, tol_inner=1e-5, max_iter_outer=20,
    max_iter_inner=200, use_adam_optimizer=True, verbose=False, random_state=None, **kwargs,
):  # fmt: skip
    """``D`` atoms of ``nt`` points whose mixtures are near all of the spaces ``Cs``, by stochastic descent.

    Parameters
    ----------
    Cs : list of array_like, shapes (n_s, n_s)
    D, nt : int
    ps : list of array_like, shapes (n_s,), optional
    q : array_like, shape (nt,), optional
    epochs, batch_size, learning_rate
        Passes over the spaces, spaces a step, and the length of a step.
    Cdict_init : array_like, shape (D, nt, nt), optional
        Drawn from ``random_state`` around the means of the spaces by default.
    projection : str
        ``nonnegative`` and ``symmetric``, both, or neither.
    use_adam_optimizer : bool
        Whether steps follow Adam or the gradient.
    reg, tol_outer, tol_inner, max_iter_outer, max_iter_inner
        As in :func:`gromov_wasserstein_linear_unmixing`.

    Returns
    -------
    Cdict : array, shape (D, nt, nt)
        After the epoch of the least loss.
    log : dict
        ``loss_batches`` and ``loss_epochs``.
    """
    kind, drawn = Kind(*Cs), check_random_state(random_state)
    spaces = [_Space(C, None, p, 1.0) for C, p in zip(Cs, [None] * len(Cs) if ps is None else ps)]
    atoms = _Atoms(_drawn_relations(Cs, D, nt, Cdict_init, drawn), None, q)
    budgets = tol_outer, tol_inner, max_iter_outer, max_iter_inner
    best, _, log = _learned(
        spaces,
        atoms,
        reg,
        (epochs, batch_size),
        (learning_rate, None),
        projection,
        use_adam_optimizer,
        budgets,
        drawn,
        verbose,
    )
    return kind(best), log if use_log else {"loss_batches": [], "loss_epochs": log["loss_epochs"]}


@public
def fused_gromov_wasserstein_dictionary_learning(
    Cs, Ys, D, nt, alpha, reg=0.0, ps=None, q=None, epochs=20, batch_size=32, learning_rate_C=1.0, learning_rate_Y=1.0,
    Cdict_init=None, Ydict_init=None, projection="nonnegative_symmetric", use_log=False, tol_outer=1e-5, tol_inner=1e-5,
    max_iter_outer=20, max_iter_inner=200, use_adam_optimizer=True, verbose=False, random_state=None, **kwargs,
):  # fmt: skip
    """:func:`gromov_wasserstein_dictionary_learning` of spaces with features ``Ys`` ``(n_s, k)``, of which relations have the
    share ``alpha``; gives the relations ``(D, nt, nt)`` and the features ``(D, nt, k)`` of the atoms, and the log."""
    kind, drawn = Kind(*Cs, *Ys), check_random_state(random_state)
    given = zip(Cs, Ys, [None] * len(Cs) if ps is None else ps)
    spaces = [_Space(C, Y, p, float(alpha)) for C, Y, p in given]
    structure = _drawn_relations(Cs, D, nt, Cdict_init, drawn)
    atoms = _Atoms(structure, _drawn_features(spaces, D, nt, Ydict_init, drawn), q)
    budgets, rates = (tol_outer, tol_inner, max_iter_outer, max_iter_inner), (learning_rate_C, learning_rate_Y)
    best, features, log = _learned(
        spaces, atoms, reg, (epochs, batch_size), rates, projection, use_adam_optimizer, budgets, drawn, verbose
    )
    return kind(best), kind(features), log if use_log else {"loss_batches": [], "loss_epochs": log["loss_epochs"]}


class _Space:
    """One space: relations, features or None, weights, and the share of relations."""

    def __init__(self, C, Y, p, alpha):
        self.C, self.alpha = relations(C, "The relations C"), alpha
        self.Y = None if Y is None else costs(Y, "The features Y")
        self.p = weights(p, len(self.C), "The weights p")

    def plan(self, C, Y, q, start, tolerance, most):
        """A plan to a mixture, and the loss."""
        given = dict(G0=start, max_iter=most, tol_rel=tolerance, tol_abs=0.0, log=True)
        with _engine.within():
            if self.Y is None:
                T, said = gromov_wasserstein(self.C, C, self.p, q, **given)
                return T, float(said["gw_dist"])
            apart = (self.Y**2).sum(axis=1)[:, None] + (Y**2).sum(axis=1)[None, :] - 2.0 * self.Y @ Y.T
            T, said = fused_gromov_wasserstein(apart, self.C, C, self.p, q, alpha=self.alpha, **given)
            return T, float(said["fgw_dist"])


class _Atoms:
    """Relations ``(D, m, m)``, features ``(D, m, k)`` or None, and weights of the atoms."""

    def __init__(self, C, Y, q):
        self.C, self.Y = C, Y
        self.q = weights(q, C.shape[1], "The weights q")
        self.outer = np.outer(self.q, self.q)

    def relations(self, w):
        return np.tensordot(w, self.C, 1)

    def features(self, w):
        return None if self.Y is None else np.tensordot(w, self.Y, 1)

    def gram(self, alpha):
        """The quadratic form of the shares at any plan."""
        flat = self.C.reshape(len(self.C), -1)
        form = alpha * (flat * self.outer.ravel()) @ flat.T
        if self.Y is not None:
            flat = self.Y.reshape(len(self.Y), -1)
            form = form + (1.0 - alpha) * (flat * np.repeat(self.q, self.Y.shape[2])) @ flat.T
        return form


def _unmixed(space, atoms, reg, budgets):
    """Shares, plan and loss by plans and shares in turn."""
    tol_outer, tol_inner, most_outer, most_inner = budgets
    w, T, loss = np.full(len(atoms.C), 1.0 / len(atoms.C)), np.outer(space.p, atoms.q), 1e15
    form = atoms.gram(space.alpha) - float(reg) * np.eye(len(w))
    for _ in range(int(most_outer)):
        before = loss
        T, loss = space.plan(atoms.relations(w), atoms.features(w), atoms.q, T, tol_inner, most_inner)
        loss -= float(reg) * float((w**2).sum())
        pull = space.alpha * np.tensordot(atoms.C, T.T @ space.C.T @ T, 2)
        if atoms.Y is not None:
            pull = pull + (1.0 - space.alpha) * np.tensordot(atoms.Y, T.T @ space.Y, 2)
        w, loss = _shares(form, pull, w, loss, tol_inner, most_inner)
        if _change(before, loss) <= tol_outer:
            break
    return w, T, loss


def _shares(form, pull, w, loss, tolerance, most):
    """Shares that lower ``w' form w - 2 pull' w`` by conditional gradient; ``loss`` is the whole at the start."""
    slope = 2.0 * (form @ w - pull)
    for _ in range(int(most)):
        best = (slope == slope.min()).astype(np.float64)
        along = best / best.sum() - w
        change = form @ along
        bent, tilted = float(along @ change), float(slope @ along)
        step = min(1.0, max(0.0, -tilted / (2.0 * bent))) if bent > 0 else float(bent + tilted < 0)
        w, slope = w + step * along, slope + 2.0 * step * change
        before, loss = loss, loss + bent * step**2 + tilted * step
        if _change(before, loss) <= tolerance:
            break
    return w, loss


def _change(before, after):
    return abs(before - after) / (abs(before) if before != 0 else 1e-15)


def _learned(spaces, atoms, reg, passes, rates, projection, adam, budgets, drawn, verbose):
    """The best atoms, and the course of the loss."""
    epochs, size = passes
    size, batches, losses, least = min(int(size), len(spaces)), [], [], np.inf
    symmetric, positive = "symmetric" in projection, "nonnegative" in projection
    atoms.C = _projected(atoms.C, symmetric, positive)
    moves = [_Adam(rate, adam) for rate in rates]
    best = atoms.C.copy(), None if atoms.Y is None else atoms.Y.copy()
    for epoch in range(int(epochs)):
        whole = 0.0
        for _ in range(-(-len(spaces) // size)):
            slopes, loss = [np.zeros_like(atoms.C), None if atoms.Y is None else np.zeros_like(atoms.Y)], 0.0
            for k in drawn.choice(range(len(spaces)), size=size, replace=False):
                space = spaces[k]
                w, T, value = _unmixed(space, atoms, reg, budgets)
                loss += value
                missed = atoms.relations(w) * atoms.outer - T.T @ space.C.T @ T
                slopes[0] += space.alpha * w[:, None, None] * missed
                if atoms.Y is not None:
                    missed = atoms.q[:, None] * atoms.features(w) - T.T @ space.Y
                    slopes[1] += (1.0 - space.alpha) * w[:, None, None] * missed
            whole += loss
            batches.append(loss)
            atoms.C = _projected(atoms.C - moves[0].step(2.0 / size * slopes[0]), symmetric, positive)
            if atoms.Y is not None:
                atoms.Y = atoms.Y - moves[1].step(2.0 / size * slopes[1])
        losses.append(whole)
        if whole < least:
            least, best = whole, (atoms.C.copy(), None if atoms.Y is None else atoms.Y.copy())
        if verbose:
            print(f"Dictionary: epoch {epoch + 1}, loss {whole:.6g}")
    return *best, {"loss_batches": batches, "loss_epochs": losses}


class _Adam:
    """Steps of Adam, or of the gradient itself."""

    def __init__(self, rate, adam):
        self.rate, self.adam, self.count, self.mean, self.square = rate, adam, 0, 0.0, 0.0

    def step(self, slope):
        if not self.adam:
            return self.rate * slope
        self.count += 1
        self.mean = _MEAN * self.mean + (1.0 - _MEAN) * slope
        self.square = _SQUARE * self.square + (1.0 - _SQUARE) * slope**2
        mean, square = self.mean / (1.0 - _MEAN**self.count), self.square / (1.0 - _SQUARE**self.count)
        return self.rate * mean / (np.sqrt(square) + _LEAST)


def _projected(C, symmetric, positive):
    C = 0.5 * (C + C.transpose(0, 2, 1)) if symmetric else C
    return np.maximum(C, 0.0) if positive else C


def _stack(atoms, what):
    array = host(atoms, what)
    if array.ndim != 3 or array.size == 0:
        raise InputError(f"{what} have the shape {array.shape}, but atoms are stacked along a first axis of three.")
    return array


def _drawn_relations(Cs, D, nt, given, drawn):
    if given is not None:
        atoms = _stack(given, "The atoms Cdict_init").copy()
        if atoms.shape != (D, nt, nt):
            raise InputError(f"The atoms Cdict_init have the shape {atoms.shape}, but ({D}, {nt}, {nt}) was expected.")
        return atoms
    means = [relations(C, "The relations Cs").mean() for C in Cs]
    return drawn.normal(loc=np.mean(means), scale=np.std(means), size=(D, nt, nt))


def _drawn_features(spaces, D, nt, given, drawn):
    if given is not None:
        return _stack(given, "The atoms Ydict_init").copy()
    means = np.stack([space.Y.mean(axis=0) for space in spaces])
    return drawn.normal(loc=means.mean(axis=0), scale=means.std(axis=0), size=(D, nt, means.shape[1]))

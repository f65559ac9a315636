"""Many problems between spaces at once; see :mod:`thalweg.ot.batch`."""

import numpy as np

from .. import _thalweg
from .._errors import InputError
from . import _derivatives, _engine
from ._engine import budget
from ._kinds import Kind, host, stacked
from ._public import public
from .utils import OTResult

_LOSSES = ("sqeuclidean", "l2", "kl")


@public
def tensor_batch(a, b, Ca, Cb, symmetric=True, nx=None, loss="sqeuclidean", logits=None):
    """The terms of the quadratic objective: a dict of ``constC`` ``(k, n, m)``, ``hCa`` ``(k, n, n, d)``, ``hCb`` ``(k, m, m,
    d)``, ``fCa`` and ``fCb``.

    Relations are ``(k, n, n)`` or, with features, ``(k, n, n, d)``. ``loss`` is ``sqeuclidean`` or ``kl`` (relations that are
    histograms along the last axis; ``logits`` says whether ``Ca`` holds their logarithms).
    """
    kind = Kind(Ca, Cb, a, b)
    return {name: kind(part) for name, part in _terms(a, b, Ca, Cb, symmetric, loss, logits).items()}


@public
def loss_quadratic_batch(
    a,
    b,
    Ca,
    Cb,
    T,
    M=None,
    alpha=None,
    unbalanced=None,
    unbalanced_type="kl",
    loss="sqeuclidean",
    symmetric=True,
    nx=None,
    logits=None,
    recompute_const=False,
    log=False,
):
    """The quadratic objective of each plan, ``(k,)``.

    With costs ``M`` between the spaces the mean of both of share ``alpha`` (0.5 by default), and with a price ``unbalanced``
    also what the marginals ``p``, ``q`` of the plan miss, as the divergence of ``p q'`` from ``a b'`` (``kl`` or ``l2``).
    ``recompute_const`` says whether marginals are those of the plan, not ``a`` and ``b``. With ``log`` also a dict of
    ``value_quadratic``, ``value_linear``, ``value_unbalanced`` and ``value``.
    """
    given = a, b, Ca, Cb, T, M
    _derivatives.refuse("The quadratic loss of a plan", "Use the value of solve_gromov_batch.", *given)
    kind, plans = Kind(T, Ca, Cb), host(T, "The plans T")
    terms = _terms(a, b, Ca, Cb, symmetric, loss, logits)
    quadratic = _quadratic(terms, plans, recompute_const or unbalanced is not None, symmetric)
    said = {"value_quadratic": quadratic, "value_linear": None, "value_unbalanced": None}
    value = quadratic
    if M is not None:
        share = 0.5 if alpha is None else host(alpha, "alpha")
        said["value_linear"] = (host(M, "The costs M") * plans).sum(axis=(1, 2))
        value = (1.0 - share) * said["value_linear"] + share * quadratic
    if unbalanced is not None:
        p, q = (stacked(w, plans.sum(axis=s).shape, "The weights") for w, s in ((a, 2), (b, 1)))
        said["value_unbalanced"] = _missed(plans.sum(axis=2), plans.sum(axis=1), p, q, unbalanced_type)
        value = value + host(unbalanced, "The price unbalanced") * said["value_unbalanced"]
    said = {name: None if part is None else kind(part) for name, part in {**said, "value": value}.items()}
    return (kind(value), said) if log else kind(value)


@public
def loss_quadratic_samples_batch(*args, **kwargs):
    """:func:`loss_quadratic_batch` by its older name, with the loss before costs between the spaces:
    ``(a, b, Ca, Cb, T, loss, symmetric, nx, logits, recompute_const, log)``."""
    names = "a", "b", "Ca", "Cb", "T", "loss", "symmetric", "nx", "logits", "recompute_const", "log"
    return loss_quadratic_batch(**{"symmetric": None, **dict(zip(names, args)), **kwargs})


@public
def solve_gromov_batch(
    Ca,
    Cb,
    reg=1e-2,
    a=None,
    b=None,
    loss="sqeuclidean",
    symmetric=None,
    M=None,
    alpha=None,
    T_init=None,
    max_iter=50,
    tol=1e-5,
    max_iter_inner=50,
    tol_inner=1e-5,
    grad="envelope",
    logits=None,
    *,
    threads=None,
    memory=None,
):
    """Many (fused) Gromov-Wasserstein problems of one shape, by proximal steps, each entropic relative to the plan before.

    Parameters
    ----------
    Ca : array_like, shape (k, n, n) or (k, n, n, d)
    Cb : array_like, shape (k, m, m) or (k, m, m, d)
        Relations, which may be vectors.
    reg : float
        Strength of the entropy of a step; fixed points have none.
    a, b : array_like, shapes (k, n) or (n,), and (k, m) or (m,), optional
        Weights; equal by default.
    loss : str
        ``sqeuclidean``, or ``kl`` between histograms along the last axis.
    M : array_like, shape (k, n, m), optional
        Costs between the spaces, of share ``1 - alpha``; both or neither.
    T_init : array_like, shape (k, n, m), optional
    max_iter, tol
        Budget of steps; ends once the entries of every plan move by less in the mean.
    max_iter_inner, tol_inner
        Budget of the entropic problem of a step, and L1 error of its marginals.
    grad : str
        With torch: derivatives of ``value`` at fixed plans (``envelope``) or none (``detach``).

    Returns
    -------
    OTResult
        ``plan`` ``(k, n, m)``; ``value``, ``value_linear`` and ``value_quad`` ``(k,)``, with their shares; ``potentials``
        (logarithms of scalings of the last step).
    """
    if (M is None) != (alpha is None):
        raise InputError("M and alpha come together.", "Give both for fused problems, or neither.")
    if M is not None and not 0 <= alpha <= 1:
        raise InputError(f"alpha is {alpha!r}, but it must be from 0 to 1.")
    if grad not in ("envelope", "detach", None):
        inputs = Ca, Cb, a, b, M
        _derivatives.refuse(f"With grad={grad!r} a batch between spaces", "Use grad='envelope'.", *inputs)
    kind, first, second = Kind(Ca, Cb, M, a, b), _relations(Ca, "Ca"), _relations(Cb, "Cb")
    shape = first.shape[0], first.shape[1], second.shape[1]
    p, q = stacked(a, shape[:2], "The weights a"), stacked(b, (shape[0], shape[2]), "The weights b")
    if symmetric is None:
        symmetric = all(np.allclose(C, C.swapaxes(1, 2), atol=1e-10) for C in (first, second))
    share, linear = 1.0 if alpha is None else float(alpha), 0.0 if M is None else host(M, "The costs M")
    if M is not None and linear.shape != shape:
        raise InputError(f"The costs M have the shape {linear.shape}, but {shape} was expected.")
    terms = _terms(p, q, first, second, symmetric, loss, logits)
    outer = p[:, :, None] * q[:, None, :] / np.sqrt(p.sum(axis=1) * q.sum(axis=1))[:, None, None]
    plans = outer if T_init is None else host(T_init, "The start T_init")
    problem = _engine.Problem(
        _engine.positive(reg, "reg"), (None, None), max(float(tol_inner), 1e-300), max(int(max_iter_inner), 1)
    )
    given, steps, potentials = budget(threads, memory), 0, None
    for steps in range(int(max_iter)):
        before = plans
        costs = (1.0 - share) * linear + 2.0 * share * _product(terms, plans, False, symmetric)
        with np.errstate(divide="ignore"):
            moved = costs - problem.epsilon * (np.log(plans + 1e-15) - np.log(outer))
        moved = np.nan_to_num(moved, nan=0.0, posinf=0.0, neginf=0.0)
        plans, f, g, _ = _thalweg.ot_entropic_batch(p, q, np.ascontiguousarray(moved), problem, given)
        plans, potentials = plans.reshape(shape), (f.reshape(p.shape), g.reshape(q.shape))
        if np.abs(before - plans).mean(axis=(1, 2)).max() < tol:
            break
    value_linear, quadratic = (linear * plans).sum(axis=(1, 2)), _quadratic(terms, plans, True, symmetric)
    value = (1.0 - share) * value_linear + share * quadratic
    joined = _derivatives.joined(kind, value, (Ca, Cb, M), _by_inputs(plans, first, second, loss, logits, share))
    value = joined if grad == "envelope" else kind(value)
    return OTResult(
        None if potentials is None else tuple(kind(z / problem.epsilon) for z in potentials),
        value,
        kind((1.0 - share) * value_linear),
        kind(share * quadratic),
        plan=kind(plans),
        log={"n_iter": steps},
    )


def _relations(C, name):
    C = host(C, f"The relations {name}")
    if C.ndim not in (3, 4) or C.shape[1] != C.shape[2]:
        raise InputError(f"The relations {name} have the shape {C.shape}, but (k, n, n) or (k, n, n, d) was expected.")
    return C


def _terms(a, b, Ca, Cb, symmetric, loss, logits):
    """``L(x, y) = f(x) + f(y) - h(x) h(y)`` at the relations, and what marginals make of ``f``."""
    first, second = _relations(Ca, "Ca"), _relations(Cb, "Cb")
    p, q = stacked(a, first.shape[:2], "The weights a"), stacked(b, second.shape[:2], "The weights b")
    name = str(loss).lower()
    if name not in _LOSSES:
        raise InputError(f'There is no loss called "{loss}".', "They are sqeuclidean and kl.")
    first, second = (C[..., None] if C.ndim == 3 else C for C in (first, second))
    if name == "kl":
        if logits not in (True, False):
            raise InputError("The loss kl needs to know whether Ca holds logarithms.", "Pass logits=True or False.")
        f1, f2 = np.zeros(first.shape[:3]), (second * np.log(second + 1e-15)).sum(axis=3)
        h1, h2 = first if logits else np.log(first + 1e-15), second
    else:
        f1, f2, h1, h2 = (first**2).sum(axis=3), (second**2).sum(axis=3), 2.0 * first, second
    if not symmetric:
        f1, f2 = (0.5 * (f + f.swapaxes(1, 2)) for f in (f1, f2))
    return {"constC": _constant(f1, f2, p, q), "hCa": h1, "hCb": h2, "fCa": f1, "fCb": f2}


def _constant(f1, f2, p, q):
    return (f1 @ p[:, :, None]) + (f2 @ q[:, :, None]).swapaxes(1, 2)


def _product(terms, plans, recompute, symmetric):
    """Half the derivative of the quadratic objective by the plan."""
    h1, h2, constant = terms["hCa"], terms["hCb"], terms["constC"]
    if recompute:
        constant = _constant(terms["fCa"], terms["fCb"], plans.sum(axis=2), plans.sum(axis=1))
    features = [(h1[..., d], h2[..., d].swapaxes(1, 2)) for d in range(h1.shape[3])]
    both = sum(left @ plans @ right for left, right in features)
    if not symmetric:
        turned = sum(left.swapaxes(1, 2) @ plans @ right.swapaxes(1, 2) for left, right in features)
        both = 0.5 * (both + turned)
    return constant - both


def _quadratic(terms, plans, recompute, symmetric):
    return (_product(terms, plans, recompute, symmetric) * plans).sum(axis=(1, 2))


def _missed(p, q, a, b, name):
    """The divergence of ``p q'`` from ``a b'`` of each problem."""
    total = lambda z: z.sum(axis=1)
    if str(name).lower() == "l2":
        crossed = total(a * p) * total(b * q)
        return 0.5 * (total(a**2) * total(b**2) - 2.0 * crossed + total(p**2) * total(q**2))
    if str(name).lower() != "kl":
        raise InputError(f"Unknown unbalanced_type '{name}'.", "It is kl or l2.")
    relative = lambda z, w: total(np.where(z > 0, z * np.log(np.where(z > 0, z, 1.0) / w), 0.0))
    return total(q) * relative(p, a) + total(p) * relative(q, b) - total(p) * total(q) + total(a) * total(b)


def _by_inputs(plans, first, second, loss, logits, share):
    """The way back from the values to ``Ca``, ``Cb`` and ``M``, at fixed plans."""

    def back(slope):
        wide = [C[..., None] if C.ndim == 3 else C for C in (first, second)]
        sums = plans.sum(axis=2), plans.sum(axis=1)
        outer = [s[:, :, None, None] * s[:, None, :, None] for s in sums]
        carried = [
            np.stack([left @ C[..., d] @ left.swapaxes(1, 2) for d in range(C.shape[3])], axis=3)
            for left, C in ((plans, wide[1]), (plans.swapaxes(1, 2), _left(wide[0], loss, logits)))
        ]
        if str(loss).lower() == "kl":
            by_first = -carried[0] if logits else -carried[0] / (wide[0] + 1e-15)
            by_second = (np.log(wide[1] + 1e-15) + 1.0) * outer[1] - carried[1]
        else:
            by_first, by_second = (2.0 * (C * o - z) for C, o, z in zip(wide, outer, carried))
        slope = slope[:, None, None]
        by_spaces = (share * slope[..., None] * z for z in (by_first, by_second))
        return *(z.reshape(C.shape) for z, C in zip(by_spaces, (first, second))), (1.0 - share) * slope * plans

    return back


def _left(C, loss, logits):
    """What the loss multiplies ``Cb`` by."""
    return np.log(C + 1e-15) if str(loss).lower() == "kl" and not logits else C

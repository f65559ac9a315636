"""Transport between Gaussians, in closed form. Names and conventions as in POT's ``ot.gaussian``."""

import numpy as np

from .._errors import InputError, NotConvergedWarning
from . import _derivatives, _engine
from ._gaussian_factors import bures_wasserstein_distance_hd, bures_wasserstein_mapping_hd, leading
from ._kinds import Kind, host, masses, rows
from ._public import public

__all__ = [
    "bures_barycenter_fixpoint",
    "bures_barycenter_gradient_descent",
    "bures_distance",
    "bures_wasserstein_barycenter",
    "bures_wasserstein_distance",
    "bures_wasserstein_distance_hd",
    "bures_wasserstein_mapping",
    "bures_wasserstein_mapping_hd",
    "empirical_bures_wasserstein_barycenter",
    "empirical_bures_wasserstein_distance",
    "empirical_bures_wasserstein_distance_hd",
    "empirical_bures_wasserstein_mapping",
    "empirical_bures_wasserstein_mapping_hd",
    "empirical_gaussian_gromov_wasserstein_distance",
    "empirical_gaussian_gromov_wasserstein_mapping",
    "gaussian_gromov_wasserstein_distance",
    "gaussian_gromov_wasserstein_mapping",
]


@public
def bures_distance(Cs, Ct, paired=False, log=False, nx=None):
    """Bures distance between covariances: ``sqrt(tr(Cs + Ct - 2 (Cs^1/2 Ct Cs^1/2)^1/2))``.

    Covariances ``(d, d)`` give a number; stacks ``(n, d, d)`` and ``(m, d, d)`` give ``(n, m)``, or ``(n,)`` with
    ``paired``. The log has ``Cs12``, the root of ``Cs``.
    """
    kind = _kind(Cs, Ct)
    Cs, Ct = host(Cs, "The covariance Cs"), host(Ct, "The covariance Ct")
    value, root = _bures(Cs, Ct, paired)
    value = kind(np.sqrt(np.maximum(value, 0)))
    return (value, {"Cs12": kind(root)}) if log else value


@public
def bures_wasserstein_distance(ms, mt, Cs, Ct, paired=False, log=False):
    """W2 (the root) between Gaussians with means ``(d,)`` and covariances ``(d, d)``, or stacks of both.

    Stacks as in :func:`bures_distance`, with means ``(n, d)`` and ``(m, d)``.
    """
    kind = _kind(ms, mt, Cs, Ct)
    ms, mt = host(ms, "The mean ms"), host(mt, "The mean mt")
    value, root = _bures(host(Cs, "The covariance Cs"), host(Ct, "The covariance Ct"), paired)
    if ms.ndim == 1 or (paired and len(ms) == len(mt)):
        shift = ms - mt
    else:
        shift = ms[:, None] - mt[None]
    value = kind(np.sqrt(np.maximum((shift**2).sum(axis=-1) + np.maximum(value, 0), 0)))
    return (value, {"Cs12": kind(root)}) if log else value


@public
def bures_wasserstein_mapping(ms, mt, Cs, Ct, log=False):
    """The optimal map ``x -> x A + b`` between Gaussians: ``A`` of shape ``(d, d)``, ``b`` of that of the means.

    The log has ``Cs12`` and ``Cs12inv``.
    """
    kind = _kind(ms, mt, Cs, Ct)
    ms, mt = host(ms, "The mean ms"), host(mt, "The mean mt")
    A, root, inverse = _map(host(Cs, "The covariance Cs"), host(Ct, "The covariance Ct"))
    found = kind(A), kind(mt - ms @ A)
    return (*found, {"Cs12": kind(root), "Cs12inv": kind(inverse)}) if log else found


@public
def empirical_bures_wasserstein_distance(xs, xt, reg=1e-6, ws=None, wt=None, bias=True, log=False):
    """W2 (the root) between the Gaussians fitted to points ``(n, d)`` and ``(m, d)``.

    ``reg`` is added to the diagonals of the covariances, ``ws`` and ``wt`` are weights ``(n, 1)`` or ``(n,)``; without
    ``bias`` the means are taken for zero. The log has ``Cs``, ``Ct`` and ``Cs12``.
    """
    kind = _kind(xs, xt)
    (ms, Cs), (mt, Ct) = _fitted(xs, ws, reg, bias), _fitted(xt, wt, reg, bias)
    value, said = bures_wasserstein_distance(ms[0], mt[0], Cs, Ct, log=True)
    return (kind(value), _as_kind(kind, {**said, "Cs": Cs, "Ct": Ct})) if log else kind(value)


@public
def empirical_bures_wasserstein_mapping(xs, xt, reg=1e-6, ws=None, wt=None, bias=True, log=False):
    """The optimal map ``x -> x A + b`` between the Gaussians fitted to points; ``A`` is ``(d, d)``, ``b`` is ``(1,
    d)``.

    Otherwise as :func:`empirical_bures_wasserstein_distance`.
    """
    kind = _kind(xs, xt)
    (ms, Cs), (mt, Ct) = _fitted(xs, ws, reg, bias), _fitted(xt, wt, reg, bias)
    A, b, said = bures_wasserstein_mapping(ms, mt, Cs, Ct, log=True)
    found = kind(A), kind(b)
    return (*found, _as_kind(kind, {**said, "Cs": Cs, "Ct": Ct})) if log else found


@public
def empirical_bures_wasserstein_distance_hd(
    xs, xt, d_intrinsic, reg=0.0, ws=None, wt=None, bias=True, log=False
):
    """:func:`bures_wasserstein_distance_hd` between Gaussians fitted to points ``(n, p)`` and ``(m, p)``, of ``d_intrinsic``
    axes (one number, or one each). Otherwise as :func:`empirical_bures_wasserstein_distance`."""
    kind, given = _fitted_axes(xs, xt, d_intrinsic, reg, ws, wt, bias)
    value, said = bures_wasserstein_distance_hd(*given, log=True)
    return (kind(value), _as_kind(kind, said)) if log else kind(value)


@public
def empirical_bures_wasserstein_mapping_hd(
    xs, xt, d_intrinsic, reg=0.0, ws=None, wt=None, bias=True, log=False
):
    """:func:`bures_wasserstein_mapping_hd` between the Gaussians of :func:`empirical_bures_wasserstein_distance_hd`; the log
    also has ``Us``, ``Ut``, ``ls``, ``lt``, ``sigma2_s`` and ``sigma2_t``."""
    kind, given = _fitted_axes(xs, xt, d_intrinsic, reg, ws, wt, bias)
    A, b, said = bures_wasserstein_mapping_hd(*given, log=True)
    names = "Us", "Ut", "ls", "lt", "sigma2_s", "sigma2_t"
    return (kind(A), kind(b), _as_kind(kind, {**said, **dict(zip(names, given[2:]))})) if log else (kind(A), kind(b))


@public
def bures_barycenter_fixpoint(C, weights=None, num_iter=1000, eps=1e-7, log=False, nx=None):
    """The covariance nearest to covariances ``(k, d, d)`` in squared Bures distance, by fixed-point steps.

    Ends once a step moves it by at most ``eps`` in Frobenius norm. The log has ``num_iter`` and ``final_diff``.
    """
    kind = _kind(C)
    C = host(C, "The covariances C")
    shares = _shares(weights, len(C))
    mean, step, moved = np.einsum("k,kij->ij", shares, C), 0, np.inf
    for step in range(num_iter):
        root, inverse = _roots(mean)
        inner = np.einsum("k,kij->ij", shares, _root(root @ C @ root))
        # Alvarez-Esteban, del Barrio, Cuesta-Albertos, Matran, JMAA 441 (2016): monotone in the objective.
        following = inverse @ inner @ inner @ inverse
        moved, mean = float(np.linalg.norm(following - mean)), following
        if moved <= eps:
            break
    else:
        words = f"The barycentre still moves by {moved:.1e} after {num_iter} steps. Raise num_iter or eps."
        _engine.warn(words, NotConvergedWarning)
    return (kind(mean), {"num_iter": step, "final_diff": moved}) if log else kind(mean)


@public
def bures_barycenter_gradient_descent(
    C, weights=None, num_iter=1000, eps=1e-7, log=False, step_size=1, batch_size=None, averaged=False, nx=None
):
    """The barycentre of :func:`bures_barycenter_fixpoint` by gradient steps of ``step_size`` along geodesics.

    With ``batch_size`` below the number of covariances each step sees as many, drawn by their weights from NumPy's global
    generator, and is shorter than the last; ``averaged`` gives the running mean along geodesics. Ends once a hundred steps
    move by at most ``eps`` in the mean. Altschuler, Chewi, Gerber, Stromme, NeurIPS 2021.
    """
    kind = _kind(C)
    C = host(C, "The covariances C")
    shares, identity = _shares(weights, len(C)), np.eye(C.shape[-1])
    if batch_size is not None and batch_size < 1:
        raise InputError(f"The batch_size is {batch_size!r}, but it must be at least 1.")
    # The mean of the covariances, over their number, where POT starts.
    mean = np.einsum("k,kij->ij", shares, C) / len(C)
    mid, moves, length = mean, [], float(step_size)
    for step in range(int(num_iter)):
        drawn, by = C, shares
        if batch_size is not None and batch_size < len(C):
            drawn = C[np.random.choice(len(C), batch_size, replace=True, p=shares)]
            by, length = np.full(batch_size, 1.0 / batch_size), 2.0 / (0.7 * (step + 2.0 / 0.7 + 1.0))
        root, inverse = _roots(mean)
        maps = inverse @ np.einsum("k,kij->ij", by, _root(root @ drawn @ root)) @ inverse
        along = identity + length * (maps - identity)
        following = along @ mean @ along
        if averaged:
            along = (length * identity + _map(mid, following)[0]) / (length + 1.0)
            mid = along @ mid @ along
        moves.append(float(np.linalg.norm(mean - following)))
        mean = following
        if np.mean(moves[-100:]) <= eps:
            break
    else:
        words = f"The barycentre still moves by {np.mean(moves[-100:]):.1e}. Raise num_iter or eps."
        _engine.warn(words, NotConvergedWarning)
    found = kind(mid if averaged else mean)
    return (found, {"num_iter": step, "final_diff": moves[-1]}) if log else found


@public
def bures_wasserstein_barycenter(
    m, C, weights=None, method="fixed_point", num_iter=1000, eps=1e-7, log=False, step_size=1, batch_size=None
):
    """Mean ``(d,)`` and covariance ``(d, d)`` of the barycentre of Gaussians ``(k, d)``, ``(k, d, d)`` in squared W2.

    Every method of POT means the fixed-point iteration, which needs no step size.
    """
    methods = ("fixed_point", "gradient_descent", "stochastic_gradient_descent", "averaged_stochastic_gradient_descent")
    if method not in methods:
        raise InputError(f"Unknown method '{method}'.", f"The methods are {', '.join(methods)}.")
    kind = _kind(m, C)
    m, C = host(m, "The means m"), host(C, "The covariances C")
    shares = _shares(weights, len(C))
    covariance, said = bures_barycenter_fixpoint(C, shares, num_iter, eps, log=True)
    found = kind(shares @ m), kind(covariance)
    return (*found, said) if log else found


@public
def empirical_bures_wasserstein_barycenter(
    X, reg=1e-6, weights=None, num_iter=1000, eps=1e-7, w=None, bias=True, log=False
):
    """As :func:`bures_wasserstein_barycenter` of the Gaussians fitted to a list of points ``(n_k, d)`` with weights
    ``w``."""
    kind = _kind(*X)
    fits = [_fitted(x, None if w is None else w[k], reg, bias) for k, x in enumerate(X)]
    means, covariances = (np.stack(part) for part in zip(*fits))
    found = bures_wasserstein_barycenter(means[:, 0], covariances, weights, num_iter=num_iter, eps=eps, log=log)
    return tuple(kind(part) if isinstance(part, np.ndarray) else part for part in found)


@public
def gaussian_gromov_wasserstein_distance(Cov_s, Cov_t, log=False):
    """Gromov-Wasserstein distance between centred Gaussians, over Gaussian plans, from ``(d, d)`` and ``(e, e)``.

    Delon, Desolneux, Salmona, J. Appl. Probab. 59 (2022). The log has the eigenvalues ``d_s`` and ``d_t``, of the
    larger space first.
    """
    kind = _kind(Cov_s, Cov_t)
    large, small = host(Cov_s, "The covariance Cov_s"), host(Cov_t, "The covariance Cov_t")
    if len(large) < len(small):
        large, small = small, large
    d_s, d_t = _spectrum(large)[0], _spectrum(small)[0]
    n = len(d_t)
    square = 4 * (d_s.sum() - d_t.sum()) ** 2 + 8 * ((d_s[:n] - d_t) ** 2).sum() + 8 * (d_s[n:] ** 2).sum()
    value = kind(np.sqrt(square))
    return (value, {"d_s": kind(d_s), "d_t": kind(d_t)}) if log else value


@public
def empirical_gaussian_gromov_wasserstein_distance(xs, xt, ws=None, wt=None, log=False):
    """As :func:`gaussian_gromov_wasserstein_distance` of the Gaussians fitted to points ``(n, d)`` and ``(m, e)``."""
    kind = _kind(xs, xt)
    (_, Cs), (_, Ct) = _fitted(xs, ws, 0.0, True), _fitted(xt, wt, 0.0, True)
    value, said = gaussian_gromov_wasserstein_distance(Cs, Ct, log=True)
    return (kind(value), _as_kind(kind, {**said, "Cov_s": Cs, "Cov_t": Ct})) if log else kind(value)


@public
def gaussian_gromov_wasserstein_mapping(mu_s, mu_t, Cov_s, Cov_t, sign_eigs=None, log=False):
    """The map ``x -> x A + b`` of :func:`gaussian_gromov_wasserstein_distance`: principal axis to principal axis.

    ``sign_eigs``, one sign an axis, turns axes round; all are 1 by default.
    """
    kind = _kind(mu_s, mu_t, Cov_s, Cov_t)
    mu_s, mu_t = host(mu_s, "The mean mu_s"), host(mu_t, "The mean mu_t")
    A, said = _axes_map(host(Cov_s, "The covariance Cov_s"), host(Cov_t, "The covariance Cov_t"), sign_eigs)
    found = kind(A), kind(mu_t - mu_s @ A)
    return (*found, _as_kind(kind, said)) if log else found


@public
def empirical_gaussian_gromov_wasserstein_mapping(xs, xt, ws=None, wt=None, sign_eigs=None, log=False):
    """As :func:`gaussian_gromov_wasserstein_mapping` of fitted Gaussians; ``sign_eigs="skewness"`` takes signs from
    skews."""
    kind = _kind(xs, xt)
    (ms, Cs), (mt, Ct) = _fitted(xs, ws, 0.0, True), _fitted(xt, wt, 0.0, True)
    if isinstance(sign_eigs, str):
        if sign_eigs != "skewness":
            raise InputError(f"sign_eigs is '{sign_eigs}', but it must be signs or 'skewness'.")
        size = min(len(Cs), len(Ct))
        sign_eigs = np.sign(_skew(xs, ws, ms, Cs, size) * _skew(xt, wt, mt, Ct, size))
    A, said = _axes_map(Cs, Ct, sign_eigs)
    found = kind(A), kind(mt - ms @ A)
    return (*found, _as_kind(kind, {**said, "Cov_s": Cs, "Cov_t": Ct})) if log else found


def _root(C):
    """The symmetric root of one or many positive matrices."""
    values, vectors = np.linalg.eigh(C)
    return (vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]) @ np.swapaxes(vectors, -1, -2)


def _roots(C):
    """The root and its inverse; a covariance without an inverse is refused."""
    values, vectors = np.linalg.eigh(C)
    if not values[0] > 1e-15 * abs(values[-1]):
        raise InputError(
            f"A covariance is singular: its eigenvalues go from {values[0]:.1e} to {values[-1]:.1e}.",
            "Add a small multiple of the identity (reg).",
        )
    return (vectors * np.sqrt(values)) @ vectors.T, (vectors / np.sqrt(values)) @ vectors.T


def _map(Cs, Ct):
    root, inverse = _roots(Cs)
    return inverse @ _root(root @ Ct @ root) @ inverse, root, inverse


def _bures(Cs, Ct, paired):
    """Squared distances and the roots of ``Cs``."""
    if Cs.shape[-1] != Ct.shape[-1] or Cs.ndim != Ct.ndim:
        raise InputError(f"Covariances of the shapes {Cs.shape} and {Ct.shape} cannot be compared.")
    root = _root(Cs)
    if Cs.ndim == 3 and not (paired and len(Cs) == len(Ct)):
        first, second, side = Cs[:, None], Ct[None], root[:, None]
    else:
        first, second, side = Cs, Ct, root
    inner = _root(side @ second @ side)
    return np.trace(first + second - 2 * inner, axis1=-2, axis2=-1), root


def _fitted(x, w, reg, bias):
    """Mean ``(1, d)`` and covariance ``(d, d)`` of points."""
    x, w = rows(x, "The points"), _column(w, len(x))
    mean = w.T @ x / w.sum() if bias else np.zeros((1, x.shape[1]))
    centred = x - mean
    covariance = (centred * w).T @ centred / w.sum() + reg * np.eye(x.shape[1])
    if not np.isfinite(covariance).all():
        raise InputError(
            "The points have no finite mean and covariance.",
            "Drop rows with missing or infinite values, or rescale coordinates beyond 1e150.",
        )
    return mean, covariance


def _fitted_axes(xs, xt, d_intrinsic, reg, ws, wt, bias):
    (ms, Cs), (mt, Ct) = _fitted(xs, ws, reg, bias), _fitted(xt, wt, reg, bias)
    of_s, of_t = (d_intrinsic, d_intrinsic) if isinstance(d_intrinsic, (int, np.integer)) else d_intrinsic
    (Us, ls, rest_s), (Ut, lt, rest_t) = leading(Cs, of_s, reg), leading(Ct, of_t, reg)
    return _kind(xs, xt), (ms, mt, Us, Ut, ls, lt, rest_s, rest_t)


def _column(w, n):
    w = np.full((n, 1), 1.0 / n) if w is None else masses(host(w, "The weights"), "The weights").reshape(-1, 1)
    if len(w) != n:
        raise InputError(f"The weights have {len(w)} entries, but there are {n} points.")
    return w


def _shares(weights, k):
    return np.full(k, 1.0 / k) if weights is None else host(weights, "The weights").ravel()


def _spectrum(C):
    """Eigenvalues, largest first, and their vectors."""
    values, vectors = np.linalg.eigh(C)
    return values[::-1], vectors[:, ::-1]


def _axes_map(Cs, Ct, signs):
    (d_s, U_s), (d_t, U_t) = _spectrum(Cs), _spectrum(Ct)
    k = min(len(d_s), len(d_t))
    if not (d_s[:k] > 0).all() or not (d_t[:k] >= 0).all():
        least = min(d_s[:k].min(), d_t[:k].min())
        raise InputError(
            f"A covariance has no variance along one of its first {k} axes: an eigenvalue is {least:.1e}.",
            "Leave that axis out, or add a small multiple of the identity.",
        )
    signs = np.ones(k) if signs is None else host(signs, "The signs sign_eigs")
    stretch = signs * np.sqrt(d_t[:k]) / np.sqrt(d_s[:k])
    return U_s[:, :k] * stretch @ U_t[:, :k].T, {"d_s": d_s, "d_t": d_t, "U_s": U_s, "U_t": U_t}


def _skew(x, w, mean, C, size):
    """Third moments along the first principal axes."""
    x, w = rows(x, "The points"), _column(w, len(x))
    return (((x - mean) @ _spectrum(C)[1][:, :size]) ** 3 * w).sum(axis=0)


def _as_kind(kind, said):
    return {key: kind(value) if isinstance(value, np.ndarray) else value for key, value in said.items()}


def _kind(*arrays):
    advice = "Compute the closed form with the caller's own arrays, or detach the inputs with detach()."
    _derivatives.refuse("Transport between Gaussians", advice, *arrays)
    return Kind(*arrays)

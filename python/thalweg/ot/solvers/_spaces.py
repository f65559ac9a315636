"""One call for transport between spaces."""

import numpy as np

from ..._errors import InputError
from .. import gromov
from .._kinds import is_torch
from .._public import public
from ..utils import OTResult
from ._costs import entropic_type, threads_of


@public(numItermax="max_iter", stopThr="tol")
def solve_gromov(
    Ca,
    Cb,
    M=None,
    a=None,
    b=None,
    loss="L2",
    symmetric=None,
    alpha=0.5,
    reg=None,
    reg_type="entropy",
    unbalanced=None,
    unbalanced_type="KL",
    n_threads=1,
    method=None,
    max_iter=None,
    plan_init=None,
    tol=None,
    verbose=False,
    *,
    threads=None,
    memory=None,
):
    """Transport between spaces: see :mod:`thalweg.ot.gromov`.

    Parameters
    ----------
    Ca, Cb : array_like, shapes (n, n) and (m, m)
        Relations within each space.
    M : array_like, shape (n, m), optional
        Costs between the spaces, of share ``1 - alpha``.
    loss : str
        ``L2`` or ``KL``.
    reg : float, optional
        Strength of the entropy; ``reg_type`` is ``entropy``.
    unbalanced : float, optional
        With ``unbalanced_type="partial"`` the mass that moves.
    unbalanced_type : str
        ``semirelaxed`` leaves the weights of the second space free; otherwise both marginals are met where ``unbalanced``
        is None.

    Returns
    -------
    OTResult
        ``plan``, ``value`` (the whole objective, with the entropy), ``value_linear``, ``value_quad``, ``potentials``,
        ``status``.
    """
    losses = {"l2": "square_loss", "kl": "kl_loss"}
    if str(loss).lower() not in losses:
        raise InputError(f"The loss {loss} is not offered.", "It is L2 or KL.")
    relaxed = _relaxed(unbalanced, unbalanced_type)
    fused, regular = M is not None and alpha != 1, reg is not None and reg != 0
    given = dict(loss_fun=losses[str(loss).lower()], log=True, G0=plan_init, **({"alpha": alpha} if fused else {}))
    if relaxed == "partial":
        given.update(q=b, m=unbalanced, tol=tol or 1e-7, numItermax=max_iter or 1000)
    elif regular:
        given.update(tol=tol or 1e-9, max_iter=max_iter or 1000)
    else:
        given.update(tol_rel=tol or 1e-9, tol_abs=tol or 1e-9, max_iter=max_iter or 10_000)
    if relaxed != "semirelaxed":
        given.update(threads=threads_of(threads, n_threads), memory=memory)
    if relaxed == "":
        given.update(q=b)
    if regular:
        entropic_type(reg_type)
        given.update({"reg" if relaxed == "partial" else "epsilon": reg})
    parts = "entropic" * regular, relaxed, "fused" * fused, "gromov", "wasserstein2"
    solver = getattr(gromov, "_".join(filter(None, parts)))
    quadratic, said = solver(*((M,) if fused else ()), Ca, Cb, p=a, **given)
    plan, linear = said["T"], 0.0
    if fused:
        linear = (1 - alpha) * (plan * M).sum()
        quadratic = quadratic - linear
    value = quadratic + linear + (reg * _negentropy(plan) if regular else 0.0)
    potentials = (said["u"], said["v"]) if "u" in said else None
    return OTResult(potentials, value, linear, quadratic, plan=plan, log=said, status=said.get("status"))


def _relaxed(unbalanced, unbalanced_type):
    """The part of a solver's name that says what of the marginals is met."""
    name = str(unbalanced_type).lower()
    if name == "semirelaxed":
        return name
    if unbalanced is None:
        return ""
    if name == "partial":
        return name
    raise InputError(
        f"Transport between spaces with the penalty {unbalanced_type} is not offered.",
        "The unbalanced_type is partial or semirelaxed, or leave unbalanced out.",
    )


def _negentropy(plan):
    """``sum G log G``, in the caller's arrays."""
    positive = plan[plan > 0]
    return (positive * (positive.log() if is_torch(positive) else np.log(positive))).sum()

"""One call for transport between spaces."""

from ..._errors import InputError
from .. import gromov
from ..utils import OTResult
from ._costs import entropic_type, threads_of


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

    ``loss`` is ``L2`` or ``KL``; ``M`` with ``alpha`` below 1 makes it fused; ``reg`` is the entropy, none by default.
    Both marginals are met. Gives an OTResult with ``plan``, ``value``, ``value_linear``, ``value_quad``,
    ``potentials``, ``status``.
    """
    losses = {"l2": "square_loss", "kl": "kl_loss"}
    if str(loss).lower() not in losses:
        raise InputError(f"The loss {loss} is not offered.", "It is L2 or KL.")
    if unbalanced is not None or str(unbalanced_type).lower() in ("semirelaxed", "partial"):
        raise InputError("Unbalanced transport between spaces is not offered here.", "Leave unbalanced out.")
    given = dict(loss_fun=losses[str(loss).lower()], log=True, G0=plan_init, max_iter=max_iter or 10_000)
    given.update(threads=threads_of(threads, n_threads), memory=memory)
    fused = M is not None and alpha != 1
    if reg is None or reg == 0:
        given.update(tol_rel=tol or 1e-9, tol_abs=tol or 1e-9, verbose=verbose)
        solver = gromov.fused_gromov_wasserstein2 if fused else gromov.gromov_wasserstein2
    else:
        entropic_type(reg_type)
        given.update(epsilon=reg, tol=tol or 1e-9, max_iter=max_iter or 1000)
        solver = gromov.entropic_fused_gromov_wasserstein2 if fused else gromov.entropic_gromov_wasserstein2
    value, said = solver(*((M,) if fused else ()), Ca, Cb, a, b, **(dict(given, alpha=alpha) if fused else given))
    potentials = (said["u"], said["v"]) if "u" in said else None
    linear, quadratic = (said["lin_loss"], said["quad_loss"]) if fused else (0.0 if alpha == 1 else None, value)
    return OTResult(potentials, value, linear, quadratic, plan=said["T"], log=said, status=said["status"])

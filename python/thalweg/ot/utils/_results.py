"""What the solvers give."""

import numpy as np

from .._kinds import host
from ._plans import scipy_sparse


class OTResult:
    """What :func:`~thalweg.ot.solve` and its relatives give; None stands for what a solver does not compute.

    Attributes
    ----------
    plan : array, shape (n, m)
    sparse_plan : scipy.sparse matrix, shape (n, m)
    lazy_plan : LazyPlan, shape (n, m)
    value : the whole objective
    value_linear : its transport cost
    value_quad : its quadratic part
    potentials : pair of arrays, shapes (n,) and (m,)
    potential_a, potential_b : each of them
    marginals, marginal_a, marginal_b : sums of the plan over columns and over rows
    status : str, "Converged" or what ran out
    certificate : dict with ``primal``, ``dual`` and ``gap``; exact transport only
    log : dict
    """

    def __init__(
        self,
        potentials=None,
        value=None,
        value_linear=None,
        value_quad=None,
        plan=None,
        log=None,
        sparse_plan=None,
        lazy_plan=None,
        status=None,
        certificate=None,
    ):
        self.potentials, self.value, self.value_linear, self.value_quad = potentials, value, value_linear, value_quad
        self._plan, self._sparse_plan, self.lazy_plan = plan, sparse_plan, lazy_plan
        self.log, self.status, self.certificate = log, status, certificate

    def __repr__(self):
        shown = [f"{name}={getattr(self, name):g}" for name in ("value", "value_linear") if _is_number(self, name)]
        plan = self._plan if self._plan is not None else self._sparse_plan
        plan = plan if plan is not None else self.lazy_plan
        shown += [] if plan is None else [f"plan={type(plan).__name__}(shape={tuple(plan.shape)})"]
        return f"OTResult({', '.join([*shown, f'status={self.status!r}'])})"

    @property
    def plan(self):
        if self._plan is None and self._sparse_plan is not None:
            return self._sparse_plan.toarray()
        return self._plan

    @property
    def sparse_plan(self):
        if self._sparse_plan is not None:
            return self._sparse_plan
        return None if self._plan is None else scipy_sparse().csr_matrix(host(self._plan, "The plan"))

    @property
    def potential_a(self):
        return None if self.potentials is None else self.potentials[0]

    @property
    def potential_b(self):
        return None if self.potentials is None else self.potentials[1]

    @property
    def marginals(self):
        pair = self.marginal_a, self.marginal_b
        return None if pair[0] is None else pair

    @property
    def marginal_a(self):
        return self._marginal(1)

    @property
    def marginal_b(self):
        return self._marginal(0)

    def _marginal(self, axis):
        if self._plan is not None:
            return self._plan.sum(axis)
        if self._sparse_plan is not None:
            return np.asarray(self._sparse_plan.sum(axis)).ravel()
        return None if self.lazy_plan is None else self.lazy_plan.sums(axis)

    @property
    def citation(self):
        """How to cite the program that solved it."""
        return "thalweg (https://github.com/thalweg/thalweg); conventions after POT, JMLR 22(78), 2021."


class BaryResult:
    """What :func:`~thalweg.ot.solve_bary_sample` gives; None stands for what a solver does not compute.

    Attributes
    ----------
    X : array, shape (n, d)
    C : array, shape (n, n)
    b : array, shape (n,)
    value, value_linear, value_quad : the whole objective, its transport cost, its quadratic part
    list_res : list of OTResult, one a measure
    status : str
    log : dict
    """

    def __init__(
        self,
        X=None,
        C=None,
        b=None,
        value=None,
        value_linear=None,
        value_quad=None,
        log=None,
        list_res=None,
        status=None,
    ):
        self.X, self.C, self.b = X, C, b
        self.value, self.value_linear, self.value_quad = value, value_linear, value_quad
        self.log, self.list_res, self.status = log, list_res, status

    def __repr__(self):
        value = "None" if self.value is None else f"{float(self.value):g}"
        return f"BaryResult(value={value}, X={None if self.X is None else tuple(self.X.shape)})"


def _is_number(result, name):
    return getattr(result, name) is not None

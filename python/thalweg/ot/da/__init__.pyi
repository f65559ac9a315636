"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from collections.abc import Callable, Sequence
from typing import Any, Union

from .utils import BaseEstimator

_Metric = Union[str, Callable[[Any, Any], float]]

class BaseTransport(BaseEstimator):
    def fit(self, Xs: Any = None, ys: Any = None, Xt: Any = None, yt: Any = None) -> Any: ...
    def fit_transform(self, Xs: Any = None, ys: Any = None, Xt: Any = None, yt: Any = None) -> Any: ...
    def transform(
        self,
        Xs: Any = None,
        ys: Any = None,
        Xt: Any = None,
        yt: Any = None,
        batch_size: Any = 128,
    ) -> Any: ...
    def inverse_transform(
        self,
        Xs: Any = None,
        ys: Any = None,
        Xt: Any = None,
        yt: Any = None,
        batch_size: Any = 128,
    ) -> Any: ...
    def transform_labels(self, ys: Any = None) -> Any: ...
    def inverse_transform_labels(self, yt: Any = None) -> Any: ...

class EMDLaplaceTransport(BaseTransport):
    def __init__(
        self,
        reg_type: str = 'pos',
        reg_lap: float = 1.0,
        reg_src: float = 1.0,
        metric: str = 'sqeuclidean',
        norm: Any = None,
        similarity: str = 'knn',
        similarity_param: Any = None,
        max_iter: int = 100,
        tol: float = 1e-09,
        max_inner_iter: int = 100000,
        inner_tol: float = 1e-09,
        log: bool = False,
        verbose: bool = False,
        distribution_estimation: Any = ...,
        out_of_sample_map: str = 'ferradans',
    ) -> None: ...

class EMDTransport(BaseTransport):
    def __init__(
        self,
        metric: _Metric = "sqeuclidean",
        norm: Any = None,
        log: bool = False,
        distribution_estimation: Any = ...,
        out_of_sample_map: Any = "ferradans",
        limit_max: Any = 10,
        max_iter: int | None = 100000,
    ) -> None: ...

class JCPOTTransport(BaseEstimator):
    def __init__(
        self,
        reg_e: float = 0.1,
        max_iter: int = 10,
        tol: float = 1e-08,
        verbose: bool = False,
        log: bool = False,
        metric: str = 'sqeuclidean',
        out_of_sample_map: str = 'ferradans',
    ) -> None: ...
    def fit(self, Xs: Any, ys: Any = None, Xt: Any = None, yt: Any = None) -> Any: ...
    def transform(
        self, Xs: Any = None, ys: Any = None, Xt: Any = None, yt: Any = None, batch_size: float = 128
    ) -> Any: ...
    def transform_labels(self, ys: Any = None) -> Any: ...
    def inverse_transform_labels(self, yt: Any = None) -> Any: ...

class LinearGWTransport(BaseTransport):
    def __init__(self, log: bool = False, sign_eigs: Any = None, distribution_estimation: Any = ...) -> None: ...
    def fit(self, Xs: Any = None, ys: Any = None, Xt: Any = None, yt: Any = None) -> Any: ...
    def transform(
        self, Xs: Any = None, ys: Any = None, Xt: Any = None, yt: Any = None, batch_size: int = 128
    ) -> Any: ...
    def inverse_transform(
        self, Xs: Any = None, ys: Any = None, Xt: Any = None, yt: Any = None, batch_size: int = 128
    ) -> Any: ...

class LinearTransport(BaseTransport):
    def __init__(
        self,
        reg: float = 1e-08,
        bias: Any = True,
        log: bool = False,
        distribution_estimation: Any = ...,
    ) -> None: ...
    def fit(self, Xs: Any = None, ys: Any = None, Xt: Any = None, yt: Any = None) -> Any: ...
    def transform(
        self,
        Xs: Any = None,
        ys: Any = None,
        Xt: Any = None,
        yt: Any = None,
        batch_size: Any = 128,
    ) -> Any: ...
    def inverse_transform(
        self,
        Xs: Any = None,
        ys: Any = None,
        Xt: Any = None,
        yt: Any = None,
        batch_size: Any = 128,
    ) -> Any: ...

class MappingTransport(BaseEstimator):
    def __init__(
        self,
        mu: float = 1,
        eta: float = 0.001,
        bias: bool = False,
        metric: str = 'sqeuclidean',
        norm: Any = None,
        kernel: str = 'linear',
        sigma: float = 1,
        max_iter: int = 100,
        tol: float = 1e-05,
        max_inner_iter: int = 10,
        inner_tol: float = 1e-06,
        log: bool = False,
        verbose: bool = False,
        verbose2: bool = False,
    ) -> None: ...
    def fit(self, Xs: Any = None, ys: Any = None, Xt: Any = None, yt: Any = None) -> Any: ...
    def transform(self, Xs: Any) -> Any: ...

class SinkhornL1l2Transport(BaseTransport):
    def __init__(
        self,
        reg_e: float = 1.0,
        reg_cl: float = 0.1,
        max_iter: int = 10,
        max_inner_iter: int = 200,
        tol: float = 1e-08,
        verbose: bool = False,
        log: bool = False,
        metric: _Metric = "sqeuclidean",
        norm: Any = None,
        distribution_estimation: Any = ...,
        out_of_sample_map: str = "ferradans",
        limit_max: float = 10,
    ) -> None: ...

class SinkhornLpl1Transport(BaseTransport):
    def __init__(
        self,
        reg_e: Any = 1.0,
        reg_cl: Any = 0.1,
        max_iter: int | None = 10,
        max_inner_iter: Any = 200,
        log: bool = False,
        tol: float | None = 1e-08,
        verbose: bool = False,
        metric: _Metric = "sqeuclidean",
        norm: Any = None,
        distribution_estimation: Any = ...,
        out_of_sample_map: Any = "ferradans",
        limit_max: Any = ...,
    ) -> None: ...

class SinkhornTransport(BaseTransport):
    def __init__(
        self,
        reg_e: Any = 1.0,
        method: str = "sinkhorn_log",
        max_iter: int | None = 1000,
        tol: float | None = 1e-08,
        verbose: bool = False,
        log: bool = False,
        metric: _Metric = "sqeuclidean",
        norm: Any = None,
        distribution_estimation: Any = ...,
        out_of_sample_map: Any = "continuous",
        limit_max: Any = ...,
    ) -> None: ...
    def fit(self, Xs: Any = None, ys: Any = None, Xt: Any = None, yt: Any = None) -> Any: ...
    def transform(
        self,
        Xs: Any = None,
        ys: Any = None,
        Xt: Any = None,
        yt: Any = None,
        batch_size: Any = 128,
    ) -> Any: ...
    def inverse_transform(
        self,
        Xs: Any = None,
        ys: Any = None,
        Xt: Any = None,
        yt: Any = None,
        batch_size: Any = 128,
    ) -> Any: ...

class UnbalancedSinkhornTransport(BaseTransport):
    def __init__(
        self,
        reg_e: Any = 1.0,
        reg_m: float | Sequence[float] = 0.1,
        method: str = "sinkhorn",
        max_iter: int | None = 10,
        tol: float | None = 1e-09,
        verbose: bool = False,
        log: bool = False,
        metric: _Metric = "sqeuclidean",
        norm: Any = None,
        distribution_estimation: Any = ...,
        out_of_sample_map: Any = "ferradans",
        limit_max: Any = 10,
    ) -> None: ...

def distribution_estimation_uniform(X: Any) -> Any: ...
def emd_laplace(
    a: Any,
    b: Any,
    xs: Any,
    xt: Any,
    M: Any,
    sim: str = 'knn',
    sim_param: Any = None,
    reg: str = 'pos',
    eta: float = 1,
    alpha: float = 0.5,
    numItermax: int = 100,
    stopThr: float = 1e-09,
    numInnerItermax: int = 100000,
    stopInnerThr: float = 1e-09,
    log: bool = False,
    verbose: bool = False,
    *,
    threads: int | None = None,
) -> Any: ...
def sinkhorn_l1l2_gl(
    a: Any,
    labels_a: Any,
    b: Any,
    M: Any,
    reg: float,
    eta: float = 0.1,
    numItermax: int = 10,
    numInnerItermax: int = 200,
    stopInnerThr: float = 1e-09,
    eps: float = 1e-12,
    verbose: bool = False,
    log: bool = False,
    *,
    threads: int | None = None,
) -> Any: ...
def sinkhorn_lpl1_mm(
    a: Any,
    labels_a: Any,
    b: Any,
    M: Any,
    reg: float,
    eta: Any = 0.1,
    numItermax: int = 10,
    numInnerItermax: int = 200,
    stopInnerThr: Any = 1e-09,
    verbose: bool = False,
    log: bool = False,
    *,
    threads: int | None = None,
) -> Any: ...

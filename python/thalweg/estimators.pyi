from typing import Any, Mapping, Optional, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin

from ._run import Run

class SnapshotEstimator(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    settings: Optional[Mapping[str, Any]]
    start: Optional[float]
    end: Optional[float]
    random_state: Union[int, np.random.RandomState, None]
    n_jobs: Optional[int]
    memory: Union[int, str, None]
    run_: Run
    times_: NDArray[np.float64]
    n_features_in_: int
    def __init__(
        self,
        *,
        settings: Optional[Mapping[str, Any]] = None,
        start: Optional[float] = None,
        end: Optional[float] = None,
        random_state: Union[int, np.random.RandomState, None] = 0,
        n_jobs: Optional[int] = None,
        memory: Union[int, str, None] = None,
    ) -> None: ...
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: Optional[ArrayLike] = None) -> SnapshotEstimator: ...
    def transform(self, X: ArrayLike) -> NDArray[np.float64]: ...
    def inverse_transform(self, X: ArrayLike) -> NDArray[np.float64]: ...
    def predict(self, X: ArrayLike) -> NDArray[np.float64]: ...
    def score(self, X: ArrayLike, y: ArrayLike) -> float: ...

class FlowMatching(SnapshotEstimator): ...
class RectifiedFlow(SnapshotEstimator): ...
class StochasticInterpolants(SnapshotEstimator): ...
class ActionMatching(SnapshotEstimator): ...
class VelocityGrowthMatching(SnapshotEstimator): ...

from typing import Any
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin

from ._run import Run

class SnapshotEstimator(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    settings: Mapping[str, Any] | None
    start: float | None
    end: float | None
    random_state: int | np.random.RandomState | None
    n_jobs: int | None
    memory: int | str | None
    run_: Run
    times_: NDArray[np.float64]
    n_features_in_: int
    def __init__(
        self,
        *,
        settings: Mapping[str, Any] | None = None,
        start: float | None = None,
        end: float | None = None,
        random_state: int | np.random.RandomState | None = 0,
        n_jobs: int | None = None,
        memory: int | str | None = None,
    ) -> None: ...
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> SnapshotEstimator: ...
    def transform(self, X: ArrayLike) -> NDArray[np.float64]: ...
    def inverse_transform(self, X: ArrayLike) -> NDArray[np.float64]: ...
    def predict(self, X: ArrayLike) -> NDArray[np.float64]: ...
    def score(self, X: ArrayLike, y: ArrayLike) -> float: ...

class FlowMatching(SnapshotEstimator): ...
class RectifiedFlow(SnapshotEstimator): ...
class StochasticInterpolants(SnapshotEstimator): ...
class ActionMatching(SnapshotEstimator): ...
class VelocityGrowthMatching(SnapshotEstimator): ...

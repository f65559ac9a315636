"""Arrays are NumPy's, torch's, JAX's or lists; results are of the caller's kind, so both are Any."""

from typing import Any

def plot1D_mat(
    a: Any,
    b: Any,
    M: Any,
    title: Any = "",
    plot_style: Any = "yx",
    a_label: Any = "",
    b_label: Any = "",
    color_source: Any = "b",
    color_target: Any = "r",
    coupling_cmap: Any = "gray_r",
) -> Any: ...
def plot2D_samples_mat(xs: Any, xt: Any, G: Any, thr: Any = 1e-08, **kwargs: Any) -> Any: ...
def rescale_for_imshow_plot(x: Any, y: Any, n: Any, m: Any = None, a_y: Any = None, b_y: Any = None) -> Any: ...

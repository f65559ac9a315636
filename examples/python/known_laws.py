"""Known laws: followed, measured, and how they stretch what they carry. Writes lorenz.html and gyre.html."""

import numpy as np

import thalweg
from thalweg import measure, systems

lorenz = systems.lorenz63(rho=28)
orbit = lorenz.trajectory(n=10_000, points_per_period=25)
print("exponents of the law   ", lorenz.exponents(stretches=100))
found = measure.lyapunov(orbit.values, dt=float(orbit.times[1] - orbit.times[0]))
print(f"from the series         {found:.3f} +- {found.error:.3f}")
orbit.page("lorenz.html")

# The same from a function of Python, which knows no derivatives.
def rates(t, x):
    return np.stack([10 * (x[:, 1] - x[:, 0]), x[:, 0] * (28 - x[:, 2]) - x[:, 1], x[:, 0] * x[:, 1] - 8 / 3 * x[:, 2]], 1)


print("from a function        ", measure.exponents(rates, [1.0, 1.0, 20.0], settle=10, length=50, tolerance=1e-5))

gyre = systems.doublegyre(eps=0.25).having(start=[0, 0, 0])
exponents = gyre.ftle(15, x=(0, 2, 61), y=(0, 1, 31), frames=5)
print("largest exponent of the double gyre over time", exponents.series["time"], exponents.series["largest exponent"].round(3))
exponents.page("gyre.html")

ring = measure.Chain([[0.0, 0.7, 0.3], [0.3, 0.0, 0.7], [0.7, 0.3, 0.0]])
print(f"entropy production of a ring {ring.entropy_production():.4f} nats a step")
# Flux on the Sun moves and cancels, and none of it is lost.
sun = thalweg.fields.surface_flux(days=2, rows=31, columns=60)
print("surface flux over two days:", ", ".join(sun))

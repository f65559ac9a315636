"""Fields that known laws carry."""

import numpy as np
import pytest

import thalweg


def test_a_dipole_decays_as_it_must_and_any_threads_give_the_same_bytes():
    theta = np.linspace(0.0, np.pi, 61)
    start = np.repeat(np.cos(theta)[:, None], 120, axis=1)
    still = {"rotation": [0, 0, 0], "meridional": [0, 0, 0], "diffusivity": 500}
    runs = [thalweg.fields.surface_flux(start, days=365, threads=t, **still) for t in (1, 2)]
    br = [np.asarray(run["br"]) for run in runs]
    assert np.array_equal(*br)
    # exp(-2 D t) with D in solar radii squared an hour (6.96e5 km).
    truth = np.exp(-2 * 500 * 3600 / 6.96e5**2 * 8760)
    assert br[0][0, -1, 10, 7] / br[0][0, 0, 10, 7] == pytest.approx(truth, abs=3e-4)
    dipole = np.asarray(runs[0]["axial_dipole"])
    assert dipole[0, 0] == pytest.approx(1.0, abs=1e-3)


def test_realisations_differ_and_observations_replace():
    seen = {"hours": 24.0, "br": np.full((31, 60), 5.0), "weight": np.ones((31, 60))}
    run = thalweg.fields.surface_flux(
        days=1, rows=31, columns=60, start="empty", vary={"diffusivity": [100, 300]}, observations=[seen]
    )
    assert np.asarray(run["br"]).shape == (2, 2, 31, 60)
    assert np.allclose(np.asarray(run["br"])[:, -1], 5.0)
    assert not np.asarray(run["br"])[:, 0].any()


def test_structures_around_an_interface():
    # A disc of dye in a shear layer around it: u = tanh(distance / 0.2) along the circle, as in the checks of the method.
    axis = np.linspace(-2, 2, 61)
    x, y = np.meshgrid(axis, axis)
    r = np.hypot(x, y)
    dye = np.tanh((1 - r) / 0.05)
    with np.errstate(invalid="ignore", divide="ignore"):
        speed = np.nan_to_num(np.tanh((1 - r) / 0.2) / r)
    velocity = np.stack([-y * speed, x * speed], axis=-1)
    found = thalweg.fields.interface_structures(
        dye, velocity, axis, axis, viscosity=0.1, length=0.5, tolerance=1e-5, distances=[-0.3, 0.0, 0.3],
        clusters=2, smoothing=0, samples=4,
    )
    points = np.asarray(found["interface"])
    np.testing.assert_allclose(np.hypot(points[:, 0], points[:, 1]), 1, atol=0.03)
    assert np.asarray(found["ftle"]).shape == np.asarray(found["flux"]).shape == (61, 61)
    np.testing.assert_allclose(np.asarray(found["velocity_along"]), np.tanh([-1.5, 0, 1.5]), atol=0.06)
    np.testing.assert_allclose(np.asarray(found["velocity_across"]), 0, atol=0.01)
    for wrong, said in [({"clustres": 2}, "clustres"), ({"boundary": 9}, "boundary")]:
        with pytest.raises(thalweg.InputError, match=said):
            thalweg.fields.interface_structures(dye, velocity, axis, axis, viscosity=0.1, length=0.5, **wrong)


def test_ctrl_c_gives_the_maps_that_were_there():
    seen = []

    def stop(phase, done, total, note):
        seen.append(done)
        if done >= 24:
            raise KeyboardInterrupt

    with pytest.warns(thalweg.NotConvergedWarning, match="interrupted"):
        run = thalweg.fields.surface_flux(days=4000, every=1, rows=31, columns=60, threads=1, progress=stop)
    br = np.asarray(run["br"])
    assert 1 < br.shape[1] < 4001 and np.isfinite(br).all()
    short = thalweg.fields.surface_flux(days=1, rows=31, columns=60)
    assert np.array_equal(br[0, 1], np.asarray(short["br"])[0, 1])


def test_what_is_wrong_is_named():
    for wrong, said in [
        ({"diffusivty": 3}, "diffusivty"),
        ({"diffusivity": -1}, "diffusivity of surface-flux is -1"),
        ({"map": np.zeros(4)}, "1 axes"),
        ({"map": np.full((31, 60), np.nan)}, "NaN"),
        ({"observations": [{"br": 1}]}, "hours"),
    ]:
        with pytest.raises(thalweg.InputError, match=said):
            thalweg.fields.surface_flux(days=1, **wrong)

"""Known laws, against closed forms, derivatives by differences, and the figures of the catalogue."""

import ast
import inspect
import pathlib
import pickle

import numpy as np
import pytest

import thalweg
from thalweg import systems


def test_the_catalogue_is_listed_searched_and_shown():
    assert len(systems.names()) == 162 and len(systems.names("map")) == 27
    assert "Lorenz63" in systems.search("saltzman") or "Lorenz63" in systems.search("lorenz")
    assert all("conservative" in systems.get(f"flow {n}").record["tags"] for n in systems.names("flow", "conservative"))
    shown = str(systems.table("delay"))
    assert shown.splitlines()[0].startswith("name") and "MackeyGlass" in shown
    with pytest.raises(thalweg.InputError, match="Lorenz63"):
        systems.get("lorens63")
    with pytest.raises(AttributeError, match="lorenz63"):
        systems.lorens63
    with pytest.raises(thalweg.InputError, match="chaotic"):
        systems.names(tag="quiet")
    with pytest.raises(thalweg.InputError, match="rho"):
        systems.lorenz63(rgo=3)


def test_rates_and_jacobians_of_lorenz():
    lorenz = systems.lorenz63(rho=28.0, sigma=10.0, beta=8 / 3)
    x = np.random.default_rng(0).normal(size=(20, 3))
    expected = np.stack(
        [10 * (x[:, 1] - x[:, 0]), x[:, 0] * (28 - x[:, 2]) - x[:, 1], x[:, 0] * x[:, 1] - 8 / 3 * x[:, 2]], 1
    )
    np.testing.assert_allclose(lorenz.rates(x), expected, rtol=1e-13)
    one = lorenz.jacobian(x[0])
    a, b, c = x[0]
    np.testing.assert_allclose(one, [[-10, 10, 0], [28 - c, -1, -a], [b, a, -8 / 3]], rtol=1e-13)
    assert lorenz.jacobian(x).shape == (20, 3, 3)
    with pytest.raises(thalweg.InputError, match="3: x, y, z"):
        lorenz.rates([1.0, 2.0])


def test_exponents_of_lorenz_are_the_published_ones():
    # Viswanath (1998): 0.90566, 0, -14.57233; their sum is the divergence -(sigma + 1 + beta).
    found = systems.lorenz63().exponents(orbits=4, stretches=100)
    np.testing.assert_allclose(found.values, [0.9056, 0.0, -14.572], atol=max(0.02, 5 * found.errors.max()))
    assert abs(found.values.sum() + 10 + 1 + 8 / 3) < 1e-5 and abs(found.kaplan_yorke - 2.06) < 0.02


def test_a_trajectory_follows_the_closed_form_in_words_and_as_a_function():
    words = systems.System("swing", ["x", "v"], ["v", "-k*x"], [1, 0], parameters={"k": 4}, period=np.pi)
    called = systems.from_function(
        lambda t, x: np.stack([x[:, 1], -4 * x[:, 0]], 1), [1, 0], states=["x", "v"], period=np.pi
    )
    for system in (words, called):
        orbit = system.trajectory(n=200, points_per_period=50)
        np.testing.assert_allclose(orbit.values[:, 0], np.cos(2 * orbit.times), atol=1e-7)
        assert orbit.converged and orbit.observed.all() and orbit.times[1] == pytest.approx(np.pi / 50)
    np.testing.assert_allclose(called.rates([1.0, 2.0]), [2.0, -4.0])
    copy = pickle.loads(pickle.dumps(words.having(k=9.0, start=[2, 0])))
    assert copy.parameters == {"k": 9.0} and copy.start.tolist() == [2, 0]


def test_what_a_function_does_wrong_is_told():
    with pytest.raises(ZeroDivisionError):
        systems.from_function(lambda t, x: 1 / 0, [1.0]).trajectory(n=3, dt=0.1)
    with pytest.raises(thalweg.InputError, match="shape"):
        systems.from_function(lambda t, x: x[0], [1.0]).trajectory(n=3, dt=0.1)
    with pytest.raises(thalweg.InputError, match="period"):
        systems.from_function(lambda t, x: -x, [1.0]).trajectory(n=3)


def test_words_that_cannot_be_read_are_shown_where_they_stand():
    with pytest.raises(thalweg.InputError) as caught:
        systems.System("bad", ["x"], ["2*yy"], [1])
    line, carets = str(caught.value).split("\n")[1:3]
    assert line.index("yy") == carets.index("^^")
    with pytest.raises(thalweg.InputError, match="rows|values|state"):
        systems.System("bad", ["x", "y"], ["y", "x"], [1])


def test_ensembles_sweeps_gaps_and_noise_have_their_shapes():
    lorenz = systems.lorenz63()
    assert lorenz.trajectory(n=10, ensemble=4, spread=0.1).values.shape == (4, 10, 3)
    swept = lorenz.trajectory(n=10, ensemble=2, sweep={"rho": [20, 28], "sigma": [9, 10, 11]})
    assert swept.values.shape == (6, 2, 10, 3) and swept.parameters[4] == {"rho": 28.0, "sigma": 10.0}
    gappy = lorenz.trajectory(n=5000, gaps=0.3)
    assert np.isnan(gappy.values[~gappy.observed]).all() and abs(gappy.observed.mean() - 0.7) < 0.03
    plain, seen = lorenz.trajectory(n=5000), lorenz.trajectory(n=5000, observation_noise=0.1)
    share = (seen.values - plain.values).std(0) / plain.values.std(0)
    np.testing.assert_allclose(share, 0.1, rtol=0.06)
    logistic = systems.logistic(r=4.0).trajectory(n=4, start=[0.25])
    np.testing.assert_allclose(logistic.values[:, 0], [0.25, 0.75, 0.75, 0.75])
    pandas = pytest.importorskip("pandas")
    frame = gappy.to_pandas()
    assert isinstance(frame, pandas.DataFrame) and len(frame) == gappy.observed.sum()
    assert list(swept.to_pandas().columns) == ["time", "rho", "sigma", "trajectory", "x", "y", "z"]


@pytest.mark.parametrize("form", ["words", "function"])
def test_the_sense_of_noise(form):
    # dx = x/2 dW: the mean stays 1 in the sense of Ito and is exp(t/8) in that of Stratonovich.
    if form == "words":
        still, given = systems.System("still", ["x"], ["0"], [1.0]), {"noise": {"x": "0.5*x"}}
    else:
        still, given = systems.from_function(lambda t, x: 0 * x, [1.0], noise=lambda t, x: 0.5 * x), {}
    for sense, mean in [("ito", 1.0), ("stratonovich", np.exp(0.125))]:
        ends = still.trajectory(n=2, dt=1.0, ensemble=4000, spread=0, sense=sense, step=0.02, **given).values[:, -1, 0]
        # Four standard errors of the mean of 4000 lognormal draws.
        assert abs(ends.mean() - mean) < 4 * mean * np.sqrt(np.expm1(0.25) / 4000)


def test_a_drive_is_added_and_bad_settings_are_refused():
    forced = systems.System("rest", ["x"], ["0"], [0.0]).trajectory(n=50, dt=0.1, drive={"x": "cos(t)"})
    np.testing.assert_allclose(forced.values[:, 0], np.sin(forced.times), atol=1e-8)
    lorenz = systems.lorenz63()
    for settings, said in [
        ({"noise": -1.0}, "-1"),
        ({"noise": 0.1, "step": 1.0}, "stability limit"),
        ({"observation_noise": -0.5}, "-0.5"),
        ({"gaps": 2}, "from 0 to below 1"),
        ({"n": 10**7, "memory": "1MB"}, "memory budget"),
        ({"drive": {"w": "1"}}, "There is no state"),
        ({"drive": {"x": "2*"}}, r"\^"),
        ({"sense": "both"}, "stratonovich"),
        ({"dt": float("nan")}, "finite"),
    ]:
        with pytest.raises(thalweg.InputError, match=said):
            lorenz.trajectory(**settings)


def test_a_motion_that_ends_early_is_kept_and_told():
    burst = systems.System("burst", ["x"], ["x^2"], [1.0], period=1.0)
    with pytest.warns(thalweg.NotConvergedWarning, match="finite range|ran out"):
        orbit = burst.trajectory(n=40, points_per_period=20)
    assert not orbit.converged and 15 < orbit.observed.sum() <= 25
    with pytest.raises(thalweg.FailedError):
        burst.trajectory(n=40, points_per_period=20, strict=True)


def test_ctrl_c_gives_what_was_done():
    calls = []

    def stop(phase, done, total, note):
        calls.append(done)
        if len(calls) > 2:
            raise KeyboardInterrupt

    with pytest.warns(thalweg.NotConvergedWarning, match="interrupted"):
        orbit = systems.lorenz63().trajectory(n=3_000_000, progress=stop)
    assert orbit.report["status"]["outcome"] == "interrupted"
    assert 0 < orbit.observed.sum() < 3_000_000 and np.isfinite(orbit.values[orbit.observed]).all()


def stopping(after, of):
    calls = []

    def stop(phase, done, total, note):
        if phase == of:
            calls.append(done)
        if len(calls) > after:
            raise KeyboardInterrupt

    return stop


def test_ctrl_c_keeps_what_laws_and_maps_of_exponents_did():
    with pytest.warns(thalweg.NotConvergedWarning, match="interrupted"):
        found = systems.simulate("klein-gordon", frames=4000, time=4e5, progress=stopping(1, "steps"))
    assert 0 < len(found.times) < 4000 and found.report["status"]["outcome"] == "interrupted"
    assert found.fields["u"].shape[0] == len(found.times)
    with pytest.warns(thalweg.NotConvergedWarning, match="interrupted"):
        found = systems.doublegyre().ftle(5000, x=(0, 2, 41), y=(0, 1, 21), frames=1000, progress=stopping(1, "stretching"))
    assert 0 < len(found.times) < 1000 and found.fields["ftle"].shape == (len(found.times), 21, 41)


def test_a_map_of_exponents():
    gyre = systems.doublegyre(eps=0.25).having(start=[0, 0, 0])
    found = gyre.ftle(15, x=(1.1, 1.2, 201), y=(0.4, 0.6, 5), frames=2)
    # The ridge on y = 1/2 of the flow of Shadden, Lekien and Marsden (2005), by a Runge-Kutta integration elsewhere.
    row = found.fields["ftle"][-1, 2]
    best = np.argmax(row)
    assert abs(found.axes["x"][best] - 1.1585) < 0.001 and row[best] == pytest.approx(0.4686, abs=0.005)
    np.testing.assert_allclose(found.times, [7.5, 15])
    saddle = systems.System("saddle", ["a", "b"], ["0.7*a", "-0.7*b"], [0, 0])
    back = saddle.ftle(-2, x=(-1, 1, 5), y=(-1, 1, 4), plane=("b", "a"))
    np.testing.assert_allclose(back.fields["ftle"], 0.7, atol=1e-6)
    assert list(back.axes) == ["a", "b"]
    for wrong in ({"x": (0, 1, 5)}, {"x": (0, 1), "y": (0, 1, 5)}, {"x": (0, 1, 5), "y": (1, 0, 5)}):
        with pytest.raises(thalweg.InputError):
            gyre.ftle(1, **wrong)


def test_functions_are_maps_and_look_back_too():
    logistic = systems.from_function(lambda k, x: 3.9 * x * (1 - x), [0.3], kind="map", states=["x"])
    words = systems.System("logistic", ["x"], ["3.9*x*(1-x)"], [0.3], kind="map")
    a, b = logistic.trajectory(n=30, discard=5), words.trajectory(n=30, discard=5)
    np.testing.assert_allclose(a.values, b.values, atol=1e-9)
    np.testing.assert_array_equal(a.times, b.times)
    # x' = -x(t - 1) from a past of 1, by the method of steps; and the same with a second delay that does not count.
    truth = [1, 0.5, 0, -0.375, -0.5]
    late = systems.from_function(lambda t, x, past: -past, [1.0], kind="delay", delay=1.0)
    np.testing.assert_allclose(late.trajectory(n=5, dt=0.5).values[:, 0], truth, atol=1e-8)
    two = systems.from_function(lambda t, x, past: -past[0] + 0 * past[1], [1.0], kind="delay", delay=[1.0, 0.3])
    np.testing.assert_allclose(two.trajectory(n=5, dt=0.5).values[:, 0], truth, atol=1e-8)
    with pytest.raises(ZeroDivisionError):
        systems.from_function(lambda k, x: 1 / 0, [0.3], kind="map").trajectory(n=3)
    for wrong in ({"kind": "delay"}, {"delay": 1.0}, {"kind": "delay", "delay": -1.0}, {"kind": "flaw"}):
        with pytest.raises(thalweg.InputError):
            systems.from_function(lambda t, x: x, [0.3], **wrong)


def test_tables_and_pages_are_written(tmp_path):
    orbit = systems.rossler().trajectory(n=3000)
    orbit.write(tmp_path / "orbit.csv")
    table = np.genfromtxt(tmp_path / "orbit.csv", delimiter=",", names=True)
    np.testing.assert_allclose(table["x"], orbit.values[:, 0])
    orbit.page(tmp_path / "page.html", exponents=True)
    page = (tmp_path / "page.html").read_text()
    assert "Phase portraits" in page and "Convergence of the exponents" in page and "{{" not in page


def test_threads_do_not_change_a_bit():
    orbits = [systems.lorenz63().trajectory(n=50, ensemble=600, noise=0.1, threads=k).values.tobytes() for k in (1, 2)]
    assert orbits[0] == orbits[1]


def test_every_law_runs_by_name():
    with pytest.raises(thalweg.InputError):
        systems.simulate("no-such-law")
    assert all(isinstance(summary, str) and summary for summary in systems.laws().values())


def test_the_stub_is_complete_and_right():
    body = ast.parse(pathlib.Path(systems.__file__).with_suffix(".pyi").read_text()).body
    functions = {n.name: n for n in body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")}
    classes = {n.name: n for n in body if isinstance(n, ast.ClassDef)}
    assert {*functions, *classes} == set(systems.__all__)
    described = [(systems, node) for node in functions.values()]
    for name, node in classes.items():
        methods = [n for n in node.body if isinstance(n, ast.FunctionDef) and not n.decorator_list]
        described += [(getattr(systems, name), method) for method in methods]
    for owner, node in described:
        parameters = inspect.signature(getattr(owner, node.name)).parameters
        names = [a.arg for a in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]]
        variable = [p.name for p in parameters.values() if p.kind is p.VAR_KEYWORD]
        assert names + variable == list(parameters), node.name
        given = [ast.literal_eval(d) for d in [*node.args.defaults, *node.args.kw_defaults] if d is not None]
        assert given == [p.default for p in parameters.values() if p.default is not p.empty], node.name


def test_the_scheme_that_is_chosen_is_the_one_that_goes():
    # dx = x dt + x/10 dW in four steps: the mean at 1 is (1 + h)^4 by Euler and Maruyama, (1 + h + h^2/2)^4 of weak order 2.
    grow = systems.System("grow", ["x"], ["x"], [1], period=1)
    given = {"n": 2, "dt": 1.0, "ensemble": 2000, "spread": 0, "noise": {"x": "0.1*x"}, "step": 0.25}
    for scheme, mean in (("euler-maruyama", 1.25**4), ("platen", 1.28125**4)):
        ends = grow.trajectory(**given, scheme=scheme).values[:, -1, 0]
        assert abs(ends.mean() - mean) < 4 * 0.1 * mean / np.sqrt(2000)
    for wrong in ({**given, "scheme": "platten"}, {"scheme": "heun"}):
        with pytest.raises(thalweg.InputError, match="scheme"):
            grow.trajectory(**wrong)


def test_exponents_of_a_page_are_those_of_its_motion_or_refused(tmp_path):
    lorenz = systems.lorenz63()
    for orbit, word in (
        (lorenz.trajectory(n=10, noise=0.1), "noise"),
        (lorenz.trajectory(n=10, sweep={"rho": [20, 28]}), "swept"),
    ):
        with pytest.raises(thalweg.InputError, match=word):
            orbit.page(tmp_path / "page.html", exponents=True)

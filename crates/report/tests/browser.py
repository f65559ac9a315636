"""Opens the sample page in headless Chromium and tries what a reader would.

    cargo run -p thalweg-report --example sample_page -- FOLDER
    python3 crates/report/tests/browser.py FOLDER

Speaks the WebDriver protocol to `chromedriver` with the standard library alone. Exits 0 when every check holds.
Screenshots land in FOLDER/shots. CHROMIUM and CHROMEDRIVER name the programs where they are not on the path.
"""

import base64
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zlib

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
CHROMEDRIVER = os.environ.get("CHROMEDRIVER") or shutil.which("chromedriver")
ARGUMENTS = [
    "--headless=new", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--hide-scrollbars",
]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"left": "\ue012", "right": "\ue014", "shift": "\ue008", "tab": "\ue004", "space": " "}


class Browser:
    """One browser window with its own empty profile."""

    def __init__(self, *extra):
        self.profile = tempfile.mkdtemp(prefix="thalweg-browser-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.driver = subprocess.Popen([CHROMEDRIVER, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.root = f"http://127.0.0.1:{port}"
        self.session = ""
        options = {"binary": CHROMIUM, "args": [*ARGUMENTS, f"--user-data-dir={self.profile}", *extra]}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        self.wait_for_driver()
        self.session = "/session/" + self.post("/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait(10)
            shutil.rmtree(self.profile, ignore_errors=True)

    def wait_for_driver(self):
        for _ in range(100):
            try:
                return self.call("GET", "/status")
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        raise SystemExit("chromedriver did not answer within 10 seconds")

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.root + path, data, {"Content-Type": "application/json"}, method=method)
        # No proxy: the driver is on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{method} {path}: {error.read().decode()[:500]}") from error

    def post(self, path, body):
        return self.call("POST", path, body)

    def open(self, page, dark=False, reduced=True, size=(1280, 900)):
        """Loads a file with the given preferences; motion is off unless a check is about it."""
        self.resize(*size)
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if reduced else "no-preference"},
        ]
        self.devtools("Emulation.setEmulatedMedia", {"features": features})
        self.post(self.session + "/url", {"url": pathlib.Path(page).resolve().as_uri()})

    def devtools(self, command, parameters):
        return self.post(self.session + "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def resize(self, width, height):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)

    def run(self, script):
        return self.post(self.session + "/execute/sync", {"script": script, "args": []})

    def find(self, selector):
        return self.post(self.session + "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.post(f"{self.session}/element/{self.find(selector)}/click", {})

    def press(self, *keys):
        down = [{"type": "keyDown", "value": KEYS[k]} for k in keys]
        up = [{"type": "keyUp", "value": KEYS[k]} for k in reversed(keys)]
        actions = {"actions": [{"type": "key", "id": "keyboard", "actions": down + up}]}
        self.post(self.session + "/actions", actions)

    def errors(self):
        log = self.post(self.session + "/se/log", {"type": "browser"})
        return [entry["message"] for entry in log if entry["level"] in ("SEVERE", "WARNING") and not excused(entry["message"])]

    def shot(self, path, full=False):
        picture = self.devtools("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": full, **(self.whole() if full else {})})
        pathlib.Path(path).write_bytes(base64.b64decode(picture["data"]))
        return path

    def whole(self):
        size = self.devtools("Page.getLayoutMetrics", {})["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}}


def excused(message):
    """Software drawing is slow to read back, and Chromium says so; that is this test's doing, not the page's."""
    return "GPU stall due to ReadPixels" in message or "swiftshader" in message.lower()


def pixels(path):
    """Rows of an 8-bit PNG without interlacing, as lists of bytes, and bytes a pixel."""
    data = pathlib.Path(path).read_bytes()
    at, body, width, channels = 8, b"", 0, 0
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        chunk = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, channels = struct.unpack(">I", chunk[:4])[0], {2: 3, 6: 4}[chunk[9]]
        if kind == b"IDAT":
            body += chunk
        at += 12 + length
    raw, stride, rows = zlib.decompress(body), width * channels, []
    for start in range(0, len(raw), stride + 1):
        rows.append(unfiltered(raw[start], bytearray(raw[start + 1:start + 1 + stride]), rows[-1] if rows else bytes(stride), channels))
    return rows, channels


def unfiltered(kind, row, above, step):
    for i in range(len(row)):
        left, up = (row[i - step] if i >= step else 0), above[i]
        corner = above[i - step] if i >= step else 0
        if kind == 4:
            guess = left + up - corner
            nearest = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
        else:
            nearest = (0, left, up, (left + up) // 2)[kind]
        row[i] = (row[i] + nearest) & 255
    return row


def variance(path):
    rows, channels = pixels(path)
    greens = [row[i] for row in rows[::3] for i in range(1, len(row), 3 * channels)]
    mean = sum(greens) / len(greens)
    return sum((g - mean) ** 2 for g in greens) / len(greens), mean


FAILED = []


def check(what, holds, seen=""):
    print(("ok   " if holds else "FAIL ") + what + (f"  ({seen})" if seen != "" else ""), flush=True)
    if not holds:
        FAILED.append(what)


MEAN_MOVE = """
const a = thalweg.positions(%f), b = thalweg.positions(%f);
let sum = 0;
for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
return sum / a.length;
"""
# How many pixels of the particle layer differ from empty: read right after drawing, as the buffer is not kept.
INKED = """
thalweg.setTime(thalweg.time());
const canvas = document.getElementById("swarm");
const copy = document.createElement("canvas");
[copy.width, copy.height] = [canvas.width, canvas.height];
const pen = copy.getContext("2d");
pen.drawImage(canvas, 0, 0);
const data = pen.getImageData(0, 0, copy.width, copy.height).data;
let count = 0, column = 0;
for (let i = 3; i < data.length; i += 4) if (data[i] > 20) { count++; column += ((i - 3) / 4) % copy.width; }
return [count, column / Math.max(1, count)];
"""


def becomes(browser, condition):
    """Whether a condition holds within 20 seconds: a busy machine draws few frames a second."""
    for _ in range(200):
        if browser.run("return " + condition):
            return True
        time.sleep(0.1)
    return False


def try_motion(browser, page, renderer):
    browser.open(page)
    check("the page has the hostile title as text", "<script>hostile()" in browser.run("return document.querySelector('h1').textContent"))
    check("the particles are drawn by " + renderer, browser.run("return thalweg.renderer()") == renderer)
    check("reduced motion does not start by itself", not browser.run("return thalweg.playing()"))
    first = browser.run(INKED)
    browser.run("const s = document.getElementById('time'); s.value = 900; s.dispatchEvent(new Event('input'));")
    last = browser.run(INKED)
    check("the slider sets the time", abs(browser.run("return thalweg.time()") - 3.6) < 1e-6)
    check("the slider moves the particles in the data", browser.run(MEAN_MOVE % (0.0, 3.6)) > 0.5)
    check("the slider moves the particles on the screen", last[0] > 500 and last[1] - first[1] > 100, f"{first} to {last}")
    check("halfway between frames is the mean of the frames", browser.run("""
        const [a, b, c] = [1.0, 1.1, 1.05].map(thalweg.positions);
        return a.every((v, i) => Math.abs(0.5 * (v + b[i]) - c[i]) < 1e-3)"""))
    check("the slider says its time", "3.6" in browser.run("return document.getElementById('time').getAttribute('aria-valuetext')"))


def try_keyboard(browser, page):
    browser.open(page)
    browser.press("right")
    check("right steps", abs(browser.run("return thalweg.time()") - 0.1) < 1e-6)
    browser.press("shift", "right")
    check("shift and right goes to the next snapshot", browser.run("return thalweg.time()") == 1)
    browser.press("left")
    check("left steps back", abs(browser.run("return thalweg.time()") - 0.9) < 1e-6)
    browser.press("space")
    playing, began = browser.run("return [thalweg.playing(), thalweg.time()]")
    check("space plays", playing and becomes(browser, f"thalweg.time() > {began}"))
    browser.press("space")
    check("space pauses", not browser.run("return thalweg.playing()"))
    seen = []
    for _ in range(40):
        browser.press("tab")
        seen.append(browser.run("const e = document.activeElement; return e.id || e.name || e.dataset.copy || e.className || e.tagName"))
    wanted = ["theme", "play", "time", "particle-colour", "show-lines", "nearest", "save", "metric", "command"]
    check("tab reaches every control in order", [s for s in dict.fromkeys(seen) if s in wanted] == wanted, ", ".join(dict.fromkeys(seen)))
    check("everything to press has a name", browser.run("""
        return [...document.querySelectorAll('button, input, summary')].every((e) =>
          (e.getAttribute('aria-label') || e.textContent || e.labels?.[0]?.textContent || '').trim())"""))


def try_controls(browser, page, shots):
    browser.open(page)
    check("one metric is shown at a time", browser.run("return document.querySelectorAll('[data-metric]:not([hidden])').length") == 1)
    browser.run("document.querySelector('[name=metric][value=MMD]').click()")
    check("another metric can be chosen", browser.run("return document.querySelector('[data-metric=MMD]').offsetHeight") > 0)
    browser.run("thalweg.setTime(2.4)")
    plain = variance(browser.shot(shots / "plain.png"))[0]
    for choice in ["show-lines", "nearest"]:
        browser.run(f"document.getElementById('{choice}').click()")
    browser.run("document.querySelector('[name=particle-colour][value=growth]').click()")
    other = variance(browser.shot(shots / "growth.png"))[0]
    check("layers change the picture", abs(plain - other) > 1, f"variance {plain:.0f} and {other:.0f}")
    check("the growth scale is shown", "relative to its start" in browser.run("return document.getElementById('scales').textContent"))


def try_looks(browser, page, shots):
    means = {}
    for name, dark, size in [("light", False, (1280, 900)), ("dark", True, (1280, 900)), ("narrow", False, (390, 844))]:
        browser.open(page, dark=dark, size=size)
        browser.run("thalweg.setTime(3)")
        spread, means[name] = variance(browser.shot(shots / f"{name}.png"))
        check(f"the {name} page is not blank", spread > 150, f"variance {spread:.0f}")
        wide = browser.run("return document.documentElement.scrollWidth")
        check(f"the {name} page does not scroll sideways", wide <= size[0], f"{wide} of {size[0]}")
        browser.shot(shots / f"{name}_whole.png", full=True)
    check("a reader who prefers dark gets dark", means["dark"] < 80 < 180 < means["light"], f"mean {means['light']:.0f} and {means['dark']:.0f}")
    browser.open(page)
    browser.click("#theme")
    check("the button turns the page dark", variance(browser.shot(shots / "toggled.png"))[1] < 80)


PLAN_INKED = """
const canvas = document.getElementById("observed");
const copy = document.createElement("canvas");
[copy.width, copy.height] = [canvas.width, canvas.height];
const pen = copy.getContext("2d");
pen.drawImage(canvas, 0, 0);
const data = pen.getImageData(0, 0, copy.width, copy.height).data;
let count = 0;
for (let i = 3; i < data.length; i += 4) if (data[i] > 4) count++;
return count;
"""


def try_match(browser, page, shots, renderer):
    """The page of a match: lines of the plan, and the source on its way."""
    browser.open(page)
    check("the match has the hostile title as text", "<script>hostile()" in browser.run("return document.querySelector('h1').textContent"))
    check("the match is drawn by " + renderer, browser.run("return thalweg.renderer()") == renderer)
    lined = browser.run(PLAN_INKED)
    browser.run("document.getElementById('show-lines').click()")
    bare = browser.run(PLAN_INKED)
    check("lines of the plan are drawn, and can be hidden", lined > bare + 2000, f"{lined} and {bare} pixels")
    browser.run("document.getElementById('show-lines').click()")
    first = browser.run(INKED)
    browser.run("const s = document.getElementById('time'); s.value = 1000; s.dispatchEvent(new Event('input'));")
    last = browser.run(INKED)
    check("the slider moves the source to the target", last[1] - first[1] > 200, f"{first} to {last}")
    check("the image lies among the targets", browser.run("""
        const p = thalweg.positions(1), x = p.filter((_, i) => i % 2 === 0);
        return x.every((v) => v > 1.5 && v < 4.5)"""))
    browser.press("shift", "left")
    check("shift and left goes back to the source", browser.run("return thalweg.time()") == 0)
    check("the clouds have names", browser.run("return [...document.querySelectorAll('#ticks button')].map((b) => b.textContent).join()") == "source,target")
    check("the residual curve is there", browser.run("return document.querySelectorAll('#quality svg path').length") > 2)
    check("the marginals are a table", "500" in browser.run("return document.querySelector('#marginals tbody').textContent"))
    check("everything to press in a match has a name", browser.run("""
        return [...document.querySelectorAll('button, input, summary')].every((e) =>
          (e.getAttribute('aria-label') || e.textContent || e.labels?.[0]?.textContent || '').trim())"""))
    for name, dark, size in [("match_light", False, (1280, 900)), ("match_dark", True, (1280, 900)), ("match_narrow", False, (390, 844))]:
        browser.open(page, dark=dark, size=size)
        browser.run("thalweg.setTime(0.6)")
        spread = variance(browser.shot(shots / f"{name}_{renderer}.png"))[0]
        check(f"the {name} page is not blank", spread > 150, f"variance {spread:.0f}")
        wide = browser.run("return document.documentElement.scrollWidth")
        check(f"the {name} page does not scroll sideways", wide <= size[0], f"{wide} of {size[0]}")
        browser.shot(shots / f"{name}_{renderer}_whole.png", full=True)


# Read from a copy: the browser complains of a canvas that is read again and again. Colours count too, since a field fills
# its plane at every time.
DRAWN = """
const canvas = document.querySelector("#stage canvas"), copy = document.createElement("canvas");
[copy.width, copy.height] = [canvas.width, canvas.height];
const pen = copy.getContext("2d", { willReadFrequently: true });
pen.drawImage(canvas, 0, 0);
const data = pen.getImageData(0, 0, copy.width, copy.height).data;
let sum = 0, count = 0;
for (let i = 0; i < data.length; i += 4) {
  if (data[i] === data[0] && data[i + 1] === data[1] && data[i + 2] === data[2]) continue;
  count++;
  sum += ((i / 4) % 9973) * (1 + data[i] + 3 * data[i + 1] + 7 * data[i + 2]);
}
return [count, sum];
"""


def settled(browser):
    """What the stage shows once its frame is drawn."""
    browser.post(browser.session + "/execute/async", {"script": "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))", "args": []})
    return browser.run(DRAWN)


def try_simulation(browser, page, shots, name):
    """The page of a simulation: a portrait or fields, turned and played."""
    browser.open(page)
    first = settled(browser)
    check(f"the {name} page draws", first[0] > 3000, str(first))
    check(f"the {name} page has no markup of the data", browser.run("return document.querySelectorAll('main b > b, main i > i, main u, h1 *').length") == 0)
    browser.run("const s = document.getElementById('time'); s.value = 400; s.dispatchEvent(new Event('input'));")
    moved = settled(browser)
    check(f"the slider of the {name} page changes the picture", moved != first, f"{first} and {moved}")
    check(f"the slider of the {name} page says its time", browser.run("return document.getElementById('now').textContent") != "")
    browser.run("""
        const canvas = document.querySelector("#stage canvas"), box = canvas.getBoundingClientRect();
        const send = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type, { clientX: box.left + x, clientY: box.top + y, pointerId: 1, bubbles: true }));
        canvas.setPointerCapture = () => {};
        send("pointerdown", 200, 200); send("pointermove", 320, 240); send("pointerup", 320, 240);""")
    turned = settled(browser)
    check(f"the {name} turns by hand", turned != moved, f"{moved} and {turned}")
    browser.run("document.getElementById('play').click()")
    began = browser.run("return thalweg.look.head")
    check(f"the {name} page plays", becomes(browser, f"thalweg.look.head > {began}"))
    browser.run("thalweg.setPlaying(false)")
    check(f"everything to press on the {name} page has a name", browser.run("""
        return [...document.querySelectorAll('button, input, summary, select')].every((e) =>
          (e.getAttribute('aria-label') || e.textContent || e.labels?.[0]?.textContent || '').trim())"""))
    for look, dark, size in [("light", False, (1280, 900)), ("dark", True, (1280, 900)), ("narrow", False, (390, 844))]:
        browser.open(page, dark=dark, size=size)
        settled(browser)
        spread = variance(browser.shot(shots / f"{name}_{look}.png"))[0]
        check(f"the {look} {name} page is not blank", spread > 150, f"variance {spread:.0f}")
        wide = browser.run("return document.documentElement.scrollWidth")
        check(f"the {look} {name} page does not scroll sideways", wide <= size[0], f"{wide} of {size[0]}")
        browser.shot(shots / f"{name}_{look}_whole.png", full=True)


def try_poles(browser, page):
    browser.open(page)
    equator = settled(browser)
    browser.run("document.querySelector('[data-turn]').click()")
    check("the globe turns to its pole", settled(browser) != equator and browser.run("return thalweg.look.pitch") > 1.57)
    browser.run("document.querySelectorAll('[name=which]')[1].click()")
    line = settled(browser)
    check("the other field is drawn", line[0] > 3000 and line != equator)


def try_all(page, matched, shots):
    with Browser() as browser:
        try_motion(browser, page, "webgl2")
        try_keyboard(browser, page)
        try_controls(browser, page, shots)
        try_looks(browser, page, shots)
        try_match(browser, matched, shots, "webgl2")
        try_simulation(browser, page.with_name("motion.html"), shots, "motion")
        try_simulation(browser, page.with_name("fields.html"), shots, "fields")
        try_poles(browser, page.with_name("fields.html"))
        browser.open(page, reduced=False)
        check("the page starts by itself otherwise", becomes(browser, "thalweg.time() > 0"))
        errors = browser.errors()
        check("the console is silent", not errors, "; ".join(errors)[:400])
    with Browser("--disable-3d-apis") as browser:
        try_motion(browser, page, "canvas2d")
        try_match(browser, matched, shots, "canvas2d")
        errors = browser.errors()
        check("the console is silent without WebGL", not errors, "; ".join(errors)[:400])


def main():
    if not (CHROMIUM and CHROMEDRIVER):
        raise SystemExit("Chromium and chromedriver are needed: install the packages chromium and chromium-driver.")
    folder = pathlib.Path(sys.argv[1])
    shots = folder / "shots"
    shots.mkdir(exist_ok=True)
    try_all(folder / "report.html", folder / "match.html", shots)
    print(f"{len(FAILED)} checks failed" if FAILED else "all checks hold")
    sys.exit(bool(FAILED))


if __name__ == "__main__":
    main()

"""A headless Chromium, driven over WebDriver: Debian's chromium and chromium-driver, and nothing else."""

import base64
import contextlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))

from harness import free_port, wait_until  # noqa: E402

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--force-prefers-no-reduced-motion"]
ENTER, ESCAPE, TAB = "\ue007", "\ue00c", "\ue004"


class Browser:
    """One window. What is found is found by CSS selectors."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="streamstats-browser-")
        self.address = f"http://127.0.0.1:{free_port()}"
        self.driver = subprocess.Popen(["chromedriver", f"--port={self.address.rsplit(':', 1)[1]}"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.session = ""
        try:
            wait_until(self._is_ready, what="chromedriver")
            options = {"binary": shutil.which("chromium"), "args": [*ARGUMENTS, f"--user-data-dir={self.profile}"]}
            wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
            made = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
            self.session = f"/session/{made['sessionId']}"
            self.resize(1280, 1600)
        except BaseException:
            self.close()
            raise

    def close(self):
        with contextlib.suppress(OSError):
            if self.session:
                self._ask("DELETE", self.session)
        self.driver.terminate()
        self.driver.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def _is_ready(self):
        with contextlib.suppress(OSError):
            return self._ask("GET", "/status")["ready"]
        return False

    def _ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as refused:
            raise AssertionError(refused.read().decode()) from None

    def _do(self, path, **body):
        return self._ask("POST", self.session + path, body)

    def _element(self, selector):
        return f"/element/{self._do('/element', using='css selector', value=selector)[ELEMENT]}"

    def open(self, url):
        self._do("/url", url=url)

    def run(self, script, *arguments):
        return self._do("/execute/sync", script=script, args=list(arguments))

    def developer(self, command, **parameters):
        """A command of the protocol of the developer tools."""
        return self._do("/goog/cdp/execute", cmd=command, params=parameters)

    def resize(self, width, height):
        self.developer("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                       mobile=width < 600)

    def prefer(self, **features):
        """Media features: prefers_color_scheme="dark"."""
        wanted = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.developer("Emulation.setEmulatedMedia", features=wanted)

    def click(self, selector):
        self._do(self._element(selector) + "/click")

    def type(self, selector, text):
        self._do(self._element(selector) + "/value", text=text)

    def press(self, *keys):
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._do("/actions", actions=[{"type": "key", "id": "keyboard", "actions": strokes}])

    def point(self, selector):
        """Moves the mouse there."""
        self._point({"origin": {ELEMENT: self._element(selector).rsplit("/", 1)[1]}, "x": 0, "y": 0})

    def point_away(self):
        self._point({"origin": "viewport", "x": 0, "y": 0})

    def _point(self, where):
        move = {"type": "pointerMove", "duration": 0, **where}
        self._do("/actions", actions=[{"type": "pointer", "id": "mouse", "actions": [move]}])

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])?.textContent", selector)

    def texts(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])].map((each) => each.textContent)", selector)

    def is_shown(self, selector):
        return self.run("return document.querySelector(arguments[0])?.checkVisibility() ?? false", selector)

    def until(self, condition, what):
        try:
            return wait_until(condition, 20, what)
        except AssertionError as late:
            raise AssertionError(f"{late}; the page says:\n{self.run('return document.body.innerText')}\n"
                                 f"and its console:\n{self.console()}") from None

    def until_text(self, selector, wanted):
        self.until(lambda: self.text(selector) == wanted, f"{selector} to say {wanted!r}")

    def until_shown(self, selector):
        self.until(lambda: self.is_shown(selector), f"{selector} to be shown")

    def console(self):
        """What was complained of since the last time: errors, violations of the policy, what could not be loaded."""
        return [entry["message"] for entry in self._do("/se/log", type="browser")]

    def picture(self, path):
        with open(path, "wb") as f:
            f.write(base64.b64decode(self._ask("GET", self.session + "/screenshot")))

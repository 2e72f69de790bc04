"""A headless Chromium, driven through its DevTools protocol."""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import time
import urllib.request

import websocket


class Page:
    """One tab. `problems` collects what its console and its scripts complain about."""

    def __init__(self, directory, width=1440, height=900, dark=False):
        binary = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        assert binary, "no Chromium found; make test installs one"
        self.directory = pathlib.Path(directory)
        self.process = subprocess.Popen(
            [binary, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
             "--remote-debugging-port=0", "--remote-allow-origins=*", f"--user-data-dir={directory}", f"--window-size={width},{height}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"HOME": str(directory)})
        port = self._port()
        tabs = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10))
        self.socket = websocket.create_connection(next(tab for tab in tabs if tab["type"] == "page")["webSocketDebuggerUrl"], timeout=30)
        self.number = 0
        self.problems = []
        for domain in ("Page", "Runtime", "Log"): self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def _port(self):
        file = self.directory / "DevToolsActivePort"
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if file.exists() and (text := file.read_text()): return int(text.splitlines()[0])
            assert self.process.poll() is None, "Chromium ended"
            time.sleep(0.05)
        raise AssertionError("Chromium did not open its DevTools port")

    def call(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == self.number:
                assert "error" not in message, message
                return message["result"]
            self._note(message)

    def _note(self, message):
        parameters = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            self.problems.append(parameters["exceptionDetails"].get("exception", {}).get("description", str(parameters)))
        elif message.get("method") == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.problems.append(f'{parameters["entry"]["text"]} {parameters["entry"].get("url", "")}')
        elif message.get("method") == "Runtime.consoleAPICalled" and parameters["type"] == "error":
            self.problems.append(str(parameters["args"]))

    def open(self, url):
        self.call("Page.navigate", url=url)

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def text(self):
        return self.evaluate("document.body ? document.body.innerText : ''")

    def wait_for_text(self, *parts, seconds=15):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = self.text()
            if all(part in text for part in parts): return text
            time.sleep(0.05)
        raise AssertionError(f"{[part for part in parts if part not in text]} not on the page within {seconds} s:\n{text}\n{self.problems}")

    def screenshot(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def close(self):
        self.socket.close()
        self.process.kill()
        self.process.wait()

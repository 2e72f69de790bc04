"""Starts the built binary on free loopback ports with a data directory of its own, and stops it."""

import http.client
import os
import pathlib
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("LOUPE_BINARY", ROOT / "build" / "loupe"))
LISTENERS = ("otlp-grpc", "otlp-http", "api", "metrics", "health")
OTLP_LISTENERS = ("otlp-grpc", "otlp-http", "api")


def free_ports(count):
    """Ports that nobody listens on now. Held together while choosing, so that they differ."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


def clean_environment():
    """The environment without settings of Loupe or of an exporter that a developer may have set."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("LOUPE_", "OTEL_"))}


def run(*arguments, environment=None, timeout=20):
    """Runs the binary to its end: for what refuses to start, and for version and help."""
    return subprocess.run([BINARY, *map(str, arguments)], env=clean_environment() | (environment or {}), text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)


class Loupe:
    """One server process. `port["api"]` and its like stay the same over restarts."""

    def __init__(self, directory, **settings):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.data = self.directory / "data"
        self.port = dict(zip(LISTENERS, free_ports(len(LISTENERS))))
        self.settings = {name: f"127.0.0.1:{port}" for name, port in self.port.items()}
        self.settings |= {"data": self.data} | {name.replace("_", "-"): value for name, value in settings.items()}
        self.log_path = self.directory / "log"
        self.process = None

    # -- life

    def start(self, wait=True):
        arguments = [part for name, value in self.settings.items() for part in (f"--{name}", str(value))]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([BINARY, "serve", *arguments], env=clean_environment(),
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=60):
        """Returns how long it took."""
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            if self.process.poll() is not None:
                raise AssertionError(f"loupe ended with {self.process.returncode}:\n{self.log()}")
            try:
                if self.get("/ready", timeout=2)[0] == 200:
                    return time.monotonic() - begun
            except OSError:
                pass
            time.sleep(0.002)
        raise AssertionError(f"not ready after {seconds} s:\n{self.log()}")

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, seconds=40):
        """SIGTERM; returns the exit code."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running {seconds} s after SIGTERM:\n{self.log()}") from None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def log(self, lines=40):
        text = self.log_path.read_text(errors="replace") if self.log_path.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    # -- questions

    def url(self, listener, path=""):
        return f"http://127.0.0.1:{self.port[listener]}{path}"

    def address(self, listener):
        return f"127.0.0.1:{self.port[listener]}"

    def get(self, path, listener="api", headers=None, timeout=20):
        """(status, headers, body)"""
        return self.request("GET", path, listener, None, headers, timeout)

    def post(self, path, body, headers, listener="otlp-http", timeout=30):
        return self.request("POST", path, listener, body, headers, timeout)

    def request(self, method, path, listener, body=None, headers=None, timeout=20):
        connection = http.client.HTTPConnection("127.0.0.1", self.port[listener], timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def metric(self, name, **labels):
        """The sum of the series of `name` that carry `labels`; None when there is none."""
        total = None
        for line in self.get("/metrics")[2].decode().splitlines():
            head, _, value = line.rpartition(" ")
            series, _, rest = head.partition("{")
            if series == name and all(f'{key}="{wanted}"' in rest for key, wanted in labels.items()):
                total = (total or 0) + float(value)
        return total

    def memory_kib(self, key="VmRSS"):
        """VmRSS now, or VmHWM for the peak."""
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith(key + ":"):
                return int(line.split()[1])
        return 0

    def cpu_seconds(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

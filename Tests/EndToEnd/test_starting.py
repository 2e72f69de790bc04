"""What happens at the start and at the end of a server's life, and what is said when it cannot start."""

import re
import secrets
import signal
import socket
import subprocess
import threading
import time

import grpc
import pytest

import otlp
from loupe import Loupe, free_ports, run


def refused(*arguments, code, parts, environment=None):
    """The one line that a start with these arguments ends in."""
    done = run(*arguments, environment=environment)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert len(lines) == 1, done.stderr
    for part in parts:
        assert str(part) in lines[0], lines[0]
    return lines[0]


@pytest.fixture
def quiet(tmp_path):
    """Arguments of a server that disturbs nobody."""
    return ["--data", tmp_path / "data", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "off", "--api", "off", "--metrics", "off", "--health", "off"]


# ---------------------------------------------------------------- refusals

@pytest.mark.parametrize("arguments, environment, parts", [
    (["--memory", "12x"], {}, ["memory", "12x", "--memory", "MiB"]),
    ([], {"LOUPE_RETENTION": "7"}, ["retention", "7", "LOUPE_RETENTION", "7s"]),
    (["--memroy", "1GiB"], {}, ["--memroy", "--memory"]),
    (["sevre"], {}, ["sevre", "serve"]),
    (["--otlp-http", "127.0.0.1:4317"], {}, ["otlp-http", "otlp-grpc", "4317"]),
    (["--config", "/nowhere/loupe.yaml"], {}, ["config", "/nowhere/loupe.yaml", "No such file"]),
])
def test_usage_is_told_in_one_line_with_exit_code_2(arguments, environment, parts):
    refused(*arguments, code=2, parts=parts, environment=environment)


def test_the_place_in_the_file_is_named(tmp_path):
    file = tmp_path / "loupe.yaml"
    file.write_text("# comment\nretention: 7d\nmemroy: 1GiB\n")
    refused("--config", file, code=2, parts=[f"{file}:3:1", "memroy", "memory"])


def test_check_config(tmp_path):
    file = tmp_path / "loupe.yaml"
    file.write_text("memory: 1GiB\n")
    done = run("serve", "--check-config", "--config", file, "--data", tmp_path / "data")
    assert done.returncode == 0 and done.stdout.strip()
    assert not (tmp_path / "data").exists(), "a check must not touch the disk"
    refused("serve", "--check-config", "--fsync", "maybe", code=2, parts=["fsync", "maybe", "on or off"])


@pytest.mark.parametrize("arguments, part", [(["version"], "loupe"), (["help"], "--otlp-grpc"), (["-h"], "Usage"), (["help", "memory"], "LOUPE_MEMORY")])
def test_version_and_help_go_to_standard_output(arguments, part):
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert part in done.stdout


def test_port_in_use(quiet):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        refused("serve", *quiet, "--otlp-grpc", address, code=1, parts=["otlp-grpc", address, "in use"])


def test_data_directory_that_cannot_be_made(quiet, tmp_path):
    (tmp_path / "file").write_text("in the way")
    wanted = tmp_path / "file" / "data"
    refused("serve", *quiet, "--data", wanted, code=1, parts=["data", wanted])


def test_second_process_on_one_data_directory(start):
    first = start()
    ports = free_ports(5)
    arguments = [part for name, port in zip(("otlp-grpc", "otlp-http", "api", "metrics", "health"), ports) for part in (f"--{name}", f"127.0.0.1:{port}")]
    refused("serve", "--data", first.data, *arguments, code=1, parts=["data", first.data])
    assert first.get("/ready")[0] == 200, "the first goes on"


def test_tls_files_that_are_none(quiet, tmp_path):
    (tmp_path / "cert.pem").write_text("no certificate")
    refused("serve", *quiet, "--tls-cert", tmp_path / "cert.pem", "--tls-key", tmp_path / "cert.pem", code=1, parts=["tls-", "cert.pem"])


# ---------------------------------------------------------------- addresses

def banner_port(server):
    """The port in the line that one copies into an exporter's environment."""
    match = otlp.wait_for(lambda: re.search(r"OTEL_EXPORTER_OTLP_ENDPOINT=http://[\w.:\[\]-]+:(\d+)", server.log()), 10, "no line to copy")
    return int(match[1])


def test_port_0_is_a_free_port_and_is_told(start):
    server = start(otlp_grpc="127.0.0.1:0", otlp_http="127.0.0.1:0")
    port = banner_port(server)
    assert port > 0
    trace_id = secrets.token_bytes(16)
    server.port["otlp-http"] = port
    otlp.post(server, otlp.plain_trace(trace_id).SerializeToString())
    assert len(otlp.spans(otlp.trace(server, trace_id.hex()))) == 1
    assert str(server.data) in server.log()


def test_an_address_without_host_is_every_interface(start):
    server = start(otlp_http=":0")
    port = banner_port(server)
    for address in ("127.0.0.1", "::1") if socket.has_ipv6 and can_use_ipv6() else ("127.0.0.1",):
        socket.create_connection((address, port), timeout=5).close()


def can_use_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(("::1", 0))
        return True
    except OSError:
        return False


def test_off_opens_no_port(start):
    server = start(metrics="off", health="off")
    for name in ("metrics", "health"):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port[name]), timeout=5)


def test_start_on_an_empty_store_is_quick(start):
    server = start(wait=False)
    assert server.wait_ready() < 1   # the target of 100 ms is the bench's to check; this only catches a hang


# ---------------------------------------------------------------- stopping

def half_sent(server, body):
    """A connection with the head of an export and half of its body sent."""
    one = socket.create_connection(("127.0.0.1", server.port["otlp-http"]), timeout=20)
    head = f"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: {len(body)}\r\n\r\n"
    one.sendall(head.encode() + body[:len(body) // 2])
    return one


def test_sigterm_finishes_50_exports_in_flight(start):
    server = start()
    ids = [secrets.token_bytes(16) for _ in range(50)]
    bodies = [otlp.plain_trace(trace_id, 5, attribute_bytes=4000).SerializeToString() for trace_id in ids]
    connections = [half_sent(server, body) for body in bodies]
    time.sleep(0.2)
    server.signal(signal.SIGTERM)
    time.sleep(0.2)
    assert server.process.poll() is None, "it waits for what is in flight"
    for one, body in zip(connections, bodies):
        one.sendall(body[len(body) // 2:])
    for one in connections:
        assert one.recv(4096).startswith(b"HTTP/1.1 200"), "a request in flight is finished"
        one.close()
    assert server.process.wait(20) == 0
    server.start()
    assert [len(otlp.spans(otlp.trace(server, trace_id.hex()))) for trace_id in ids] == [5] * 50


def test_sigterm_under_grpc_load_loses_nothing_acknowledged(start):
    server = start()
    acknowledged, others = [], []
    stop = threading.Event()

    def send():
        sender = otlp.GRPCSender(server.address("otlp-grpc"))
        while not stop.is_set():
            trace_id = secrets.token_bytes(16)
            try:
                sender.send(otlp.plain_trace(trace_id, 3).SerializeToString(), timeout=10)
                acknowledged.append(trace_id)
            except grpc.RpcError as error:
                others.append(error.code())
                break
        sender.close()

    threads = [threading.Thread(target=send) for _ in range(50)]
    for thread in threads: thread.start()
    time.sleep(1)
    server.signal(signal.SIGTERM)
    assert server.process.wait(30) == 0, server.log()
    stop.set()
    for thread in threads: thread.join()
    assert set(others) <= {grpc.StatusCode.UNAVAILABLE}, "an exporter tries again after UNAVAILABLE, and after nothing else"
    assert acknowledged
    server.start()
    missing = [trace_id for trace_id in acknowledged if len(otlp.spans(otlp.trace(server, trace_id.hex()))) != 3]
    assert not missing, f"{len(missing)} of {len(acknowledged)} acknowledged traces are incomplete"


def test_a_second_signal_ends_it_at_once(start):
    server = start()
    connection = half_sent(server, otlp.plain_trace(secrets.token_bytes(16), 5).SerializeToString())
    time.sleep(0.1)
    server.signal(signal.SIGTERM)
    time.sleep(0.3)
    assert server.process.poll() is None
    server.signal(signal.SIGINT)
    begun = time.monotonic()
    server.process.wait(5)
    assert time.monotonic() - begun < 1
    connection.close()


def test_idle_connections_do_not_delay_the_end(start):
    server = start()
    idle = [socket.create_connection(("127.0.0.1", server.port[name])) for name in ("otlp-grpc", "otlp-http", "api") for _ in range(5)]
    sender = otlp.GRPCSender(server.address("otlp-grpc"))
    sender.send(otlp.plain_trace(secrets.token_bytes(16)).SerializeToString())
    begun = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begun < 5
    sender.close()
    for one in idle: one.close()


# ---------------------------------------------------------------- TLS

def test_tls_on_the_same_ports(start, tmp_path):
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert], check=True, capture_output=True)
    server = start(tls_cert=cert, tls_key=key)
    for version, expected in (("--http1.1", "1.1"), ("--http2", "2")):
        done = subprocess.run(["curl", "-sS", version, "--cacert", cert, "-w", " %{http_version}", f"https://localhost:{server.port['api']}/ready"],
                              capture_output=True, text=True)
        assert done.stdout == f"ready\n {expected}", done.stderr
    trace_id = secrets.token_bytes(16)
    credentials = grpc.ssl_channel_credentials(cert.read_bytes())
    with grpc.secure_channel(f"localhost:{server.port['otlp-grpc']}", credentials) as channel:
        channel.unary_unary(otlp.EXPORT)(otlp.plain_trace(trace_id).SerializeToString(), timeout=10)
    assert len(otlp.spans(otlp.trace(server, trace_id.hex()))) == 1, "and plain HTTP still answers"

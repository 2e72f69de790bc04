"""Every listener speaks HTTP/1.1, HTTP/2 and gRPC on its one port."""

import json
import secrets
import subprocess

import grpc
import pytest

import otlp
from loupe import LISTENERS, OTLP_LISTENERS

VERSIONS = {"h1": "--http1.1", "h2": "--http2-prior-knowledge"}


def curl(*arguments, body=None):
    """(status, HTTP version, body)"""
    done = subprocess.run(["curl", "-sS", "--max-time", "20", "-w", "\n%{http_code} %{http_version}", *arguments],
                          input=body, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    answer, _, tail = done.stdout.rpartition(b"\n")
    status, version = tail.decode().split()
    return int(status), version, answer


@pytest.mark.parametrize("http", VERSIONS)
@pytest.mark.parametrize("listener", OTLP_LISTENERS)
@pytest.mark.parametrize("form", ["protobuf", "json"])
def test_export_with_curl(loupe, listener, http, form):
    trace_id = secrets.token_bytes(16)
    request = otlp.plain_trace(trace_id, 3)
    kind, body = ("application/x-protobuf", request.SerializeToString()) if form == "protobuf" else ("application/json", otlp.to_json(request))
    status, version, answer = curl(VERSIONS[http], "--data-binary", "@-", "-H", f"Content-Type: {kind}", loupe.url(listener, "/v1/traces"), body=body)
    assert (status, version) == (200, "1.1" if http == "h1" else "2")
    assert answer == b"" if form == "protobuf" else json.loads(answer) in ({}, {"partialSuccess": {}})
    otlp.assert_same(request, otlp.trace(loupe, trace_id.hex()))


@pytest.mark.parametrize("listener", OTLP_LISTENERS)
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
def test_export_with_grpc(loupe, listener, compressed):
    trace_id = secrets.token_bytes(16)
    request = otlp.plain_trace(trace_id, 3)
    sender = otlp.GRPCSender(loupe.address(listener), compressed)
    assert not sender.send(request.SerializeToString()).HasField("partial_success")
    sender.close()
    otlp.assert_same(request, otlp.trace(loupe, trace_id.hex()))


@pytest.mark.parametrize("http", VERSIONS)
@pytest.mark.parametrize("listener, path, part", [
    ("api", "/ready", b"ready\n"), ("api", "/api/echo", b"echo\n"), ("api", "/metrics", b"tempo_build_info"), ("health", "/", b"Server available"),
    ("metrics", "/metrics", b"# TYPE"),
])
def test_questions(loupe, listener, path, part, http):
    status, version, answer = curl(VERSIONS[http], loupe.url(listener, path))
    assert (status, version) == (200, "1.1" if http == "h1" else "2")
    assert part in answer


@pytest.mark.parametrize("listener", LISTENERS)
def test_grpc_health(loupe, listener):
    """`grpc.health.v1.Health/Check` answers SERVING: field 1, value 1."""
    with grpc.insecure_channel(loupe.address(listener)) as channel:
        try:
            answer = channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=5)
        except grpc.RpcError as error:
            assert listener not in OTLP_LISTENERS, error
            assert error.code() == grpc.StatusCode.UNIMPLEMENTED
        else:
            assert answer == b"\x08\x01"


def test_h1_keeps_alive_over_many_requests(loupe):
    import http.client
    connection = http.client.HTTPConnection("127.0.0.1", loupe.port["otlp-http"], timeout=10)
    connection.connect()
    socket = connection.sock
    for _ in range(50):
        connection.request("POST", "/v1/traces", otlp.plain_trace(secrets.token_bytes(16)).SerializeToString(), otlp.PROTOBUF)
        assert connection.getresponse().read() == b""
        assert connection.sock is socket
    connection.close()


def test_chunked_body_and_expect(loupe):
    trace_id = secrets.token_bytes(16)
    body = otlp.plain_trace(trace_id, 2).SerializeToString()
    for extra in (["-H", "Transfer-Encoding: chunked"], ["-H", "Expect: 100-continue"]):
        assert curl("--http1.1", "--data-binary", "@-", *extra, "-H", "Content-Type: application/x-protobuf",
                    loupe.url("otlp-http", "/v1/traces"), body=body)[0] == 200
    assert len(otlp.spans(otlp.trace(loupe, trace_id.hex()))) == 2


@pytest.mark.parametrize("path, headers, body, expected", [
    ("/v1/traces", {"Content-Type": "text/plain"}, b"x", 415),
    ("/v1/traces", otlp.PROTOBUF, b"\xff\xff\xff", 400),
    ("/v1/traces", otlp.JSON, b"{", 400),
    ("/v1/traces", otlp.PROTOBUF | {"Content-Encoding": "gzip"}, b"no gzip", 400),
    ("/v1/trace", otlp.PROTOBUF, b"", 404),
])
def test_refusals(loupe, path, headers, body, expected):
    assert loupe.post(path, body, headers)[0] == expected


def test_get_on_the_export_path_is_405(loupe):
    assert loupe.get("/v1/traces", "otlp-http")[0] == 405


def test_a_message_over_the_limit_is_refused_with_the_limit_in_the_text(start):
    server = start(max_message="1MiB")
    body = otlp.plain_trace(secrets.token_bytes(16), 1, attribute_bytes=2 << 20).SerializeToString()
    assert server.post("/v1/traces", body, otlp.PROTOBUF)[0] == 413
    for compressed in (False, True):
        sender = otlp.GRPCSender(server.address("otlp-grpc"), compressed)
        with pytest.raises(grpc.RpcError) as error:
            sender.send(body)
        assert error.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "1048576" in error.value.details() or "1MiB" in error.value.details().replace(" ", "")
        sender.close()


def test_a_browser_on_localhost_may_send_and_others_may_not(loupe):
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for origin, allowed in (("http://localhost:5173", True), ("http://127.0.0.1:8000", True), ("https://evil.example", False)):
        status, headers, _ = loupe.request("OPTIONS", "/v1/traces", "otlp-http", headers=ask | {"Origin": origin})
        assert status == 204
        assert headers["Access-Control-Allow-Origin"] == (origin if allowed else None)

"""Many connections with large bodies stay within the memory that was given, and nothing acknowledged is lost."""

import http.client
import re
import secrets
import subprocess
import threading

import grpc

import otlp

BUDGET_MIB = 256
CONNECTIONS = 200


def large_body(trace_id):
    """4 MB in 250 spans."""
    return otlp.plain_trace(trace_id, 250, attribute_bytes=16_000).SerializeToString()


def test_200_connections_with_4_MB_each(start):
    server = start(memory=f"{BUDGET_MIB}MiB")
    # One template, so that the sender's own memory does not matter: the id is replaced at its 250 places.
    placeholder = bytes([0xAA]) * 16
    template = large_body(placeholder)
    assert len(template) > 4_000_000
    acknowledged, refused = [], []
    together = threading.Barrier(CONNECTIONS)

    def send(number):
        over_grpc = number % 5 == 0
        sender = otlp.GRPCSender(server.address("otlp-grpc")) if over_grpc else http.client.HTTPConnection("127.0.0.1", server.port["otlp-http"], timeout=120)
        together.wait()
        for _ in range(20):   # an exporter's patience
            trace_id = secrets.token_bytes(16)
            body = template.replace(placeholder, trace_id)
            try:
                if over_grpc:
                    sender.send(body, timeout=120)
                    status = 200
                else:
                    sender.request("POST", "/v1/traces", body, otlp.PROTOBUF)
                    answer = sender.getresponse()
                    answer.read()
                    status = answer.status
            except grpc.RpcError as error:
                status = error.code()
            except OSError as error:
                status = type(error).__name__
                sender.close()
            if status == 200:
                acknowledged.append(trace_id)
                break
            refused.append(status)
            threading.Event().wait(0.2)
        sender.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()

    peak = server.memory_kib("VmHWM") // 1024
    print(f"{len(acknowledged)} of {CONNECTIONS} acknowledged, {len(refused)} refused first, peak {peak} MiB of {BUDGET_MIB}")
    assert peak <= BUDGET_MIB
    assert set(refused) <= {429, 503, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED}
    assert len(acknowledged) == CONNECTIONS, "with patience every one gets through"
    for trace_id in acknowledged:
        assert len(otlp.spans(otlp.trace(server, trace_id.hex()))) == 250


def test_slow_senders_do_not_starve_the_others(start):
    """Half-sent bodies that never end hold their share of memory; a small export still gets through."""
    import socket
    server = start(memory="64MiB")
    held = []
    for _ in range(60):
        one = socket.create_connection(("127.0.0.1", server.port["otlp-http"]))
        one.sendall(b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: 4000000\r\n\r\n" + bytes(1000))
        held.append(one)
    for _ in range(20):
        otlp.post(server, otlp.plain_trace(secrets.token_bytes(16)).SerializeToString(), timeout=20)
    for one in held: one.close()


def test_h2load(loupe, tmp_path):
    """Many streams on many connections: none fails, none is answered with anything but 2xx."""
    body = tmp_path / "body"
    body.write_bytes(otlp.plain_trace(secrets.token_bytes(16), 4).SerializeToString())
    for extra in ([], ["--h1"]):
        done = subprocess.run(["h2load", "-n", "10000", "-c", "50", *(extra or ["-m", "20"]), "-d", body, "-H", "content-type: application/x-protobuf",
                               loupe.url("otlp-http", "/v1/traces")], capture_output=True, text=True, timeout=120)
        assert re.search(r"status codes: 10000 2xx, 0 3xx, 0 4xx, 0 5xx", done.stdout), done.stdout
        assert " 10000 succeeded, 0 failed, 0 errored, 0 timeout" in done.stdout, done.stdout


def test_a_gzip_bomb_is_refused(loupe):
    """1 GB of zeros in 1 MB: more than max-message after inflation."""
    import zlib
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1 << 20)
    bomb = b"".join(packer.compress(zeros) for _ in range(1024)) + packer.flush()
    before = loupe.memory_kib()
    status, _, _ = loupe.post("/v1/traces", bomb, otlp.PROTOBUF | {"Content-Encoding": "gzip"})
    assert status in (400, 413)
    assert loupe.memory_kib("VmRSS") - before < 150 * 1024

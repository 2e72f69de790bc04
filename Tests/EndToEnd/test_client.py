"""`loupe query` and `loupe trace`, against a running server and a data directory."""

import json
import socket
import threading

import pytest

import otlp
import shop
from loupe import free_ports, run

CART, PAY = shop.CART.hex(), shop.PAY.hex()


@pytest.fixture(scope="module", autouse=True)
def traces(loupe):
    shop.load(loupe)


@pytest.fixture
def ask(loupe):
    return lambda *arguments, **more: run(*arguments, "--url", loupe.url("api"), **more)


def test_a_search_is_a_table(ask):
    done = ask("query", "{ status = error } | select(event.exception.message)")
    assert (done.returncode, done.stderr) == (0, "")
    head, trace, span = done.stdout.splitlines()
    assert head.split() == ["TRACE", "START", "DURATION", "SERVICE", "NAME", "MATCHED"]
    assert trace.startswith(CART) and "frontend" in trace and "GET /cart" in trace and trace.endswith(" 1")
    assert "exception.message=no such cart" in span
    assert "\x1b" not in done.stdout, "no colours where no terminal is"


def test_the_answer_as_it_is(ask):
    done = ask("query", "{}", "--limit", "1", "--output", "json")
    assert len(json.loads(done.stdout)["traces"]) == 1


def test_series_are_a_table(ask):
    done = ask("query", "{} | count_over_time() by (resource.service.name)", "--step", "30s", "--since=10m")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["SERIES", "LAST", "MIN", "MAX"] and [line.split()[0] for line in lines[1:]] == ["cart", "frontend", "pay"]
    assert "█" in lines[1]


def test_a_trace_is_a_waterfall(ask):
    done = ask("trace", CART, environment={"COLUMNS": "90"})
    assert done.returncode == 0, done.stderr
    head, *rows = done.stdout.splitlines()
    assert head.startswith(CART) and "250 ms, 4 spans, 2 services, 1 error" in head
    assert [row.split(" · ")[0] for row in rows] == ["GET /cart", "├ render", "└ ✗ load cart", "  └ SELECT"]
    assert all(len(row) <= 90 and "█" in row and " ms" in row for row in rows)
    assert rows[0].count("█") > rows[1].count("█")


def test_names_cannot_move_the_cursor(loupe, ask):
    trace_id = bytes(range(60, 76))
    otlp.post(loupe, otlp.plain_trace(trace_id, 2, name="\x1b[2J\x07\r\nx\u202e").SerializeToString())
    done = ask("trace", trace_id.hex())
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 3
    assert not set(done.stdout) & set("\x1b\x07\r\u202e")


@pytest.mark.parametrize("arguments, code, text", [
    (("query", '{ name = "nothing" }'), 1, "no trace within the last 1h"), (("trace", "ff"), 1, "no span of trace"),
    (("query", "{ foo = 1 }"), 2, "unknown identifier: foo\n  { foo = 1 }\n    ^"), (("trace", "xyz"), 2, "is no trace id"),
    (("query", "{}|rate()", "--since", "48h"), 1, "metrics query time range exceeds the maximum allowed duration of 24h0m0s"),
    (("query",), 2, "query needs a query"), (("query", "{}", "--limt", "3"), 2, "did you mean --limit?"),
])
def test_what_goes_wrong_is_said(ask, arguments, code, text):
    done = ask(*arguments)
    assert (done.returncode, done.stdout) == (code, "") and text in done.stderr and done.stderr.startswith("loupe: ")


def test_nobody_answers():
    done = run("query", "{}", "--url", f"http://127.0.0.1:{free_ports(1)[0]}")
    assert done.returncode == 1 and "no Loupe answers" in done.stderr and "--url" in done.stderr and "--data" in done.stderr


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}", b"HTTP/1.1 200 OK\r\n\r\nnot json",
                                    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n{}"])
def test_somebody_else_answers(answer):
    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve():
            one, _ = server.accept()
            one.recv(4096)
            one.sendall(answer)
            one.close()
        threading.Thread(target=serve, daemon=True).start()
        done = run("query", "{}", "--url", f"http://127.0.0.1:{server.getsockname()[1]}")
    assert done.returncode == 1 and done.stderr.startswith("loupe: ") and "Fatal" not in done.stderr


def test_a_data_directory(start):
    server = start()
    shop.load(server)
    busy = run("query", "{}", "--data", server.data)
    assert busy.returncode == 1 and "is in use by process" in busy.stderr and "--url" in busy.stderr
    server.stop()
    done = run("query", "{ status = error }", "--data", server.data)
    assert done.returncode == 0 and CART in done.stdout, done.stderr
    assert "load cart" in run("trace", CART, "--data", server.data).stdout
    server.start()
    assert len(otlp.spans(otlp.trace(server, PAY))) == 2, "it was left as it was"


def test_no_data_directory(tmp_path):
    done = run("query", "{}", "--data", tmp_path / "none")
    assert done.returncode == 1 and "there is no data of Loupe in" in done.stderr and not (tmp_path / "none").exists()

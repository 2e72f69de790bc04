"""Questions about an attribute that every span has another value of stay within the memory that questions may take."""

import concurrent.futures
import random
import time
import urllib.parse

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import otlp

SPANS = 200_000
BATCH = 2_000
ROOM_MIB = 128
# Beyond this it fails for certain: compare() alone once took 3 GiB here.
ALARM_MIB = 384
CLIENTS = 4
QUERIES = {
    "compare": ("/api/metrics/query_range", {"q": "{} | compare({ status = error })", "step": "60s"}),
    "compare in small steps": ("/api/metrics/query_range", {"q": "{} | compare({ status = error }, 100)", "step": "10s"}),
    "by, in steps": ("/api/metrics/query_range", {"q": "{} | rate() by (span.request.id)", "step": "60s"}),
    "by, at once": ("/api/metrics/query", {"q": "{} | count_over_time() by (span.request.id)"}),
    "quantile by": ("/api/metrics/query_range", {"q": "{} | quantile_over_time(duration, .9) by (span.request.id)", "step": "600s"}),
    "tag values": ("/api/v2/search/tag/span.request.id/values", {}),
    "tag values, big limit": ("/api/v2/search/tag/span.request.id/values", {"limit": 10_000_000}),
    "regex": ("/api/search", {"q": '{ span.request.id =~ ".*abc.*" }', "limit": 10_000}),
    "search, big limit": ("/api/search", {"q": "{}", "limit": 100_000, "spss": 100}),
}


def fill(server, begin):
    r = random.Random(1)
    for _ in range(SPANS // BATCH):
        message = ExportTraceServiceRequest()
        resource_spans = message.resource_spans.add()
        resource_spans.resource.attributes.add(key="service.name").value.string_value = r.choice("abcde")
        spans = resource_spans.scope_spans.add().spans
        for number in range(BATCH):
            if number % 10 == 0: trace_id, at = r.randbytes(16), (begin + r.randrange(1800)) * 10**9
            span = spans.add(trace_id=trace_id, span_id=r.randbytes(8), name=f"step {number % 10}", start_time_unix_nano=at,
                             end_time_unix_nano=at + r.randrange(10**9))
            span.status.code = 2 if r.random() < 0.05 else 0
            span.attributes.add(key="request.id").value.string_value = r.randbytes(16).hex()
        otlp.post(server, message.SerializeToString())


def settle(server):
    last = -1
    while server.cpu_seconds() - last > 0.05:
        last = server.cpu_seconds()
        time.sleep(1)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("memory", ["512MiB", "64MiB"], ids=["mostly in memory", "mostly in blocks"])
def test_questions_about_unique_values(start, memory):
    server = start(memory=memory)
    begin = int(time.time()) - 1800
    fill(server, begin)
    settle(server)
    seen = {}

    def ask(name):
        path, parameters = QUERIES[name]
        status, _, body = server.get(f"{path}?{urllib.parse.urlencode(parameters | {'start': begin - 60, 'end': begin + 1860})}", timeout=600)
        seen.setdefault(name, set()).add(status)
        if status == 422:
            assert "MiB: " in body.decode() and "\n" not in body.decode(), "it says what is too large and what to do"
        else:
            assert status == 200, (name, body)

    for name in QUERIES: ask(name)
    settle(server)
    idle = server.memory_kib() // 1024
    peaks = {}
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
        for name in QUERIES:                                       # the same from all: nothing is larger at once
            with open(f"/proc/{server.process.pid}/clear_refs", "w") as file: file.write("5")   # VmHWM begins anew
            list(clients.map(ask, [name] * CLIENTS))
            peaks[name] = server.memory_kib("VmHWM") // 1024 - idle
            print(f"{name}: {peaks[name]} MiB above {idle}, answers {seen[name]}", flush=True)
    assert server.get("/ready")[0] == 200
    assert seen["compare"] == seen["regex"] == {200}
    assert max(peaks.values()) <= ALARM_MIB, peaks
    if max(peaks.values()) > ROOM_MIB:
        pytest.xfail(f"above idle, in MiB: {peaks}: each of the four is within its limit, but they have none together")

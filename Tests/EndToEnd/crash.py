"""Kills Loupe with SIGKILL at random moments under full load, restarts it on the same data, and counts: every
acknowledged span must be found, and none twice.

Four senders (gRPC and HTTP, compressed and not) send as fast as they can. Each request is one trace of its own, so an
answer to it is an acknowledgement of all its spans. Most rounds share one data directory for the whole run, which
grows through many blocks. Every fourth round uses a second one with little memory and a short retention, so that
blocks are cut and deleted under the load; of those, only what was just sent must be found.
"""

import argparse
import gzip
import http.client
import pathlib
import random
import secrets
import sys
import tempfile
import threading
import time

import grpc

import otlp
from loupe import Loupe
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

SPANS = 200
PLACEHOLDER = bytes([0xAA]) * 16


def template(seed):
    """A request of one trace with ids to be replaced, like the spans of a web shop in size and repetition."""
    r = random.Random(seed)
    message = otlp.plain_trace(PLACEHOLDER, SPANS, service=r.choice(["shop", "payment", "stock"]), name=r.choice(["GET /", "POST /order"]))
    for span in message.resource_spans[0].scope_spans[0].spans:
        span.attributes.add(key="db.statement").value.string_value = r.choice(["SELECT * FROM item WHERE id = %s", "UPDATE stock SET left = left - 1"])
        span.attributes.add(key="net.peer.name").value.string_value = f"10.0.0.{r.randrange(20)}"
        span.attributes.add(key="order.id").value.string_value = f"{r.getrandbits(64):x}"
        span.attributes.add(key="http.status_code").value.int_value = r.choice([200, 200, 404, 500])
        span.end_time_unix_nano = span.start_time_unix_nano + int(r.lognormvariate(16, 1.5))
    return message.SerializeToString()


class Load:
    """Senders that run until told to stop or until the server is gone."""

    def __init__(self, server, senders):
        self.server = server
        self.stop = threading.Event()
        self.acknowledged, self.sent, self.faults = [], 0, []
        self.templates = [template(time.time_ns() + number) for number in range(8)]
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(senders)]
        for thread in self.threads: thread.start()

    def run(self, number):
        over_grpc, compressed = number % 2 == 0, number // 2 % 2 == 1
        if over_grpc:
            sender = otlp.GRPCSender(self.server.address("otlp-grpc"), compressed)
        else:
            sender = http.client.HTTPConnection("127.0.0.1", self.server.port["otlp-http"], timeout=20)
        while not self.stop.is_set():
            trace_id = secrets.token_bytes(16)
            body = random.choice(self.templates).replace(PLACEHOLDER, trace_id)
            self.sent += 1
            try:
                if over_grpc:
                    sender.send(body, timeout=20)
                elif not self.post(sender, body, compressed):
                    continue
                self.acknowledged.append(trace_id)
            except grpc.RpcError as error:
                if self.refused(error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED), error.code()): continue
                break
            except (OSError, http.client.HTTPException):
                sender.close()   # the next request opens a new connection
                time.sleep(0.02)
        sender.close()

    def post(self, sender, body, compressed):
        headers = otlp.PROTOBUF | ({"Content-Encoding": "gzip"} if compressed else {})
        sender.request("POST", "/v1/traces", gzip.compress(body, 1) if compressed else body, headers)
        answer = sender.getresponse()
        answer.read()
        if answer.status == 200: return True
        self.refused(answer.status in (429, 503), answer.status)
        return False

    def refused(self, retryable, status):
        """A refusal that an exporter would answer with another try is fair; any other is a fault."""
        if not retryable: self.faults.append(status)
        time.sleep(0.02)
        return retryable

    def finish(self):
        self.stop.set()
        for thread in self.threads: thread.join()


def count(server, trace_ids, threads=3):
    """(traces found whole, traces with spans missing, spans found more than once)"""
    whole, short, twice = [], [], []
    waiting = list(trace_ids)
    lock = threading.Lock()

    def check():
        connection = http.client.HTTPConnection("127.0.0.1", server.port["api"], timeout=60)
        while True:
            with lock:
                if not waiting: break
                trace_id = waiting.pop()
            connection.request("GET", f"/api/traces/{trace_id.hex()}", headers={"Accept": "application/protobuf"})
            answer = connection.getresponse()
            body = answer.read()
            found = [span.span_id for rs in TracesData.FromString(body).resource_spans for ss in rs.scope_spans for span in ss.spans] if answer.status == 200 else []
            (whole if len(set(found)) == SPANS else short).append(trace_id)
            if len(found) > len(set(found)): twice.append(trace_id)
        connection.close()

    workers = [threading.Thread(target=check) for _ in range(threads)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
    assert len(whole) + len(short) == len(trace_ids), "a question went unanswered"
    return whole, short, twice


def crash_round(server, r, senders):
    """Load, SIGKILL, restart, count. Returns what was acknowledged, what was lost of it, what came twice."""
    load = Load(server, senders)
    lived = r.uniform(0.1, 3)
    time.sleep(lived)
    server.kill()
    load.finish()
    if r.random() < 0.25:   # and once more while it is coming up again
        server.start(wait=False)
        time.sleep(r.uniform(0, 0.3))
        server.kill()
    server.start(wait=False)
    ready = server.wait_ready(120)
    _, short, twice = count(server, load.acknowledged)
    print(f"killed after {lived:.2f} s, {load.sent} requests sent, {len(load.acknowledged) * SPANS} spans acknowledged, "
          f"{len(short)} traces lost, {len(twice)} twice, ready again after {ready * 1000:.0f} ms", flush=True)
    for fault in load.faults: print(f"  refused for good: {fault}", flush=True)
    return load.acknowledged, short + load.faults, twice


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else secrets.randbelow(1 << 32)
    r = random.Random(seed)
    print(f"seed {seed}", flush=True)
    everything, lost, twice, tight_spans = [], [], [], 0
    with tempfile.TemporaryDirectory(prefix="loupe-crash-") as directory:
        main_server = Loupe(pathlib.Path(directory) / "main", max_disk="50GiB")
        tight_server = Loupe(pathlib.Path(directory) / "tight", memory="64MiB", max_disk="64MiB", retention="1m")
        for number in range(1, options.rounds + 1):
            tight = number % 4 == 0
            server = tight_server if tight else main_server
            server.start()
            print(f"round {number:2d}{' tight' if tight else '      '}: ", end="", flush=True)
            acknowledged, short, double = crash_round(server, r, options.senders)
            if tight: tight_spans += len(acknowledged) * SPANS
            else: everything += acknowledged
            lost += short
            twice += double
            server.kill()
        print("all rounds again, from one last start: ", end="", flush=True)
        main_server.start()
        _, short, double = count(main_server, everything)
        blocks = main_server.metric("tempo_ingester_blocks_flushed_total")
        print(f"{len(everything) * SPANS} spans acknowledged, {len(short)} traces lost, {len(double)} twice, "
              f"{blocks or 0:.0f} blocks written since this start", flush=True)
        lost += short
        twice += double
        code = main_server.stop()
    total = len(everything) * SPANS + tight_spans
    print(f"{options.rounds} rounds of kill -9: {total} spans acknowledged, {len(lost)} traces lost, {len(twice)} twice (seed {seed})")
    return 1 if lost or twice or code != 0 or not total else 0


if __name__ == "__main__":
    sys.exit(main())

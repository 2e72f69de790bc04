"""What was acknowledged is found by the very next question, however old it is: by id, search, tag values and metrics."""

import contextlib
import secrets
import threading
import time
import types
import urllib.parse

import pytest

import otlp
import tempopb

DAY = 86_400
# A metrics query spans 24 hours at most and must begin before now: what lies a day ahead is a little less than that.
AGES = {"30 days old": 30 * DAY, "3 days old": 3 * DAY, "an hour old": 3600, "now": 0, "a day ahead": 300 - DAY}
SPANS = 3


def write(server, age, grpc=None):
    """A trace with an attribute that only its spans have; returns once it is acknowledged."""
    made = types.SimpleNamespace(id=secrets.token_bytes(16), key="mark." + secrets.token_hex(6), value=secrets.token_hex(16), at=int(time.time()) - age)
    message = otlp.plain_trace(made.id, SPANS, start=made.at * 10**9)
    for span in message.resource_spans[0].scope_spans[0].spans:
        span.attributes.add(key=made.key).value.string_value = made.value
    if grpc:
        assert not grpc.send(message.SerializeToString()).HasField("partial_success")
    else:
        otlp.post(server, message.SerializeToString())
    return made


def ask(server, path, kind, **parameters):
    status, _, body = server.get(f"{path}?{urllib.parse.urlencode(parameters)}", timeout=60)
    assert status == 200, body
    return tempopb.strict(body, kind)


def by_id(server, made):
    return len(otlp.spans(otlp.trace(server, made.id.hex()))) == SPANS


def by_search(server, made):
    found = ask(server, "/api/search", "SearchResponse", q=f'{{ span.{made.key} = "{made.value}" }}', start=made.at - 60, end=made.at + 60).traces
    return [(trace.traceID, trace.spanSet.matched) for trace in found] == [(made.id.hex(), SPANS)]


def by_tag_values(server, made):
    found = ask(server, f"/api/v2/search/tag/span.{made.key}/values", "SearchTagValuesV2Response", start=made.at - 60, end=made.at + 60).tagValues
    return [(one.type, one.value) for one in found] == [("string", made.value)]


def by_metrics(server, made):
    begin = min(made.at, int(time.time())) - 60
    series = ask(server, "/api/metrics/query_range", "QueryRangeResponse", q=f'{{ span.{made.key} = "{made.value}" }} | count_over_time()',
                 start=begin, end=made.at + 60, step=f"{max(10, (made.at - begin) // 1000)}s").series
    return sum(sample.value for one in series for sample in one.samples) == SPANS


WAYS = [by_id, by_search, by_tag_values, by_metrics]


def assert_found_at_once(server, made, first=0):
    """The first attempt counts. The others only tell how late an answer came that should have been there.

    `first` is the way that is asked first, right after the acknowledgement."""
    for way in WAYS[first:] + WAYS[:first]:
        if way(server, made): continue
        asked, answer = time.monotonic(), "not even later"
        while time.monotonic() - asked < 5:
            if way(server, made):
                answer = f"{1000 * (time.monotonic() - asked):.0f} ms later"
                break
        raise AssertionError(f"{way.__name__}: what was acknowledged is not found (at {made.at}): {answer}")


@contextlib.contextmanager
def load(server, senders=2):
    """Other traces arrive as fast as they are taken."""
    over = threading.Event()
    sent, failures = [0] * senders, []

    def send(number):
        try:
            while not over.is_set():
                otlp.post(server, otlp.plain_trace(secrets.token_bytes(16), 200, attribute_bytes=200).SerializeToString())
                sent[number] += 200
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(senders)]
    for thread in threads: thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads: thread.join()
    assert not failures
    assert min(sent) > 0


@pytest.fixture
def server(start):
    """Little memory, so that spans are moved to blocks while the test asks for them."""
    return start(memory="64MiB", retention="60d")


@pytest.mark.parametrize("age", AGES.values(), ids=AGES)
def test_found_by_the_first_question(server, age):
    for first in range(len(WAYS)):
        assert_found_at_once(server, write(server, age), first)


def test_found_when_sent_over_grpc(server):
    sender = otlp.GRPCSender(server.address("otlp-grpc"))
    for first, age in enumerate(AGES.values()):
        assert_found_at_once(server, write(server, age, sender), first % len(WAYS))
    sender.close()


def test_found_under_load_and_after_a_restart(server):
    blocks, written = server.metric("loupe_store_blocks"), []
    sender = otlp.GRPCSender(server.address("otlp-grpc"))
    with load(server):
        for turn in range(8):
            for number, age in enumerate(AGES.values()):
                made = write(server, age, sender if turn % 2 else None)
                assert_found_at_once(server, made, (turn + number) % len(WAYS))
                written.append(made)
        for made in written:
            assert_found_at_once(server, made)
        # A fast machine has asked everything before the load has made a block.
        deadline = time.monotonic() + 60
        while server.metric("loupe_store_blocks") <= blocks and time.monotonic() < deadline: time.sleep(0.2)
        for made in written:
            assert_found_at_once(server, made)
    sender.close()
    assert server.metric("loupe_store_blocks") > blocks, "the load was too small to make a block"

    assert server.stop() == 0, server.log()
    server.start()
    for made in written:
        assert_found_at_once(server, made)
    with load(server):
        for made in written[:len(AGES)]:
            assert_found_at_once(server, made)
        for first, age in enumerate(AGES.values()):
            assert_found_at_once(server, write(server, age), first % len(WAYS))


def test_found_after_a_crash(server):
    written = [write(server, age) for age in AGES.values()]
    server.kill()
    server.start()
    for first, made in enumerate(written):
        assert_found_at_once(server, made, first % len(WAYS))

"""Random requests come back span for span, attribute for attribute."""

import os

import pytest

import otlp

SEEDS = range(int(os.environ.get("SEED", 1)), int(os.environ.get("SEED", 1)) + int(os.environ.get("SEEDS", 150)))


def check(loupe, message, ids, note):
    """The traces together hold what was sent, whichever way they are asked for."""
    for form in ("protobuf", "json"):
        for version in (1, 2):
            got = {}
            for trace_id in ids:
                found = otlp.spans(otlp.trace(loupe, trace_id, version, form))
                assert {key[0] for key in found} == {trace_id}
                got |= found
            otlp.assert_same(otlp.spans(message), got, f"{note}, v{version} {form}")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_random_requests(loupe, encoding):
    for seed in SEEDS:
        message, ids = otlp.Maker(f"{seed} {encoding}").request()
        if encoding == "protobuf":
            otlp.post(loupe, message.SerializeToString(), compressed=seed % 2 == 0)
        else:
            status, _, answer = loupe.post("/v1/traces", otlp.to_json(message), otlp.JSON)
            assert status == 200, (seed, answer)
        check(loupe, message, ids, f"seed {seed} {encoding}")


def test_over_grpc_and_after_a_restart(start):
    """The same from disk: replayed from the journal, and once more after a clean stop."""
    server = start()
    sender = otlp.GRPCSender(server.address("otlp-grpc"), compressed=True)
    sent = [otlp.Maker(f"restart {seed}").request() for seed in range(60)]
    for message, _ in sent:
        sender.send(message.SerializeToString())
    sender.close()
    server.kill()
    server.start()
    for number, (message, ids) in enumerate(sent):
        check(server, message, ids, f"after kill -9, request {number}")
    assert server.stop() == 0
    server.start()
    for number, (message, ids) in enumerate(sent):
        check(server, message, ids, f"after a stop, request {number}")


def test_a_trace_joined_from_many_requests(loupe):
    """One request for each resource, as services send them; one copy of each is sent twice."""
    maker = otlp.Maker("joined")
    message, ids = maker.request(traces=1, most_spans=12)
    for resource_spans in message.resource_spans:
        part = otlp.ExportTraceServiceRequest(resource_spans=[resource_spans])
        for _ in range(2):
            otlp.post(loupe, part.SerializeToString())
    check(loupe, message, ids, "joined")


def test_unknown_fields_and_field_1000_are_no_error(loupe):
    """A newer sender may send what we do not know: fields 100 of the request, and 1000 as old Collectors did."""
    message = otlp.plain_trace(bytes(range(2, 18)), 2)
    odd = message.SerializeToString() + b"\xa2\x06\x03abc" + b"\xa0\x06\x07"
    otlp.post(loupe, odd)
    otlp.assert_same(message, otlp.trace(loupe, bytes(range(2, 18)).hex()))


def test_one_bad_span_does_not_cost_its_neighbours(loupe):
    trace_id = bytes(range(3, 19))
    message = otlp.plain_trace(trace_id, 3)
    bad = message.resource_spans[0].scope_spans[0].spans[1]
    bad.trace_id = b""
    status, _, answer = loupe.post("/v1/traces", message.SerializeToString(), otlp.PROTOBUF)
    if status == 200:
        result = otlp.ExportTraceServiceResponse.FromString(answer)
        assert result.partial_success.rejected_spans == 1 and result.partial_success.error_message
        assert len(otlp.spans(otlp.trace(loupe, trace_id.hex()))) == 2
    else:
        assert status == 400 and answer

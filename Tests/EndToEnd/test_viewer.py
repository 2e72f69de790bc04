"""The viewer in a real browser, with traces of the real SDK. Screenshots go to .build/screenshots/ to be looked at."""

import json
import secrets

import pytest

import otlp
from chromium import Page
from loupe import ROOT
from test_exporters import exporter, record

SCREENSHOTS = ROOT / ".build" / "screenshots"


@pytest.fixture(params=["light", "dark"])
def page(request, tmp_path):
    page = Page(tmp_path / "profile", dark=request.param == "dark")
    page.theme = request.param
    yield page
    page.close()


def test_an_empty_store_shows_how_to_send_the_first_trace(start, page):
    server = start()
    page.open(server.url("api", "/"))
    page.wait_for_text("OTEL_EXPORTER_OTLP_ENDPOINT=")
    page.screenshot(SCREENSHOTS / f"first-run-{page.theme}.png")
    # It listens: a trace that arrives now appears without a reload.
    exporter(server, "http", False, "otlp-http").export(record(children=2))
    page.wait_for_text("POST /checkout", "shop-web")
    assert page.problems == []


def test_the_list_and_the_waterfall_of_a_real_trace(loupe, page):
    spans = record(children=12)
    exporter(loupe, "grpc", False, "otlp-grpc").export(spans)
    page.open(loupe.url("api", "/ui/"))
    page.wait_for_text("POST /checkout", "shop-web")
    page.screenshot(SCREENSHOTS / f"list-{page.theme}.png")
    page.open(loupe.url("api", f"/ui/trace/{spans[0].context.trace_id:032x}"))
    page.wait_for_text("POST /checkout", "shop-web", *(f"SELECT {number}" for number in range(12)))
    page.screenshot(SCREENSHOTS / f"trace-{page.theme}.png")
    assert page.problems == []


def test_text_of_spans_is_never_markup(loupe, page):
    trace_id = secrets.token_bytes(16)
    attack = "<img src=x onerror=document.title='owned'>"
    otlp.post(loupe, otlp.plain_trace(trace_id, 3, service=attack, name=attack).SerializeToString())
    page.open(loupe.url("api", f"/ui/trace/{trace_id.hex()}"))
    page.wait_for_text(attack)
    assert page.evaluate("document.title") != "owned"
    assert page.evaluate("document.querySelectorAll('img[src=x]').length") == 0


def test_a_trace_of_5000_spans_opens_quickly(loupe, page):
    trace_id = secrets.token_bytes(16)
    otlp.post(loupe, otlp.plain_trace(trace_id, 5000, name="wide").SerializeToString())
    page.open(loupe.url("api", f"/ui/trace/{trace_id.hex()}"))
    page.wait_for_text("wide 1", seconds=10)
    rows = page.evaluate("document.querySelectorAll('[role=row],[role=treeitem]').length")
    assert 0 < rows <= 200, "only what is visible is in the page"
    page.screenshot(SCREENSHOTS / f"wide-{page.theme}.png")
    assert page.problems == []


def test_a_trace_that_is_not_there_says_so(loupe, page):
    page.open(loupe.url("api", "/ui/trace/" + "0" * 31 + "7"))
    page.wait_for_text("not")
    page.screenshot(SCREENSHOTS / f"missing-{page.theme}.png")


def test_everything_comes_from_the_binary(loupe, page):
    """No font, script or style from elsewhere: it works on a machine without a network."""
    page.open(loupe.url("api", "/ui/"))
    page.wait_for_text("Loupe")
    names = json.loads(page.evaluate("JSON.stringify(performance.getEntriesByType('resource').map(e => e.name))"))
    assert names and all(name.startswith(loupe.url("api")) for name in names), names

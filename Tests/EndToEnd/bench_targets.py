"""Runs the shared bench against build/loupe and prints each figure beside its target."""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from loupe import BINARY, Loupe

# name: (the most it may be, unit)
TARGETS = {
    "ingest, CPU s per 1 M spans, settled": (1.6, "s"),
    "ingest with gzip, CPU s per 1 M spans, settled": (3.0, "s"),
    "on disk per span, settled": (28, "B"),
    "peak RSS under load": (400, "MB"),
    "traces incomplete of those sampled": (0, ""),
    "idle RSS": (25, "MB"),
    "start to ready, empty store": (100, "ms"),
    "build/loupe": (30, "MB"),
}

# What bench.py query calls them: the most that the p50 may be, in ms
QUERY_TARGETS = {
    "trace by id": 3, "trace by id miss": 2,
    "search service": 50, "search error": 50, "search slow": 50, "search attr rare": 50, "search attr none": 50, "search unscoped regex": 50,
    "search structural": 300, "search aggregate": 300,
    "tags": 15, "tag values service": 15, "tag values name": 15,
    "count": 250, "rate": 250, "rate by service": 250, "p99 by service": 350, "histogram": 300, "compare": 2500,
}
TARGETS |= {f"{name}, p50": (most, "ms") for name, most in QUERY_TARGETS.items()}
TARGETS["spans that queries do not count"] = (0, "")


class Bench:
    def __init__(self, directory, spans, senders):
        self.tool = directory / "bench.py"
        self.corpus = pathlib.Path(f".build/bench/corpus-{spans}.bin").resolve()
        self.senders = senders
        if not self.corpus.exists():
            self.corpus.parent.mkdir(parents=True, exist_ok=True)
            print(f"making a corpus of {spans} spans, once", flush=True)
            subprocess.run([sys.executable, directory / "gen_corpus.py", "--spans", str(spans), "--seed", "42", "--window", "40", "--out", self.corpus], check=True)

    def __call__(self, *arguments, may_fail=False):
        done = subprocess.run([sys.executable, self.tool, arguments[0], "--corpus", self.corpus, *map(str, arguments[1:])], stdout=subprocess.PIPE, text=True)
        print(done.stdout, end="", flush=True)
        assert may_fail or done.returncode == 0, f"bench.py {arguments[0]} ended with {done.returncode}"
        return done.stdout

    def ingest(self, server, *more):
        """The figures of bench.py, with every span acknowledged."""
        result = json.loads(self("ingest", "--pid", server.process.pid, "--grpc", server.address("otlp-grpc"), "--senders", self.senders, "--dir", server.data, *more))
        assert result["spans_given_up"] == 0, "spans were refused for good"
        return result

    def query(self, server):
        """{figure: value}"""
        text = self("query", "--tempo", server.url("api"))
        figures = {}
        for name, status, p50 in re.findall(r"^(.+?) +(\S+) +\d+  p50 +([\d.]+) ms", text, re.MULTILINE):
            # A query that fails is fast for nothing; bench.py asks for ids that nobody has, which is no failure.
            figures[f"{name}, p50"] = float(p50) if status == "200" or name == "trace by id miss" else float("inf")
        return figures, int(re.search(r"^count .* sum (\d+)", text, re.MULTILINE)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench-dir", type=pathlib.Path, required=True)
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--settle", type=int, default=20)
    parser.add_argument("--copies", type=int, default=1, help="times that the corpus is sent, with fresh ids, for the queries")
    parser.add_argument("--spread", type=int, default=0, help="seconds before now over which the copies lie side by side")
    parser.add_argument("--only-queries", action="store_true", help="leave out what is not about queries")
    options = parser.parse_args()
    if not (options.bench_dir / "bench.py").exists():
        print(f"{options.bench_dir}/bench.py is missing. Give its folder: make bench BENCH_DIR=DIR", file=sys.stderr)
        return 1
    bench = Bench(options.bench_dir, options.spans, options.senders)
    figures = {"build/loupe": BINARY.stat().st_size / 1e6}

    def ask(server, sent):
        times, counted = bench.query(server)
        figures.update(times)
        figures["spans that queries do not count"] = abs(sent - counted)

    with tempfile.TemporaryDirectory(prefix="loupe-bench-") as directory:
        if not options.only_queries:
            server = Loupe(pathlib.Path(directory) / "plain").start(wait=False)
            figures["start to ready, empty store"] = server.wait_ready() * 1000
            time.sleep(2)
            figures["idle RSS"] = server.memory_kib() / 1000
            result = bench.ingest(server, "--settle", options.settle)
            figures["ingest, CPU s per 1 M spans, settled"] = result["cpu_s_per_M_settled"]
            figures["on disk per span, settled"] = result["disk_bytes_per_span"]
            figures["peak RSS under load"] = result["peak_rss_MB"]
            verdict = bench("verify", "--tempo", server.url("api"), may_fail=True)
            figures["traces incomplete of those sampled"] = int(re.search(r"(\d+) short", verdict)[1])
            if options.copies == 1: ask(server, result["spans_acked"])
            server.stop()

            server = Loupe(pathlib.Path(directory) / "gzip").start()
            figures["ingest with gzip, CPU s per 1 M spans, settled"] = bench.ingest(server, "--gzip", "--settle", options.settle)["cpu_s_per_M_settled"]
            server.stop()

        if options.only_queries or options.copies > 1:
            server = Loupe(pathlib.Path(directory) / "queries").start()
            ask(server, bench.ingest(server, "--settle", options.settle, "--copies", options.copies, "--spread", options.spread)["spans_acked"])
            server.stop()

    print(f"\n{'':50} {'measured':>10}   {'target':>8}")
    missed = 0
    for name, (most, unit) in TARGETS.items():
        if name not in figures: continue
        good = figures[name] <= most
        missed += not good
        print(f"{name:50} {figures[name]:10.2f} ≤ {most:8} {unit:3} {'' if good else '  missed'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

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
    "trace by id, p50": (2, "ms"),
    "idle RSS": (25, "MB"),
    "start to ready, empty store": (100, "ms"),
    "build/loupe": (30, "MB"),
}


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
        return json.loads(self("ingest", "--pid", server.process.pid, "--grpc", server.address("otlp-grpc"), "--senders", self.senders, "--dir", server.data, *more))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench-dir", type=pathlib.Path, required=True)
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--settle", type=int, default=20)
    options = parser.parse_args()
    if not (options.bench_dir / "bench.py").exists():
        print(f"{options.bench_dir}/bench.py is missing. Give its folder: make bench BENCH_DIR=DIR", file=sys.stderr)
        return 1
    bench = Bench(options.bench_dir, options.spans, options.senders)
    figures = {"build/loupe": BINARY.stat().st_size / 1e6}

    with tempfile.TemporaryDirectory(prefix="loupe-bench-") as directory:
        server = Loupe(pathlib.Path(directory) / "plain").start(wait=False)
        figures["start to ready, empty store"] = server.wait_ready() * 1000
        time.sleep(2)
        figures["idle RSS"] = server.memory_kib() / 1000
        result = bench.ingest(server, "--settle", options.settle)
        figures["ingest, CPU s per 1 M spans, settled"] = result["cpu_s_per_M_settled"]
        figures["on disk per span, settled"] = result["disk_bytes_per_span"]
        figures["peak RSS under load"] = result["peak_rss_MB"]
        assert result["spans_given_up"] == 0, "spans were refused for good"
        verdict = bench("verify", "--tempo", server.url("api"), may_fail=True)
        figures["traces incomplete of those sampled"] = int(re.search(r"(\d+) short", verdict)[1])
        row = bench("query", "--tempo", server.url("api"), "--only", "trace by id", "--runs", 100)
        figures["trace by id, p50"] = float(re.search(r"trace by id  .*?p50 +([\d.]+)", row)[1])
        server.stop()

        server = Loupe(pathlib.Path(directory) / "gzip").start()
        figures["ingest with gzip, CPU s per 1 M spans, settled"] = bench.ingest(server, "--gzip", "--settle", options.settle)["cpu_s_per_M_settled"]
        server.stop()

    print(f"\n{'':50} {'measured':>10}   {'target':>8}")
    missed = 0
    for name, (most, unit) in TARGETS.items():
        good = figures[name] <= most
        missed += not good
        print(f"{name:50} {figures[name]:10.2f} ≤ {most:8} {unit:3} {'' if good else '  missed'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

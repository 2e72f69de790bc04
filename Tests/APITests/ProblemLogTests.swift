import SelfStats
import Testing

@Suite struct ProblemLogTests {
    private func sender(_ peer: String, _ nanos: UInt64, _ agent: String = "a/1") -> FailedAttempt.Sender {
        FailedAttempt.Sender(peer: peer, listener: "otlp-http", userAgent: agent, nanos: nanos)
    }

    @Test("the same problem of the same sender is counted, and says what was seen last")
    func counted() {
        var list = ProblemList()
        list.note(.path(sender("a", 10), method: "POST", path: "/x"))
        list.note(.wantsTLS(sender("a", 20)))
        list.note(.path(sender("b", 25), method: "POST", path: "/x"))
        list.note(.path(sender("a", 30, "b/2"), method: "POST", path: "/y"))
        let latest = list.latest(50)
        #expect(latest.map(\.peer) == ["a", "b", "a"])
        #expect(latest[0].count == 2 && latest[0].firstNanos == 10 && latest[0].lastNanos == 30)
        #expect(latest[0].sentence == "POST /y is not an OTLP path." && latest[0].userAgent == "b/2")
        #expect(latest[2].kind == "tls")
        #expect(list.latest(1).count == 1)
    }

    @Test("beyond the limit the one quiet longest is forgotten; long texts are cut")
    func bounded() {
        let log = ProblemLog(limit: 3)
        for number in 0..<10 { log.note(.path(sender("peer \(number % 5)", UInt64(number), String(repeating: "x", count: 1_000)), method: "POST", path: "/")) }
        #expect(log.latest().map(\.peer) == ["peer 4", "peer 3", "peer 2"])
        #expect(log.latest()[0].userAgent.count == 200)
    }

    @Test("every advice is a sentence with a fix")
    func advice() {
        let one = sender("a", 1)
        let all: [FailedAttempt] = [
            .otherPort(one, isGRPC: true), .otherPort(one, isGRPC: false), .path(one, method: "POST", path: "/"), .wantsTLS(one), .wantsPlaintext(one),
            .encoding(one, seen: "br"), .tooLarge(one, bytes: 9, limitBytes: 5, setting: "--x"), .contentType(one, seen: "body is JSON but labelled protobuf"),
            .otherSignal(one, signal: "metrics"), .origin(one, origin: "http://x", setting: "--cors"), .otherProtocol(one, seen: "Zipkin"),
            .unnamedService(one), .malformed(one, reason: "truncated (at byte 4)"),
        ]
        for problem in all {
            #expect(problem.sentence.hasSuffix(".") && problem.sentence.first!.isUppercase || problem.kind == "origin" || problem.kind == "otherSignal", "\(problem.sentence)")
            #expect(problem.fix.hasSuffix("."))
        }
        #expect(FailedAttempt.otherSignal(one, signal: "metrics").fix == "Set OTEL_METRICS_EXPORTER=none to silence this.")
    }
}

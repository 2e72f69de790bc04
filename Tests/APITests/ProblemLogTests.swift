import SelfStats
import Testing

@Suite struct ProblemLogTests {
    private func attempt(_ kind: String, _ peer: String, _ nanos: UInt64, _ sentence: String = "", agent: String = "a/1") -> FailedAttempt {
        FailedAttempt(kind: kind, peer: peer, listener: "otlp-http", userAgent: agent, sentence: sentence, fix: "Change it.", nanos: nanos)
    }

    @Test("the same problem of the same sender is counted, and says what was seen last")
    func counted() {
        var list = ProblemList()
        list.note(attempt("path", "a", 10, "/x"))
        list.note(attempt("tls", "a", 20))
        list.note(attempt("path", "b", 25, "/x"))
        list.note(attempt("path", "a", 30, "/y", agent: "b/2"))
        let latest = list.latest(50)
        #expect(latest.map(\.peer) == ["a", "b", "a"])
        #expect(latest[0].count == 2 && latest[0].firstNanos == 10 && latest[0].lastNanos == 30)
        #expect(latest[0].sentence == "/y" && latest[0].userAgent == "b/2")
        #expect(latest[2].kind == "tls")
        #expect(list.latest(1).count == 1)
    }

    @Test("beyond the limit the one quiet longest is forgotten; long texts are cut")
    func bounded() {
        let log = ProblemLog(limit: 3)
        let long = String(repeating: "x", count: 1_000)
        for number in 0..<10 { log.note(attempt("path", "peer \(number % 5)", UInt64(number), long, agent: long)) }
        #expect(log.latest().map(\.peer) == ["peer 4", "peer 3", "peer 2"])
        #expect(log.latest()[0].userAgent.count == 200 && log.latest()[0].sentence.count == 500)
    }
}

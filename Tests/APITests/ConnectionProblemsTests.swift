import SelfStats
import Testing
import Wire
@testable import API

@Suite struct ConnectionProblemsTests {
    @Test("whatever Wire meets is told in a sentence with a fix", arguments: Problem.Kind.allCases)
    func told(_ kind: Problem.Kind) {
        let log = ProblemLog()
        let sink = ConnectionProblems(log) { 42 }
        for _ in 0..<2 { sink.report(Problem(kind: kind, peer: "10.0.0.9", listener: "otlp-grpc", userAgent: nil, detail: "seen 16 03")) }
        let noted = log.latest()
        #expect(noted.count == 1 && noted[0].count == 2)
        #expect(noted[0].peer == "10.0.0.9" && noted[0].listener == "otlp-grpc" && noted[0].userAgent == "" && noted[0].lastNanos == 42)
        #expect(noted[0].sentence.hasSuffix(".") && noted[0].fix.hasSuffix(".") && !noted[0].kind.isEmpty)
    }
}

internal import SelfStats
internal import Store

/// `/ui/api/state`: what the store holds, who sends, and what was refused.
enum StateAnswer {
    static func json(
        build: BuildInfo, now: UInt64, store: StoreStatus, services: [ServiceSlot], server: ServerState, problems: [FailedAttempt]
    ) -> [UInt8] {
        var answer = JSONAnswer(reserving: 8_192)
        answer.object { answer in
            answer.member("version", build.version)
            answer.member("now", quoted: now)
            answer.member("startedAt", quoted: server.startedNanos)
            answer.member("everReceived", store.everReceived)
            answer.member("container", server.isInContainer)
            answer.member("inMemorySpans", store.spansInMemory)
            answer.member("spans", store.spans)
            answer.member("traces", store.traces)
            answer.member("oldest", store.oldestNanos.map { String($0) })
            answer.member("newest", store.newestNanos.map { String($0) })
            answer.object("disk") {
                $0.member("bytes", store.diskBytes)
                $0.member("limitBytes", store.maxDiskBytes)
            }
            answer.object("memory") {
                $0.member("bytes", server.memoryBytes)
                $0.member("limitBytes", server.memoryLimitBytes)
            }
            answer.member("retentionSeconds", store.retentionSeconds)
            answer.member("dataDirectory", store.directory)
            answer.array("listeners") { list in for listener in server.listeners { list.object { write(listener, now, &$0) } } }
            answer.object("rates") { $0.member("spansPerSecond", rounded: server.spansPerSecond) }
            answer.object("ledger") { write(server.ledger, &$0) }
            answer.array("problems") { list in
                if let failure = store.failure { list.object { write(diskProblem(failure, server, now), &$0) } }
                for problem in problems { list.object { write(problem, &$0) } }
            }
            answer.array("services") { list in
                for service in services {
                    list.object {
                        $0.member("name", service.name)
                        $0.member("slot", service.slot)
                    }
                }
            }
        }
        return answer.array()
    }

    private static func write(_ listener: ServerState.Listener, _ now: UInt64, _ object: inout JSONAnswer) {
        object.member("name", listener.name)
        object.member("address", listener.address)
        object.member("tls", listener.isTLS)
        object.member("connections", listener.connections)
        object.member("lastReceivedSecondsAgo", rounded: listener.lastReceivedNanos.map { now > $0 ? Double(now - $0) / 1e9 : 0 })
    }

    private static func write(_ ledger: ServerState.Ledger, _ object: inout JSONAnswer) {
        object.member("received", ledger.received)
        object.member("stored", ledger.stored)
        object.array("refused") { write(ledger.refused, &$0) }
        object.array("invalid") { write(ledger.invalid, &$0) }
        object.member("duplicate", ledger.duplicate)
    }

    private static func write(_ reasons: [(reason: String, spans: Int)], _ list: inout JSONAnswer) {
        for (reason, spans) in reasons {
            list.object {
                $0.member("reason", reason)
                $0.member("spans", spans)
            }
        }
    }

    /// While the store takes nothing, no other problem matters more.
    private static func diskProblem(_ failure: String, _ server: ServerState, _ now: UInt64) -> FailedAttempt {
        FailedAttempt(kind: "store", peer: "", listener: "", userAgent: "", sentence: "Spans cannot be stored: \(failure)",
                      fix: "Free space on the disk of the data directory, then restart Loupe.", nanos: now)
    }

    private static func write(_ problem: FailedAttempt, _ object: inout JSONAnswer) {
        object.member("kind", problem.kind)
        object.member("peer", problem.peer)
        object.member("listener", problem.listener)
        object.member("count", problem.count)
        object.member("first", quoted: problem.firstNanos)
        object.member("last", quoted: problem.lastNanos)
        object.member("userAgent", problem.userAgent)
        object.member("sentence", problem.sentence)
        object.member("fix", problem.fix)
    }
}

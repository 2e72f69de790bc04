import SelfStats
@testable import SpanMetrics
import Testing
import Trace

private let total = "traces_service_graph_request_total"
private let failed = "traces_service_graph_request_failed_total"

private func client(_ id: UInt64 = 7, _ change: (inout PlainSpan) -> Void = { _ in }) -> PlainSpan {
    .make(.client, seconds: 2) {
        $0.id = id
        change(&$0)
    }
}

private func server(_ parent: UInt64 = 7, _ change: (inout PlainSpan) -> Void = { _ in }) -> PlainSpan {
    .make(.server, seconds: 1) {
        ($0.id, $0.parent) = (parent + 1, parent)
        $0.resource = [("service.name", .string("B"))]
        change(&$0)
    }
}

@Suite struct ServiceGraphTests {
    @Test("a client and its server, in either order, 9 s apart", arguments: [true, false])
    func pair(_ clientFirst: Bool) throws {
        let bench = try Bench(.serviceGraphs)
        bench.send(clientFirst ? client() : server(), at: 1000)
        bench.send(clientFirst ? server() : client(), at: 1009)
        #expect(bench.value(total + #"{client="A",server="B"}"#) == 1)
        #expect(bench.value(#"traces_service_graph_request_client_seconds_sum{client="A",server="B"}"#) == 2)
        #expect(bench.value(#"traces_service_graph_request_server_seconds_sum{client="A",server="B"}"#) == 1)
        #expect(bench.value(#"traces_service_graph_request_server_seconds_bucket{client="A",server="B",le="0.8"}"#) == 0)
        #expect(bench.value(#"traces_service_graph_request_server_seconds_bucket{client="A",server="B",le="1.6"}"#) == 1)
        #expect(!bench.lines.contains { $0.hasPrefix(failed) })
        #expect(bench.generator.status.waitingEdges == 0)
        #expect(bench.generator.counters.edges.value == 1)
    }

    @Test("11 s apart they do not meet")
    func tooLate() throws {
        let bench = try Bench(.serviceGraphs)
        bench.send(client(), at: 1000)
        bench.send(server(), at: 1011)
        #expect(bench.lines.isEmpty)
        #expect(bench.generator.counters.expiredEdges.value == 1)
        #expect(bench.generator.status.waitingEdges == 1)
    }

    @Test("a server without parent was called by a user")
    func user() throws {
        let bench = try Bench(.serviceGraphs) { $0.serviceGraphs.enableVirtualNodeLabel = true }
        bench.send(server(0))
        bench.tick(at: 1009)
        #expect(bench.lines.isEmpty)
        bench.tick(at: 1010)
        let labels = #"{client="user",connection_type="virtual_node",server="B",virtual_node="client"}"#
        #expect(bench.value(total + labels) == 1)
        #expect(bench.value("traces_service_graph_request_server_seconds_sum" + labels) == 1)
        #expect(bench.value("traces_service_graph_request_client_seconds_sum" + labels) == 0)
        #expect(bench.value("traces_service_graph_request_client_seconds_count" + labels) == 1)
    }

    @Test("a server with a parent that never came is nobody's")
    func orphan() throws {
        let bench = try Bench(.serviceGraphs)
        bench.send(server(7))
        bench.tick(at: 1012)
        #expect(bench.lines.isEmpty)
        #expect(bench.generator.counters.expiredEdges.value == 1)
    }

    @Test("databases, by what the client says of them", arguments: [
        ([("db.system", "postgresql"), ("server.address", "pg")], "pg"),
        ([("db.system", "postgresql"), ("server.address", "pg"), ("peer.service", "main-db")], "main-db"),
        ([("db.system", "redis"), ("network.peer.address", "10.0.0.1"), ("network.peer.port", "6379")], "10.0.0.1:6379"),
        ([("db.system", "redis"), ("network.peer.address", "10.0.0.1")], "10.0.0.1"),
        ([("db.system", "redis"), ("db.name", "cart")], "cart"), ([("db.system.name", "mysql")], "mysql"),
    ] as [([(String, String)], String)])
    func database(_ attributes: [(String, String)], _ name: String) throws {
        let bench = try Bench(.serviceGraphs)
        bench.send(client { $0.attributes = attributes.map { ($0.0, .string($0.1)) } })
        let labels = #"{client="A",connection_type="database",server="\#(name)"}"#
        #expect(bench.value(total + labels) == 1)
        #expect(bench.value("traces_service_graph_request_server_seconds_sum" + labels) == 2)
        #expect(bench.value("traces_service_graph_request_client_seconds_sum" + labels) == 2)
    }

    @Test("a peer that reports nothing, and one that does")
    func peers() throws {
        let bench = try Bench(.serviceGraphs)
        let peer: (inout PlainSpan) -> Void = { $0.attributes = [("peer.service", .string("stripe"))] }
        bench.send(client(7, peer), client(9, peer), server(9))
        #expect(bench.lines.filter { $0.hasPrefix(total) } == [total + #"{client="A",server="B"} 1"#])
        bench.tick(at: 1010)
        #expect(bench.value(total + #"{client="A",connection_type="virtual_node",server="stripe"}"#) == 1)
    }

    @Test("messages, and clocks that disagree", arguments: [(3, 1.0), (-3, nil)] as [(Int64, Double?)])
    func messages(_ seconds: Int64, _ count: Double?) throws {
        let bench = try Bench(.serviceGraphs) { $0.serviceGraphs.enableMessagingLatency = true }
        bench.send(.make(.producer) { $0.id = 7 }, .make(.consumer, seconds: 1, endSecond: UInt64(1001 + seconds)) {
            ($0.id, $0.parent) = (8, 7)
            $0.resource = [("service.name", .string("B"))]
        })
        let labels = #"{client="A",connection_type="messaging_system",server="B"}"#
        #expect(bench.value(total + labels) == 1)
        #expect(bench.value("traces_service_graph_request_messaging_system_seconds_count" + labels) == count)
        #expect(bench.value("traces_service_graph_request_messaging_system_seconds_sum" + labels) == count.map { _ in Double(seconds) })
    }

    @Test("a failure on either side, or on both, is one", arguments: [(true, false), (false, true), (true, true)])
    func failures(_ onClient: Bool, _ onServer: Bool) throws {
        let bench = try Bench(.serviceGraphs)
        bench.send(client { if onClient { $0.status = .error } }, server { if onServer { $0.status = .error } })
        #expect(bench.value(failed + #"{client="A",server="B"}"#) == 1)
    }

    @Test("no more wait than may")
    func full() throws {
        let bench = try Bench(.serviceGraphs)
        for number in 1...10_001 { bench.send(client(UInt64(number))) }
        #expect(bench.generator.counters.droppedSpans.value == 1)
        #expect(bench.generator.status.waitingEdges == 10_000)
        for number in 1...10_001 { bench.send(server(UInt64(number))) }
        #expect(bench.value(total + #"{client="A",server="B"}"#) == 10_000)
        #expect(bench.generator.status.waitingEdges == 1)
    }

    @Test("dimensions of both sides", arguments: [
        (false, #"{client="A",ns="s",server="B"}"#), (true, #"{client="A",client_ns="c",server="B",server_ns="s"}"#),
    ])
    func dimensions(_ prefix: Bool, _ labels: String) throws {
        let bench = try Bench(.serviceGraphs) {
            $0.serviceGraphs.dimensions = ["ns"]
            $0.serviceGraphs.enableClientServerPrefix = prefix
        }
        bench.send(client { $0.resource.append(("ns", .string("c"))) }, server { $0.attributes = [("ns", .string("s"))] })
        #expect(bench.value(total + labels) == 1)
    }

    @Test("nobody waits for a span that was filtered", arguments: [true, false])
    func markers(_ filteredFirst: Bool) throws {
        let bench = try Bench(.serviceGraphs) {
            $0.serviceGraphs.filters = [FilterPolicy(.exclude, .strict, [.init(key: "resource.service.name", value: .string("B"))])]
        }
        bench.send(filteredFirst ? server() : client())
        bench.send(filteredFirst ? client() : server())
        #expect(bench.generator.status.waitingEdges == 0)
        #expect(bench.generator.counters.droppedEdges.value == (filteredFirst ? 1 : 0))
        bench.send(client(), at: 1011)
        #expect(bench.generator.status.waitingEdges == 1, "and after the wait it is forgotten")
    }

    @Test func spansWithoutServiceAndInternalOnesAreNoEdges() throws {
        let bench = try Bench([.graphRequests, .graphConnectionInfo])
        bench.send(client { $0.resource = [] }, .make(.internal), client { $0.resource = [("service.name", .string(""))] })
        #expect(bench.generator.status.waitingEdges == 0)
        bench.send(client(), server())
        #expect(bench.value(#"traces_service_graph_connection_info{client="A",server="B"}"#) == 1)
    }

    @Test("many edges in any order: each pair once, nothing left")
    func shuffled() throws {
        let bench = try Bench(.serviceGraphs)
        var spans: [PlainSpan] = []
        for number in 1...3000 {
            spans.append(client(UInt64(number)) { $0.trace = UInt64(number % 17 + 1) })
            spans.append(server(UInt64(number)) { $0.trace = UInt64(number % 17 + 1) })
        }
        spans.shuffle()
        bench.generator.consume(batch(spans), nowNanos: 1_000_000_000_000)
        #expect(bench.value(total + #"{client="A",server="B"}"#) == 3000)
        #expect(bench.generator.status.waitingEdges == 0)
        #expect(bench.generator.status.activeRows == 1)
    }
}

import Foundation
import Logging
import OTLP
import Query
import SelfStats
import Testing
import Trace
import Wire
@testable import API
@testable import Store

/// The API over the store itself, so that both agree on what a summary and a trace are.
@Suite struct RealStoreTests {
    @Test("what is appended is found by id, by search and in the viewer's list")
    func found() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("loupe-api-\(UInt64.random(in: .min ... .max))")
        defer { try? FileManager.default.removeItem(at: folder) }
        var configuration = StoreConfiguration(directory: folder.path)
        configuration.fsync = false
        let (store, _) = try Store.open(configuration, log: Logger(label: "test")) { entry in
            try RequestDecoder.decode(protobuf: entry.body, owner: entry.owner).batch
        }
        let now = Door.now - 10_000_000_000
        let spans = [
            SampleSpan(id: 1, start: now, duration: 250_000_000, name: "GET /cart", kind: .server),
            SampleSpan(id: 2, parent: 1, start: now + 1_000, duration: 1_000, name: "select", service: "db", kind: .client, status: .error),
            SampleSpan(id: 3, parent: 1, start: now + 1_000, duration: 9_000, name: "late", service: nil),
        ]
        #expect(await append(spans, to: store) == .stored)

        let id = SampleTrace.id.hex
        var context = APIContext(
            store: store, engine: QueryEngine(store), build: BuildInfo(version: "0.1.0", revision: "r"), readiness: Readiness { Door.now },
            problems: ProblemLog(), metrics: { _ in ("", []) }, server: { Door.server() }, settings: { _ in "" }, now: { Door.now })
        context.queriesAtOnce = 0
        let service = APIService(context, other: nil)
        #expect(get(service, "/api/traces/\(id)").text.hasPrefix(#"{"batches":[{"resource":{"attributes":[{"key":"service.name""#))
        let search = get(service, "/api/search?q=%7B%7D").text
        #expect(search.contains(#""rootServiceName":"shop","rootTraceName":"GET /cart","startTimeUnixNano":"\#(now)","durationMs":250,"#))
        #expect(search.contains(#""matched":3"#) && search.contains(#""serviceStats":{"db":{"spanCount":1,"errorCount":1},"shop":{"spanCount":1}}"#))
        let list = get(service, "/ui/api/traces").text
        #expect(list.contains(#""rootService":"shop","rootName":"GET /cart""#) && list.contains(#""spans":3,"errors":1"#))
        let decoded = try DecodedTrace(get(service, "/ui/api/trace/\(id)").body)
        #expect(decoded.rows.map(\.name) == ["GET /cart", "late", "select"] && decoded.rows.map(\.parent) == [-1, 0, 0])
        #expect(decoded.rows.map(\.service) == ["shop", nil, "db"])
        let revision = try #require(decoded.header["rev"] as? String)
        #expect(get(service, "/ui/api/trace/\(id)/rows?r=0&rev=\(revision)").status == 200)
        #expect(get(service, "/ui/api/state").text.contains(#""spans":3,"traces":1"#))

        #expect(await append([SampleSpan(id: 4, parent: 1, start: now + 5_000, name: "later")], to: store) == .stored)
        #expect(try DecodedTrace(get(service, "/ui/api/trace/\(id)").body).rows.count == 4)
        #expect(get(service, "/ui/api/trace/\(id)/rows?r=0&rev=\(revision)").status == 409)
        store.close()
    }

    private func append(_ spans: [SampleSpan], to store: Store) async -> AppendResult {
        let owner = Bytes(SampleTrace.protobuf(spans))
        let entry = JournalEntry(body: owner.bytes, owner: owner, format: .protobuf, compression: .identity, receivedNanos: Door.now)
        guard let batch = try? RequestDecoder.decode(protobuf: owner.bytes, owner: owner).batch else { return .refused("not decoded") }
        return await withCheckedContinuation { continuation in store.append(batch, entry: entry) { continuation.resume(returning: $0) } }
    }

    private func get(_ service: APIService, _ target: String) -> Response {
        let parts = target.split(separator: "?", maxSplits: 1)
        let head = RequestHead(method: "GET", path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : nil)
        let reply = RecordingReply()
        switch service.route(head) {
        case .answer(let response): return response
        case .fail: return Response(status: -1)
        case .collect(let limits, let handle):
            handle(Request(head: head, body: Body(copying: []), limits: limits), reply)
            return reply.value.response ?? Response(status: -1)
        }
    }
}

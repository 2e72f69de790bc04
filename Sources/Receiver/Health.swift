internal import OTLP
internal import Synchronization
internal import Trace
internal import Wire

/// Whether Loupe serves, for `grpc.health.v1.Health`. Set it to false before the listeners stop, so that whoever watches goes elsewhere.
/// Source: https://github.com/grpc/grpc/blob/master/doc/health-checking.md
public final class Health: Sendable {
    enum Status: UInt64 { case serving = 1, notServing = 2, serviceUnknown = 3 }

    private let knownServices: Set<String>
    private let state: Mutex<State>

    private struct State {
        var isServing: Bool
        var watchers: [Int: @Sendable (Status) -> Void] = [:]
        var nextWatcher = 0
    }

    /// - Parameter services: full names besides OTLP's and the empty name, which stands for the whole server.
    public init(isServing: Bool = true, services: [String] = []) {
        knownServices = Set(services + ["", GRPCMethod.traceService])
        state = Mutex(State(isServing: isServing))
    }

    public var isServing: Bool {
        get { state.withLock { $0.isServing } }
        set {
            let watchers = state.withLock { state in
                guard state.isServing != newValue else { return [] as [@Sendable (Status) -> Void] }
                state.isServing = newValue
                return Array(state.watchers.values)
            }
            for watcher in watchers { watcher(newValue ? .serving : .notServing) }
        }
    }

    func check(_ request: Request, _ reply: any Reply) {
        guard let service = Self.service(in: request) else { return reply.fail(GRPCStatus(.invalidArgument, "not a HealthCheckRequest")) }
        guard knownServices.contains(service) else { return reply.fail(GRPCStatus(.notFound, "unknown service")) }
        reply.sendMessage(Self.message(isServing ? .serving : .notServing))
    }

    /// Sends the current state at once and each change after it, for as long as the client listens.
    func watch(_ request: Request, _ reply: any Reply) {
        guard let service = Self.service(in: request) else { return reply.fail(GRPCStatus(.invalidArgument, "not a HealthCheckRequest")) }
        guard knownServices.contains(service) else {
            reply.write(Self.message(.serviceUnknown))
            return reply.onCancel { withExtendedLifetime(reply) {} }   // a reply that nobody holds ends
        }
        let watcher = state.withLock { state in
            state.nextWatcher += 1
            state.watchers[state.nextWatcher] = { reply.write(Self.message($0)) }
            reply.write(Self.message(state.isServing ? .serving : .notServing))   // within the lock: no change may overtake it
            return state.nextWatcher
        }
        reply.onCancel { [self] in state.withLock { _ = $0.watchers.removeValue(forKey: watcher) } }
    }

    /// `HealthCheckRequest { string service = 1; }`
    private static func service(in request: Request) -> String? {
        guard let body = try? request.inflated() else { return nil }
        var cursor = ProtobufCursor(body.bytes)
        var service = ByteRange.empty
        while !cursor.isAtEnd {
            guard let tag = try? cursor.tag() else { return nil }
            if tag == 1 << 3 | 2 {
                guard let range = try? cursor.lengthDelimited() else { return nil }
                service = range
            } else if (try? cursor.skip(tag)) == nil { return nil }
        }
        return String(decoding: body.bytes[service.start..<service.end], as: UTF8.self)
    }

    /// `HealthCheckResponse { ServingStatus status = 1; }`
    private static func message(_ status: Status) -> [UInt8] { [1 << 3, UInt8(status.rawValue)] }
}

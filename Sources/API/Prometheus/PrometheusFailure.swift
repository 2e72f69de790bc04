internal import PromQL
internal import Wire

/// An error as clients of Prometheus know it: one of its kinds, and words. (promql.md §2)
struct PrometheusFailure: Error, Equatable {
    enum Kind: String { case badData = "bad_data", execution, timeout, canceled, `internal` }

    var kind: Kind
    var message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// A parameter that cannot be used.
    init(parameter name: String, _ words: String) { self.init(.badData, "invalid parameter \"\(name)\": \(words)") }

    init(_ error: any Error) {
        switch error {
        case let failure as PrometheusFailure: self = failure
        case let error as ParseError: self.init(parameter: "query", error.description)
        case let error as EvaluationError:
            let kind: Kind = switch error {
            case .execution, .tooManySamples: .execution
            case .timedOut: .timeout
            case .cancelled: .canceled
            case .storage: .internal
            }
            self.init(kind, error.message)
        case let failure as BodyFailure: self.init(.badData, "error parsing form values: \(failure.message)")
        default: self.init(.internal, "\(error)")
        }
    }

    var status: Int {
        switch kind {
        case .badData: 400
        case .execution: 422
        case .timeout: 503
        case .canceled: 499
        case .internal: 500
        }
    }

    var response: Response {
        var json = JSONAnswer()
        json.object { json in
            json.member("status", "error")
            json.member("errorType", kind.rawValue)
            json.member("error", message)
        }
        return Response(status: status, headers: [("content-type", "application/json")], body: json.array())
    }
}

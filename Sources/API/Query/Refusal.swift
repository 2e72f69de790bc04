internal import Query
internal import Trace
internal import Wire

/// An error in the words and numbers of both protocols. HTTP tells it as plain text, gRPC in its trailers. (tempo-api.md §1.3)
struct Refusal {
    var status: Int
    var code: GRPCStatus.Code
    var message: String

    init(_ error: any Error) {
        switch error {
        case let error as BadParameter: self.init(400, .invalidArgument, error.message)
        case let error as QueryFailure: self.init(error)
        case let error as ProtobufError: self.init(400, .internal, "grpc: error unmarshalling request: \(error)")
        case let error as BodyFailure: self.init(error.httpStatus, error.grpcStatus.code, error.message)
        default: self.init(500, .internal, "\(error)")
        }
    }

    private init(_ failure: QueryFailure) {
        switch failure {
        case .cancelled: self.init(499, .cancelled, "the query was cancelled")
        case .tooLarge(let words): self.init(422, .resourceExhausted, words)
        case .invalid(let words): self.init(400, .invalidArgument, words)
        case .unreadable(let words): self.init(500, .internal, words)
        }
    }

    private init(_ status: Int, _ code: GRPCStatus.Code, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    var response: Response { .text(status, message) }
    var grpcStatus: GRPCStatus { GRPCStatus(code, message) }
}

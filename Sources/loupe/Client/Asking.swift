/// Someone who answers the API's requests: a Loupe at the other end of a socket, or one within this process.
protocol Asking {
    /// - Parameter target: path and query, encoded.
    func get(_ target: String, accept: String) throws(ClientError) -> Answer
}

struct Answer {
    var status: Int
    /// Names in lower case.
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    subscript(name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// Why there is no answer, in a sentence that says what to do.
struct ClientError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

extension Asking {
    /// The answer to a request that must succeed. What Loupe refuses, it explains.
    func getWell(_ target: String, accept: String) throws(ClientError) -> Answer {
        let answer = try get(target, accept: accept)
        guard answer.status == 200 else {
            throw ClientError(answer.text.isEmpty ? "the answer has the status \(answer.status)" : answer.text)
        }
        return answer
    }
}

import Glibc
import Wire

/// A running Loupe, asked over HTTP/1.1: one connection for each request, which the answer's end closes.
struct RemoteLoupe: Asking {
    private let url: String
    private let host: String
    private let port: String
    /// In front of every path; empty for none.
    private let prefix: String
    private static let patienceSeconds = 60

    /// - Parameter url: `http://host[:port][/prefix]`.
    init(_ url: String) {
        self.url = url
        let rest = url.dropFirst("http://".count)
        let authority = rest.prefix { $0 != "/" }
        var path = rest.dropFirst(authority.count)
        while path.last == "/" { path.removeLast() }
        prefix = String(path)
        let bracket = authority.lastIndex(of: "]") ?? authority.startIndex
        let colon = authority[bracket...].lastIndex(of: ":")
        port = colon.map { String(authority[authority.index(after: $0)...]) } ?? "80"
        host = authority[..<(colon ?? authority.endIndex)].filter { $0 != "[" && $0 != "]" }
    }

    func get(_ target: String, accept: String) throws(ClientError) -> Answer {
        let socket = try connect()
        defer { close(socket) }
        let name = host.contains(":") ? "[\(host)]" : host
        let lines = [
            "GET \(prefix)\(target) HTTP/1.1", "Host: \(name):\(port)", "Accept: \(accept)", "User-Agent: loupe/\(Version.number)", "Connection: close",
        ]
        try send(lines.joined(separator: "\r\n") + "\r\n\r\n", socket)
        guard let answer = HTTPAnswer.parse(try receive(socket)) else {
            throw ClientError("\(url) does not answer in HTTP/1.1; is this the API's port of a Loupe?")
        }
        return answer
    }

    private func connect() throws(ClientError) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, port, &hints, &found)
        guard code == 0 else { throw ClientError("\(url) cannot be found: \(String(cString: gai_strerror(code)))") }
        defer { freeaddrinfo(found) }
        var reason = ECONNREFUSED
        var next = found
        while let address = next?.pointee {
            let socket = Glibc.socket(address.ai_family, address.ai_socktype, address.ai_protocol)
            if socket >= 0 {
                var patience = timeval(tv_sec: Self.patienceSeconds, tv_usec: 0)
                setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
                setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
                if Glibc.connect(socket, address.ai_addr, address.ai_addrlen) == 0 { return socket }
                reason = errno
                close(socket)
            }
            next = address.ai_next
        }
        let fix = "start one, name another with --url, or read a data directory with --data"
        throw ClientError("no Loupe answers at \(url): \(String(cString: strerror(reason))); \(fix)")
    }

    private func send(_ text: String, _ socket: Int32) throws(ClientError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw broken(errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Everything until the other side closes.
    private func receive(_ socket: Int32) throws(ClientError) -> [UInt8] {
        var received: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = piece.withUnsafeMutableBytes { recv(socket, $0.baseAddress, $0.count, 0) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw broken(errno) }
            if count == 0 { return received }
            received += piece[..<count]
        }
    }

    private func broken(_ code: Int32) -> ClientError {
        if code == EAGAIN { return ClientError("\(url) did not answer within \(Self.patienceSeconds) s") }
        return ClientError("the connection to \(url) broke: \(String(cString: strerror(code)))")
    }
}

/// A whole HTTP/1.1 answer, as it came.
enum HTTPAnswer {
    /// nil when it is none, or ends early.
    static func parse(_ bytes: [UInt8]) -> Answer? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
        let first = lines[0].split(separator: " ")
        guard first.count >= 2, first[0].hasPrefix("HTTP/1."), let status = Int(first[1]) else { return nil }
        let headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (name: parts[0].lowercased(), value: parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
        var answer = Answer(status: status, headers: headers, body: Array(bytes[end.upperBound...]))
        if answer["transfer-encoding"]?.lowercased() == "chunked" {
            guard let body = joined(answer.body[...]) else { return nil }
            answer.body = body
        } else if let length = answer["content-length"].flatMap({ Int($0) }), answer.body.count < length {
            return nil
        }
        return answer
    }

    /// The content of chunks. Source: RFC 9112, section 7.1.
    private static func joined(_ chunks: ArraySlice<UInt8>) -> [UInt8]? {
        var rest = chunks
        var body: [UInt8] = []
        while let line = rest.firstRange(of: Array("\r\n".utf8)) {
            let digits = String(decoding: rest[..<line.lowerBound].prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
            guard let size = Int(digits, radix: 16), size >= 0, rest[line.upperBound...].count >= size else { return nil }
            if size == 0 { return body }
            body += rest[line.upperBound...].prefix(size)
            rest = rest[line.upperBound...].dropFirst(size + 2)
        }
        return nil
    }
}

import Glibc
import NIOCore
import Testing
import Zlib
@testable import Wire

@Suite struct HTTP1Tests {
    @Test("requests and their answers", arguments: [
        ("GET /now HTTP/1.1\r\nhost: a\r\n", "", "200", "now"),
        ("GET /nowhere HTTP/1.1\r\nhost: a\r\n", "", "404", "not found"),
        ("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n", "hello", "200", "hello"),
        ("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n", "", "200", ""),
        ("POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n", "3\r\nabc\r\n2\r\nde\r\n0\r\nx-trailer: y\r\n\r\n", "200", "abcde"),
        ("POST /echo HTTP/1.1\r\nhost: a\r\nupgrade: h2c\r\ncontent-length: 2\r\n", "hi", "200", "hi"),
        ("POST /echo HTTP/1.0\r\ncontent-length: 2\r\n", "hi", "200", "hi"),
        ("GET /head?a=1 HTTP/1.1\r\nHost: a\r\nX-Thing: V\r\n", "", "200", "GET /head a=1 127.0.0.1 test host=a|x-thing=V|connection=close"),
        ("HEAD /now HTTP/1.1\r\nhost: a\r\n", "", "200", ""),
        ("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-encoding: zstd\r\ncontent-length: 2\r\n", "hi", "400", "unsupported Content-Encoding: zstd; use gzip, deflate or none\n"),
        ("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n", "hi", "400", nil),
        ("GET /busy HTTP/1.1\r\nhost: a\r\n", "", "503", "later\n"), ("GET /forget HTTP/1.1\r\nhost: a\r\n", "", "500", nil),
        ("GET /now HTTP/1.1\r\n", "", "400", "malformed request: no host header\n"),
        ("GET /now HTTP/1.1\r\nhost: a\r\nhost: b\r\n", "", "400", "malformed request: more than one host header\n"),
        ("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 2000000\r\n", "", "413", nil),
        ("GET /stream HTTP/1.1\r\nhost: a\r\n", "", "200", "7\r\npart 0;\r\n7\r\npart 1;\r\n7\r\npart 2;\r\n0\r\n\r\n"),
        ("GET /stream HTTP/1.0\r\n", "", "200", "part 0;part 1;part 2;"),
        ("GET /now HTTP/1.1\r\nhost: a\r\nbad header\r\n", "", "400", nil),
        ("GET /now HTTP/1.1\r\nhost: a\r\nx: \(String(repeating: "y", count: 70_000))\r\n", "", "431", nil),
    ] as [(String, String, String, String?)])
    func answers(_ head: String, _ body: String, _ status: String, _ expected: String?) throws {
        let server = try TestServer()
        let client = RawClient(server)
        client.send(head + "connection: close\r\n\r\n" + body)
        let answer = client.receiveAll()
        #expect(answer.split(separator: " ").dropFirst().first.map(String.init) == status)
        if let expected { #expect(answer.components == expected) }
        server.expectNoBytesHeld()
    }

    @Test("pipelined requests are answered in order") func pipelining() throws {
        let server = try TestServer()
        let client = RawClient(server)
        client.send("GET /slow HTTP/1.1\r\nhost: a\r\n\r\nPOST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabcGET /now HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        let answer = client.receiveAll()
        let bodies = answer.split(separator: "HTTP/1.1 200 OK").map { String($0).components }
        #expect(bodies == ["slow", "abc", "now"])
    }

    @Test("a flood of pipelined requests is cut off") func pipelineFlood() throws {
        let server = try TestServer()
        let client = RawClient(server)
        // A large body first, so that the server reads in large pieces.
        client.send("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n" + String(repeating: "a", count: 1_000_000))
        var received = 0
        while received < 1_000_000, let bytes = client.receive(), !bytes.isEmpty { received += bytes.count }
        client.send("GET /slow HTTP/1.1\r\nhost: a\r\n\r\n" + String(repeating: "GET /now HTTP/1.1\r\nhost: a\r\n\r\n", count: 8000))
        _ = client.receiveAll()
        #expect(server.problems.kinds == [.abuse])
    }

    @Test("who asks before sending is told to go on, or not to") func expectContinue() throws {
        let server = try TestServer()
        let client = RawClient(server)
        client.send("POST /echo HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        #expect(client.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send("hi")
        #expect(client.receive(until: "hi").components == "hi")
        let other = RawClient(server)
        other.send("POST /echo HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2000000\r\n\r\n")
        #expect(other.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 413"))
    }

    @Test("answers are compressed for those who accept it, when it pays", arguments: [
        ("gzip", 5000, true), ("gzip", 100, false), ("gzip;q=0", 5000, false), ("br", 5000, false),
    ])
    func compression(_ accept: String, _ count: Int, _ isCompressed: Bool) throws {
        let client = RawClient(try TestServer())
        client.send("POST /echo HTTP/1.1\r\nhost: a\r\nconnection: close\r\naccept-encoding: \(accept)\r\ncontent-length: \(count)\r\n\r\n"
                    + String(repeating: "a", count: count))
        let answer = client.receiveAll()
        #expect(answer.contains("content-encoding: gzip") == isCompressed)
        #expect(answer.contains("vary: Accept-Encoding"))
    }

    @Test("slow heads and slow bodies are answered and closed", arguments: [
        ("POST /echo HTTP/1.1\r\nhost: a\r\n", "408"), ("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhi", "408"),
    ])
    func slow(_ part: String, _ status: String) throws {
        let server = try TestServer {
            $0.headerTimeout = .milliseconds(300)
            $0.progressTimeout = .milliseconds(300)
            $0.lingerTimeout = .milliseconds(100)
        }
        let client = RawClient(server)
        client.send(part)
        #expect(client.receiveAll().hasPrefix("HTTP/1.1 \(status)"))
        #expect(server.problems.kinds == [.timedOut])
        server.expectNoBytesHeld()
    }

    @Test("a client that stops reading is waited for, then dropped; one that comes back gets everything") func backpressure() throws {
        let server = try TestServer()
        let client = RawClient(server)
        client.send("GET /flood HTTP/1.0\r\n\r\n")
        usleep(300_000)
        #expect(client.receiveAll().utf8.filter { $0 == 65 }.count == 400 * 16_384)
    }
}

extension String {
    /// What follows the first empty line.
    fileprivate var components: String {
        firstRange(of: "\r\n\r\n").map { String(self[$0.upperBound...]) } ?? ""
    }

    fileprivate func contains(_ other: String) -> Bool { firstRange(of: other) != nil }
}

internal import NIOCore

/// The headers of one HTTP/2 request as they arrive, and the head they make.
///
/// A connection sends the same head again and again (an exporter nothing else), so the block is collected as plain bytes and
/// compared with the one before: when they are equal, the strings built then are used again. What differs with every request,
/// `content-length` and `grpc-timeout`, is read on the spot and kept out of the block.
struct HeaderBlock {
    private(set) var contentLength: Int?
    private(set) var timeout: Timeout = .none
    private(set) var isTooLarge = false
    /// With RFC 9113's 32 bytes for each field.
    private(set) var size = 0

    enum Timeout: Equatable { case none, after(TimeAmount), malformed }

    private var bytes: [UInt8] = []
    private var fields: [Field] = []
    private var known: Known?

    /// A name and its value, one after the other in `bytes`.
    private struct Field: Equatable {
        var nameCount: Int
        var valueCount: Int
    }

    private struct Known {
        var bytes: [UInt8]
        var fields: [Field]
        var head: RequestHead
        var facts: HeadFacts
    }

    mutating func begin() {
        contentLength = nil
        timeout = .none
        isTooLarge = false
        size = 0
        bytes.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
    }

    mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, limitBytes: Int) {
        size += name.count + value.count + 32
        guard size <= limitBytes else {
            isTooLarge = true
            return
        }
        switch name.count {
        case 12 where equal(name, "grpc-timeout"): timeout = GRPCTimeout.parse(value).map { .after($0) } ?? .malformed
        case 14 where equal(name, "content-length"): contentLength = parseDecimal(value)
        default:
            bytes.append(contentsOf: name)
            bytes.append(contentsOf: value)
            fields.append(Field(nameCount: name.count, valueCount: value.count))
        }
    }

    /// The complete block as a head.
    mutating func head(_ connection: ConnectionInfo) -> (RequestHead, HeadFacts) {
        if let known, known.fields == fields, known.bytes == bytes { return (known.head, known.facts) }
        let head = build(connection)
        let facts = HeadFacts(head)
        // A block too large to be a habit is not worth keeping on every connection.
        known = bytes.count <= 4096 ? Known(bytes: bytes, fields: fields, head: head, facts: facts) : nil
        return (head, facts)
    }

    private func build(_ connection: ConnectionInfo) -> RequestHead {
        var head = RequestHead(
            method: "", path: "", httpVersion: .http2, isTLS: connection.isTLS, listener: connection.listener.name,
            peer: connection.peer)
        head.headers.reserveCapacity(fields.count)
        var authority: String?
        var offset = 0
        for field in fields {
            let name = string(offset, field.nameCount)
            let value = string(offset + field.nameCount, field.valueCount)
            offset += field.nameCount + field.valueCount
            switch name {
            case ":method": head.method = value
            case ":path": (head.path, head.query) = RequestHead.split(target: value)
            case ":authority": authority = value
            case ":scheme", ":protocol": break
            case "content-type":
                head.isGRPC = RequestHead.isGRPCContentType(value)
                head.headers.append((name, value))
            case "host" where authority != nil: break
            default: head.headers.append((name, value))
            }
        }
        if let authority { head.headers.insert(("host", authority), at: 0) }
        return head
    }

    private func string(_ offset: Int, _ count: Int) -> String {
        String(decoding: bytes[offset..<offset + count], as: UTF8.self)
    }
}

private func equal(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
    bytes.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
}

/// nil for what is no number, or one that no body can have.
private func parseDecimal(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard !bytes.isEmpty, bytes.count <= 18 else { return nil }
    var value = 0
    for byte in bytes {
        guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
        value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return value
}

internal import OTLP

/// An answer in messages of about a megabyte: Grafana takes no message above 4 MiB. Each part repeats what `ending` writes, as
/// readers look for it in the last message, which they cannot tell from the others. (tempo-api.md §10.2)
struct MessageParts<Item: Sendable>: Sendable {
    private let items: [Item]
    private let write: @Sendable (Item, inout OutputBuffer) -> Void
    private let ending: @Sendable (_ output: inout OutputBuffer, _ isLast: Bool) -> Void
    private let partBytes: Int
    private var position = 0
    private var isDone = false

    init(
        _ items: [Item], partBytes: Int = 1 << 20, write: @escaping @Sendable (Item, inout OutputBuffer) -> Void,
        ending: @escaping @Sendable (_ output: inout OutputBuffer, _ isLast: Bool) -> Void
    ) {
        self.items = items
        self.partBytes = partBytes
        self.write = write
        self.ending = ending
    }

    /// The next message; the first one always exists, however little there is to say.
    mutating func next() -> [UInt8]? {
        guard !isDone else { return nil }
        var output = OutputBuffer(capacity: 4_096)
        while position < items.count {
            let before = output.count
            write(items[position], &output)
            if output.count > partBytes, before > 0 {
                output.truncate(to: before)
                break
            }
            position += 1
        }
        isDone = position == items.count
        ending(&output, isDone)
        return output.array()
    }

    /// Everything as one message, for an answer over HTTP.
    func whole() -> [UInt8] {
        var output = OutputBuffer(capacity: items.count * 32 + 64)
        for item in items { write(item, &output) }
        ending(&output, true)
        return output.array()
    }
}

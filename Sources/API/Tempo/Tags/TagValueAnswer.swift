internal import OTLP
internal import Query

/// Values of a tag, as the endpoints of both versions list them. (tempo-api.md §6.2, §6.3)
struct TagValueAnswer {
    struct Entry: Hashable {
        /// Decides in the query editor about quotes and operators.
        var type: String
        var value: String
    }
    /// Each once, in order.
    let entries: [Entry]
    let statistics: QueryStatistics

    init(_ values: TagValues?, fixed: [Entry] = []) {
        var seen: Set<Entry> = []
        let stored = (values?.values ?? []).map { Entry(type: $0.tagType, value: $0.text) }
        entries = (fixed + stored).filter { !$0.value.isEmpty && seen.insert($0).inserted }
        statistics = values?.statistics ?? QueryStatistics()
    }

    /// Without types, each once, sorted.
    private var texts: [String] { Set(entries.map(\.value)).sorted() }

    func jsonV1() -> [UInt8] {
        json { list in for text in texts { list.string(text) } }
    }

    func jsonV2() -> [UInt8] {
        json { list in
            for entry in entries {
                list.object {
                    $0.member("type", entry.type)
                    $0.member("value", entry.value)
                }
            }
        }
    }

    private func json(_ values: (inout JSONAnswer) -> Void) -> [UInt8] {
        var output = JSONAnswer()
        output.object { output in
            output.array("tagValues", values)
            output.object("metrics") { statistics.write(metadataMetrics: &$0) }
        }
        return output.array()
    }

    /// `tempopb.SearchTagValuesResponse` in messages of a stream; whole when there is one.
    func protobufV1() -> MessageParts<String> {
        MessageParts(texts) { text, output in
            output.field(1, string: text)
        } ending: { [statistics] output, _ in
            output.message(2) { statistics.write(metadataMetrics: &$0) }
        }
    }

    /// `tempopb.SearchTagValuesV2Response`.
    func protobufV2() -> MessageParts<Entry> {
        MessageParts(entries) { entry, output in
            output.message(1) { message in
                message.field(1, string: entry.type)
                message.field(2, string: entry.value)
            }
        } ending: { [statistics] output, _ in
            output.message(2) { statistics.write(metadataMetrics: &$0) }
        }
    }
}

internal import OTLP
internal import Query

/// Names of tags by scope, as the endpoints of both versions list them. (tempo-api.md §6.1)
struct TagNameAnswer {
    struct Scope: Equatable {
        var name: String
        var tags: [String]
    }
    /// Those without tags are left out.
    let scopes: [Scope]
    let statistics: QueryStatistics

    /// What TraceQL knows without a dot, in Tempo's order. Tree numbers are not offered.
    static let intrinsics = [
        "duration", "event:name", "event:timeSinceStart", "instrumentation:name", "instrumentation:version", "kind", "link:spanID",
        "link:traceID", "name", "rootName", "rootServiceName", "span:duration", "span:id", "span:kind", "span:name", "span:parentID",
        "span:status", "span:statusMessage", "status", "statusMessage", "trace:duration", "trace:id", "trace:rootName",
        "trace:rootService", "traceDuration",
    ]

    /// - Parameter withIntrinsics: v2 lists them unless another scope is asked for, v1 only when they are.
    init(_ names: TagNames, _ scope: TagForm.Scope, withIntrinsics: Bool) {
        let all: [(TagForm.Scope, [String])] = [
            (.span, names.span), (.resource, names.resource), (.event, names.event), (.link, names.link),
            (.instrumentation, names.instrumentation), (.intrinsic, withIntrinsics ? Self.intrinsics : []),
        ]
        scopes = all.filter { !$0.1.isEmpty && (scope == .none || scope == $0.0) }.map { Scope(name: $0.0.rawValue, tags: $0.1) }
        statistics = names.statistics
    }

    /// Those of all scopes, each once, sorted.
    var allTags: [String] { Set(scopes.flatMap(\.tags)).sorted() }

    func jsonV1() -> [UInt8] {
        json { output in output.array("tagNames") { list in for tag in allTags { list.string(tag) } } }
    }

    func jsonV2() -> [UInt8] {
        json { output in
            output.array("scopes") { list in
                for scope in scopes {
                    list.object {
                        $0.member("name", scope.name)
                        $0.array("tags") { tags in for tag in scope.tags { tags.string(tag) } }
                    }
                }
            }
        }
    }

    private func json(_ members: (inout JSONAnswer) -> Void) -> [UInt8] {
        var output = JSONAnswer()
        output.object { output in
            members(&output)
            output.object("metrics") { statistics.write(metadataMetrics: &$0) }
        }
        return output.array()
    }

    /// `tempopb.SearchTagsResponse` in messages of a stream; whole when there is one.
    func protobufV1() -> MessageParts<String> {
        MessageParts(allTags) { tag, output in
            output.field(1, string: tag)
        } ending: { [statistics] output, _ in
            output.message(2) { statistics.write(metadataMetrics: &$0) }
        }
    }

    /// `tempopb.SearchTagsV2Response`. A scope of many tags is several entries of the same name.
    func protobufV2() -> MessageParts<Scope> {
        MessageParts(scopes.flatMap { $0.pieces(of: 1_000) }) { scope, output in
            output.message(1) { message in
                message.field(1, string: scope.name)
                for tag in scope.tags { message.field(2, string: tag) }
            }
        } ending: { [statistics] output, _ in
            output.message(2) { statistics.write(metadataMetrics: &$0) }
        }
    }
}

extension TagNameAnswer.Scope {
    fileprivate func pieces(of count: Int) -> [Self] {
        stride(from: 0, to: tags.count, by: count).map { Self(name: name, tags: Array(tags[$0..<min($0 + count, tags.count)])) }
    }
}

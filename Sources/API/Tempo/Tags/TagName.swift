internal import TraceQL
internal import Wire

/// Whose values are asked for: the two versions read a name differently. (tempo-api.md §6.2, §6.3)
enum TagName: Equatable {
    case field(Field)
    /// Values known without looking, in the place of stored ones or (`status.code`) beside those of an attribute.
    case fixed([TagValueAnswer.Entry], and: Field?)

    private static let statuses = ["error", "ok", "unset"]
    private static let kinds = ["client", "consumer", "internal", "producer", "server", "unspecified"]

    /// An attribute name without scope, or one of Tempo's virtual tags.
    init(v1 name: String) {
        self = switch name {
        case "status.code": .fixed(Self.statuses.map { TagValueAnswer.Entry(type: "string", value: $0) }, and: .attribute(.any, name))
        case "error": .fixed([TagValueAnswer.Entry(type: "string", value: "true")], and: nil)
        case "name": .field(.intrinsic(.name))
        case "root.name": .field(.intrinsic(.rootName))
        case "root.service.name": .field(.intrinsic(.rootServiceName))
        default: .field(.attribute(.any, name))
        }
    }

    /// A TraceQL identifier. Keywords are listed whether they occur or not, so that one can ask for errors before there are any;
    /// durations and tree numbers are not listed at all.
    init(v2 name: String) throws(BadParameter) {
        let field: Field
        do {
            field = try Field(parsing: name)
        } catch {
            throw BadParameter("please provide a valid tagName: failed to parse identifier \(name): \(error.description)")
        }
        self = switch field {
        case .intrinsic(.status): .fixed(Self.statuses.map { TagValueAnswer.Entry(type: "keyword", value: $0) }, and: nil)
        case .intrinsic(.kind): .fixed(Self.kinds.map { TagValueAnswer.Entry(type: "keyword", value: $0) }, and: nil)
        case .intrinsic(.duration), .intrinsic(.traceDuration), .intrinsic(.eventTimeSinceStart),
             .intrinsic(.nestedSetLeft), .intrinsic(.nestedSetRight), .intrinsic(.nestedSetParent): .fixed([], and: nil)
        default: .field(field)
        }
    }
}

/// The name within the segments of a path, which were decoded once. It may hold slashes, and Grafana 10.2 to 12.2 encode it
/// twice. (tempo-api.md §11.1)
func tagName(inPath segments: some Sequence<String>) -> String {
    let name = segments.joined(separator: "/")
    return Percent.decode(name)
}

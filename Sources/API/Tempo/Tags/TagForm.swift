internal import Query
internal import Trace
internal import TraceQL
internal import Wire

/// What the tag endpoints were asked, over HTTP or gRPC alike. (tempo-api.md §6)
struct TagForm: Equatable {
    enum Scope: String { case none, resource, span, event, link, instrumentation, trace, intrinsic }

    var scope = Scope.none
    /// The name of the tag whose values are wanted.
    var name = ""
    /// TraceQL that may be half-typed.
    var query = ""
    var range = SecondsRange()
    var limit = TempoLimits.tagsDefault

    init() {}

    init(_ parameters: QueryParameters) throws(BadParameter) {
        scope = try Self.scope(parameters["scope"] ?? "")
        query = parameters["q"] ?? ""
        range = try SecondsRange(parameters)
        if let wanted = try parameters.integer("limit"), wanted > 0 { limit = wanted }
    }

    /// `tempopb.SearchTagsRequest`.
    init(namesRequest message: UnsafeRawBufferPointer) throws {
        try self.init(message) { form, field in
            switch field.number {
            case 1: form.scope = try Self.scope(field.text)
            case 5 where field.value > 0: form.limit = Int(field.value32)
            default: break                                  // RF1After and what newer clients add
            }
        }
    }

    /// `tempopb.SearchTagValuesRequest`.
    init(valuesRequest message: UnsafeRawBufferPointer) throws {
        try self.init(message, firstNumber: 4) { form, field in
            switch field.number {
            case 1: form.name = field.text
            case 6 where field.value > 0: form.limit = Int(field.value32)
            default: break
            }
        }
    }

    /// - Parameter firstNumber: the field's of `start`; `end` follows it.
    private init(
        _ message: UnsafeRawBufferPointer, firstNumber: Int = 3, _ visit: (inout TagForm, RequestField) throws -> Void
    ) throws {
        var start: UInt64 = 0, end: UInt64 = 0
        try readFields(of: message) { field in
            switch field.number {
            case 2: query = field.text
            case firstNumber: start = field.value32
            case firstNumber + 1: end = field.value32
            default: try visit(&self, field)
            }
        }
        range = try SecondsRange(start: start, end: end)
    }

    private static func scope(_ text: String) throws(BadParameter) -> Scope {
        guard !text.isEmpty else { return .none }
        guard let scope = Scope(rawValue: text) else { throw BadParameter("invalid scope: \(text)") }
        return scope
    }

    /// Without a range everything that is stored counts. A query that cannot be used filters nothing.
    func request() throws(BadParameter) -> TagRequest {
        guard query.utf8.count <= TempoLimits.queryBytes else {
            throw BadParameter("the query is larger than \(TempoLimits.queryBytes >> 10) KiB")
        }
        let filter: LenientFilter?
        do { filter = try LenientFilter(parsing: query) } catch { throw BadParameter(error.description) }
        return TagRequest(filter: filter?.alternatives, fromNanos: range.fromNanos, toNanos: range.toNanos, limit: limit)
    }
}

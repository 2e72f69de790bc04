internal import Query
internal import Trace

/// `tempopb.SearchRequest`. (tempo-api.md §9)
extension SearchForm {
    init(protobuf message: UnsafeRawBufferPointer) throws {
        var start: UInt64 = 0, end: UInt64 = 0
        try readFields(of: message) { field in
            switch field.number {
            case 1: if let tag = try field.entry() { tags.append(TagSearch.Tag(tag.key, tag.value)) }
            case 2: minDurationNanos = field.millis
            case 3: maxDurationNanos = field.millis
            case 4 where field.value > 0: limit = Int(field.value32)
            case 5: start = field.value32
            case 6: end = field.value32
            case 8 where !field.text.isEmpty: query = field.text
            case 9 where field.value > 0: spansPerSpanset = Int(field.value32)
            default: break                                  // RF1After and what newer clients add
            }
        }
        range = try SecondsRange(start: start, end: end)
    }
}

internal import CYAML

/// libyaml's parser, as a source of events. The value owns the C object.
struct YAMLParser: ~Copyable {
    /// What the tree is built from.
    enum Event: Equatable {
        case documentStart, documentEnd, streamEnd
        case scalar(String, isPlain: Bool, anchor: String?)
        case listStart(anchor: String?), listEnd
        case mapStart(anchor: String?), mapEnd
        case alias(String)
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    /// A copy that stays put, because the parser reads it in place.
    private let input: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: [UInt8]) {
        parser = .allocate(capacity: 1)
        // It fails for lack of memory only.
        precondition(yaml_parser_initialize(parser) == 1, "no memory for a YAML parser")
        input = .allocate(capacity: bytes.count)
        _ = input.initialize(from: bytes)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next event and where it begins; the beginning of the stream is skipped.
    mutating func next() throws(YAMLError) -> (event: Event, mark: YAMLMark) {
        var raw = yaml_event_t()
        guard yaml_parser_parse(parser, &raw) == 1 else { throw fault() }
        defer { yaml_event_delete(&raw) }
        let mark = YAMLMark(raw.start_mark)
        switch raw.type {
        case YAML_STREAM_START_EVENT: return try next()
        case YAML_DOCUMENT_START_EVENT: return (.documentStart, mark)
        case YAML_DOCUMENT_END_EVENT: return (.documentEnd, mark)
        case YAML_SCALAR_EVENT:
            let scalar = raw.data.scalar
            try refuse(tag: scalar.tag, mark)
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            return (.scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE, anchor: name(scalar.anchor)), mark)
        case YAML_SEQUENCE_START_EVENT:
            try refuse(tag: raw.data.sequence_start.tag, mark)
            return (.listStart(anchor: name(raw.data.sequence_start.anchor)), mark)
        case YAML_SEQUENCE_END_EVENT: return (.listEnd, mark)
        case YAML_MAPPING_START_EVENT:
            try refuse(tag: raw.data.mapping_start.tag, mark)
            return (.mapStart(anchor: name(raw.data.mapping_start.anchor)), mark)
        case YAML_MAPPING_END_EVENT: return (.mapEnd, mark)
        case YAML_ALIAS_EVENT: return (.alias(name(raw.data.alias.anchor) ?? ""), mark)
        default: return (.streamEnd, mark)
        }
    }

    /// Why the parser stopped, in libyaml's words.
    private func fault() -> YAMLError {
        let state = parser.pointee
        let problem = state.problem.map { String(cString: $0) } ?? "is not YAML"
        let context = state.context.map { " " + String(cString: $0) } ?? ""
        guard state.error == YAML_READER_ERROR else { return YAMLError(problem + context, YAMLMark(state.problem_mark)) }
        // The reader fails before there is a mark, but knows how many bytes it had passed.
        let before = input.prefix(state.problem_offset)
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count + 1
        return YAMLError(problem, YAMLMark(line: line, column: column))
    }

    private func refuse(tag: UnsafeMutablePointer<yaml_char_t>?, _ mark: YAMLMark) throws(YAMLError) {
        guard let tag = name(tag), !tag.hasPrefix("tag:yaml.org,2002:"), tag != "!" else { return }
        throw YAMLError("the tag \(tag) has no meaning here", mark)
    }

    private func name(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        text.map { String(decodingCString: $0, as: UTF8.self) }
    }
}

extension YAMLMark {
    init(_ mark: yaml_mark_t) { self.init(line: mark.line + 1, column: mark.column + 1) }
}

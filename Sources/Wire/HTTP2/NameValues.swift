internal import CNGHTTP2

/// Header fields in the form nghttp2 takes them. The constant ones live for ever and are never copied.
struct NameValues {
    private var bytes: [UInt8] = []
    private var fields: [(nameCount: Int, valueCount: Int)] = []

    /// Adds a field; one that could break out of its line is left out.
    mutating func append(_ name: String, _ value: some Collection<UInt8>) {
        guard !value.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }), !name.isEmpty else { return }
        let before = bytes.count
        bytes.append(contentsOf: HeaderValue.lowercased(name).utf8)
        let nameCount = bytes.count - before
        bytes.append(contentsOf: value)
        fields.append((nameCount, value.count))
    }

    mutating func append(_ name: String, _ value: String) { append(name, value.utf8) }

    /// The fields, valid during `use`; nghttp2 copies what it keeps.
    func withFields<Result>(_ use: (UnsafePointer<nghttp2_nv>?, Int) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { buffer in
            // nghttp2 only reads them, though its structure does not say so.
            var place = UnsafeMutablePointer(mutating: buffer.baseAddress)
            let values = fields.map { field in
                defer { place = place.map { $0 + field.nameCount + field.valueCount } }
                return nghttp2_nv(
                    name: place, value: place.map { $0 + field.nameCount }, namelen: field.nameCount, valuelen: field.valueCount,
                    flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue))
            }
            return values.withUnsafeBufferPointer { use($0.baseAddress, $0.count) }
        }
    }
}

/// The fields of every gRPC call that goes well.
enum ConstantFields {
    /// `:status`, `content-type`, `grpc-accept-encoding`.
    static let grpcHead = ConstantList([
        (":status", "200"), ("content-type", "application/grpc"), ("grpc-accept-encoding", "identity,gzip"),
    ])
    static let grpcOK = ConstantList([("grpc-status", "0")])

    /// Allocated once and never freed; written before it is shared, only read afterwards.
    struct ConstantList: @unchecked Sendable {
        let start: UnsafeMutablePointer<nghttp2_nv>
        let count: Int

        init(_ fields: [(StaticString, StaticString)]) {
            start = .allocate(capacity: fields.count)
            count = fields.count
            for (index, (name, value)) in fields.enumerated() {
                let flags = NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue
                (start + index).initialize(to: nghttp2_nv(
                    name: UnsafeMutablePointer(mutating: name.utf8Start), value: UnsafeMutablePointer(mutating: value.utf8Start),
                    namelen: name.utf8CodeUnitCount, valuelen: value.utf8CodeUnitCount, flags: UInt8(flags)))
            }
        }
    }
}

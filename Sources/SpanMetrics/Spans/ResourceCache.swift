/// Resources by their bytes. Emptied when it has grown too large, between two batches.
struct ResourceCache: ~Copyable {
    private var places = KeyTable(limitBytes: .max)
    private var resources: ContiguousArray<Resource> = []
    private var bytes = 0
    /// Numbers of the sets of labels that resources give to spans.
    private var groups: [[UInt8]: UInt64] = [:]
    private var nextGroup: UInt64 = 1

    private static let limitBytes = 8 << 20

    var count: Int { resources.count }
    var allocatedBytes: Int { places.allocatedBytes + bytes }

    mutating func makeRoom() { if bytes > Self.limitBytes { removeAll() } }

    mutating func removeAll() {
        places.removeAll()
        resources = []
        groups = [:]
        bytes = 0
    }

    mutating func resource(_ message: UnsafeRawBufferPointer, _ make: (UnsafeRawBufferPointer) -> Resource) -> Resource {
        if message.isEmpty {                                     // no message, but a resource still
            let none: [UInt8] = [0]
            return none.withUnsafeBytes { find($0, message, make) }
        }
        return find(message, message, make)
    }

    private mutating func find(
        _ key: UnsafeRawBufferPointer, _ message: UnsafeRawBufferPointer, _ make: (UnsafeRawBufferPointer) -> Resource
    ) -> Resource {
        let hash = seededHash(key)
        if let place = places.row(of: key, hash: hash) { return resources[place] }
        let resource = make(message)
        places.insert(key, hash: hash, row: resources.count)
        resources.append(resource)
        bytes += message.count * 2 + resource.found.count * 32 + 256
        return resource
    }

    /// The number of a set of labels. None is given twice, so what was remembered of earlier ones never comes to mean another.
    mutating func group(_ key: [UInt8]) -> UInt64 {
        if let known = groups[key] { return known }
        groups[key] = nextGroup
        bytes += key.count + 64
        defer { nextGroup += 1 }
        return nextGroup
    }
}

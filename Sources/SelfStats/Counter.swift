import Synchronization

/// A number that only grows, or is set: one series of `/metrics`. Any thread may write it.
public final class Counter: Sendable {
    private let storage = Atomic<Int>(0)
    public init() {}
    public var value: Int { storage.load(ordering: .relaxed) }
    public func add(_ amount: Int = 1) { storage.wrappingAdd(amount, ordering: .relaxed) }
    public func set(_ value: Int) { storage.store(value, ordering: .relaxed) }
}

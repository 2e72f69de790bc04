internal import Synchronization

/// Every service ever seen with its colour slot: the next free one when its name first appears, and its own for good.
final class ServiceRegistry: Sendable {
    private struct State {
        var slots: [String: Int]
        var unsaved: [ServiceSlot] = []
    }
    private let state: Mutex<State>
    /// Colours of the viewer's palette.
    static let slotCount = 24
    /// Names beyond this many are not remembered: somebody sends random ones. They get the slot of their hash.
    static let nameLimit = 10_000

    init(_ known: [ServiceSlot]) {
        state = Mutex(State(slots: Dictionary(known.map { ($0.name, $0.slot) }, uniquingKeysWith: { first, _ in first })))
    }

    func register(_ names: [String]) {
        state.withLock { state in
            for name in names where state.slots[name] == nil && !name.isEmpty && state.slots.count < Self.nameLimit {
                let slot = state.slots.count % Self.slotCount + 1
                state.slots[name] = slot
                state.unsaved.append(ServiceSlot(name: name, slot: slot))
            }
        }
    }

    func slot(_ name: String) -> ServiceSlot {
        let known = state.withLock { $0.slots[name] }
        return ServiceSlot(name: name, slot: known ?? Int(name.utf8.reduce(UInt32(17)) { $0 &* 31 &+ UInt32($1) }) % Self.slotCount + 1)
    }

    var all: [ServiceSlot] { state.withLock { $0.slots.map { ServiceSlot(name: $0.key, slot: $0.value) } }.sorted { $0.name < $1.name } }

    /// Those not yet in the database; `saved` strikes them off.
    var unsaved: [ServiceSlot] { state.withLock { $0.unsaved } }
    func saved(_ services: [ServiceSlot]) { state.withLock { $0.unsaved.removeFirst(min(services.count, $0.unsaved.count)) } }
}

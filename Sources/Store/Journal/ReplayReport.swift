/// What a replay found.
struct ReplayReport: Sendable, Equatable {
    /// Records that were acknowledged, or may have been, and are gone.
    struct Damage: Sendable, Equatable, CustomStringConvertible {
        var path: String
        var offset: Int
        /// How many bytes could not be replayed; 0 when unknown (a whole segment is missing).
        var lostBytes: Int
        var reason: String

        var description: String {
            let place = "\(path): \(reason) at byte \(offset)"
            guard lostBytes > 0 else { return place }
            return place + ", \(lostBytes) bytes of received data are lost; the file is kept as \(path).damaged"
        }
    }

    var segments = 0
    var entries = 0
    /// Bodies replayed.
    var bytes = 0
    /// Unfinished writes at the end of the last segment: never acknowledged, as it should be after a crash.
    var tornBytes = 0
    var damage: [Damage] = []
}

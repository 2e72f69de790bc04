internal import Glibc
internal import NIOCore

/// Why the server did not start.
public struct WireStartError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Cause: Equatable, Sendable {
        case addressInUse
        case noPermission
        /// No interface of this machine has it, or the name does not resolve.
        case notAnAddressHere(String)
        /// The certificate or its key cannot be used.
        case certificate(String)
        case other(String)
    }

    public var listener: String
    public var address: ListenAddress
    public var cause: Cause

    public var description: String {
        let reason = switch cause {
        case .addressInUse: "the port is in use by another process"
        case .noPermission: "no permission (ports below 1024 are the system's)"
        case .notAnAddressHere(let words): "it is no address of this machine: \(words)"
        case .certificate(let words): "the certificate cannot be used: \(words)"
        case .other(let words): words
        }
        return "\(listener): cannot listen on \(address): \(reason)"
    }
}

extension WireStartError.Cause {
    init(_ error: any Error) {
        guard let error = error as? IOError else {
            self = error is SocketAddressError ? .notAnAddressHere("the name is unknown") : .other(String(describing: error))
            return
        }
        switch error.errnoCode {
        case EADDRINUSE: self = .addressInUse
        case EACCES, EPERM: self = .noPermission
        case EADDRNOTAVAIL: self = .notAnAddressHere(String(cString: strerror(EADDRNOTAVAIL)))
        case let code: self = .other(String(cString: strerror(code)))
        }
    }
}

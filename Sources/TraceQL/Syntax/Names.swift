extension Field.Scope {
    /// What stands before the dot; nothing for `any`.
    var keyword: String {
        switch self {
        case .any: ""
        case .span: "span"
        case .resource: "resource"
        case .event: "event"
        case .link: "link"
        case .instrumentation: "instrumentation"
        }
    }

    init?(keyword: String) {
        switch keyword {
        case "span": self = .span
        case "resource": self = .resource
        case "event": self = .event
        case "link": self = .link
        case "instrumentation": self = .instrumentation
        default: return nil
        }
    }
}

extension Intrinsic {
    /// The bare spellings.
    private static let bare: [String: Intrinsic] = [
        "name": .name, "status": .status, "statusMessage": .statusMessage, "kind": .kind, "duration": .duration,
        "traceDuration": .traceDuration, "rootName": .rootName, "rootServiceName": .rootServiceName,
        "nestedSetLeft": .nestedSetLeft, "nestedSetRight": .nestedSetRight, "nestedSetParent": .nestedSetParent,
    ]

    /// The spellings with a scope.
    private static let scoped: [String: [String: Intrinsic]] = [
        "span": ["name": .name, "status": .status, "statusMessage": .statusMessage, "kind": .kind, "duration": .duration,
                 "id": .spanID, "parentID": .parentID, "childCount": .childCount],
        "trace": ["duration": .traceDuration, "rootName": .rootName, "rootService": .rootServiceName, "id": .traceID],
        "event": ["name": .eventName, "timeSinceStart": .eventTimeSinceStart],
        "link": ["traceID": .linkTraceID, "spanID": .linkSpanID],
        "instrumentation": ["name": .instrumentationName, "version": .instrumentationVersion],
    ]

    init?(bare word: String) {
        guard let intrinsic = Self.bare[word] else { return nil }
        self = intrinsic
    }

    init?(scope: String, name: String) {
        guard let intrinsic = Self.scoped[scope]?[name] else { return nil }
        self = intrinsic
    }

    static let scopes = Set(scoped.keys)

    /// What may follow `scope:`, sorted.
    static func names(in scope: String) -> [String] { scoped[scope]?.keys.sorted() ?? [] }

    /// The one spelling used in labels and answers: bare where there is a bare one.
    var canonicalName: String {
        switch self {
        case .name: "name"
        case .status: "status"
        case .statusMessage: "statusMessage"
        case .kind: "kind"
        case .duration: "duration"
        case .spanID: "span:id"
        case .parentID: "span:parentID"
        case .childCount: "span:childCount"
        case .traceDuration: "traceDuration"
        case .rootName: "rootName"
        case .rootServiceName: "rootServiceName"
        case .traceID: "trace:id"
        case .nestedSetLeft: "nestedSetLeft"
        case .nestedSetRight: "nestedSetRight"
        case .nestedSetParent: "nestedSetParent"
        case .eventName: "event:name"
        case .eventTimeSinceStart: "event:timeSinceStart"
        case .linkTraceID: "link:traceID"
        case .linkSpanID: "link:spanID"
        case .instrumentationName: "instrumentation:name"
        case .instrumentationVersion: "instrumentation:version"
        }
    }
}

extension Static {
    /// The constants that are words, but for `nil`, which may not stand where a constant may.
    init?(word: String) {
        switch word {
        case "true": self = .bool(true)
        case "false": self = .bool(false)
        case "minInt": self = .int(.min)
        case "maxInt": self = .int(.max)
        case "ok": self = .status(.ok)
        case "error": self = .status(.error)
        case "unset": self = .status(.unset)
        case "unspecified": self = .kind(.unspecified)
        case "internal": self = .kind(.internal)
        case "server": self = .kind(.server)
        case "client": self = .kind(.client)
        case "producer": self = .kind(.producer)
        case "consumer": self = .kind(.consumer)
        default: return nil
        }
    }
}

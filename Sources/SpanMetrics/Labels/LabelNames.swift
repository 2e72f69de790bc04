/// Names of labels, and what attributes are called as labels.
enum LabelNames {
    static let intrinsic = ["service", "span_name", "span_kind", "status_code", "status_message"]
    static let targetInfo = intrinsic + ["job", "instance"]

    /// Each character outside `[A-Za-z0-9_]` becomes `_`.
    static func sanitized(_ name: String) -> String {
        String(String.UnicodeScalarView(name.unicodeScalars.map { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_": scalar
            default: "_"
            }
        }))
    }

    /// The label of a dimension; it never takes the place of a label in `reserved`.
    static func dimension(_ name: String, reserved: [String]) -> String {
        let label = sanitized(name)
        return reserved.contains(label) ? "__" + label : label
    }
}

/// `[a-zA-Z_:][a-zA-Z0-9_:]*`
enum MetricName {
    static func isGood(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
        return text.utf8.allSatisfy { (48...58).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95 }
    }
}

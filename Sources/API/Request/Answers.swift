internal import Wire

extension Response {
    /// What Go's mux says about a path it does not know.
    static let notFoundPage = Response.text(404, "404 page not found\n", headers: [("x-content-type-options", "nosniff")])

    static func metrics(_ exposition: (contentType: String, body: [UInt8])) -> Response {
        Response(status: 200, headers: [("content-type", exposition.contentType)], body: exposition.body, mayCompress: true)
    }
}

extension BodyLimits {
    /// Queries have no body worth reading; a small one is tolerated.
    static let none = BodyLimits(wireBytes: 64 << 10, inflatedBytes: 64 << 10)
}

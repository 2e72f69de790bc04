// Reads varint-length-delimited requests on standard input and writes each back, delimited in the same way, after a decode and an
// encode; a refused request comes back as `!` and the reason. `Tests/OTLPRoundtrip/compare.py` compares them with the originals.
//     otlp-roundtrip protobuf|json protobuf|json|tempo
import Glibc
import OTLP
import Trace

func readInput() -> [UInt8] {
    var input: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = read(0, &chunk, chunk.count)
        if count <= 0 { return input }
        input += chunk[..<count]
    }
}

func answer(_ request: UnsafeRawBufferPointer, from source: String, to target: String) -> OutputBuffer {
    var out = OutputBuffer()
    do {
        let decoded = source == "json"
            ? try RequestDecoder.decode(json: request) : try RequestDecoder.decode(protobuf: request, owner: nil)
        switch target {
        case "json": TraceEncoder.encode(decoded.batch, json: .otlp, &out)
        case "tempo": TraceEncoder.encode(decoded.batch, json: .tempo, &out)
        default: TraceEncoder.encode(decoded.batch, protobuf: &out)
        }
    } catch {
        out.append(utf8: "!\(error)")
    }
    return out
}

let arguments = CommandLine.arguments
guard arguments.count == 3 else { fatalError("usage: otlp-roundtrip protobuf|json protobuf|json|tempo") }
readInput().withUnsafeBytes { input in
    var results = OutputBuffer()
    var cursor = ProtobufCursor(input)
    while !cursor.isAtEnd, let request = try? cursor.message() {
        let bytes = UnsafeRawBufferPointer(start: request.position, count: request.end - request.position)
        let result = answer(bytes, from: arguments[1], to: arguments[2])
        results.varint(UInt64(result.count))
        results.append(result.bytes)
    }
    var written = 0
    while written < results.count {
        let count = write(1, results.bytes.baseAddress! + written, results.count - written)
        if count <= 0 { exit(1) }
        written += count
    }
}

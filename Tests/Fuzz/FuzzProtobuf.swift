// Feeds bytes to the protobuf decoder. What it accepts must come out of both encoders, and the protobuf must decode to the same again.
import OTLP
import Trace

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzProtobuf(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // A copy of exactly this size, so that the sanitizer sees a read past its end.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    defer { memory.deallocate() }
    memory.copyMemory(from: UnsafeRawBufferPointer(start: start, count: count))
    guard let decoded = try? RequestDecoder.decode(protobuf: UnsafeRawBufferPointer(memory), owner: nil) else { return 0 }
    checkRoundTrip(decoded.batch)
    return 0
}

func checkRoundTrip(_ batch: SpanBatch) {
    var json = OutputBuffer()
    TraceEncoder.encode(batch, json: .tempo, &json)
    json.removeAll()
    TraceEncoder.encode(batch, json: .otlp, &json)
    precondition((try? RequestDecoder.decode(json: json.bytes)) != nil, "our JSON is refused")
    var once = OutputBuffer()
    TraceEncoder.encode(batch, protobuf: &once)
    guard let again = try? RequestDecoder.decode(protobuf: once.bytes, owner: nil) else { preconditionFailure("our protobuf is refused") }
    precondition(again.batch.spans.count == batch.spans.count && again.rejected.isEmpty, "a span was lost")
    var twice = OutputBuffer()
    TraceEncoder.encode(again.batch, protobuf: &twice)
    precondition(once.bytes.elementsEqual(twice.bytes), "encoding is not stable")
}

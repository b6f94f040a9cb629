import Planish
import Testing

/// What only the core finds.
@Suite struct Refused {
  private let four: [Float] = [1, 2, 3, 4]

  @Test func meanWithoutRstd() throws {
    let norm = try LayerNorm(features: 4)
    let mean: [Float] = [0]
    var dx = blank(4)
    #expect(throws: LayerNormError.missing(argument: "rstd")) {
      try norm.backward(four.span, x: four.span, mean: mean.span, dx: dx.mutableSpan)
    }
    #expect(throws: LayerNormError.missing(argument: "mean")) {
      try norm.backward(four.span, x: four.span, rstd: mean.span, dx: dx.mutableSpan)
    }
    expectSameBits(dx, blank(4), "dx")
  }

  @Test func rowsThatNoMemoryCanHold() throws {
    let norm = try LayerNorm(features: .max)
    let sentence = "x does not fit into the address space: 0 rows, \(Int.max) elements apart"
    #expect(throws: LayerNormError.refused(sentence)) { try norm.forward([]) }
    #expect("\(LayerNormError.refused(sentence))" == sentence)
  }

  /// Swift's exclusivity rules this out, except for memory that is handled unsafely.
  @Test func overlappingMemory() throws {
    let norm = try LayerNorm(features: 4)
    let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 6)
    defer { memory.deallocate() }
    memory.initialize(repeating: 1)
    #expect(throws: LayerNormError.overlap(argument: "y", other: "x", byteOffset: 4)) {
      try norm.forward(memory.extracting(0..<4).span, into: memory.extracting(1..<5).mutableSpan)
    }
    #expect(throws: LayerNormError.overlap(argument: "dbias", other: "dweight", byteOffset: 8)) {
      try norm.backward(
        four.span, x: four.span, dweight: memory.extracting(0..<4).mutableSpan,
        dbias: memory.extracting(2..<6).mutableSpan)
    }
    #expect(Array(memory) == [1, 1, 1, 1, 1, 1])
  }
}

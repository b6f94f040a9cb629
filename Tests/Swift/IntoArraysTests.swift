import Planish
import Testing

/// Calls that write into arrays and structures of the caller's: the same bits, in the same memory, and nothing where a
/// length is wrong.
@Suite struct IntoArrays {
  private let norm: LayerNorm<FloatParameters<Float16>>
  private let x: [Float16] = (0..<24).map { Float16($0 * $0 % 17) }
  private let dy: [Float16] = (0..<24).map { Float16($0 * 5 % 13) - 6 }
  private let weight: [Float] = [1, 2, 3, 4]

  init() throws { norm = try LayerNorm(features: 4) }

  @Test func sameBits() throws {
    let (y, statistics) = try norm.forwardWithStatistics(x, weight: weight, bias: weight)
    let gradients = try norm.backward(dy, x: x, weight: weight, statistics: statistics)
    #expect(try norm.backward(dy, x: x, weight: weight) == gradients)

    var (intoY, intoStatistics, intoGradients) = (dy, statistics, gradients)
    intoY[0] = 0  // now it shares no memory with dy
    intoStatistics.mean.reverse()
    intoGradients.dweight = [0, 0, 0, 0]
    let memory = intoY.withUnsafeBufferPointer(\.baseAddress)
    try norm.forward(x, weight: weight, bias: weight, into: &intoY)
    #expect(intoY == y)
    try norm.forward(x, weight: weight, bias: weight, into: &intoY, statistics: &intoStatistics)
    try norm.backward(dy, x: x, weight: weight, statistics: statistics, into: &intoGradients)
    #expect(intoY == y && intoStatistics == statistics && intoGradients == gradients)
    #expect(intoY.withUnsafeBufferPointer(\.baseAddress) == memory)
  }

  @Test func wrongLengths() throws {
    var short = Array(x.dropLast())
    #expect(throws: LayerNormError.wrongCount(argument: "y", count: 23, expected: 24)) {
      try norm.forward(x, into: &short)
    }
    var y = x
    var statistics = LayerNorm<FloatParameters<Float16>>.Statistics(mean: blank(6), rstd: blank(5))
    #expect(throws: LayerNormError.wrongCount(argument: "rstd", count: 5, expected: 6)) {
      try norm.forward(x, into: &y, statistics: &statistics)
    }
    var gradients = LayerNorm<FloatParameters<Float16>>.Gradients(dx: x, dweight: blank(4), dbias: blank(3))
    #expect(throws: LayerNormError.wrongCount(argument: "dbias", count: 3, expected: 4)) {
      try norm.backward(dy, x: x, into: &gradients)
    }
    #expect(y == x && short == x.dropLast() && gradients.dx == x)
    expectSameBits(statistics.mean + gradients.dweight, blank(10), "mean and dweight")
  }
}

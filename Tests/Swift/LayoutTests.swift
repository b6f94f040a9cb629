import Planish
import Testing

/// Features that lie apart.
@Suite struct Layouts {
  private let outer = 3
  private let features = 20
  private let inner = 7

  /// The same bits as with each sample's features side by side.
  @Test func channelsFirst() throws {
    let x = (0..<outer * features * inner).map { Float($0 * $0 % 101) / 8 }
    let dy = (0..<outer * features * inner).map { Float($0 * 7 % 31 - 15) / 16 }
    let weight = (0..<features).map { Float($0 + 1) / 4 }
    let bias = (0..<features).map { Float($0 - 9) }

    let columns = try LayerNorm(features: features, inner: inner)
    let rows = try LayerNorm(features: features)
    let (y, statistics) = try columns.forwardWithStatistics(x, weight: weight, bias: bias)
    let (yOfRows, statisticsOfRows) = try rows.forwardWithStatistics(asRows(x), weight: weight, bias: bias)
    #expect(asRows(y) == yOfRows)
    #expect(statistics.mean == statisticsOfRows.mean && statistics.rstd == statisticsOfRows.rstd)

    let gradients = try columns.backward(dy, x: x, weight: weight, statistics: statistics)
    let ofRows = try rows.backward(asRows(dy), x: asRows(x), weight: weight, statistics: statisticsOfRows)
    #expect(asRows(gradients.dx) == ofRows.dx)
    #expect(gradients.dweight == ofRows.dweight && gradients.dbias == ofRows.dbias)

    var (inPlace, dInPlace) = (x, dy)
    try columns.forward(inPlace: inPlace.mutableSpan, weight: weight.span, bias: bias.span)
    try columns.backward(inPlace: dInPlace.mutableSpan, x: x.span, weight: weight.span)
    #expect(inPlace == y && dInPlace == gradients.dx)
  }

  private func asRows(_ array: [Float]) -> [Float] {
    (0..<outer).flatMap { o in
      (0..<inner).flatMap { i in (0..<features).map { f in array[(o * features + f) * inner + i] } }
    }
  }

  @Test func axes() throws {
    let shape = [8, 96, 56, 57]
    #expect(try LayerNorm(normalizing: 1..<2, of: shape) == LayerNorm(features: 96, inner: 56 * 57))
    #expect(try LayerNorm(normalizing: 1..<4, of: shape) == LayerNorm(features: 96 * 56 * 57))
    #expect(try LayerNorm(normalizing: 3..<4, of: shape, eps: 1) == LayerNorm(features: 57, eps: 1))
    #expect(try LayerNorm<Double>(normalizing: 0..<1, of: [5]) == LayerNorm<Double>(features: 5))
    #expect(try LayerNorm(normalizing: 1..<2, of: [0, 96]) == LayerNorm(features: 96))
  }

  @Test func axesThatAreRefused() {
    for axes in [1..<1, 0..<3, -1..<1, 2..<3, Int.min..<Int.max] {
      #expect(throws: LayerNormError.axes(axes, dimensions: 2)) { try LayerNorm(normalizing: axes, of: [4, 4]) }
    }
    #expect(throws: LayerNormError.axes(0..<1, dimensions: 0)) { try LayerNorm(normalizing: 0..<1, of: []) }
    #expect(throws: LayerNormError.size(0, axis: 1)) { try LayerNorm(normalizing: 0..<1, of: [4, 0]) }
    #expect(throws: LayerNormError.size(-3, axis: 0)) { try LayerNorm(normalizing: 0..<2, of: [-3, 4]) }
    #expect(throws: LayerNormError.tooManyElements(features: .max, inner: 2)) {
      try LayerNorm(normalizing: 0..<2, of: [.max, 2])
    }
    #expect(throws: LayerNormError.eps(-1)) { try LayerNorm(normalizing: 0..<1, of: [4], eps: -1) }
    #expect("\(LayerNormError.axes(1..<3, dimensions: 2))" == "axes are 1..<3; they must be one or more of 0..<2")
    #expect("\(LayerNormError.size(0, axis: 1))" == "the size of axis 1 is 0; it must be 1 or more")
  }

  /// Of no rows, the sums are zeros: of as many features as there are.
  @Test func featuresThatNoMemoryHolds() throws {
    let features = 1 << 60
    #expect(throws: LayerNormError.outOfMemory(argument: "dweight", byteCount: 1 << 62)) {
      try LayerNorm(features: features).backward([], x: [])
    }
    #expect(throws: LayerNormError.outOfMemory(argument: "dweight", byteCount: .max)) {
      try LayerNorm(features: .max).backward([], x: [])
    }
    #expect(try LayerNorm(features: 3).backward([], x: []).dweight == [0, 0, 0])
  }

  @Test func innerThatIsRefused() throws {
    for inner in [0, -1, Int.min] {
      #expect(throws: LayerNormError.inner(inner)) { try LayerNorm(features: 4, inner: inner) }
    }
    #expect(throws: LayerNormError.tooManyElements(features: 2, inner: .max)) {
      try LayerNorm(features: 2, inner: .max)
    }
    #expect("\(LayerNormError.inner(0))" == "inner is 0; it must be 1 or more")
    #expect(
      "\(LayerNormError.tooManyElements(features: 2, inner: 3))" == "2 · 3 elements are more than an Int can count")
  }

  /// Arrays are whole blocks; statistics have an element for each sample.
  @Test func countsThatAreRefused() throws {
    let norm = try LayerNorm(features: 4, inner: 3)
    let twelve: [Float] = blank(12)
    let partial = LayerNormError.partialRow(argument: "x", count: 8, features: 4, inner: 3)
    #expect(throws: partial) { try norm.forward(blank(8)) }
    #expect("\(partial)" == "x has 8 elements, which is no whole number of blocks of 4 · 3")
    #expect(throws: LayerNormError.wrongCount(argument: "mean", count: 1, expected: 3)) {
      try norm.backward(twelve, x: twelve, statistics: .init(mean: [0], rstd: [0, 0, 0]))
    }
    #expect(throws: LayerNormError.wrongCount(argument: "rstd", count: 4, expected: 3)) {
      try norm.backward(twelve, x: twelve, statistics: .init(mean: [0, 0, 0], rstd: [0, 0, 0, 0]))
    }
    #expect(throws: LayerNormError.wrongCount(argument: "weight", count: 12, expected: 4)) {
      try norm.forward(twelve, weight: twelve)
    }
  }
}

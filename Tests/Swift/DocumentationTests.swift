import Planish
import Testing

// The Swift code of README.md, of the articles in Sources/Planish/Planish.docc and of the comments in Sources/Planish, each
// piece as it is printed there: check_snippets.py compares them. What comes behind a piece checks what it made.

@Suite struct ReadmeExamples {
  @Test func first() throws {
    let norm = try LayerNorm(features: 4)
    let x: [Float] = [1, 2, 3, 4, 10, 20, 30, 40]  // two rows
    print(try norm.forward(x))  // [-1.3416355, -0.4472118, …

    let (y, statistics) = try norm.forwardWithStatistics(x)
    let gradients = try norm.backward(y, x: x, statistics: statistics)  // gradients.dx, .dweight, .dbias

    var out = [Float](repeating: 0, count: 8)
    try norm.forward(x.span, into: out.mutableSpan)  // into memory of yours

    let channels = try LayerNorm<FloatParameters<BFloat16>>(normalizing: 1..<2, of: [8, 96, 56, 56])

    #expect(y.prefix(2) == [-1.3416355, -0.4472118])
    #expect(out == y)
    #expect(statistics.mean == [2.5, 25] && statistics.rstd == [0.8944236, 0.089442715])
    // y is a multiple of x̂, which the gradient has no part of; eps leaves a little.
    #expect(gradients.dx.allSatisfy { abs($0) < 1e-4 })
    #expect(channels.features == 96 && channels.inner == 56 * 56)
  }
}

@Suite struct ArticleExamples {
  @Test func overview() throws {
    let norm = try LayerNorm(features: 4)
    let y = try norm.forward([1, 2, 3, 4, 10, 20, 30, 40])  // two rows

    #expect(y.count == 8)
  }

  @Test func gettingStarted() throws {
    let norm = try LayerNorm(features: 4)
    let x: [Float] = [1, 2, 3, 4, 10, 20, 30, 40]
    let y = try norm.forward(x)  // [-1.34, -0.45, 0.45, 1.34, …

    #expect(zip(y, [-1.34, -0.45, 0.45, 1.34, -1.34, -0.45, 0.45, 1.34]).allSatisfy { abs($0 - $1) < 0.005 })

    let weight: [Float] = [1, 1, 2, 2]
    let bias: [Float] = [0, 0, 0, 10]
    let z = try norm.forward(x, weight: weight, bias: bias)
    #expect(z[3] == y[3] * 2 + 10 && z[2] == y[2] * 2)

    try backward(norm, x, weight, bias)
    try loop(norm, x, dy: y)
    try spans(norm, x, weight, y)
    #expect(throws: Never.self) { try errors(norm) }
  }

  private func backward(_ norm: LayerNorm<Float>, _ x: [Float], _ weight: [Float], _ bias: [Float]) throws {
    let (y, statistics) = try norm.forwardWithStatistics(
      x, weight: weight, bias: bias)
    let dy = y.map { 2 * $0 }  // of the loss Σ y²
    let gradients = try norm.backward(
      dy, x: x, weight: weight, statistics: statistics)
    print(gradients.dx, gradients.dweight, gradients.dbias)

    // The bias' gradient in the last feature: 2 · (z + z) of the two rows.
    #expect(abs(gradients.dbias[3] - 2 * (y[3] + y[7])) < 1e-4)
  }

  private func loop(_ norm: LayerNorm<Float>, _ x: [Float], dy: [Float]) throws {
    var (y, statistics) = try norm.forwardWithStatistics(x)
    var gradients = try norm.backward(dy, x: x)
    for _ in 1...3 {
      try norm.forward(x, into: &y, statistics: &statistics)
      try norm.backward(
        dy, x: x, statistics: statistics, into: &gradients)
    }

    #expect(try (y, gradients) == (norm.forward(x), norm.backward(dy, x: x)))
  }

  private func spans(_ norm: LayerNorm<Float>, _ x: [Float], _ weight: [Float], _ dy: [Float]) throws {
    var y = [Float](repeating: 0, count: x.count)
    try norm.forward(x.span, weight: weight.span, into: y.mutableSpan)
    try norm.forward(inPlace: y.mutableSpan)

    var dweight = [Float](repeating: 0, count: norm.features)
    try norm.backward(dy.span, x: x.span, dweight: dweight.mutableSpan)

    #expect(y != dy && dweight.allSatisfy { $0 > 0 })
  }

  @Test func otherElements() throws {
    let exact = try LayerNorm<Double>(features: 2)
    print(try exact.forward([1, 2]))

    let mixed = try LayerNorm<FloatParameters<BFloat16>>(features: 2)
    let halves: [BFloat16] = [1, 2]
    let weight: [Float] = [0.5, 2]
    print(try mixed.forward(halves, weight: weight))

    #expect(try mixed.forward(halves, weight: weight) == [-0.5, 2])
  }

  private func errors(_ norm: LayerNorm<Float>) throws {
    do {
      _ = try norm.forward([1, 2, 3])
    } catch .partialRow(let argument, let count, let features, _) {
      print("\(argument) has \(count) elements, not a multiple of \(features)")
    }
  }

  @Test func layouts() throws {
    do {
      let tokens = try LayerNorm(features: 768)
      let images = try LayerNorm(features: 3 * 32 * 32)
      let channels = try LayerNorm(features: 96, inner: 56 * 56)

      #expect(tokens != images && channels.inner == 3136)
    }
    let channels = try LayerNorm(normalizing: 1..<2, of: [8, 96, 56, 56])
    assert(channels.features == 96 && channels.inner == 56 * 56)

    let norm = try LayerNorm(features: 2)
    let numbers: [Float] = [0, 1, 3, 10, 30, 0]
    var y = [Float](repeating: 0, count: 4)
    try norm.forward(numbers.span.extracting(1..<5), into: y.mutableSpan)

    #expect(y[0] < 0 && y[1] > 0 && y[2] < 0 && y[3] > 0)
  }

  @Test func numericalContract() throws {
    let alone = try LayerNorm(features: 2).forward([5, 7])
    let together = try LayerNorm(features: 2).forward([1, 2, 5, 7])
    assert(Array(together.suffix(2)) == alone)

    let norm = try LayerNorm(features: 4, eps: 0)
    let far = try norm.forward([1_000_001, 1_000_002, 1_000_003, 1_000_004])
    let near = try norm.forward([1, 2, 3, 4])
    assert(far == near)

    #expect(far == near && Array(together.suffix(2)) == alone)

    let huge = try norm.forward([1e38, 2e38, 3e38, -3e38])
    assert(huge.allSatisfy(\.isFinite))
  }
}

@Suite struct CommentExamples {
  @Test func layerNorm() throws {
    let norm = try LayerNorm(features: 3)
    let y = try norm.forward([1, 2, 3, 10, 20, 30])  // two rows

    #expect(y.count == 6)
  }

  @Test func normalizing() throws {
    let shape = [8, 96, 56, 56]
    let channels = try LayerNorm(normalizing: 1..<2, of: shape)  // at each pixel
    let images = try LayerNorm(normalizing: 1..<4, of: shape)  // channels, height and width together

    #expect(channels.features == 96 && images.features == 96 * 56 * 56)
  }

  @Test func spans() throws {
    let (norm, x, weight) = (try LayerNorm(features: 2), [1, 2] as [Float], [3, 4] as [Float])
    var y = x
    try norm.forward(x.span, weight: weight.span, into: y.mutableSpan)

    #expect(y[1] > 3.9)
  }

  @Test func bfloat16() {
    let half = BFloat16(0.5)
    let quarter = BFloat16(Float(half) * Float(half))

    #expect(quarter == 0.25)
  }

  @Test func threads() async {
    await #expect(processExitsWith: .success) {
      try ThreadLimit(1).use()  // calls stay on the thread that makes them

      let limit = try ThreadLimit.current()
      #expect(limit.count == 1)
    }
  }
}

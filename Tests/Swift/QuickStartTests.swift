import Planish
import Testing

/// Numbers that can be checked by hand.
@Suite struct QuickStart {
  /// The README's.
  @Test func arrayInArrayOut() throws {
    let norm = try LayerNorm(features: 4)
    let x: [Float] = [1, 2, 3, 4, 10, 20, 30, 40]
    #expect(Array(try norm.forward(x).prefix(4)) == [-1.3416355, -0.4472118, 0.4472118, 1.3416355])

    var (y, mean, rstd, dx) = (blank(8), blank(2), blank(2), blank(8))
    try norm.forward(x.span, into: y.mutableSpan, mean: mean.mutableSpan, rstd: rstd.mutableSpan)
    try norm.backward(y.span, x: x.span, mean: mean.span, rstd: rstd.span, dx: dx.mutableSpan)
    #expect(mean == [2.5, 25])
    #expect(rstd == [0.8944236, 0.089442715])
    // y is a multiple of x̂, which the gradient has no part of; eps leaves a little.
    #expect(dx.allSatisfy { abs($0) < 1e-4 })
  }

  @Test func rowsAreNormalized() throws {
    #expect(try LayerNorm(features: 2, eps: 0).forward([1, 3, 10, 30, 5, -5]) == [-1, 1, -1, 1, 1, -1])
  }

  @Test func weightAndBiasComeAfter() throws {
    let norm = try LayerNorm(features: 2, eps: 0)
    #expect(try norm.forward([1, 3], weight: [10, 100], bias: [0, 5]) == [-10, 105])
  }

  /// Variance 1 and eps 3: rstd is 1 / 2.
  @Test func epsIsAddedToTheVariance() throws {
    let norm = try LayerNorm(features: 2, eps: 3)
    var (y, mean, rstd): ([Float], [Float], [Float]) = ([0, 0], [0], [0])
    let x: [Float] = [4, 6]
    try norm.forward(x.span, into: y.mutableSpan, mean: mean.mutableSpan, rstd: rstd.mutableSpan)
    #expect(y == [-0.5, 0.5])
    #expect(mean == [5])
    #expect(rstd == [0.5])
  }

  @Test func gradients() throws {
    let norm = try LayerNorm(features: 2, eps: 3)
    let (x, dy): ([Float], [Float]) = ([4, 6, 0, 2], [1, 0, 0, 4])
    var (dx, dweight, dbias): ([Float], [Float], [Float]) = ([0, 0, 0, 0], [0, 0], [0, 0])
    try norm.backward(
      dy.span, x: x.span, dx: dx.mutableSpan, dweight: dweight.mutableSpan, dbias: dbias.mutableSpan)
    // x̂ is ∓1/2, rstd 1/2. Row 0: avg(dy) 1/2, avg(dy x̂) -1/4; row 1: 2 and 1.
    #expect(dx == [0.1875, -0.1875, -0.75, 0.75])
    #expect(dweight == [-0.5, 2])
    #expect(dbias == [1, 4])
  }

  @Test func aValue() throws {
    #expect(try LayerNorm(features: 3).eps == 1e-5)
    #expect(try LayerNorm(features: 3) == LayerNorm(features: 3, eps: 1e-5))
    #expect(try LayerNorm(features: 3) != LayerNorm(features: 4))
    #expect(try Set([LayerNorm(features: 3), LayerNorm(features: 3)]).count == 1)
  }
}

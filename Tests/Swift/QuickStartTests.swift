import Planish
import Testing

/// Numbers that can be checked by hand.
@Suite struct QuickStart {
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

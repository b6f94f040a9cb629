import Planish
import Testing

@Suite struct ZeroRows {
  private let none: [Float] = []

  @Test func forward() throws {
    let norm = try LayerNorm(features: 5)
    #expect(try norm.forward([]) == [])
    var (y, mean, rstd) = (none, none, none)
    try norm.forward(none.span, into: y.mutableSpan, mean: mean.mutableSpan, rstd: rstd.mutableSpan)
    try norm.forward(inPlace: y.mutableSpan, mean: mean.mutableSpan, rstd: rstd.mutableSpan)
    #expect(y.isEmpty && mean.isEmpty && rstd.isEmpty)
  }

  @Test func theSumsOverNoRowsAreZero() throws {
    let norm = try LayerNorm(features: 5)
    for given in [true, false] {
      var (dx, dweight, dbias) = (none, blank(5), blank(5))
      try norm.backward(
        none.span, x: none.span, mean: given ? none.span : nil, rstd: given ? none.span : nil, dx: dx.mutableSpan,
        dweight: dweight.mutableSpan, dbias: dbias.mutableSpan)
      expectSameBits(dweight, [0, 0, 0, 0, 0], "dweight")
      expectSameBits(dbias, [0, 0, 0, 0, 0], "dbias")
    }
    var (dy, dweight) = (none, blank(5))
    try norm.backward(inPlace: dy.mutableSpan, x: none.span, dweight: dweight.mutableSpan)
    expectSameBits(dweight, [0, 0, 0, 0, 0], "dweight in place")
  }
}

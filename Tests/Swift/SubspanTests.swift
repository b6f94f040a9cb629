import Planish
import Testing

extension EveryLevel {
  /// Parts of larger arrays, each at another odd offset: the same bits, and nothing around them is written.
  @Suite struct Subspans {
    @Test(arguments: SharedCase.all) func sameBitsAndNothingElse(_ shared: SharedCase) throws {
      let problem = shared.problem
      let norm = try LayerNorm(features: problem.features, eps: problem.eps)
      try EveryLevel.run { level in
        let expected = try Results(of: problem)
        let (x, dy) = (Part(problem.x, offset: 1), Part(problem.dy, offset: 3))
        let (weight, bias) = (problem.weight.map { Part($0, offset: 5) }, problem.bias.map { Part($0, offset: 7) })
        let blanks = Results(blankFor: problem)
        var (y, mean, rstd) = (Part(blanks.y, offset: 9), Part(blanks.mean, offset: 11), Part(blanks.rstd, offset: 13))
        try norm.forward(
          x.span, weight: weight?.span, bias: bias?.span, into: y.mutableSpan, mean: mean.mutableSpan,
          rstd: rstd.mutableSpan)
        y.expect(expected.y, "y at \(level)")
        mean.expect(expected.mean, "mean at \(level)")
        rstd.expect(expected.rstd, "rstd at \(level)")

        var dx = Part(blanks.dx, offset: 15)
        var (dweight, dbias) = (Part(blanks.dweight, offset: 17), Part(blanks.dbias, offset: 19))
        try norm.backward(
          dy.span, x: x.span, weight: weight?.span, mean: mean.span, rstd: rstd.span, dx: dx.mutableSpan,
          dweight: dweight.mutableSpan, dbias: dbias.mutableSpan)
        dx.expect(expected.dx, "dx at \(level)")
        dweight.expect(expected.dweight, "dweight at \(level)")
        dbias.expect(expected.dbias, "dbias at \(level)")
      }
    }
  }
}

/// Elements inside an array, with blanks around them.
private struct Part {
  private var whole: [Float]
  private let elements: Range<Int>

  init(_ values: [Float], offset: Int) {
    whole = blank(offset) + values + blank(offset)
    elements = offset..<offset + values.count
  }

  var span: Span<Float> {
    @_lifetime(borrow self) get { whole.span.extracting(elements) }
  }

  var mutableSpan: MutableSpan<Float> {
    @_lifetime(&self) mutating get {
      var span = whole.mutableSpan
      return span.extracting(elements)
    }
  }

  func expect(_ values: [Float], _ what: String, sourceLocation: SourceLocation = #_sourceLocation) {
    expectSameBits(whole, Part(values, offset: elements.lowerBound).whole, what, sourceLocation: sourceLocation)
  }
}

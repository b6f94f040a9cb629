import Planish
import Testing

extension EveryLevel {
  /// Every shared case in other ways: the same bits.
  @Suite struct SameBits {
    @Test(arguments: SharedCase.all) func inPlace(_ shared: SharedCase) throws {
      let problem = shared.problem
      let norm = try LayerNorm(features: problem.features, eps: problem.eps)
      try EveryLevel.run { level in
        let expected = try Results(of: problem)
        var got = Results(blankFor: problem)
        got.y = problem.x
        try norm.forward(
          inPlaceArray: &got.y, weight: problem.weight, bias: problem.bias, mean: &got.mean, rstd: &got.rstd)
        got.dx = problem.dy
        try norm.backward(
          inPlaceArray: &got.dx, x: problem.x, weight: problem.weight, mean: got.mean, rstd: got.rstd,
          dweight: &got.dweight, dbias: &got.dbias)
        expectSame(got, expected, level)
      }
    }

    @Test(arguments: SharedCase.all) func withoutStatistics(_ shared: SharedCase) throws {
      let problem = shared.problem
      let norm = try LayerNorm(features: problem.features, eps: problem.eps)
      try EveryLevel.run { level in
        let expected = try Results(of: problem)
        var got = Results(blankFor: problem)
        try norm.forward(
          problem.x.span, weight: problem.weight?.span, bias: problem.bias?.span, into: got.y.mutableSpan)
        try norm.backward(
          arrays: problem.dy, x: problem.x, weight: problem.weight, mean: nil, rstd: nil, dx: &got.dx,
          dweight: &got.dweight, dbias: &got.dbias)
        (got.mean, got.rstd) = (expected.mean, expected.rstd)
        expectSame(got, expected, level)
        expectSameBits(
          try norm.forward(problem.x, weight: problem.weight, bias: problem.bias), expected.y, "y as an array")
      }
    }

    @Test(arguments: SharedCase.all) func eachStatisticAlone(_ shared: SharedCase) throws {
      let problem = shared.problem
      let norm = try LayerNorm(features: problem.features, eps: problem.eps)
      try EveryLevel.run { level in
        let expected = try Results(of: problem)
        var (y, mean, rstd) = (expected.y, blank(problem.rows), blank(problem.rows))
        try norm.forward(problem.x.span, into: y.mutableSpan, mean: mean.mutableSpan)
        try norm.forward(problem.x.span, into: y.mutableSpan, rstd: rstd.mutableSpan)
        expectSameBits(mean, expected.mean, "mean alone at \(level)")
        expectSameBits(rstd, expected.rstd, "rstd alone at \(level)")
      }
    }

    @Test(arguments: SharedCase.all) func rowsAlone(_ shared: SharedCase) throws {
      let problem = shared.problem
      try EveryLevel.run { level in
        let expected = try Results(of: problem)
        var got = Results(blankFor: problem)
        (got.y, got.mean, got.rstd, got.dx) = ([], [], [], [])
        for row in 0..<problem.rows {
          let alone = try Results(of: problem.row(row))
          got.y += alone.y
          got.mean += alone.mean
          got.rstd += alone.rstd
          got.dx += alone.dx
        }
        (got.dweight, got.dbias) = (expected.dweight, expected.dbias)
        expectSame(got, expected, level)
      }
    }
  }
}

private func expectSame(
  _ got: Results, _ expected: Results, _ level: CPULevel, sourceLocation: SourceLocation = #_sourceLocation
) {
  expectSameBits(got.y, expected.y, "y at \(level)", sourceLocation: sourceLocation)
  expectSameBits(got.mean, expected.mean, "mean at \(level)", sourceLocation: sourceLocation)
  expectSameBits(got.rstd, expected.rstd, "rstd at \(level)", sourceLocation: sourceLocation)
  expectSameBits(got.dx, expected.dx, "dx at \(level)", sourceLocation: sourceLocation)
  expectSameBits(got.dweight, expected.dweight, "dweight at \(level)", sourceLocation: sourceLocation)
  expectSameBits(got.dbias, expected.dbias, "dbias at \(level)", sourceLocation: sourceLocation)
}

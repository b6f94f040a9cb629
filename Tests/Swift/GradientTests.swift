import Planish
import Testing

/// The gradients that a call asks for.
private struct Wanted: CustomStringConvertible {
  let dx: Bool
  let dweight: Bool
  let dbias: Bool

  static let everyChoice = (0..<8).map { Wanted(dx: $0 & 1 != 0, dweight: $0 & 2 != 0, dbias: $0 & 4 != 0) }

  var description: String {
    [dx ? "dx" : nil, dweight ? "dweight" : nil, dbias ? "dbias" : nil].compactMap { $0 }.joined(separator: "+")
  }
}

extension EveryLevel {
  /// Every choice of gradients, with and without statistics: the same bits as when all are wanted.
  @Suite struct Gradients {
    @Test(arguments: SharedCase.all) func everyChoice(_ shared: SharedCase) throws {
      let problem = shared.problem
      let norm = try LayerNorm(features: problem.features, eps: problem.eps)
      try EveryLevel.run { level in
        let all = try Results(of: problem)
        for (wanted, given) in choices {
          var dx = wanted.dx ? blank(all.dx.count) : nil
          var dweight = wanted.dweight ? blank(problem.features) : nil
          var dbias = wanted.dbias ? blank(problem.features) : nil
          let (mean, rstd) = given ? (all.mean, all.rstd) : (nil, nil)
          try norm.backward(
            problem.dy.span, x: problem.x.span, weight: problem.weight?.span, mean: mean?.span, rstd: rstd?.span,
            dx: dx?.mutableSpan, dweight: dweight?.mutableSpan, dbias: dbias?.mutableSpan)
          let how = "of \(wanted), statistics \(given ? "given" : "computed"), at \(level)"
          if let dx { expectSameBits(dx, all.dx, "dx \(how)") }
          if let dweight { expectSameBits(dweight, all.dweight, "dweight \(how)") }
          if let dbias { expectSameBits(dbias, all.dbias, "dbias \(how)") }
        }
      }
    }

    @Test(arguments: SharedCase.all) func everyChoiceInPlace(_ shared: SharedCase) throws {
      let problem = shared.problem
      let norm = try LayerNorm(features: problem.features, eps: problem.eps)
      try EveryLevel.run { level in
        let all = try Results(of: problem)
        for (wanted, given) in choices where wanted.dx {
          var dx = problem.dy
          var dweight = wanted.dweight ? blank(problem.features) : nil
          var dbias = wanted.dbias ? blank(problem.features) : nil
          let (mean, rstd) = given ? (all.mean, all.rstd) : (nil, nil)
          try norm.backward(
            inPlace: dx.mutableSpan, x: problem.x.span, weight: problem.weight?.span, mean: mean?.span,
            rstd: rstd?.span, dweight: dweight?.mutableSpan, dbias: dbias?.mutableSpan)
          let how = "of \(wanted) in place, statistics \(given ? "given" : "computed"), at \(level)"
          expectSameBits(dx, all.dx, "dx \(how)")
          if let dweight { expectSameBits(dweight, all.dweight, "dweight \(how)") }
          if let dbias { expectSameBits(dbias, all.dbias, "dbias \(how)") }
        }
      }
    }

    private var choices: [(Wanted, given: Bool)] { Wanted.everyChoice.flatMap { [($0, true), ($0, false)] } }
  }
}

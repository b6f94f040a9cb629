import Planish
import Testing

/// The gradients that a call asks for.
struct Wanted: OptionSet, Sendable {
  let rawValue: Int
  static let dx = Wanted(rawValue: 1)
  static let dweight = Wanted(rawValue: 2)
  static let dbias = Wanted(rawValue: 4)
  static let everyChoice = (0..<8).map { Wanted(rawValue: $0) }
}

extension EveryLevel {
  /// Every choice of gradients, out of place and in place, with and without statistics: each has the same bits as when
  /// all are wanted, and what is not wanted is not written.
  @Suite struct Gradients {
    @Test(arguments: SharedCase.all) func everyChoice(_ shared: SharedCase) throws {
      try EveryLevel.run { level in
        let all = try Results(of: shared.problem)
        for wanted in Wanted.everyChoice {
          for statistics in [all, nil] {
            let got = try gradients(wanted, of: shared.problem, statistics)
            expectSame(got, all, wanted, "\(wanted) \(statistics == nil ? "without" : "with") statistics at \(level)")
          }
        }
      }
    }

    @Test(arguments: SharedCase.all) func everyChoiceInPlace(_ shared: SharedCase) throws {
      try EveryLevel.run { level in
        let all = try Results(of: shared.problem)
        for wanted in Wanted.everyChoice where wanted.contains(.dx) {
          for statistics in [all, nil] {
            let got = try gradientsInPlace(wanted, of: shared.problem, statistics)
            expectSame(got, all, wanted, "\(wanted) in place at \(level)")
          }
        }
      }
    }
  }
}

private func gradients(_ wanted: Wanted, of problem: Problem, _ statistics: Results?) throws -> Results {
  let norm = try LayerNorm(features: problem.features, eps: problem.eps)
  var got = Results(blankFor: problem)
  try norm.backward(
    problem.dy.span, x: problem.x.span, weight: problem.weight?.span,
    mean: statistics?.mean.span, rstd: statistics?.rstd.span,
    dx: wanted.contains(.dx) ? got.dx.mutableSpan : nil,
    dweight: wanted.contains(.dweight) ? got.dweight.mutableSpan : nil,
    dbias: wanted.contains(.dbias) ? got.dbias.mutableSpan : nil)
  return got
}

private func gradientsInPlace(_ wanted: Wanted, of problem: Problem, _ statistics: Results?) throws -> Results {
  let norm = try LayerNorm(features: problem.features, eps: problem.eps)
  var got = Results(blankFor: problem)
  got.dx = problem.dy
  try norm.backward(
    inPlace: got.dx.mutableSpan, x: problem.x.span, weight: problem.weight?.span,
    mean: statistics?.mean.span, rstd: statistics?.rstd.span,
    dweight: wanted.contains(.dweight) ? got.dweight.mutableSpan : nil,
    dbias: wanted.contains(.dbias) ? got.dbias.mutableSpan : nil)
  return got
}

private func expectSame(_ got: Results, _ all: Results, _ wanted: Wanted, _ what: String) {
  expectSameBits(got.dx, wanted.contains(.dx) ? all.dx : blank(all.dx.count), "dx of \(what)")
  expectSameBits(got.dweight, wanted.contains(.dweight) ? all.dweight : blank(all.dweight.count), "dweight of \(what)")
  expectSameBits(got.dbias, wanted.contains(.dbias) ? all.dbias : blank(all.dbias.count), "dbias of \(what)")
}

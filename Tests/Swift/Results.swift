import CReference
import Planish
import Testing

/// What forward and backward write.
struct Results: Sendable {
  var y: [Float]
  var mean: [Float]
  var rstd: [Float]
  var dx: [Float]
  var dweight: [Float]
  var dbias: [Float]

  /// Nothing is written yet: NaNs show what is left out.
  init(blankFor problem: Problem) {
    y = blank(problem.x.count)
    mean = blank(problem.rows)
    rstd = mean
    dx = y
    dweight = blank(problem.features)
    dbias = dweight
  }

  /// Forward, and backward with the statistics of forward.
  init(of problem: Problem) throws {
    self.init(blankFor: problem)
    let norm = try LayerNorm(features: problem.features, eps: problem.eps)
    try norm.forward(arrays: problem.x, weight: problem.weight, bias: problem.bias, y: &y, mean: &mean, rstd: &rstd)
    try norm.backward(
      arrays: problem.dy, x: problem.x, weight: problem.weight, mean: mean, rstd: rstd, dx: &dx, dweight: &dweight,
      dbias: &dbias)
  }

  /// As in Tests/Cases/README.md.
  var digest: UInt64 {
    [y, mean, rstd, dx, dweight, dbias].reduce(digestStart, digested)
  }
}

/// NaNs with a payload that no arithmetic makes.
func blank(_ count: Int) -> [Float] { [Float](repeating: Float(nan: 0x2a, signaling: false), count: count) }

/// Bits, not values: 0 is not -0, and a blank is the same as a blank.
func expectSameBits(
  _ got: [Float], _ expected: [Float], _ what: @autoclosure () -> String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  // The digests are compared first because they come from C, which is fast in debug builds too.
  guard got.count != expected.count || digested(digestStart, got) != digested(digestStart, expected) else { return }
  guard got.count == expected.count else {
    Issue.record("\(what()): \(got.count) elements, expected \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  for i in got.indices where got[i].bitPattern != expected[i].bitPattern {
    Issue.record("\(what())[\(i)] is \(got[i]), expected \(expected[i])", sourceLocation: sourceLocation)
    return
  }
}

private let digestStart = UInt64(DIGEST_START)

private func digested(_ start: UInt64, _ values: [Float]) -> UInt64 {
  digest_floats(start, values, Int64(values.count))
}

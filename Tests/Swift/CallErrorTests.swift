import Planish
import Testing

/// What the calls refuse: a wrong number of elements in any argument. Then nothing is written.
@Suite struct CallErrors {
  private let norm: LayerNorm<Float>

  init() throws { norm = try LayerNorm(features: Arguments.features) }

  @Test(arguments: ["y", "weight", "bias", "mean", "rstd"]) func forward(_ argument: String) throws {
    for count in Arguments.wrongCounts(of: argument) {
      try expectRefused(Arguments(argument, count: count), wrongCount(argument, count), by: callForward)
    }
  }

  @Test(arguments: ["weight", "bias", "mean", "rstd"]) func forwardInPlace(_ argument: String) throws {
    for count in Arguments.wrongCounts(of: argument) {
      try expectRefused(Arguments(argument, count: count), wrongCount(argument, count), by: callForwardInPlace)
    }
  }

  @Test(arguments: ["weight", "bias"]) func forwardOfArrays(_ argument: String) throws {
    for count in Arguments.wrongCounts(of: argument) {
      try expectRefused(Arguments(argument, count: count), wrongCount(argument, count), by: callForwardOfArrays)
    }
  }

  @Test(arguments: ["x", "weight", "mean", "rstd", "dx", "dweight", "dbias"]) func backward(_ argument: String) throws {
    for count in Arguments.wrongCounts(of: argument) {
      try expectRefused(Arguments(argument, count: count), wrongCount(argument, count), by: callBackward)
    }
  }

  @Test(arguments: ["x", "weight", "mean", "rstd", "dweight", "dbias"])
  func backwardInPlace(_ argument: String) throws {
    for count in Arguments.wrongCounts(of: argument) {
      try expectRefused(Arguments(argument, count: count), wrongCount(argument, count), by: callBackwardInPlace)
    }
  }

  @Test(arguments: Arguments.partialRows) func wholeRowsOnly(_ count: Int) throws {
    try expectRefused(Arguments("x", count: count), partialRow("x", count), by: callForward)
    try expectRefused(Arguments("x", count: count), partialRow("x", count), by: callForwardOfArrays)
    try expectRefused(Arguments("y", count: count), partialRow("x", count), by: callForwardInPlace)
    try expectRefused(Arguments("dy", count: count), partialRow("dy", count), by: callBackward)
    try expectRefused(Arguments("dx", count: count), partialRow("dy", count), by: callBackwardInPlace)
  }

  /// The number of rows comes from the first argument; the others have to follow.
  @Test func anotherNumberOfRows() throws {
    try expectRefused(Arguments("x", count: 12), wrongCount("y", 8, expected: 12), by: callForward)
    try expectRefused(Arguments("x", count: 0), wrongCount("y", 8, expected: 0), by: callForward)
    try expectRefused(Arguments("y", count: 4), wrongCount("mean", 2, expected: 1), by: callForwardInPlace)
    try expectRefused(Arguments("dy", count: 12), wrongCount("dx", 8, expected: 12), by: callBackward)
    try expectRefused(Arguments("dx", count: 12), wrongCount("x", 8, expected: 12), by: callBackwardInPlace)
  }

  // ---- The calls with all their arguments ----

  private func callForward(_ a: inout Arguments) throws(LayerNormError) {
    try norm.forward(arrays: a.x, weight: a.weight, bias: a.bias, y: &a.y, mean: &a.mean, rstd: &a.rstd)
  }

  private func callForwardInPlace(_ a: inout Arguments) throws(LayerNormError) {
    try norm.forward(inPlaceArray: &a.y, weight: a.weight, bias: a.bias, mean: &a.mean, rstd: &a.rstd)
  }

  private func callForwardOfArrays(_ a: inout Arguments) throws(LayerNormError) {
    a.y = try norm.forward(a.x, weight: a.weight, bias: a.bias)
  }

  private func callBackward(_ a: inout Arguments) throws(LayerNormError) {
    try norm.backward(
      arrays: a.dy, x: a.x, weight: a.weight, mean: a.mean, rstd: a.rstd, dx: &a.dx, dweight: &a.dweight,
      dbias: &a.dbias)
  }

  private func callBackwardInPlace(_ a: inout Arguments) throws(LayerNormError) {
    try norm.backward(
      inPlaceArray: &a.dx, x: a.x, weight: a.weight, mean: a.mean, rstd: a.rstd, dweight: &a.dweight,
      dbias: &a.dbias)
  }
}

// ---- What is expected ----

private func wrongCount(_ argument: String, _ count: Int, expected: Int? = nil) -> LayerNormError {
  .wrongCount(argument: argument, count: count, expected: expected ?? Arguments.rightCount(of: argument))
}

private func partialRow(_ argument: String, _ count: Int) -> LayerNormError {
  .partialRow(argument: argument, count: count, features: Arguments.features)
}

/// The call throws this error, and has not touched its arguments.
private func expectRefused(
  _ arguments: Arguments, _ error: LayerNormError, by call: (inout Arguments) throws(LayerNormError) -> Void,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  var got = arguments
  #expect(throws: error, sourceLocation: sourceLocation) { try call(&got) }
  expectSameBits(got.y, arguments.y, "y", sourceLocation: sourceLocation)
  expectSameBits(got.mean, arguments.mean, "mean", sourceLocation: sourceLocation)
  expectSameBits(got.rstd, arguments.rstd, "rstd", sourceLocation: sourceLocation)
  expectSameBits(got.dx, arguments.dx, "dx", sourceLocation: sourceLocation)
  expectSameBits(got.dweight, arguments.dweight, "dweight", sourceLocation: sourceLocation)
  expectSameBits(got.dbias, arguments.dbias, "dbias", sourceLocation: sourceLocation)
}

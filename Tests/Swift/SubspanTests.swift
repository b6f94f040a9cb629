import Planish
import Testing

extension EveryLevel {
  /// All arrays in one piece of memory, at odd offsets: the same bits, and nothing else is written.
  @Suite struct Subspans {
    @Test(arguments: SharedCase.all) func sameBitsAndNothingElse(_ shared: SharedCase) throws {
      let problem = shared.problem
      let norm = try LayerNorm(features: problem.features, eps: problem.eps)
      let before = Packed(problem, Results(blankFor: problem))
      let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: before.elements.count)
      defer { memory.deallocate() }
      try EveryLevel.run { level in
        _ = memory.initialize(from: before.elements)
        let part = before.ranges.mapValues { memory.extracting($0) }
        try norm.forward(
          part["x"]!.span, weight: part["weight"]?.span, bias: part["bias"]?.span, into: part["y"]!.mutableSpan,
          mean: part["mean"]!.mutableSpan, rstd: part["rstd"]!.mutableSpan)
        try norm.backward(
          part["dy"]!.span, x: part["x"]!.span, weight: part["weight"]?.span, mean: part["mean"]!.span,
          rstd: part["rstd"]!.span, dx: part["dx"]!.mutableSpan, dweight: part["dweight"]!.mutableSpan,
          dbias: part["dbias"]!.mutableSpan)
        let after = Packed(problem, try Results(of: problem))
        for (name, range) in after.ranges {
          expectSameBits(Array(memory[range]), Array(after.elements[range]), "\(name) at \(level)")
        }
        expectSameBits(Array(memory), after.elements, "the whole memory at \(level)")
      }
    }
  }
}

/// Arrays one behind the other, with blanks around them.
private struct Packed {
  var elements: [Float] = blank(1)
  var ranges: [String: Range<Int>] = [:]

  init(_ problem: Problem, _ results: Results) {
    append("x", problem.x)
    append("y", results.y)
    append("mean", results.mean)
    append("rstd", results.rstd)
    append("weight", problem.weight)
    append("bias", problem.bias)
    append("dy", problem.dy)
    append("dx", results.dx)
    append("dweight", results.dweight)
    append("dbias", results.dbias)
  }

  private mutating func append(_ name: String, _ values: [Float]?) {
    guard let values else { return }
    // The next odd offset that leaves a blank between.
    elements += blank(elements.count.isMultiple(of: 2) ? 1 : 2)
    ranges[name] = elements.count..<elements.count + values.count
    elements += values + blank(1)
  }
}

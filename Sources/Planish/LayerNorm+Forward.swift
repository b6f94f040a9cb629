import PlanishCore

extension LayerNorm {
  /// Normalizes the rows of `x` into `y`.
  ///
  /// - Parameters:
  ///   - x: whole rows.
  ///   - weight: `features` factors; 1 if there are none.
  ///   - bias: `features` summands; 0 if there are none.
  ///   - y: as many elements as `x`.
  ///   - mean: one element for each row, if wanted.
  ///   - rstd: one element for each row, if wanted.
  /// - Throws: ``LayerNormError``, if a length does not fit; then nothing has been written.
  public func forward(
    _ x: Span<Float>, weight: Span<Float>? = nil, bias: Span<Float>? = nil, into y: consuming MutableSpan<Float>,
    mean: consuming MutableSpan<Float>? = nil, rstd: consuming MutableSpan<Float>? = nil
  ) throws(LayerNormError) {
    var problem = ForwardProblem(shape: try shape(of: "x", count: x.count))
    problem.x = address(of: x)
    problem.y = try address(of: y, "y", count: x.count)
    try run(&problem, weight, bias, mean, rstd)
  }

  /// Normalizes `rows` where they are; see ``forward(_:weight:bias:into:mean:rstd:)``.
  public func forward(
    inPlace rows: consuming MutableSpan<Float>, weight: Span<Float>? = nil, bias: Span<Float>? = nil,
    mean: consuming MutableSpan<Float>? = nil, rstd: consuming MutableSpan<Float>? = nil
  ) throws(LayerNormError) {
    let count = rows.count
    var problem = ForwardProblem(shape: try shape(of: "rows", count: count))
    problem.y = try address(of: rows, "rows", count: count)
    problem.x = UnsafeRawPointer(problem.y)
    try run(&problem, weight, bias, mean, rstd)
  }

  /// The normalized rows of `x`; see ``forward(_:weight:bias:into:mean:rstd:)``.
  public func forward(_ x: [Float], weight: [Float]? = nil, bias: [Float]? = nil) throws(LayerNormError) -> [Float] {
    var y = [Float](repeating: 0, count: x.count)
    try forward(x.span, weight: weight?.span, bias: bias?.span, into: y.mutableSpan)
    return y
  }

  private func run(
    _ problem: inout ForwardProblem, _ weight: Span<Float>?, _ bias: Span<Float>?,
    _ mean: consuming MutableSpan<Float>?, _ rstd: consuming MutableSpan<Float>?
  ) throws(LayerNormError) {
    problem.weight = try address(of: weight, "weight", count: features)
    problem.bias = try address(of: bias, "bias", count: features)
    problem.mean = try address(of: mean, "mean", count: problem.shape.rows)
    problem.rstd = try address(of: rstd, "rstd", count: problem.shape.rows)
    do {
      try problem.run()
    } catch {
      throw LayerNormError(error)
    }
  }
}

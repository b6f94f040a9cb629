internal import PlanishCore

extension LayerNorm {
  /// Normalizes the samples of `x` into `y`.
  ///
  ///     try norm.forward(x.span, weight: weight.span, into: y.mutableSpan)
  ///
  /// - Parameters:
  ///   - x: whole rows, or whole blocks of ``features`` · ``inner`` elements.
  ///   - weight: ``features`` factors; 1 if there are none.
  ///   - bias: ``features`` summands; 0 if there are none.
  ///   - y: as many elements as `x`.
  ///   - mean: one element for each sample, if wanted.
  ///   - rstd: one element for each sample, if wanted.
  /// - Throws: ``LayerNormError``, if a length does not fit; then nothing has been written.
  public func forward(
    _ x: Span<Element>, weight: Span<Weight>? = nil, bias: Span<Bias>? = nil, into y: consuming MutableSpan<Element>,
    mean: consuming MutableSpan<Statistic>? = nil, rstd: consuming MutableSpan<Statistic>? = nil
  ) throws(LayerNormError) {
    var problem = ForwardProblem(shape: try shape(of: "x", count: x.count))
    problem.x = address(of: x)
    problem.y = try address(of: y, "y", count: x.count)
    try run(&problem, weight, bias, mean, rstd)
  }

  /// Normalizes the samples of `x` where they are; see ``forward(_:weight:bias:into:mean:rstd:)``.
  public func forward(
    inPlace x: consuming MutableSpan<Element>, weight: Span<Weight>? = nil, bias: Span<Bias>? = nil,
    mean: consuming MutableSpan<Statistic>? = nil, rstd: consuming MutableSpan<Statistic>? = nil
  ) throws(LayerNormError) {
    let count = x.count
    var problem = ForwardProblem(shape: try shape(of: "x", count: count))
    problem.y = try address(of: x, "x", count: count)
    problem.x = UnsafeRawPointer(problem.y)
    try run(&problem, weight, bias, mean, rstd)
  }

  private func run(
    _ problem: inout ForwardProblem, _ weight: Span<Weight>?, _ bias: Span<Bias>?,
    _ mean: consuming MutableSpan<Statistic>?, _ rstd: consuming MutableSpan<Statistic>?
  ) throws(LayerNormError) {
    let samples = problem.shape.rows * inner
    problem.weight = try address(of: weight, "weight", count: features)
    problem.bias = try address(of: bias, "bias", count: features)
    problem.mean = try address(of: mean, "mean", count: samples)
    problem.rstd = try address(of: rstd, "rstd", count: samples)
    try LayerNormError.translating { () throws(Fault) in try problem.run() }
  }
}

internal import PlanishCore

extension LayerNorm {
  /// The gradients of a loss whose gradient with respect to y is `dy`, each that is wanted.
  ///
  ///     dweight = Σ dy · x̂     dbias = Σ dy            over the samples; x̂ = (x - mean) · rstd, g = dy · weight
  ///     dx = rstd · (g - avg(g) - x̂ · avg(g · x̂))      averages over the features of a sample
  ///
  /// - Parameters:
  ///   - dy: whole rows, or whole blocks of ``features`` · ``inner`` elements.
  ///   - x: what `forward` was given; as many elements as `dy`.
  ///   - weight: what `forward` was given.
  ///   - mean: what `forward` gave, together with `rstd`. Without them they are computed from `x`, with the same result.
  ///   - rstd: what `forward` gave.
  ///   - dx: as many elements as `dy`, if wanted.
  ///   - dweight: ``features`` elements, if wanted.
  ///   - dbias: ``features`` elements, if wanted.
  /// - Throws: ``LayerNormError``, if a length does not fit or working memory cannot be had; then nothing has been written.
  public func backward(
    _ dy: Span<Element>, x: Span<Element>, weight: Span<Weight>? = nil, mean: Span<Statistic>? = nil,
    rstd: Span<Statistic>? = nil, dx: consuming MutableSpan<Element>? = nil,
    dweight: consuming MutableSpan<Weight>? = nil, dbias: consuming MutableSpan<Bias>? = nil
  ) throws(LayerNormError) {
    var problem = BackwardProblem(shape: try shape(of: "dy", count: dy.count))
    problem.dy = address(of: dy)
    problem.dx = try address(of: dx, "dx", count: dy.count)
    try run(&problem, dy.count, x, weight, mean, rstd, dweight, dbias)
  }

  /// Turns `dy` into dx where it is; see ``backward(_:x:weight:mean:rstd:dx:dweight:dbias:)``.
  public func backward(
    inPlace dy: consuming MutableSpan<Element>, x: Span<Element>, weight: Span<Weight>? = nil,
    mean: Span<Statistic>? = nil, rstd: Span<Statistic>? = nil, dweight: consuming MutableSpan<Weight>? = nil,
    dbias: consuming MutableSpan<Bias>? = nil
  ) throws(LayerNormError) {
    let count = dy.count
    var problem = BackwardProblem(shape: try shape(of: "dy", count: count))
    problem.dx = try address(of: dy, "dy", count: count)
    problem.dy = UnsafeRawPointer(problem.dx)
    try run(&problem, count, x, weight, mean, rstd, dweight, dbias)
  }

  private func run(
    _ problem: inout BackwardProblem, _ count: Int, _ x: Span<Element>, _ weight: Span<Weight>?,
    _ mean: Span<Statistic>?, _ rstd: Span<Statistic>?, _ dweight: consuming MutableSpan<Weight>?,
    _ dbias: consuming MutableSpan<Bias>?
  ) throws(LayerNormError) {
    let samples = problem.shape.rows * inner
    problem.x = try address(of: x, "x", count: count)
    problem.weight = try address(of: weight, "weight", count: features)
    problem.mean = try address(of: mean, "mean", count: samples)
    problem.rstd = try address(of: rstd, "rstd", count: samples)
    problem.dweight = try address(of: dweight, "dweight", count: features)
    problem.dbias = try address(of: dbias, "dbias", count: features)
    try LayerNormError.translating { () throws(Fault) in try problem.run() }
  }
}

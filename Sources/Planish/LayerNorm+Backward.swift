import PlanishCore

extension LayerNorm {
  /// The gradients of a loss whose gradient with respect to y is `dy`, each that is wanted.
  ///
  ///     dweight = Σ dy · x̂     dbias = Σ dy            over the rows; x̂ = (x - mean) · rstd, g = dy · weight
  ///     dx = rstd · (g - avg(g) - x̂ · avg(g · x̂))      averages over the features of a row
  ///
  /// - Parameters:
  ///   - dy: whole rows.
  ///   - x: what `forward` was given; as many elements as `dy`.
  ///   - weight: what `forward` was given.
  ///   - mean: what `forward` gave, together with `rstd`. Without them they are computed from `x`, with the same result.
  ///   - rstd: what `forward` gave.
  ///   - dx: as many elements as `dy`, if wanted.
  ///   - dweight: `features` elements, if wanted.
  ///   - dbias: `features` elements, if wanted.
  /// - Throws: ``LayerNormError``, if a length does not fit; then nothing has been written.
  public func backward(
    _ dy: Span<Float>, x: Span<Float>, weight: Span<Float>? = nil, mean: Span<Float>? = nil, rstd: Span<Float>? = nil,
    dx: consuming MutableSpan<Float>? = nil, dweight: consuming MutableSpan<Float>? = nil,
    dbias: consuming MutableSpan<Float>? = nil
  ) throws(LayerNormError) {
    var problem = BackwardProblem(shape: try shape(of: "dy", count: dy.count))
    problem.dy = address(of: dy)
    problem.dx = try address(of: dx, "dx", count: dy.count)
    try run(&problem, x, weight, mean, rstd, dweight, dbias)
  }

  /// Turns `dy` into dx where it is; see ``backward(_:x:weight:mean:rstd:dx:dweight:dbias:)``.
  public func backward(
    inPlace dy: consuming MutableSpan<Float>, x: Span<Float>, weight: Span<Float>? = nil, mean: Span<Float>? = nil,
    rstd: Span<Float>? = nil, dweight: consuming MutableSpan<Float>? = nil,
    dbias: consuming MutableSpan<Float>? = nil
  ) throws(LayerNormError) {
    let count = dy.count
    var problem = BackwardProblem(shape: try shape(of: "dy", count: count))
    problem.dx = try address(of: dy, "dy", count: count)
    problem.dy = UnsafeRawPointer(problem.dx)
    try run(&problem, x, weight, mean, rstd, dweight, dbias)
  }

  private func run(
    _ problem: inout BackwardProblem, _ x: Span<Float>, _ weight: Span<Float>?, _ mean: Span<Float>?,
    _ rstd: Span<Float>?, _ dweight: consuming MutableSpan<Float>?, _ dbias: consuming MutableSpan<Float>?
  ) throws(LayerNormError) {
    let rows = problem.shape.rows
    problem.x = try address(of: x, "x", count: rows * features)
    problem.weight = try address(of: weight, "weight", count: features)
    problem.mean = try address(of: mean, "mean", count: rows)
    problem.rstd = try address(of: rstd, "rstd", count: rows)
    problem.dweight = try address(of: dweight, "dweight", count: features)
    problem.dbias = try address(of: dbias, "dbias", count: features)
    do {
      try problem.run()
    } catch {
      throw LayerNormError(error)
    }
  }
}

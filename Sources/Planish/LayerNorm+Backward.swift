extension LayerNorm {
  /// The gradients of a loss whose gradient with respect to y is `dy`, each that is wanted.
  ///
  ///     dweight = Σ dy · x̂     dbias = Σ dy
  ///     dx = rstd · (g - avg(g) - x̂ · avg(g · x̂))
  ///
  /// with x̂ = (x - mean) · rstd and g = dy · weight; the sums are over the samples, the averages over the features of one.
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
  @inlinable
  public func backward(
    _ dy: Span<Element>, x: Span<Element>, weight: Span<Weight>? = nil, mean: Span<Statistic>? = nil,
    rstd: Span<Statistic>? = nil, dx: consuming MutableSpan<Element>? = nil,
    dweight: consuming MutableSpan<Weight>? = nil, dbias: consuming MutableSpan<Bias>? = nil
  ) throws(LayerNormError) {
    try untyped.backward(
      dy: Argument(dy), x: Argument(x), weight: Argument(weight), mean: Argument(mean), rstd: Argument(rstd),
      dx: MutableArgument(dx), dweight: MutableArgument(dweight), dbias: MutableArgument(dbias))
  }

  /// Turns `dy` into dx where it is; see ``backward(_:x:weight:mean:rstd:dx:dweight:dbias:)``.
  @inlinable
  public func backward(
    inPlace dy: consuming MutableSpan<Element>, x: Span<Element>, weight: Span<Weight>? = nil,
    mean: Span<Statistic>? = nil, rstd: Span<Statistic>? = nil, dweight: consuming MutableSpan<Weight>? = nil,
    dbias: consuming MutableSpan<Bias>? = nil
  ) throws(LayerNormError) {
    let dy = MutableArgument(dy)
    try untyped.backward(
      dy: Argument(dy), x: Argument(x), weight: Argument(weight), mean: Argument(mean), rstd: Argument(rstd), dx: dy,
      dweight: MutableArgument(dweight), dbias: MutableArgument(dbias))
  }
}

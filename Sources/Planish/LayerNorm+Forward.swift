extension LayerNorm {
  /// Normalizes the samples of `x` into `y`.
  ///
  /// ```swift
  /// try norm.forward(x.span, weight: weight.span, into: y.mutableSpan)
  /// ```
  ///
  /// - Parameters:
  ///   - x: whole rows, or whole blocks of ``features`` · ``inner`` elements.
  ///   - weight: ``features`` factors; 1 if there are none.
  ///   - bias: ``features`` summands; 0 if there are none.
  ///   - y: as many elements as `x`.
  ///   - mean: one element for each sample, if wanted.
  ///   - rstd: one element for each sample, if wanted.
  /// - Throws: ``LayerNormError``, if a length does not fit; then nothing has been written.
  @inlinable
  public func forward(
    _ x: Span<Element>, weight: Span<Weight>? = nil, bias: Span<Bias>? = nil, into y: consuming MutableSpan<Element>,
    mean: consuming MutableSpan<Statistic>? = nil, rstd: consuming MutableSpan<Statistic>? = nil
  ) throws(LayerNormError) {
    try untyped.forward(
      x: Argument(x), weight: Argument(weight), bias: Argument(bias), y: MutableArgument(y),
      mean: MutableArgument(mean), rstd: MutableArgument(rstd))
  }

  /// Normalizes the samples of `x` where they are; see ``forward(_:weight:bias:into:mean:rstd:)``.
  @inlinable
  public func forward(
    inPlace x: consuming MutableSpan<Element>, weight: Span<Weight>? = nil, bias: Span<Bias>? = nil,
    mean: consuming MutableSpan<Statistic>? = nil, rstd: consuming MutableSpan<Statistic>? = nil
  ) throws(LayerNormError) {
    let x = MutableArgument(x)
    try untyped.forward(
      x: Argument(x), weight: Argument(weight), bias: Argument(bias), y: x, mean: MutableArgument(mean),
      rstd: MutableArgument(rstd))
  }
}

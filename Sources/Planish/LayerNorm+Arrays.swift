/// Arrays in, arrays out. Results are new arrays at every call; to write into memory that is there already, use spans.
extension LayerNorm {
  /// What forward found out about the samples, for backward: an element of each for every sample.
  public struct Statistics: Hashable, Sendable {
    /// The averages of the samples.
    public var mean: [Statistic]
    /// 1 / (variance + eps).squareRoot().
    public var rstd: [Statistic]

    @inlinable
    public init(mean: [Statistic], rstd: [Statistic]) {
      self.mean = mean
      self.rstd = rstd
    }
  }

  /// The gradients of a loss, with respect to the arguments of forward.
  public struct Gradients: Hashable, Sendable {
    /// As many elements as x.
    public var dx: [Element]
    /// ``LayerNorm/features`` elements.
    public var dweight: [Weight]
    /// ``LayerNorm/features`` elements.
    public var dbias: [Bias]

    @inlinable
    public init(dx: [Element], dweight: [Weight], dbias: [Bias]) {
      self.dx = dx
      self.dweight = dweight
      self.dbias = dbias
    }
  }

  /// The normalized samples of `x`.
  ///
  /// - Parameters:
  ///   - x: whole rows, or whole blocks of ``features`` · ``inner`` elements.
  ///   - weight: ``features`` factors; 1 if there are none.
  ///   - bias: ``features`` summands; 0 if there are none.
  /// - Returns: as many elements as `x`.
  /// - Throws: ``LayerNormError``, if a length does not fit.
  @inlinable
  public func forward(
    _ x: [Element], weight: [Weight]? = nil, bias: [Bias]? = nil
  ) throws(LayerNormError) -> [Element] {
    var y: [Element] = unfilled(x.count)
    try forward(x.span, weight: weight?.span, bias: bias?.span, into: y.mutableSpan)
    return y
  }

  /// The normalized samples of `x`, and what backward is faster with; see ``forward(_:weight:bias:)``.
  @inlinable
  public func forwardWithStatistics(
    _ x: [Element], weight: [Weight]? = nil, bias: [Bias]? = nil
  ) throws(LayerNormError) -> (y: [Element], statistics: Statistics) {
    let samples = try untyped.samples(of: "x", count: x.count)
    var y: [Element] = unfilled(x.count)
    var (mean, rstd): ([Statistic], [Statistic]) = (unfilled(samples), unfilled(samples))
    try forward(
      x.span, weight: weight?.span, bias: bias?.span, into: y.mutableSpan, mean: mean.mutableSpan,
      rstd: rstd.mutableSpan)
    return (y, Statistics(mean: mean, rstd: rstd))
  }

  /// The gradients of a loss whose gradient with respect to y is `dy`.
  ///
  /// - Parameters:
  ///   - dy: whole rows, or whole blocks of ``features`` · ``inner`` elements.
  ///   - x: what `forward` was given; as many elements as `dy`.
  ///   - weight: what `forward` was given.
  ///   - statistics: what `forwardWithStatistics` gave. Without them they are computed from `x`, with the same result.
  /// - Throws: ``LayerNormError``, if a length does not fit or working memory cannot be had.
  @inlinable
  public func backward(
    _ dy: [Element], x: [Element], weight: [Weight]? = nil, statistics: Statistics? = nil
  ) throws(LayerNormError) -> Gradients {
    _ = try untyped.samples(of: "dy", count: dy.count)
    var dx: [Element] = unfilled(dy.count)
    var (dweight, dbias): ([Weight], [Bias]) = (unfilled(features), unfilled(features))
    try backward(
      dy.span, x: x.span, weight: weight?.span, mean: statistics?.mean.span, rstd: statistics?.rstd.span,
      dx: dx.mutableSpan, dweight: dweight.mutableSpan, dbias: dbias.mutableSpan)
    return Gradients(dx: dx, dweight: dweight, dbias: dbias)
  }
}

/// An array for a call to fill. Until then its elements are whatever was in memory: all of their bits are numbers.
@inlinable
func unfilled<Element: LayerNormElement>(_ count: Int) -> [Element] {
  [Element](unsafeUninitializedCapacity: count) { $1 = count }
}

/// Arrays in, new arrays out.
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
    var statistics = Statistics(mean: unfilled(samples), rstd: unfilled(samples))
    try forward(x, weight: weight, bias: bias, into: &y, statistics: &statistics)
    return (y, statistics)
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
    // Other arrays are no longer than dy; but of no rows, the sums may be of more features than memory holds.
    if dy.isEmpty {
      try untyped.requireMemory(for: "dweight", size: MemoryLayout<Weight>.size)
      try untyped.requireMemory(for: "dbias", size: MemoryLayout<Bias>.size)
    }
    var gradients = Gradients(dx: unfilled(dy.count), dweight: unfilled(features), dbias: unfilled(features))
    try backward(dy, x: x, weight: weight, statistics: statistics, into: &gradients)
    return gradients
  }
}

/// Arrays in, into arrays that are there already.
extension LayerNorm {
  /// The normalized samples of `x` into `y`, which has as many elements; see ``forward(_:weight:bias:)``.
  @inlinable
  public func forward(
    _ x: [Element], weight: [Weight]? = nil, bias: [Bias]? = nil, into y: inout [Element]
  ) throws(LayerNormError) {
    try forward(x.span, weight: weight?.span, bias: bias?.span, into: y.mutableSpan)
  }

  /// The normalized samples of `x` into `y`, which has as many elements, and what backward is faster with into `statistics`,
  /// which have an element for each sample; see ``forwardWithStatistics(_:weight:bias:)``.
  @inlinable
  public func forward(
    _ x: [Element], weight: [Weight]? = nil, bias: [Bias]? = nil, into y: inout [Element],
    statistics: inout Statistics
  ) throws(LayerNormError) {
    // Two properties of a structure cannot lend out spans at the same time, but they can be `inout` arguments.
    func run(_ mean: inout [Statistic], _ rstd: inout [Statistic]) throws(LayerNormError) {
      try forward(
        x.span, weight: weight?.span, bias: bias?.span, into: y.mutableSpan, mean: mean.mutableSpan,
        rstd: rstd.mutableSpan)
    }
    try run(&statistics.mean, &statistics.rstd)
  }

  /// The gradients of a loss whose gradient with respect to y is `dy` into `gradients`, whose arrays have the lengths that
  /// they have as results; see ``backward(_:x:weight:statistics:)``.
  @inlinable
  public func backward(
    _ dy: [Element], x: [Element], weight: [Weight]? = nil, statistics: Statistics? = nil,
    into gradients: inout Gradients
  ) throws(LayerNormError) {
    func run(_ dx: inout [Element], _ dweight: inout [Weight], _ dbias: inout [Bias]) throws(LayerNormError) {
      try backward(
        dy.span, x: x.span, weight: weight?.span, mean: statistics?.mean.span, rstd: statistics?.rstd.span,
        dx: dx.mutableSpan, dweight: dweight.mutableSpan, dbias: dbias.mutableSpan)
    }
    try run(&gradients.dx, &gradients.dweight, &gradients.dbias)
  }
}

/// An array for a call to fill. Until then its elements are whatever was in memory: all of their bits are numbers.
@inlinable
func unfilled<Element: LayerNormElement>(_ count: Int) -> [Element] {
  [Element](unsafeUninitializedCapacity: count) { $1 = count }
}

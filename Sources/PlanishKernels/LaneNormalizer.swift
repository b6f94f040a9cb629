/// `Normalizer`, for 16 rows at a time.
struct LaneNormalizer<Value: Compute> {
  private(set) var mean: SIMD16<Value>
  private(set) var rstd: SIMD16<Value>
  private(set) var shift: SIMD16<Value>

  /// Of no row.
  @inline(__always) init() { self.init(mean: Value.splat(0), rstd: Value.splat(0)) }

  @inline(__always) init(_ moments: LaneMoments<Value>) {
    mean = moments.pivot
    rstd = moments.rstd.narrowed
    shift = (Value.WideLanes() - moments.shift * moments.rstd).narrowed
  }

  @inline(__always) init(rounded moments: LaneMoments<Value>) {
    self.init(mean: moments.mean.narrowed, rstd: moments.rstd.narrowed)
  }

  @inline(__always) init(mean: SIMD16<Value>, rstd: SIMD16<Value>) {
    self.mean = mean
    self.rstd = rstd
    shift = Value.splat(0)
  }

  @inline(__always) init(mean: SIMD16<Value>, rstd: SIMD16<Value>, shift: SIMD16<Value>) {
    self.mean = mean
    self.rstd = rstd
    self.shift = shift
  }

  @inline(__always) func centered(averageNormalized average: Value.WideLanes) -> Self {
    typealias Wide = Value.WideLanes
    let rounding = Wide(Value.magnitude(mean)) * Wide(rstd) * Wide(all: Value.Wide(Value.meanTolerance))
    let plausible = (average < rounding).intersection(Wide() - average < rounding)
    var centered = self
    centered.shift = plausible.select(-average.narrowed, else: Value.splat(0))
    return centered
  }

  @inline(__always) func callAsFunction(_ x: SIMD16<Value>) -> SIMD16<Value> { Value.fma(x - mean, rstd, shift) }
}

/// `Projection`, for 16 rows at a time.
struct LaneProjection<Value: Compute> {
  let normalizer: LaneNormalizer<Value>
  let average: SIMD16<Value>
  let remainder: SIMD16<Value>
  let slope: SIMD16<Value>

  /// Of no row.
  @inline(__always) init() {
    normalizer = LaneNormalizer()
    average = Value.splat(0)
    remainder = Value.splat(0)
    slope = Value.splat(0)
  }

  @inline(__always)
  init(_ totals: LaneTotals<GradientProduct<Value>>, _ length: RowLength<Value>, _ rounded: LaneNormalizer<Value>) {
    typealias Wide = Value.WideLanes
    let inverse = Wide(all: length.inverse)
    normalizer = rounded.centered(averageNormalized: totals.first * inverse)
    let mean = totals.second * inverse
    average = mean.narrowed
    remainder = ((Wide(average) - mean) * Wide(normalizer.rstd)).narrowed
    slope = -(totals.third * inverse + Wide(normalizer.shift) * mean).narrowed
  }

  @inline(__always) func dx(_ terms: GradientTerms<Value>, _ g: SIMD16<Value>) -> SIMD16<Value> {
    Value.fma(Value.fma(terms.normalized, slope, g - average), normalizer.rstd, remainder)
  }
}

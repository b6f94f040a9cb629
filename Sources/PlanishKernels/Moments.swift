/// The mean of a row and the reciprocal of its standard deviation.
struct Moments<Value: Compute> {
  let mean: Value.Wide
  let rstd: Value.Wide
}

/// Deviations from a pivot close to the row's values, and their squares.
private struct Deviations<S: Source>: Terms {
  let row: S
  let pivot: S.Value

  @inline(__always) func add(_ i: Int, _ extent: some Extent, to sums: inout Sums<S.Value>) {
    var d = row.load(i, extent) - pivot
    if !extent.isFull { d = S.Value.first(extent.count, of: d) }
    sums.first += d
    sums.second = S.Value.fma(d, d, sums.second)
  }
}

/// avg(d) and avg(d²) of the deviations from a pivot.
private struct Spread<Value: Compute> {
  let pivot: Value
  let shift: Value.Wide
  let square: Value.Wide

  @inline(__always) init<S: Source>(_ row: S, _ features: Int, pivot: Value) where S.Value == Value {
    let totals = Deviations(row: row, pivot: pivot).total(over: features)
    let count = Value.Wide(count: features)
    self.pivot = pivot
    shift = totals.first / count
    square = totals.second / count
  }

  @inline(__always) var mean: Value.Wide { Value.Wide(pivot) + shift }
  @inline(__always) var variance: Value.Wide { square - shift * shift }
  /// The pivot was far from the mean, so that the variance is a difference of numbers much larger than it.
  @inline(__always) var cancels: Bool { square < Value.Wide(3.0) * shift * shift }
}

extension Source {
  /// The moments of the row, of what `load` gives; nil if only a rescaled row has them.
  ///
  /// One pass over the row with the mean of its first 16 elements as pivot; a second one around the mean that the first
  /// one found, where the pivot was not close enough. The mean rounded to one number is always close enough.
  @inline(never) func moments(_ features: Int, eps: Double, anyScale: Bool) -> Moments<Value>? {
    let pivot: Value
    if features >= 16 {
      pivot = Value.total(load(0, Full())) / 16
    } else {
      pivot = Value.total(Value.first(features, of: load(0, First(count: features)))) / Value(features)
    }
    var spread = Spread(self, features, pivot: pivot)
    if spread.cancels { spread = Spread(self, features, pivot: spread.mean.narrowed) }

    let scaledEps = exponent == 0 ? Value.Wide(eps) : Value.Wide(eps).scaled(by: -2 &* exponent)
    let variance = spread.variance + scaledEps
    if !anyScale, !spread.square.isFinite || variance < Value.Wide(Value.safeVariance) { return nil }
    return Moments(mean: spread.mean, rstd: Value.Wide(1.0) / variance.squareRoot())
  }
}

/// What turns x into x̂: fma(x - mean, rstd, shift), where `shift` holds what rounding took from the mean.
struct Normalizer<Value: Compute> {
  let mean: Value
  let rstd: Value
  let shift: Value

  @inline(__always) init(_ moments: Moments<Value>) {
    mean = moments.mean.narrowed
    rstd = moments.rstd.narrowed
    shift = ((Value.Wide(mean) - moments.mean) * moments.rstd).narrowed
  }

  @inline(__always) init(mean: Value, rstd: Value, shift: Value) {
    self.mean = mean
    self.rstd = rstd
    self.shift = shift
  }

  /// With the shift that makes the average of x̂ zero, given that average without it; unless a mean that was given is off
  /// by more than rounding explains: then it is meant.
  @inline(__always) func centered(averageNormalized average: Value.Wide) -> Self {
    let rounding = Value.Wide(mean.magnitude) * Value.Wide(rstd) * Value.Wide(0x1p-21)
    let plausible = average < rounding && Value.Wide(0.0) - average < rounding
    return Self(mean: mean, rstd: rstd, shift: plausible ? -average.narrowed : 0)
  }

  @inline(__always) func callAsFunction(_ x: SIMD16<Value>) -> SIMD16<Value> {
    Value.fma(x - mean, Value.splat(rstd), Value.splat(shift))
  }
}

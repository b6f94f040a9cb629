/// What turns x into x̂: fma(x - mean, rstd, shift). `shift` holds how far `mean` is from the row's mean.
struct Normalizer<Value: Compute> {
  let mean: Value
  let rstd: Value
  let shift: Value

  /// Around the pivot, whose deviations the moments were made of: what rounding did to those is then in both, and the
  /// larger part of it cancels.
  @inline(__always) init(_ moments: Moments<Value>) {
    // From 0, and not negated: of a row of zeros of any sign x̂ is +0.
    let shift = Value.Wide(count: 0) - moments.shift * moments.rstd
    self.init(mean: moments.pivot, rstd: moments.narrowRstd, shift: shift.narrowed)
  }

  /// Around the mean as one number, for `centered`.
  @inline(__always) init(rounded moments: Moments<Value>) {
    self.init(mean: moments.mean.narrowed, rstd: moments.narrowRstd, shift: 0)
  }

  @inline(__always) init(mean: Value, rstd: Value, shift: Value) {
    self.mean = mean
    self.rstd = rstd
    self.shift = shift
  }

  /// With the shift that makes the average of x̂ zero, given that average without it; unless a mean that was given is off
  /// by more than rounding explains: then it is meant.
  @inline(__always) func centered(averageNormalized average: Value.Wide) -> Self {
    let rounding = Value.Wide(mean.magnitude) * Value.Wide(rstd) * Value.Wide(Value.meanTolerance)
    let plausible = average < rounding && Value.Wide(count: 0) - average < rounding
    return Self(mean: mean, rstd: rstd, shift: plausible ? -average.narrowed : 0)
  }

  @inline(__always) func callAsFunction(_ x: SIMD16<Value>) -> SIMD16<Value> {
    Value.fma(x - mean, Value.splat(rstd), Value.splat(shift))
  }
}

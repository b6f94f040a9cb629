/// What turns x into x̂: fma(x - mean, rstd, shift), where `shift` holds what rounding took from the mean.
struct Normalizer<Value: Compute> {
  let mean: Value
  let rstd: Value
  let shift: Value

  @inline(__always) init(_ moments: Moments<Value>) {
    mean = moments.mean.narrowed
    // It overflows only beside deviations of 0, which it must leave at 0.
    let narrowed = moments.rstd.narrowed
    rstd = narrowed == .infinity && moments.rstd.isFinite ? .greatestFiniteMagnitude : narrowed
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
    let rounding = Value.Wide(mean.magnitude) * Value.Wide(rstd) * Value.Wide(Value.meanTolerance)
    let plausible = average < rounding && Value.Wide(count: 0) - average < rounding
    return Self(mean: mean, rstd: rstd, shift: plausible ? -average.narrowed : 0)
  }

  @inline(__always) func callAsFunction(_ x: SIMD16<Value>) -> SIMD16<Value> {
    Value.fma(x - mean, Value.splat(rstd), Value.splat(shift))
  }
}

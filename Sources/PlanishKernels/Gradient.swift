/// Whether a result is wanted, known when a kernel is compiled.
protocol Choice {
  static var isWanted: Bool { get }
}
enum Wanted: Choice {
  @inline(__always) static var isWanted: Bool { true }
}
enum Unwanted: Choice {
  @inline(__always) static var isWanted: Bool { false }
}

/// dy and x̂ of one vector: what dx, dweight and dbias are made of.
struct GradientTerms<Value: Compute> {
  let dy: SIMD16<Value>
  let normalized: SIMD16<Value>
}

/// What the gradient of a row is computed with: dx = rstd · (g - avg(g) - x̂ · avg(g · x̂)), g = dy · weight.
struct Projection<Value: Compute> {
  let normalizer: Normalizer<Value>
  /// avg(g) as a number; what rounding took from it, times rstd; -avg(g · x̂).
  let average: Value
  let remainder: Value
  let slope: Value

  /// From the sums of `Products` over the row; `rounded` has no shift yet.
  @inline(__always) init(_ totals: Totals<Value.Wide>, _ features: Int, _ rounded: Normalizer<Value>) {
    let count = Value.Wide(count: features)
    normalizer = rounded.centered(averageNormalized: totals.first / count)
    let mean = totals.second / count
    average = mean.narrowed
    remainder = ((Value.Wide(average) - mean) * Value.Wide(normalizer.rstd)).narrowed
    slope = -(totals.third / count + Value.Wide(normalizer.shift) * mean).narrowed
  }
}

/// The gradient of one row.
struct Gradient<DY: Source, S: Source, W: Parameter> where DY.Value == S.Value, W.Value == S.Value {
  let dy: DY
  let x: S
  let weight: W
  private let projection: Projection<S.Value>

  /// `rounded` has no shift yet.
  @inline(never) init(_ dy: DY, _ x: S, _ weight: W, _ features: Int, _ rounded: Normalizer<S.Value>) {
    self.dy = dy
    self.x = x
    self.weight = weight
    let totals = Products(dy: dy, x: x, weight: weight, rounded: rounded).total(over: features)
    projection = Projection(totals, features, rounded)
  }

  @inline(__always) func terms(_ i: Int, _ extent: some Extent) -> GradientTerms<S.Value> {
    GradientTerms(dy: dy.load(i, extent), normalized: projection.normalizer(x.load(i, extent)))
  }

  /// dx, from the terms and the weight of the same vector.
  @inline(__always) func dx(_ terms: GradientTerms<S.Value>, _ weight: SIMD16<S.Value>) -> SIMD16<S.Value> {
    let g = W.isPresent ? terms.dy * weight : terms.dy
    let projected = S.Value.fma(terms.normalized, S.Value.splat(projection.slope), g - projection.average)
    return S.Value.fma(projected, S.Value.splat(projection.normalizer.rstd), S.Value.splat(projection.remainder))
  }
}

/// x̂ with the rounded mean, g, and g · x̂.
private struct Products<DY: Source, S: Source, W: Parameter>: Terms where DY.Value == S.Value, W.Value == S.Value {
  let dy: DY
  let x: S
  let weight: W
  let rounded: Normalizer<S.Value>

  @inline(__always) func add(_ i: Int, _ extent: some Extent, to sums: inout Sums<S.Value>) {
    let dy = dy.load(i, extent)
    let g = W.isPresent ? dy * weight.load(i, extent) : dy
    var normalized = (x.load(i, extent) - rounded.mean) * rounded.rstd
    if !extent.isFull { normalized = S.Value.first(extent.count, of: normalized) }
    sums.first += normalized
    sums.second += g
    sums.third = S.Value.fma(g, normalized, sums.third)
  }
}

/// Whether a result is wanted: known when a kernel is compiled, or by whether there is a place for it.
protocol Choice {
  static func isWanted<Place>(_ place: Place?) -> Bool
}
enum Wanted: Choice {
  @inline(__always) static func isWanted<Place>(_ place: Place?) -> Bool { true }
}
enum Unwanted: Choice {
  @inline(__always) static func isWanted<Place>(_ place: Place?) -> Bool { false }
}
enum WantedIfPresent: Choice {
  @inline(__always) static func isWanted<Place>(_ place: Place?) -> Bool { place != nil }
}

/// dy and x̂ of one vector: what dx, dweight and dbias are made of.
struct GradientTerms<Value: Compute> {
  let dy: SIMD16<Value>
  let normalized: SIMD16<Value>
}

/// Those of 32 elements, as `Pair` has them.
struct TermsPair<Value: Compute> {
  let even: GradientTerms<Value>
  let odd: GradientTerms<Value>
}

/// What the gradient of a row is computed with: dx = rstd · (g - avg(g) - x̂ · avg(g · x̂)), g = dy · weight.
struct Projection<Value: Compute> {
  let normalizer: Normalizer<Value>
  /// avg(g) as a number; what rounding took from it, times rstd; -avg(g · x̂).
  let average: Value
  let remainder: Value
  let slope: Value

  @inline(__always) init(normalizer: Normalizer<Value>, average: Value, remainder: Value, slope: Value) {
    self.normalizer = normalizer
    self.average = average
    self.remainder = remainder
    self.slope = slope
  }

  /// From the sums of `GradientProduct` over the row; `rounded` has no shift yet.
  @inline(__always) init(_ totals: Totals<Value.Wide>, _ length: RowLength<Value>, _ rounded: Normalizer<Value>) {
    normalizer = rounded.centered(averageNormalized: totals.first * length.inverse)
    let mean = totals.second * length.inverse
    average = mean.narrowed
    remainder = ((Value.Wide(average) - mean) * Value.Wide(normalizer.rstd)).narrowed
    slope = -(totals.third * length.inverse + Value.Wide(normalizer.shift) * mean).narrowed
  }
}

/// The gradient of one row.
struct Gradient<DY: Source, S: Source> where DY.Value == S.Value {
  let dy: DY
  let x: S
  private let projection: Projection<S.Value>

  @inline(__always) init(_ dy: DY, _ x: S, _ projection: Projection<S.Value>) {
    self.dy = dy
    self.x = x
    self.projection = projection
  }

  /// `rounded` has no shift yet.
  @inline(__always)
  init<W: Parameter>(_ dy: DY, _ x: S, _ weight: W, _ length: RowLength<S.Value>, _ rounded: Normalizer<S.Value>)
  where W.Value == S.Value {
    let totals = Self.products(dy, x, weight, length.features, rounded)
    self.init(dy, x, Projection(totals, length, rounded))
  }

  @inline(__always)
  static func products<W: Parameter>(
    _ dy: DY, _ x: S, _ weight: W, _ features: Int, _ rounded: Normalizer<S.Value>
  ) -> Totals<S.Value.Wide> where W.Value == S.Value {
    if let weight = weight.present {
      GradientProducts(dy: dy, x: x, weight: weight, rounded: rounded).totals(features)
    } else {
      GradientProducts(dy: dy, x: x, weight: weight.otherwise, rounded: rounded).totals(features)
    }
  }

  @inline(__always) func terms(_ i: Int, _ extent: some Extent) -> GradientTerms<S.Value> {
    GradientTerms(dy: dy.load(i, extent), normalized: projection.normalizer(x.load(i, extent)))
  }

  @inline(__always) static var comesInPairs: Bool { DY.comesInPairs && S.comesInPairs }

  /// Those of 32 elements.
  @inline(__always) func terms(_ i: Int) -> TermsPair<S.Value> {
    let (dy, x) = (dy.loadPair(i), x.loadPair(i))
    return TermsPair(
      even: GradientTerms(dy: dy.even, normalized: projection.normalizer(x.even)),
      odd: GradientTerms(dy: dy.odd, normalized: projection.normalizer(x.odd)))
  }

  @inline(__always) func dx(_ terms: TermsPair<S.Value>, _ weight: Pair<S.Value>) -> Pair<S.Value> {
    Pair(dx(terms.even, weight.even), dx(terms.odd, weight.odd))
  }

  /// dx, from the terms and the weight of the same vector.
  @inline(__always) func dx(_ terms: GradientTerms<S.Value>, _ weight: SIMD16<S.Value>) -> SIMD16<S.Value> {
    let projected = S.Value.fma(
      terms.normalized, S.Value.splat(projection.slope), terms.dy * weight - projection.average)
    return S.Value.fma(projected, S.Value.splat(projection.normalizer.rstd), S.Value.splat(projection.remainder))
  }
}

/// x̂ with the rounded mean, g, and g · x̂.
struct GradientProduct<Value: Compute>: Factors {
  let normalized: SIMD16<Value>
  let g: SIMD16<Value>

  @inline(__always) init(normalized: SIMD16<Value>, g: SIMD16<Value>) {
    self.normalized = normalized
    self.g = g
  }
  @inline(__always) static var zero: Self { Self(normalized: Value.splat(0), g: Value.splat(0)) }
  @inline(__always) static var hasThird: Bool { true }

  @inline(__always) var sums: Sums<Value> {
    var sums = Sums<Value>()
    sums.first = normalized
    sums.second = g
    sums.third = g * normalized
    return sums
  }

  @inline(__always) func sums(with other: Self) -> Sums<Value> {
    var sums = Sums<Value>()
    sums.first = normalized + other.normalized
    sums.second = g + other.g
    sums.third = Value.fma(other.g, other.normalized, g * normalized)
    return sums
  }
}

struct GradientProducts<DY: Source, S: Source, W: Parameter>: Terms
where DY.Value == S.Value, W.Value == S.Value {
  let dy: DY
  let x: S
  let weight: W
  let rounded: Normalizer<S.Value>
  @inline(__always) static var isCompact: Bool { S.isCompact }

  @inline(__always) static var comesInPairs: Bool { DY.comesInPairs && S.comesInPairs && W.comesInPairs }
  @inline(__always) func fetch(_ i: Int) {
    dy.fetch(i)
    x.fetch(i)
  }
  @inline(__always) func loadPair(_ i: Int) -> (GradientProduct<S.Value>, GradientProduct<S.Value>) {
    let (dy, x, weight) = (dy.loadPair(i), x.loadPair(i), weight.loadPair(i))
    return (
      GradientProduct(normalized: (x.even - rounded.mean) * rounded.rstd, g: dy.even * weight.even),
      GradientProduct(normalized: (x.odd - rounded.mean) * rounded.rstd, g: dy.odd * weight.odd)
    )
  }

  @inline(__always) func load(_ i: Int, _ extent: some Extent) -> GradientProduct<S.Value> {
    let dy = dy.load(i, extent)
    let normalized = (x.load(i, extent) - rounded.mean) * rounded.rstd
    return GradientProduct(
      normalized: extent.isFull ? normalized : S.Value.first(extent.count, of: normalized),
      g: dy * weight.load(i, extent))
  }

  @inline(never) func totals(_ features: Int) -> Totals<S.Value.Wide> { total(over: features) }
}

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

/// The gradient of one row: dx = rstd · (g - avg(g) - x̂ · avg(g · x̂)) with g = dy · weight.
struct Gradient<E: Element, S: Source, W: Parameter> where S.Value == E.Value, W.Value == E.Value {
  let row: S
  let dy: UnsafeRawPointer
  let dx: UnsafeMutableRawPointer?
  let weight: UnsafeRawPointer?
  private let normalizer: Normalizer<E.Value>
  /// avg(g) as a number and what rounding took from it, times rstd; -avg(g · x̂).
  private let average: E.Value
  private let remainder: E.Value
  private let slope: E.Value

  @inline(never)
  init(
    row: S, dy: UnsafeRawPointer, dx: UnsafeMutableRawPointer?, weight: UnsafeRawPointer?, features: Int,
    rounded: Normalizer<E.Value>
  ) {
    self.row = row
    self.dy = dy
    self.dx = dx
    self.weight = weight
    let count = E.Value.Wide(count: features)
    let totals = Products<E, S, W>(row: row, dy: dy, weight: weight, rounded: rounded).total(over: features)
    normalizer = rounded.centered(averageNormalized: totals.first / count)
    let mean = totals.second / count
    average = mean.narrowed
    let wideAverage = E.Value.Wide(average)
    remainder = ((wideAverage - mean) * E.Value.Wide(normalizer.rstd)).narrowed
    slope = -(totals.third / count + E.Value.Wide(normalizer.shift) * mean).narrowed
  }

  @inline(__always) func terms(_ i: Int, _ extent: some Extent) -> GradientTerms<E.Value> {
    GradientTerms(dy: E.load(dy + i &* E.size, extent), normalized: normalizer(row.load(i, extent)))
  }

  @inline(__always)
  func storeDx(_ terms: GradientTerms<E.Value>, _ weight: SIMD16<E.Value>, _ i: Int, _ extent: some Extent) {
    let g = W.isPresent ? terms.dy * weight : terms.dy
    let projected = E.Value.fma(terms.normalized, E.Value.splat(slope), g - average)
    let v = E.Value.fma(projected, E.Value.splat(normalizer.rstd), E.Value.splat(remainder))
    E.store(row.gradient(v), dx.unsafelyUnwrapped + i &* E.size, extent)
  }
}

/// x̂ with the rounded mean, g, and g · x̂.
private struct Products<E: Element, S: Source, W: Parameter>: Terms where S.Value == E.Value, W.Value == E.Value {
  let row: S
  let dy: UnsafeRawPointer
  let weight: UnsafeRawPointer?
  let rounded: Normalizer<E.Value>

  @inline(__always) func add(_ i: Int, _ extent: some Extent, to sums: inout Sums<E.Value>) {
    let dy = E.load(dy + i &* E.size, extent)
    let g = W.isPresent ? dy * W.load(weight, at: i, extent) : dy
    var normalized = (row.load(i, extent) - rounded.mean) * rounded.rstd
    if !extent.isFull { normalized = E.Value.first(extent.count, of: normalized) }
    sums.first += normalized
    sums.second += g
    sums.third = E.Value.fma(g, normalized, sums.third)
  }
}

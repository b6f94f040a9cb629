import CPlanishKernels

/// dx of rows that lie side by side, and their terms of dweight and dbias, where wanted.
struct ColumnBackward<Value: Compute, W: Parameter, Parameters: Choice> where W.Value == Value {
  let task: UnsafePointer<planish_backward_task>
  let weight: W
  let sums: ParameterSums<Value>

  @inline(__always) func rows(_ first: Int, _ count: Int) {
    sums.forEachPanel(first, count, Parameters.self) { first, count in
      forEachColumns(first, count, inner: task.pointee.inner) { columns($0, $1) }
    }
  }

  @inline(never) private func columns(_ row: Int, _ count: Int) {
    let task = task.pointee
    let x = task.x.columns(row, count, inner: task.inner, task.dtype, Value.self)
    let dy = task.dy.columns(row, count, inner: task.inner, task.dtype, Value.self)
    guard let rounded = task.normalizer(row, x) else {
      for row in row..<row &+ count { anyBackward(Wanted.self, Parameters.self, task, row, sums) }
      return
    }
    let totals = ColumnProducts(dy: dy, x: x, weight: weight, rounded: rounded).total(over: task.features)
    var projection = ColumnProjection<Value>()
    for lane in 0..<count { projection.set(lane, Projection(totals[lane], task.features, rounded[lane])) }

    let dx = task.dx.columns(row, count, inner: task.inner, task.dtype, Value.self)
    var tile = Tile<Value>()
    for i in 0..<task.features {
      let terms = GradientTerms(dy: dy.load(i), normalized: projection.normalizer(x.load(i)))
      dx.store(projection.dx(terms, W.isPresent ? terms.dy * weight.one(i) : terms.dy), i)
      if Parameters.isWanted {
        tile.set(i % 16, terms)
        if i % 16 == 15 || i &+ 1 == task.features { tile.add(to: sums, i / 16 * 16, rows: count) }
      }
    }
  }
}

extension planish_backward_task {
  /// For 16 rows; nil if one of them needs rescaling.
  @inline(__always)
  fileprivate func normalizer<Value: Compute>(_ row: Int, _ x: Columns<Value>) -> ColumnNormalizer<Value>? {
    var normalizer = ColumnNormalizer<Value>()
    if mean != nil && rstd != nil {
      for lane in 0..<x.count {
        guard let given = given(Value.self, row &+ lane) else { return nil }
        normalizer.set(lane, given)
      }
    } else {
      guard let moments = x.moments(features, eps: eps) else { return nil }
      for lane in 0..<x.count { normalizer.set(lane, Normalizer(moments[lane])) }
    }
    return normalizer
  }
}

/// `Products`, for 16 rows at a time.
private struct ColumnProducts<Value: Compute, W: Parameter>: ColumnTerms where W.Value == Value {
  let dy: Columns<Value>
  let x: Columns<Value>
  let weight: W
  let rounded: ColumnNormalizer<Value>

  @inline(__always) func add(_ i: Int, to sums: inout Sums<Value>) {
    let dy = dy.load(i)
    let g = W.isPresent ? dy * weight.one(i) : dy
    let normalized = (x.load(i) - rounded.mean) * rounded.rstd
    sums.first += normalized
    sums.second += g
    sums.third = Value.fma(g, normalized, sums.third)
  }
}

/// `Projection`, for 16 rows at a time.
private struct ColumnProjection<Value: Compute> {
  private(set) var normalizer = ColumnNormalizer<Value>()
  private var average = Value.splat(0)
  private var remainder = Value.splat(0)
  private var slope = Value.splat(0)

  @inline(__always) init() {}

  @inline(__always) mutating func set(_ row: Int, _ projection: Projection<Value>) {
    normalizer.set(row, projection.normalizer)
    average[row] = projection.average
    remainder[row] = projection.remainder
    slope[row] = projection.slope
  }

  @inline(__always) func dx(_ terms: GradientTerms<Value>, _ g: SIMD16<Value>) -> SIMD16<Value> {
    Value.fma(Value.fma(terms.normalized, slope, g - average), normalizer.rstd, remainder)
  }
}

/// The terms of 16 features of 16 rows. Rows are added to the sums in their order, which takes them as rows.
private struct Tile<Value: Compute> {
  private var dy = InlineArray<16, SIMD16<Value>>(repeating: Value.splat(0))
  private var normalized = InlineArray<16, SIMD16<Value>>(repeating: Value.splat(0))

  @inline(__always) init() {}

  @inline(__always) mutating func set(_ feature: Int, _ terms: GradientTerms<Value>) {
    dy[feature] = terms.dy
    normalized[feature] = terms.normalized
  }

  /// Adds the rows to the sums from feature i on.
  @inline(__always) mutating func add(to sums: ParameterSums<Value>, _ i: Int, rows: Int) {
    Value.transpose(&dy)
    Value.transpose(&normalized)
    var sum = sums.load(i)
    for row in 0..<rows { sum.add(GradientTerms(dy: dy[row], normalized: normalized[row])) }
    sums.store(sum, i)
  }
}

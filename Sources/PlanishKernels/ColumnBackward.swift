import CPlanishKernels

/// dx of rows of `E` that lie side by side, and their terms of dweight and dbias, where wanted.
struct ColumnBackward<E: Element> {
  let task: UnsafePointer<planish_backward_task>
  private let weight: AnyParameter<E.Value>
  /// nil where they are not wanted.
  private let sums: ParameterSums<E.Value>?

  @inline(__always) init(_ task: UnsafePointer<planish_backward_task>, _ sums: ParameterSums<E.Value>?) {
    self.task = task
    self.sums = sums
    weight = task.pointee.weight.asWeight(E.Value.self)
  }

  @inline(__always) func rows(_ first: Int, _ count: Int) {
    let length = RowLength<E.Value>(task.pointee.features)
    guard let sums else { return rows(first, count, length) }
    sums.forEachPanel(first, count) { rows($0, $1, length) }
  }

  @inline(__always) private func rows(_ first: Int, _ count: Int, _ length: RowLength<E.Value>) {
    forEachColumns(first, count, inner: task.pointee.inner) { columns($0, $1, length) }
  }

  @inline(never) private func columns(_ row: Int, _ count: Int, _ length: RowLength<E.Value>) {
    let task = task.pointee
    let x = task.x.columns(row, count, inner: task.inner, E.self)
    let dy = task.dy.columns(row, count, inner: task.inner, E.self)
    guard let rounded = task.normalizer(row, x, length) else {
      for row in row..<row &+ count { anyBackward(task, row, sums) }
      return
    }
    let projection = LaneProjection(
      ColumnProducts(dy: dy, x: x, weight: weight, rounded: rounded).total(over: length.features), length, rounded)

    let dx = task.dx.columns(row, count, inner: task.inner, E.self)
    var tile = Tile<E.Value>()
    for i in 0..<length.features {
      let terms = GradientTerms(dy: dy.load(i), normalized: projection.normalizer(x.load(i)))
      dx.store(projection.dx(terms, terms.dy * weight.one(i)), i)
      if let sums {
        tile.set(i % 16, terms)
        if i % 16 == 15 || i &+ 1 == length.features {
          tile.add(to: sums, i / 16 * 16, First(count: i % 16 &+ 1), rows: count)
        }
      }
    }
  }
}

extension planish_backward_task {
  /// For 16 rows; nil if one of them needs rescaling.
  @inline(__always)
  fileprivate func normalizer<E: Element>(
    _ row: Int, _ x: Columns<E>, _ length: RowLength<E.Value>
  ) -> LaneNormalizer<E.Value>? {
    guard mean != nil && rstd != nil else { return x.moments(length, eps: eps).map { LaneNormalizer(rounded: $0) } }
    let (normalizer, unsafe) = given(E.Value.self, row, x.side)
    return unsafe.isEmpty ? normalizer : nil
  }
}

private struct ColumnProducts<E: Element>: ColumnTerms {
  let dy: Columns<E>
  let x: Columns<E>
  let weight: AnyParameter<E.Value>
  let rounded: LaneNormalizer<E.Value>

  @inline(__always) func load(_ i: Int) -> GradientProduct<E.Value> {
    GradientProduct(
      normalized: (x.loadAhead(i) - rounded.mean) * rounded.rstd, g: dy.loadAhead(i) * weight.one(i))
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
  @inline(__always) mutating func add(to sums: ParameterSums<Value>, _ i: Int, _ extent: First, rows: Int) {
    Value.transpose(&dy)
    Value.transpose(&normalized)
    var sum = sums.load(i, extent)
    for row in 0..<rows { sum.add(GradientTerms(dy: dy[row], normalized: normalized[row])) }
    sums.store(sum, i, extent)
  }
}

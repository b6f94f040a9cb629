import CPlanishKernels

/// dx of rows of `E` that lie side by side, and their terms of dweight and dbias, where wanted.
struct ColumnBackward<E: Element> {
  let task: UnsafePointer<planish_backward_task>
  private let weight: AnyParameter<E.Value>
  /// nil where they are not wanted.
  private let sums: ParameterSums<E.Value>?
  private let streams: Bool

  @inline(__always) init(_ task: UnsafePointer<planish_backward_task>, _ sums: ParameterSums<E.Value>?) {
    self.task = task
    self.sums = sums
    weight = task.pointee.weight.asWeight(E.Value.self)
    streams = task.pointee.streams != 0
  }

  @inline(__always) func rows(_ first: Int, _ count: Int) {
    let (dx, inner) = (task.pointee.dx, task.pointee.inner)
    let length = RowLength<E.Value>(task.pointee.features)
    let panels = Panels(first: first, end: first &+ count)
    let most = 16 &* groups(Wanted.self)
    sums?.beginPanel()
    Strip.forEach(first, count, inner: inner, most: most) { strip in
      if streams && dx.isWhole(strip, rows: most, inner: inner, E.self) {
        columns(strip, Wanted.self, panels, length)
      } else {
        strip.forEachGroup { $0.isThin ? rowByRow($0, panels) : columns($0, Unwanted.self, panels, length) }
      }
    }
    if streams { planish_end_stream() }
  }

  /// In a strip of rows.
  @inline(__always) private func groups<C: Choice>(_ streaming: C.Type) -> Int { C.isWanted(()) ? 2 : 1 }

  @inline(never)
  private func columns<C: Choice>(
    _ strip: Strip, _ streaming: C.Type, _ panels: Panels, _ length: RowLength<E.Value>
  ) {
    let task = task.pointee
    let groups = groups(streaming)
    let x = task.x.columns(strip, inner: task.inner, features: length.features, E.self)
    let dy = task.dy.columns(strip, inner: task.inner, features: length.features, E.self)
    var projections = InlineArray<2, LaneProjection<E.Value>>(repeating: LaneProjection())
    for group in 0..<groups {
      let x = x.group(group, strip)
      guard let rounded = task.normalizer(strip.row(group), x, length) else { return rowByRow(strip, panels) }
      projections[group] = ColumnProducts.projection(dy.group(group, strip), x, weight, rounded, length)
    }
    let dx = task.dx.columns(strip, inner: task.inner, streaming: streaming, E.self)
    withUnsafePointer(to: projections) { write(dy, x, dx, strip, panels, $0) }
  }

  @inline(never) private func rowByRow(_ strip: Strip, _ panels: Panels) {
    for row in strip.row..<strip.row &+ strip.count {
      anyBackward(task.pointee, row, sums)
      sums?.endPanel(after: row, panels)
    }
  }

  @inline(__always)
  private func write<C: Choice>(
    _ dy: Columns<E>, _ x: Columns<E>, _ dx: ColumnTarget<E, C>, _ strip: Strip, _ panels: Panels,
    _ projections: UnsafePointer<InlineArray<2, LaneProjection<E.Value>>>
  ) {
    let features = task.pointee.features
    let groups = groups(C.self)
    var tiles = InlineArray<2, Tile<E.Value>>(repeating: Tile())
    var i = 0
    while i < features {
      let count = Swift.min(16, features &- i)
      let weights = weight.values(i, count)
      for k in 0..<count {
        let weight = E.Value.splat(weights[k])
        for group in 0..<groups {
          let x = x.group(group, strip)
          let dy = dy.group(group, strip)
          if C.isWanted(()) || streams {
            planish_prefetch(x.p + (i &+ k) &* x.step + strip.count &* E.size)
            planish_prefetch(dy.p + (i &+ k) &* dy.step + strip.count &* E.size)
            if !C.isWanted(()) { planish_prefetch(dx.p + (i &+ k) &* dx.step + strip.count &* E.size) }
          }
          let projection = projections.pointee[group]
          let terms = GradientTerms(dy: dy.load(i &+ k), normalized: projection.normalizer(x.load(i &+ k)))
          dx.group(group, strip).store(projection.dx(terms, terms.dy * weight), i &+ k)
          if sums != nil { tiles[group].set(k, terms) }
        }
      }
      if let sums {
        for group in 0..<groups {
          tiles[group].add(
            to: sums, i, First(count: count), panels, row: strip.row(group), rows: strip.side(group).count)
        }
      }
      i &+= 16
    }
  }
}

extension planish_backward_task {
  /// For 16 rows; nil if one of them needs rescaling.
  @inline(never)
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
  /// For 16 weights that have to be converted.
  let scratch: UnsafeMutableRawPointer
  /// Those of the lane.
  let weights: ParameterLane<E.Value>

  @inline(__always) func load(_ i: Int) -> GradientProduct<E.Value> {
    GradientProduct(normalized: (x.load(i) - rounded.mean) * rounded.rstd, g: dy.load(i) * weights.load(i))
  }

  @inline(__always) func lane(_ i: Int, _ count: Int) -> Self {
    Self(
      dy: dy.lane(i), x: x.lane(i), weight: weight, rounded: rounded, scratch: scratch,
      weights: weight.lane(i, count, scratch: scratch))
  }

  @inline(never)
  static func projection(
    _ dy: Columns<E>, _ x: Columns<E>, _ weight: AnyParameter<E.Value>, _ rounded: LaneNormalizer<E.Value>,
    _ length: RowLength<E.Value>
  ) -> LaneProjection<E.Value> {
    var scratch = InlineArray<16, E.Value>(repeating: 0)
    return scratch.withAddress {
      let products = Self(
        dy: dy, x: x, weight: weight, rounded: rounded, scratch: $0,
        weights: ParameterLane(p: UnsafeRawPointer($0), step: 0))
      return LaneProjection(products.total(over: length.features), length, rounded)
    }
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

  /// Adds `rows` rows from `row` on to the sums from feature i on, and panels that end with one of them to their block.
  @inline(never)
  mutating func add(to sums: ParameterSums<Value>, _ i: Int, _ extent: First, _ panels: Panels, row: Int, rows: Int) {
    Value.transpose(&dy)
    Value.transpose(&normalized)
    var sum = sums.load(i, extent)
    for k in 0..<rows {
      sum.add(GradientTerms(dy: dy[k], normalized: normalized[k]))
      if panels.end(after: row &+ k) { sum = sums.endPanel(sum, i) }
    }
    sums.store(sum, i, extent)
  }
}

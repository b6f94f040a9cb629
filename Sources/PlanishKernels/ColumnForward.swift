import CPlanishKernels

/// y, mean and rstd of rows of `E` that lie side by side.
struct ColumnForward<E: Element> {
  let task: UnsafePointer<planish_forward_task>
  private let weight: AnyParameter<E.Value>
  private let bias: AnyParameter<E.Value>
  private let streams: Bool

  @inline(__always) init(_ task: UnsafePointer<planish_forward_task>) {
    self.task = task
    weight = task.pointee.weight.asWeight(E.Value.self)
    bias = task.pointee.bias.asBias(E.Value.self)
    streams = task.pointee.streams != 0
  }

  @inline(__always) func rows(_ first: Int, _ count: Int) {
    let (y, inner) = (task.pointee.y, task.pointee.inner)
    let length = RowLength<E.Value>(task.pointee.features)
    let most = 16 &* groups(Wanted.self)
    Strip.forEach(first, count, inner: inner, most: most) { strip in
      if streams && y.isWhole(strip, rows: most, inner: inner, E.self) {
        columns(strip, Wanted.self, length)
      } else {
        strip.forEachGroup { $0.isThin ? rowByRow($0) : columns($0, Unwanted.self, length) }
      }
    }
    if streams { planish_end_stream() }
  }

  /// In a strip of rows.
  @inline(__always) private func groups<C: Choice>(_ streaming: C.Type) -> Int { C.isWanted(()) ? 4 : 1 }

  @inline(never)
  private func columns<C: Choice>(_ strip: Strip, _ streaming: C.Type, _ length: RowLength<E.Value>) {
    let task = task.pointee
    let groups = groups(streaming)
    let x = task.x.columns(strip, inner: task.inner, features: length.features, E.self)
    var normalizers = InlineArray<4, LaneNormalizer<E.Value>>(repeating: LaneNormalizer())
    for group in 0..<groups {
      guard let normalizer = settle(x.group(group, strip), strip.row(group), length) else {
        return rowByRow(strip)
      }
      normalizers[group] = normalizer
    }
    let y = task.y.columns(strip, inner: task.inner, streaming: streaming, E.self)
    withUnsafePointer(to: normalizers) { normalizers in
      forEachFeature(length.features, weight, bias) { i, weight, bias in
        for group in 0..<groups {
          let x = x.group(group, strip)
          if streams {
            planish_prefetch(x.p + i &* x.step + strip.count &* E.size)
            if !C.isWanted(()) { planish_prefetch(y.p + i &* y.step + strip.count &* E.size) }
          }
          y.group(group, strip).store(E.Value.fma(normalizers.pointee[group](x.load(i)), weight, bias), i)
        }
      }
    }
  }
}

extension ColumnForward {
  @inline(never) private func rowByRow(_ strip: Strip) {
    for row in strip.row..<strip.row &+ strip.count { anyForward(E.Value.self, task.pointee, row) }
  }

  /// Stores the statistics where wanted; nil where a row needs rescaling.
  @inline(never)
  private func settle(_ x: Columns<E>, _ row: Int, _ length: RowLength<E.Value>) -> LaneNormalizer<E.Value>? {
    guard let moments = x.moments(length, eps: task.pointee.eps) else { return nil }
    task.pointee.storeStatistics(of: moments, row, x.side)
    return LaneNormalizer(moments)
  }
}

/// Goes through the features with their weight and bias, each in all lanes.
@inline(__always)
private func forEachFeature<Value: Compute>(
  _ features: Int, _ weight: AnyParameter<Value>, _ bias: AnyParameter<Value>,
  _ body: (Int, SIMD16<Value>, SIMD16<Value>) -> Void
) {
  var i = 0
  while i < features {
    let count = Swift.min(16, features &- i)
    let weights = weight.values(i, count)
    let biases = bias.values(i, count)
    for k in 0..<count { body(i &+ k, Value.splat(weights[k]), Value.splat(biases[k])) }
    i &+= 16
  }
}

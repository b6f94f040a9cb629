import CPlanishKernels

/// y, mean and rstd of rows of `E` whose elements lie side by side, with weight `W` and bias `B`.
struct Forward<E: Element, W: Parameter, B: Parameter> where W.Value == E.Value, B.Value == E.Value {
  let task: UnsafePointer<planish_forward_task>
  let weight: W
  let bias: B

  /// Three rows are under way at a time: the sums of one, the statistics of the one before it, the results of the one
  /// before that. So none waits for what takes long to settle.
  @inline(__always) func rows(_ first: Int, _ count: Int) {
    let length = RowLength<E.Value>(task.pointee.features)
    let last = first &+ count &- 1
    var spread = spread(first, length)
    var normalizer = settle(first, spread, length)
    spread = self.spread(Swift.min(first &+ 1, last), length)
    var row = first
    while row < last {
      let nextSpread = row &+ 2 <= last ? self.spread(row &+ 2, length) : spread
      let next = settle(row &+ 1, spread, length)
      write(row, normalizer)
      normalizer = next
      spread = nextSpread
      row &+= 1
    }
    write(row, normalizer)
  }

  @inline(__always) private func spread(_ row: Int, _ length: RowLength<E.Value>) -> Spread<E.Value> {
    task.pointee.x.plain(row, E.self).spread(length, around: nil)
  }

  /// Stores the statistics where wanted; nil where the row needs rescaling.
  @inline(__always)
  private func settle(
    _ row: Int, _ spread: Spread<E.Value>, _ length: RowLength<E.Value>
  ) -> Normalizer<E.Value>? {
    let spread = spread.close(to: task.pointee.x.plain(row, E.self), length)
    guard let moments = spread.moments(eps: task.pointee.eps) else { return nil }
    task.pointee.storeStatistics(row, mean: moments.mean, rstd: moments.rstd)
    return Normalizer(moments)
  }

  @inline(__always) private func write(_ row: Int, _ normalizer: Normalizer<E.Value>?) {
    guard let normalizer else { return anyForward(E.Value.self, task.pointee, row) }
    Output(
      x: task.pointee.x.plain(row, E.self), y: task.pointee.y.plain(row, E.self), weight: weight, bias: bias,
      normalizer: normalizer
    ).runUnrolled(over: task.pointee.features)
  }
}

extension planish_forward_task {
  @inline(__always) func storeStatistics<Wide: WideNumber>(_ row: Int, mean: Wide, rstd: Wide)
  where Wide.Narrow: Compute {
    if let p = self.mean { Wide.Narrow.storeOne(mean.narrowed, p + row &* Wide.Narrow.size) }
    if let p = self.rstd { Wide.Narrow.storeOne(rstd.narrowed, p + row &* Wide.Narrow.size) }
  }
}

/// y = x̂ · weight + bias of one row.
struct Output<S: Source, T: Target, W: Parameter, B: Parameter>: Pass
where T.Value == S.Value, W.Value == S.Value, B.Value == S.Value {
  let x: S
  let y: T
  let weight: W
  let bias: B
  let normalizer: Normalizer<S.Value>

  @inline(__always) func run(_ i: Int, _ extent: some Extent) {
    y.store(value(i, extent, weight.load(i, extent), bias.load(i, extent)), i, extent)
  }

  @inline(__always)
  func value(
    _ i: Int, _ extent: some Extent, _ weight: SIMD16<S.Value>, _ bias: SIMD16<S.Value>
  ) -> SIMD16<S.Value> {
    let normalized = normalizer(x.load(i, extent))
    return switch (W.isPresent, B.isPresent) {
    case (true, true): S.Value.fma(normalized, weight, bias)
    case (true, false): normalized * weight
    case (false, true): normalized + bias
    case (false, false): normalized
    }
  }
}

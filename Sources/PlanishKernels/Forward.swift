import CPlanishKernels

/// y, mean and rstd of rows of `E` whose elements lie side by side, with weight `W` and bias `B`.
struct Forward<E: Element, W: Parameter, B: Parameter> where W.Value == E.Value, B.Value == E.Value {
  let task: UnsafePointer<planish_forward_task>
  let weight: W
  let bias: B

  private let length: RowLength<E.Value>
  private let streams: Bool
  /// Such rows would push each other out of the nearest cache: they come one by one.
  private var isLong: Bool { length.features &* E.size > 12288 }

  @inline(__always) init(_ task: UnsafePointer<planish_forward_task>, weight: W, bias: B) {
    self.task = task
    self.weight = weight
    self.bias = bias
    length = RowLength(task.pointee.features)
    streams = task.pointee.streams != 0 && task.pointee.y.canStream(E.self)
  }

  @inline(__always) func rows(_ first: Int, _ count: Int) {
    // Of so short rows the turns of loops are most of the work: here there are none.
    let isGroup = E.dtype == Float32.dtype && W.isPresent && B.isPresent && length.features == 64
    let together = isLong ? 1 : count
    if isGroup {
      rows(first, through: first &+ count &- 1, RowLength(64)) { task.pointee.x.plain($0, E.self).spreadOf64() }
    } else {
      var row = first
      while row < first &+ count {
        rows(row, through: row &+ together &- 1, length) {
          task.pointee.x.plain($0, E.self).spread(length, around: nil)
        }
        row &+= together
      }
    }
    if streams { planish_end_stream() }
  }

  /// Three rows are under way at a time: the sums of one, the statistics of the one before it, the results of the one
  /// before that. So none waits for what takes long to settle.
  @inline(__always)
  private func rows(
    _ first: Int, through last: Int, _ length: RowLength<E.Value>, _ newSpread: (Int) -> Spread<E.Value>
  ) {
    var spread = Spread<E.Value>.none
    var normalizer: Normalizer<E.Value>?
    var row = first &- 2
    while row <= last {
      let nextSpread = row &+ 2 <= last ? newSpread(row &+ 2) : spread
      let next = row &+ 1 >= first && row < last ? settle(row &+ 1, spread, length) : nil
      if row >= first { write(row, normalizer, length) }
      normalizer = next
      spread = nextSpread
      row &+= 1
    }
  }

  /// Stores the statistics where wanted; nil where the row needs rescaling.
  @inline(__always)
  private func settle(_ row: Int, _ spread: Spread<E.Value>, _ length: RowLength<E.Value>) -> Normalizer<E.Value>? {
    let spread = spread.close(to: task.pointee.x.plain(row, E.self), length)
    guard let moments = spread.moments(eps: task.pointee.eps) else { return nil }
    task.pointee.storeStatistics(row, mean: moments.mean, rstd: moments.rstd)
    return Normalizer(moments)
  }

  @inline(__always)
  private func write(_ row: Int, _ normalizer: Normalizer<E.Value>?, _ length: RowLength<E.Value>) {
    guard let normalizer else { return anyForward(E.Value.self, task.pointee, row) }
    let features = length.features
    if streams {
      write(row, normalizer, features, Wanted.self)
    } else {
      write(row, normalizer, features, Unwanted.self)
    }
  }

  @inline(__always)
  private func write<C: Choice>(
    _ row: Int, _ normalizer: Normalizer<E.Value>, _ features: Int, _ streaming: C.Type
  ) {
    let x = task.pointee.x.plain(row, E.self)
    let y = task.pointee.y.plain(row, streaming: streaming, E.self)
    // What the sums read next.
    let ahead = Ahead(p: x.p + (isLong ? 1 : 3) &* task.pointee.x.stride, size: E.size)
    Output(x: x, y: y, weight: weight, bias: bias, normalizer: normalizer, ahead: ahead).run(over: features)
  }
}

extension planish_forward_task {
  @inline(__always) func storeStatistics<Wide: WideNumber>(_ row: Int, mean: Wide, rstd: Wide)
  where Wide.Narrow: Compute {
    if let p = self.mean { Wide.Narrow.storeOne(mean.narrowed, p + row &* Wide.Narrow.size) }
    if let p = self.rstd { Wide.Narrow.storeOne(rstd.narrowed, p + row &* Wide.Narrow.size) }
  }
}

/// Memory that is fetched on the way, where results are streamed.
struct Ahead {
  let p: UnsafeRawPointer
  let size: Int
  @inline(__always) func fetch(_ i: Int) { planish_prefetch(p + i &* size) }
}

/// y = x̂ · weight + bias of one row.
struct Output<S: Source, T: Target, W: Parameter, B: Parameter>: Pass
where T.Value == S.Value, W.Value == S.Value, B.Value == S.Value {
  let x: S
  let y: T
  let weight: W
  let bias: B
  let normalizer: Normalizer<S.Value>
  let ahead: Ahead

  @inline(__always) func run(over features: Int) {
    let head = Swift.min(y.head, features)
    if head > 0 { run(0, First(count: head)) }
    if T.isLight { runUnrolled(from: head, over: features) } else { run(from: head, over: features) }
  }

  @inline(__always) func run(_ i: Int, _ extent: some Extent) {
    if T.isStreamed && extent.isFull { ahead.fetch(i) }
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

import CPlanishKernels

/// y, mean and rstd of rows of `E`, with weight `W` and bias `B`.
struct Forward<E: Element, W: Parameter, B: Parameter> where W.Value == E.Value, B.Value == E.Value {
  let task: UnsafePointer<planish_forward_task>

  /// Two rows at a time: they share the loads of weight and bias, and one row's statistics hide the latency of the
  /// other's.
  @inline(__always) func rows(_ first: Int, _ count: Int) {
    var row = first
    while row &+ 1 < first &+ count {
      if let one = plainNormalizer(row), let other = plainNormalizer(row &+ 1) {
        PairOutput(one: output(row, one), other: output(row &+ 1, other)).run(over: task.pointee.features)
      } else {
        single(row)
        single(row &+ 1)
      }
      row &+= 2
    }
    if row < first &+ count { single(row) }
  }

  @inline(never) private func single(_ row: Int) {
    if let normalizer = plainNormalizer(row) {
      output(row, normalizer).run(over: task.pointee.features)
    } else {
      let (source, moments) = plain(row).rescaled(task.pointee.features, eps: task.pointee.eps)
      storeStatistics(row, moments, exponent: source.exponent)
      Output<E, RescaledRow<E>, W, B>(
        weight: task.pointee.weight, bias: task.pointee.bias, row: source, y: y(row), normalizer: Normalizer(moments)
      )
      .run(over: task.pointee.features)
    }
  }

  /// nil where the row needs rescaling.
  @inline(__always) private func plainNormalizer(_ row: Int) -> Normalizer<E.Value>? {
    guard let moments = plain(row).moments(task.pointee.features, eps: task.pointee.eps, anyScale: false) else {
      return nil
    }
    storeStatistics(row, moments, exponent: 0)
    return Normalizer(moments)
  }

  @inline(__always)
  private func storeStatistics(_ row: Int, _ moments: Moments<E.Value>, exponent: Int) {
    if let mean = task.pointee.mean { E.storeStatistic(moments.mean.scaled(by: exponent).narrowed, mean, at: row) }
    if let rstd = task.pointee.rstd { E.storeStatistic(moments.rstd.scaled(by: -exponent).narrowed, rstd, at: row) }
  }

  @inline(__always) private func plain(_ row: Int) -> PlainRow<E> {
    PlainRow(x: task.pointee.x + row &* task.pointee.x_stride)
  }
  @inline(__always) private func y(_ row: Int) -> UnsafeMutableRawPointer {
    task.pointee.y + row &* task.pointee.y_stride
  }
  @inline(__always)
  private func output(_ row: Int, _ normalizer: Normalizer<E.Value>) -> Output<E, PlainRow<E>, W, B> {
    Output(weight: task.pointee.weight, bias: task.pointee.bias, row: plain(row), y: y(row), normalizer: normalizer)
  }
}

/// y = x̂ · weight + bias of one row.
private struct Output<E: Element, S: Source, W: Parameter, B: Parameter>: Pass
where S.Value == E.Value, W.Value == E.Value, B.Value == E.Value {
  let weight: UnsafeRawPointer?
  let bias: UnsafeRawPointer?
  let row: S
  let y: UnsafeMutableRawPointer
  let normalizer: Normalizer<E.Value>

  @inline(__always) func run(_ i: Int, _ extent: some Extent) {
    let weight = W.load(self.weight, at: i, extent)
    let bias = B.load(self.bias, at: i, extent)
    store(value(i, extent, weight, bias), i, extent)
  }

  @inline(__always)
  func value(
    _ i: Int, _ extent: some Extent, _ weight: SIMD16<E.Value>, _ bias: SIMD16<E.Value>
  ) -> SIMD16<E.Value> {
    let normalized = normalizer(row.load(i, extent))
    return switch (W.isPresent, B.isPresent) {
    case (true, true): E.Value.fma(normalized, weight, bias)
    case (true, false): normalized * weight
    case (false, true): normalized + bias
    case (false, false): normalized
    }
  }

  @inline(__always) func store(_ v: SIMD16<E.Value>, _ i: Int, _ extent: some Extent) {
    E.store(v, y + i &* E.size, extent)
  }
}

private struct PairOutput<E: Element, S: Source, W: Parameter, B: Parameter>: Pass
where S.Value == E.Value, W.Value == E.Value, B.Value == E.Value {
  let one: Output<E, S, W, B>
  let other: Output<E, S, W, B>

  @inline(__always) func run(_ i: Int, _ extent: some Extent) {
    let weight = W.load(one.weight, at: i, extent)
    let bias = B.load(one.bias, at: i, extent)
    let first = one.value(i, extent, weight, bias)
    let second = other.value(i, extent, weight, bias)
    one.store(first, i, extent)
    other.store(second, i, extent)
  }
}

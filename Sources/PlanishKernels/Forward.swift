import CPlanishKernels

/// y, mean and rstd of rows of `E` whose elements lie side by side, with weight `W` and bias `B`.
struct Forward<E: Element, W: Parameter, B: Parameter> where W.Value == E.Value, B.Value == E.Value {
  let task: UnsafePointer<planish_forward_task>
  let weight: W
  let bias: B

  /// Two rows at a time: they share the loads of weight and bias, and one row's statistics hide the latency of the
  /// other's.
  @inline(__always) func rows(_ first: Int, _ count: Int) {
    var row = first
    while row &+ 1 < first &+ count {
      if let one = normalizer(row), let other = normalizer(row &+ 1) {
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
    if let normalizer = normalizer(row) {
      output(row, normalizer).run(over: task.pointee.features)
    } else {
      anyForward(E.Value.self, task.pointee, row)
    }
  }

  /// nil where the row needs rescaling.
  @inline(__always) private func normalizer(_ row: Int) -> Normalizer<E.Value>? {
    let x = task.pointee.x.plain(row, E.self)
    guard let moments = x.moments(task.pointee.features, eps: task.pointee.eps) else { return nil }
    task.pointee.storeStatistics(row, moments)
    return Normalizer(moments)
  }

  @inline(__always)
  private func output(
    _ row: Int, _ normalizer: Normalizer<E.Value>
  ) -> Output<PlainRow<E>, PlainTarget<E>, W, B> {
    Output(
      x: task.pointee.x.plain(row, E.self), y: task.pointee.y.plain(row, E.self), weight: weight, bias: bias,
      normalizer: normalizer)
  }
}

extension planish_forward_task {
  @inline(__always) func storeStatistics<Value: Compute>(_ row: Int, _ moments: Moments<Value>) {
    if let mean { Value.storeOne(moments.mean.narrowed, mean + row &* Value.size) }
    if let rstd { Value.storeOne(moments.rstd.narrowed, rstd + row &* Value.size) }
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

private struct PairOutput<S: Source, T: Target, W: Parameter, B: Parameter>: Pass
where T.Value == S.Value, W.Value == S.Value, B.Value == S.Value {
  let one: Output<S, T, W, B>
  let other: Output<S, T, W, B>

  @inline(__always) func run(_ i: Int, _ extent: some Extent) {
    let weight = one.weight.load(i, extent)
    let bias = one.bias.load(i, extent)
    let first = one.value(i, extent, weight, bias)
    let second = other.value(i, extent, weight, bias)
    one.y.store(first, i, extent)
    other.y.store(second, i, extent)
  }
}

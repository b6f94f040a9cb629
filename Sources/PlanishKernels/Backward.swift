import CPlanishKernels

/// dx of rows of `E` with weight `W`, and their terms of dweight and dbias, each where wanted.
struct Backward<E: Element, W: Parameter, Dx: Choice, Parameters: Choice> where W.Value == E.Value {
  let task: UnsafePointer<planish_backward_task>
  let sums: ParameterSums<E.Value>

  @inline(__always) func rows(_ first: Int, _ count: Int) {
    guard Parameters.isWanted else { return panel(first, count) }
    var done = 0
    while done < count {
      let rows = Swift.min(ParameterSums<E.Value>.panelRows, count &- done)
      sums.clearPanel()
      panel(first &+ done, rows)
      sums.addPanelToBlock()
      done &+= rows
    }
  }

  /// Two rows at a time: they share the loads of weight, and the loads and stores of the sums.
  @inline(__always) private func panel(_ first: Int, _ count: Int) {
    let features = task.pointee.features
    var row = first
    while row &+ 1 < first &+ count {
      if let one = plainGradient(row), let other = plainGradient(row &+ 1) {
        PairPass(one: pass(one), other: other).run(over: features)
      } else {
        single(row)
        single(row &+ 1)
      }
      row &+= 2
    }
    if row < first &+ count { single(row) }
  }

  @inline(never) private func single(_ row: Int) {
    if let gradient = plainGradient(row) {
      pass(gradient).run(over: task.pointee.features)
    } else {
      let (source, moments) = x(row).rescaled(task.pointee.features, eps: task.pointee.eps)
      pass(gradient(row, source, Normalizer(moments))).run(over: task.pointee.features)
    }
  }

  /// With the statistics given, or else computed just as forward does; nil where the row needs rescaling.
  @inline(__always) private func plainGradient(_ row: Int) -> Gradient<E, PlainRow<E>, W>? {
    if let mean = task.pointee.mean, let rstd = task.pointee.rstd {
      let given = Normalizer(mean: E.loadStatistic(mean, at: row), rstd: E.loadStatistic(rstd, at: row), shift: 0)
      if given.rstd < E.Value.safeRstd.lowerBound || given.rstd > E.Value.safeRstd.upperBound { return nil }
      return gradient(row, x(row), given)
    }
    guard let moments = x(row).moments(task.pointee.features, eps: task.pointee.eps, anyScale: false) else {
      return nil
    }
    return gradient(row, x(row), Normalizer(moments))
  }

  @inline(__always)
  private func gradient<S: Source>(_ row: Int, _ source: S, _ rounded: Normalizer<E.Value>) -> Gradient<E, S, W> {
    Gradient(
      row: source, dy: task.pointee.dy + row &* task.pointee.dy_stride,
      dx: task.pointee.dx.map { $0 + row &* task.pointee.dx_stride }, weight: task.pointee.weight,
      features: task.pointee.features, rounded: rounded)
  }

  @inline(__always) private func x(_ row: Int) -> PlainRow<E> {
    PlainRow(x: task.pointee.x + row &* task.pointee.x_stride)
  }

  @inline(__always)
  private func pass<S: Source>(_ gradient: Gradient<E, S, W>) -> SinglePass<E, S, W, Dx, Parameters> {
    SinglePass(gradient: gradient, sums: sums)
  }
}

private struct SinglePass<E: Element, S: Source, W: Parameter, Dx: Choice, Parameters: Choice>: Pass
where S.Value == E.Value, W.Value == E.Value {
  let gradient: Gradient<E, S, W>
  let sums: ParameterSums<E.Value>

  @inline(__always) func run(_ i: Int, _ extent: some Extent) {
    let weight = W.load(gradient.weight, at: i, extent)
    let terms = gradient.terms(i, extent)
    if Dx.isWanted { gradient.storeDx(terms, weight, i, extent) }
    if Parameters.isWanted {
      var sum = sums.load(i, extent)
      sum.add(terms)
      sums.store(sum, i, extent)
    }
  }
}

private struct PairPass<E: Element, S: Source, W: Parameter, Dx: Choice, Parameters: Choice>: Pass
where S.Value == E.Value, W.Value == E.Value {
  let one: SinglePass<E, S, W, Dx, Parameters>
  let other: Gradient<E, S, W>

  @inline(__always) func run(_ i: Int, _ extent: some Extent) {
    let weight = W.load(other.weight, at: i, extent)
    let first = one.gradient.terms(i, extent)
    let second = other.terms(i, extent)
    if Dx.isWanted {
      one.gradient.storeDx(first, weight, i, extent)
      other.storeDx(second, weight, i, extent)
    }
    if Parameters.isWanted {
      var sum = one.sums.load(i, extent)
      sum.add(first)
      sum.add(second)
      one.sums.store(sum, i, extent)
    }
  }
}

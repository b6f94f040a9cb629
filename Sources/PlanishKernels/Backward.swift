import CPlanishKernels

/// dx of rows of `E` whose elements lie side by side, with weight `W`, and their terms of dweight and dbias where wanted.
struct Backward<E: Element, W: Parameter> where W.Value == E.Value {
  let task: UnsafePointer<planish_backward_task>
  let weight: W
  let sums: ParameterSums<E.Value>?
  private let streams: Bool

  @inline(__always)
  init(_ task: UnsafePointer<planish_backward_task>, _ weight: W, _ sums: ParameterSums<E.Value>?) {
    self.task = task
    self.weight = weight
    self.sums = sums
    streams = task.pointee.streams != 0 && task.pointee.dx.canStream(E.self)
  }

  private typealias Row = Gradient<PlainRow<E>, PlainRow<E>>

  @inline(__always) func rows(_ first: Int, _ count: Int) {
    let length = RowLength<E.Value>(task.pointee.features)
    if let sums {
      sums.forEachPanel(first, count) { panel($0, $1, length) }
    } else {
      panel(first, count, length)
    }
    if streams { planish_end_stream() }
  }

  /// Two rows at a time: they share the loads of weight, and the loads and stores of the sums. Beyond the caches, one at a
  /// time, while the next one is fetched.
  @inline(never) private func panel(_ first: Int, _ count: Int, _ length: RowLength<E.Value>) {
    var row = first
    let end = first &+ count
    while !streams && row &+ 1 < end {
      if let one = gradient(row, length), let other = gradient(row &+ 1, length) {
        write(row, one, other)
      } else {
        single(row, length)
        single(row &+ 1, length)
      }
      row &+= 2
    }
    while row < end {
      single(row, length)
      row &+= 1
    }
  }

  @inline(never) private func single(_ row: Int, _ length: RowLength<E.Value>) {
    guard let gradient = gradient(row, length) else { return anyBackward(task.pointee, row, sums) }
    if streams { write(row, gradient, Wanted.self) } else { write(row, gradient, Unwanted.self) }
  }

  /// nil where the row needs rescaling.
  @inline(__always) private func gradient(_ row: Int, _ length: RowLength<E.Value>) -> Row? {
    let x = task.pointee.x.plain(row, E.self)
    guard let normalizer = task.pointee.normalizer(row, x, length) else { return nil }
    return Gradient(task.pointee.dy.plain(row, E.self), x, weight, length, normalizer)
  }

  @inline(__always) private func write<C: Choice>(_ row: Int, _ gradient: Row, _ streaming: C.Type) {
    if let weight = weight.present {
      write(row, gradient, weight, streaming)
    } else {
      write(row, gradient, weight.otherwise, streaming)
    }
  }

  @inline(__always)
  private func write<P: Parameter, C: Choice>(_ row: Int, _ gradient: Row, _ weight: P, _ streaming: C.Type)
  where P.Value == E.Value {
    SinglePass<PlainRow<E>, PlainRow<E>, PlainTarget<E, C>, P, Wanted, WantedIfPresent>(
      gradient: gradient, weight: weight, dx: task.pointee.dx.plain(row, streaming: streaming, E.self), sums: sums,
      ahead: ahead(of: row)
    ).run(over: task.pointee.features)
  }

  @inline(__always) private func write(_ row: Int, _ one: Row, _ other: Row) {
    if let weight = weight.present {
      if sums != nil {
        write(row, one, other, weight, Wanted.self)
      } else {
        write(row, one, other, weight, Unwanted.self)
      }
    } else {
      write(row, one, other, weight.otherwise, WantedIfPresent.self)
    }
  }

  @inline(__always)
  private func write<P: Parameter, C: Choice>(_ row: Int, _ one: Row, _ other: Row, _ weight: P, _ parameters: C.Type)
  where P.Value == E.Value {
    let dx = task.pointee.dx
    PairPass<PlainRow<E>, PlainRow<E>, PlainTarget<E, Unwanted>, P, C>(
      one: one, other: other, weight: weight, dx: dx.plain(row, streaming: Unwanted.self, E.self),
      otherDx: dx.plain(row &+ 1, streaming: Unwanted.self, E.self), sums: sums
    ).runApart(over: task.pointee.features)
  }

  /// What is read next.
  @inline(__always) private func ahead(of row: Int) -> InputsAhead {
    InputsAhead(
      x: Ahead(p: task.pointee.x.plain(row &+ 1, E.self).p, size: E.size),
      dy: Ahead(p: task.pointee.dy.plain(row &+ 1, E.self).p, size: E.size))
  }
}

struct InputsAhead {
  let x: Ahead
  let dy: Ahead

  @inline(__always) func fetch(_ i: Int) {
    x.fetch(i)
    dy.fetch(i)
  }
}

extension planish_backward_task {
  /// With the statistics given, or else computed just as forward does; nil where the row needs rescaling.
  @inline(__always) func normalizer<S: Source>(
    _ row: Int, _ x: S, _ length: RowLength<S.Value>
  ) -> Normalizer<S.Value>? {
    if mean != nil && rstd != nil { return given(S.Value.self, row) }
    return x.moments(length, eps: eps).map { Normalizer(rounded: $0) }
  }

  /// With the statistics given, which must be there; nil where the row needs rescaling.
  @inline(__always) func given<Value: Compute>(_ value: Value.Type, _ row: Int) -> Normalizer<Value>? {
    let offset = row &* Value.size
    let mean = Value.loadOne(mean.unsafelyUnwrapped + offset)
    let rstd = Value.loadOne(rstd.unsafelyUnwrapped + offset)
    if rstd < Value.safeRstd.lowerBound || rstd > Value.safeRstd.upperBound { return nil }
    return Normalizer(mean: mean, rstd: rstd, shift: 0)
  }
}

/// dx of one row, and its terms of dweight and dbias, each where wanted.
struct SinglePass<DY: Source, S: Source, T: Target, W: Parameter, Dx: Choice, Parameters: Choice>: Pass
where DY.Value == S.Value, T.Value == S.Value, W.Value == S.Value {
  let gradient: Gradient<DY, S>
  let weight: W
  let dx: T?
  let sums: ParameterSums<S.Value>?
  let ahead: InputsAhead

  @inline(__always) func run(over features: Int) {
    let head = Swift.min(dx?.head ?? 0, features)
    if head > 0 { run(0, First(count: head)) }
    run(from: head, over: features)
  }

  @inline(__always) func run(_ i: Int, _ extent: some Extent) {
    if T.isStreamed && extent.isFull { ahead.fetch(i) }
    let terms = gradient.terms(i, extent)
    if Dx.isWanted(dx) { dx.unsafelyUnwrapped.store(gradient.dx(terms, weight.load(i, extent)), i, extent) }
    if Parameters.isWanted(sums) {
      let sums = sums.unsafelyUnwrapped
      var sum = sums.load(i, extent)
      sum.add(terms)
      sums.store(sum, i, extent)
    }
  }
}

/// The same for two rows.
private struct PairPass<DY: Source, S: Source, T: Target, W: Parameter, Parameters: Choice>: Pass
where DY.Value == S.Value, T.Value == S.Value, W.Value == S.Value {
  let one: Gradient<DY, S>
  let other: Gradient<DY, S>
  let weight: W
  let dx: T
  let otherDx: T
  let sums: ParameterSums<S.Value>?

  /// So that the loop has all registers to itself.
  @inline(never) func runApart(over features: Int) { run(over: features) }

  @inline(__always) func run(_ i: Int, _ extent: some Extent) {
    let first = one.terms(i, extent)
    let second = other.terms(i, extent)
    let weight = weight.load(i, extent)
    dx.store(one.dx(first, weight), i, extent)
    otherDx.store(other.dx(second, weight), i, extent)
    if Parameters.isWanted(sums) {
      let sums = sums.unsafelyUnwrapped
      var sum = sums.load(i, extent)
      sum.add(first)
      sum.add(second)
      sums.store(sum, i, extent)
    }
  }
}

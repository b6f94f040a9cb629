import CPlanishKernels

/// y, mean and rstd of rows of `E` whose elements lie side by side.
struct Forward<E: Element> {
  let task: UnsafePointer<planish_forward_task>
  private let length: RowLength<E.Value>
  private let streams: Bool
  private let parameters: ParameterKind
  private let edges: UnsafeMutablePointer<Edges<E>>

  @inline(__always)
  init(
    _ task: UnsafePointer<planish_forward_task>, _ parameters: ParameterKind,
    _ edges: UnsafeMutablePointer<Edges<E>>
  ) {
    self.parameters = parameters
    self.edges = edges
    self.task = task
    length = RowLength(task.pointee.features)
    streams = task.pointee.streams != 0 && task.pointee.y.canStream(E.self)
  }

  /// Long rows come one by one: they would push each other out of the nearest cache. Short ones are settled in groups.
  @inline(__always) func rows(_ first: Int, _ count: Int) {
    let bytes = length.features &* E.size
    if count == 1 || bytes > (E.size == 2 ? 8192 : 6144) {
      for row in first..<first &+ count { single(row) }
    } else if bytes > (E.size == 8 ? 1536 : 1024) {
      overlapping(first, through: first &+ count &- 1)
    } else if length.features == 64 && E.dtype != Half16.dtype && parameters == .ownAndPresent {
      groups(first, count, SixtyFour())
    } else {
      groups(first, count, AnyFeatures(count: length.features, groupSize: bytes <= 1024 ? 16 : 8))
    }
  }

  @inline(never) private func single(_ row: Int) {
    let isFetched = streams && E.areLong(length.features, size: E.Value.size)
    let spread = task.pointee.x.plain(row, E.self, fetchingNext: isFetched).spread(length, around: nil)
    guard let normalizer = settle(row, spread) else { return rescaled(row) }
    write(row, normalizer, rowsAhead: isFetched ? 0 : 1)
  }

  /// Four rows are under way at a time: the pivot of one, the sums of the one before it, the statistics of the one before
  /// that, then the results. So none waits for what takes long to settle.
  @inline(__always) private func overlapping(_ first: Int, through last: Int) {
    var spread = Spread<E.Value>.none
    var normalizer: Normalizer<E.Value>?
    let x = task.pointee.x
    var pivot = x.plain(first, E.self).firstPivot(length.features)
    var row = first &- 2
    while row <= last {
      let nextSpread = row &+ 2 <= last ? x.plain(row &+ 2, E.self).spread(length, around: pivot) : spread
      if row &+ 3 <= last { pivot = x.plain(row &+ 3, E.self).firstPivot(length.features) }
      let next = row &+ 1 >= first && row < last ? settle(row &+ 1, spread) : nil
      if row >= first { finish(row, normalizer) }
      normalizer = next
      spread = nextSpread
      row &+= 1
    }
  }

  /// Stores the statistics where wanted; nil where the row needs rescaling.
  @inline(__always) private func settle(_ row: Int, _ spread: Spread<E.Value>) -> Normalizer<E.Value>? {
    let spread = spread.close(to: task.pointee.x.plain(row, E.self), length)
    guard let moments = spread.moments(eps: task.pointee.eps) else { return nil }
    task.pointee.storeStatistics(row, mean: moments.mean, rstd: moments.rstd)
    return Normalizer(moments)
  }

  @inline(__always) private func finish(_ row: Int, _ normalizer: Normalizer<E.Value>?) {
    let rowsAhead = 4
    guard let normalizer else { return rescaled(row) }
    if parameters == .ownAndPresent && !streams {
      let (weight, bias) = (Given<E>(task.pointee.weight), Given<E>(task.pointee.bias))
      output(row, normalizer, weight, bias, Unwanted.self, rowsAhead: rowsAhead).run(over: length.features)
    } else {
      write(row, normalizer, rowsAhead: rowsAhead)
    }
  }

  @inline(never) private func rescaled(_ row: Int) {
    edges.pointee.flush()
    anyForward(E.Value.self, task.pointee, row)
  }

  @inline(__always) private func groups<F: Features>(_ first: Int, _ count: Int, _ features: F) {
    let groups = RowGroups(first: first, end: first &+ count, size: features.groupSize)
    var pipeline = ForwardPipeline<E>(task, length, groups)
    withUnsafeMutablePointer(to: &pipeline) { pipeline in
      while pipeline.pointee.next() {
        write(features, pipeline)
        features.begin(pipeline)
      }
    }
  }

  /// The group whose turn it is.
  @inline(__always)
  private func write<F: Features>(_ features: F, _ pipeline: UnsafePointer<ForwardPipeline<E>>) {
    let row = pipeline.pointee.row
    let weight = Given<E>(task.pointee.weight)
    let bias = Given<E>(task.pointee.bias)
    var i = 0
    while i < pipeline.pointee.written {
      let normalizer = pipeline.pointee.memory.normalizer(i)
      if pipeline.pointee.hard.contains(i) {
        single(row &+ i)
      } else if F.isSixtyFour {
        writeInline(row &+ i, normalizer, 64, weight, bias, rowsAhead: 64)
      } else {
        write(row &+ i, normalizer, rowsAhead: 4 &* features.groupSize)
      }
      i &+= 1
    }
  }

  @inline(__always) func write(_ row: Int, _ normalizer: Normalizer<E.Value>, rowsAhead: Int) {
    let (weight, bias) = (task.pointee.weight, task.pointee.bias)
    switch parameters {
    case .ownAndPresent:
      write(row, normalizer, Given<E>(weight), Given<E>(bias), rowsAhead: rowsAhead)
    case .own:
      write(row, normalizer, Optionally<E>(weight: weight), Optionally<E>(bias: bias), rowsAhead: rowsAhead)
    case .exact:
      write(row, normalizer, Optionally<E.Exact>(weight: weight), Optionally<E.Exact>(bias: bias), rowsAhead: rowsAhead)
    }
  }

  @inline(never)
  private func write<P: Parameter, Q: Parameter>(
    _ row: Int, _ normalizer: Normalizer<E.Value>, _ weight: P, _ bias: Q, rowsAhead: Int
  ) where P.Value == E.Value, Q.Value == E.Value {
    writeInline(row, normalizer, length.features, weight, bias, rowsAhead: rowsAhead)
  }

  /// While the row that is so many rows ahead is fetched: the sums read it next.
  @inline(__always)
  private func writeInline<P: Parameter, Q: Parameter>(
    _ row: Int, _ normalizer: Normalizer<E.Value>, _ features: Int, _ weight: P, _ bias: Q, rowsAhead: Int
  ) where P.Value == E.Value, Q.Value == E.Value {
    if streams {
      output(row, normalizer, weight, bias, Wanted.self, rowsAhead: rowsAhead).run(over: features)
    } else {
      output(row, normalizer, weight, bias, Unwanted.self, rowsAhead: rowsAhead).run(over: features)
    }
  }

  @inline(__always)
  private func output<P: Parameter, Q: Parameter, C: Choice>(
    _ row: Int, _ normalizer: Normalizer<E.Value>, _ weight: P, _ bias: Q, _ streaming: C.Type, rowsAhead: Int
  ) -> Output<PlainRow<E>, PlainTarget<E, C>, P, Q> where P.Value == E.Value, Q.Value == E.Value {
    let x = task.pointee.x.plain(row, E.self)
    return Output(
      x: x, y: task.pointee.y.plain(row, streaming: streaming, edges), weight: weight, bias: bias,
      normalizer: normalizer, ahead: Ahead(p: x.p + rowsAhead &* task.pointee.x.stride, size: E.size))
  }
}

extension planish_forward_task {
  @inline(__always) func storeStatistics<Wide: WideNumber>(_ row: Int, mean: Wide, rstd: Wide)
  where Wide.Narrow: Compute {
    if let p = self.mean { Wide.Narrow.storeOne(mean.narrowed, p + row &* Wide.Narrow.size) }
    if let p = self.rstd { Wide.Narrow.storeOne(rstd.narrowed, p + row &* Wide.Narrow.size) }
  }

  /// Those of rows from `row` on.
  @inline(__always)
  func storeStatistics<Value: Compute>(of moments: LaneMoments<Value>, _ row: Int, _ extent: some Extent) {
    if let p = self.mean { Value.Exact.store(moments.mean.narrowed, p + row &* Value.size, extent) }
    if let p = self.rstd { Value.Exact.store(moments.rstd.narrowed, p + row &* Value.size, extent) }
  }
}

/// Memory that is fetched on the way, where results are streamed.
struct Ahead {
  let p: UnsafeRawPointer
  let size: Int
  /// Elements i ..< i + 16.
  @inline(__always) func fetch(_ i: Int) {
    planish_prefetch(p + i &* size)
    if size > 4 { planish_prefetch(p + i &* size + 64) }
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
  let ahead: Ahead

  @inline(__always) func run(over features: Int) {
    let head = Swift.min(y.head, features)
    if head > 0 { run(0, First(count: head)) }
    if S.comesInPairs && W.comesInPairs && B.comesInPairs {
      runPairs(from: head, over: features)
    } else if T.isLight {
      runUnrolled(from: head, over: features)
    } else {
      run(from: head, over: features)
    }
  }

  @inline(__always) private func runPairs(from start: Int, over features: Int) {
    var i = start
    if !y.takesPair(i) && i &+ 16 <= features {
      run(i, Full())
      i &+= 16
    }
    while i &+ 32 <= features {
      if T.isStreamed { ahead.fetch(i) }
      let (x, weight, bias) = (x.loadPair(i), weight.loadPair(i), bias.loadPair(i))
      y.store(
        Pair(
          S.Value.fma(normalizer(x.even), weight.even, bias.even),
          S.Value.fma(normalizer(x.odd), weight.odd, bias.odd)), i)
      i &+= 32
    }
    run(from: i, over: features)
  }

  @inline(__always) func run(_ i: Int, _ extent: some Extent) {
    if T.isStreamed { ahead.fetch(i) }
    y.store(S.Value.fma(normalizer(x.load(i, extent)), weight.load(i, extent), bias.load(i, extent)), i, extent)
  }
}

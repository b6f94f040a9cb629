import CPlanishKernels

/// dx of rows of `E` whose elements lie side by side, with a weight of `W`, and their terms of dweight and dbias where wanted.
struct Backward<E: Element, W: Element> where W.Value == E.Value {
  let task: UnsafePointer<planish_backward_task>
  let weight: Optionally<W>
  let sums: ParameterSums<E.Value>?
  private let streams: Bool
  private let fetchesNext: Bool
  private let edges: UnsafeMutablePointer<Edges<E>>

  @inline(__always)
  init(
    _ task: UnsafePointer<planish_backward_task>, weight: W.Type, _ sums: ParameterSums<E.Value>?,
    _ edges: UnsafeMutablePointer<Edges<E>>
  ) {
    self.edges = edges
    self.task = task
    self.weight = Optionally(weight: task.pointee.weight)
    self.sums = sums
    streams = task.pointee.streams != 0 && task.pointee.dx.canStream(E.self)
    fetchesNext = streams && E.areLong(task.pointee.features, size: E.size)
  }

  /// Whether each row of dx does, so that it can be streamed without a head of its own.
  private var startsLines: Bool {
    let dx = task.pointee.dx
    return Int(bitPattern: dx.data) % 64 == 0 && dx.stride % 64 == 0
  }

  /// So far ahead what is read next is fetched, where results are streamed: 8 kB of each array, or a row. Not so far in
  /// float64, whose weights and sums leave less room in the nearest cache.
  private var rowsAhead: Int {
    let bytes = task.pointee.features &* E.size
    return ((E.size == 8 ? 6143 : 8191) &+ bytes) / bytes
  }

  private typealias Row = Gradient<PlainRow<E>, PlainRow<E>>

  /// Whether rows come in pairs, and the sums with them: all rows must begin alike for that.
  private func inPairs(_ count: Int) -> Bool {
    E.comesInPairs && Given<W>.comesInPairs && count > 1 && (!streams || startsLines)
  }

  @inline(__always) func rows(_ first: Int, _ count: Int) {
    let length = RowLength<E.Value>(task.pointee.features)
    let bytes = length.features &* E.size
    let isShort = Self.hasGroups && bytes <= groupBytes
    let isGiven = task.pointee.mean != nil && task.pointee.rstd != nil
    // Weights of another dtype are rare, and not worth the code.
    if isShort && isGiven && count > 1 && E.dtype == W.dtype, let weight = weight.present {
      groups(first, count, length, weight)
    } else if let sums {
      sums.forEachPanel(first, count) { panel($0, $1, length) }
    } else {
      panel(first, count, length)
    }
  }

  /// Up to this size, rows take less time in groups than two at a time, whose settling is waited for.
  private var groupBytes: Int {
    if streams || E.comesInPairs { return 512 }
    return E.size == 8 ? 3072 : E.size == 4 ? 768 : 1024
  }

  private static var hasGroups: Bool {
    #if PLANISH_AVX2
      E.dtype != Half16.dtype  // rarer than its code is long
    #else
      true
    #endif
  }

  /// Short rows, whose statistics were given: groups of rows are settled together.
  @inline(never) private func groups(_ first: Int, _ count: Int, _ length: RowLength<E.Value>, _ weight: Given<W>) {
    let panels = Panels(first: first, end: first &+ count)
    var pipeline = BackwardPipeline<E>(task, length, first: first, end: panels.end)
    withUnsafeMutablePointer(to: &pipeline) { pipeline in
      sums?.beginPanel()
      while pipeline.pointee.next() {
        // A few rows at a time, so that reading and writing go on side by side.
        for few in 0..<4 {
          pipeline.pointee.begin(4 &* few, 4 &* few &+ 4, weight)
          write(4 &* few, 4 &* few &+ 4, pipeline, length, weight)
        }
        let written = pipeline.pointee.written
        if written > 0 { sums?.endPanel(after: pipeline.pointee.row &+ written &- 1, panels) }
      }
    }
  }

  /// Rows i ..< end of the group whose turn it is.
  @inline(__always)
  private func write(
    _ i: Int, _ end: Int, _ pipeline: UnsafePointer<BackwardPipeline<E>>, _ length: RowLength<E.Value>,
    _ weight: Given<W>
  ) {
    let row = pipeline.pointee.row
    let end = Swift.min(end, pipeline.pointee.written)
    var i = i
    while i < end {
      let hard = pipeline.pointee.hard
      if hard.contains(i) || i &+ 1 == end || hard.contains(i &+ 1) {
        single(row &+ i, length, inPairs: false)
      } else if streams && !startsLines {
        write(row &+ i, gradient(row, i, pipeline), weight, Wanted.self, rowsAhead: 44, inPairs: false)
      } else {
        let one = gradient(row, i, pipeline)
        let other = gradient(row, i &+ 1, pipeline)
        if streams {
          pass(row &+ i, one, other, weight, WantedIfPresent.self, Wanted.self).run(over: length.features)
        } else {
          pass(row &+ i, one, other, weight, WantedIfPresent.self, Unwanted.self).run(over: length.features)
        }
        i &+= 1
      }
      i &+= 1
    }
  }

  @inline(__always)
  private func gradient(_ row: Int, _ i: Int, _ pipeline: UnsafePointer<BackwardPipeline<E>>) -> Row {
    Row(task.pointee.dy.plain(row &+ i, E.self), task.pointee.x.plain(row &+ i, E.self), pipeline.pointee.projection(i))
  }

  /// Two rows at a time: they share the loads of weight, and the loads and stores of the sums. Beyond the caches, one at a
  /// time, while the next one is fetched.
  @inline(never) private func panel(_ first: Int, _ count: Int, _ length: RowLength<E.Value>) {
    var row = first
    let end = first &+ count
    let inPairs = inPairs(count)
    while !streams && row &+ 1 < end {
      if let one = gradient(row, length), let other = gradient(row &+ 1, length) {
        write(row, one, other, inPairs: inPairs)
      } else {
        single(row, length, inPairs: inPairs)
        single(row &+ 1, length, inPairs: inPairs)
      }
      row &+= 2
    }
    while row < end {
      single(row, length, inPairs: inPairs)
      row &+= 1
    }
    if inPairs { sums?.reorder(toPairs: false) }
  }

  @_optimize(size) @inline(never) private func single(_ row: Int, _ length: RowLength<E.Value>, inPairs: Bool) {
    guard let gradient = gradient(row, length) else {
      if inPairs { sums?.reorder(toPairs: false) }
      edges.pointee.flush()
      anyBackward(task.pointee, row, sums)
      if inPairs { sums?.reorder(toPairs: true) }
      return
    }
    write(row, gradient, inPairs: inPairs)
  }

  /// The products over a row, and the gradient from them, each on its own.
  @inline(__always) func products(_ row: Int, _ normalizer: Normalizer<E.Value>) -> Totals<E.Value.Wide> {
    Row.products(
      task.pointee.dy.plain(row, E.self), task.pointee.x.plain(row, E.self), weight, task.pointee.features, normalizer)
  }

  @inline(__always) func write(_ row: Int, _ projection: Projection<E.Value>) {
    write(row, Row(task.pointee.dy.plain(row, E.self), task.pointee.x.plain(row, E.self), projection), inPairs: false)
  }

  /// With less code rather than speed, which is memory's where results are streamed: it asks for the weight at every vector.
  @_optimize(size) @inline(never) private func write(_ row: Int, _ gradient: Row, inPairs: Bool) {
    if streams {
      write(row, gradient, weight, Wanted.self, rowsAhead: rowsAhead, inPairs: inPairs)
      return
    }
    // Rare: not in pairs.
    if inPairs { sums?.reorder(toPairs: false) }
    write(row, gradient, weight, Unwanted.self, rowsAhead: 1, inPairs: false)
    if inPairs { sums?.reorder(toPairs: true) }
  }

  /// nil where the row needs rescaling. Only the most common dtypes do without a call.
  @inline(__always) private func gradient(_ row: Int, _ length: RowLength<E.Value>) -> Row? {
    E.dtype == Float32.dtype || E.comesInPairs && Given<W>.comesInPairs
      ? gradientInline(row, length) : gradientApart(row, length)
  }

  @inline(never) private func gradientApart(_ row: Int, _ length: RowLength<E.Value>) -> Row? {
    gradientInline(row, length)
  }

  @inline(__always) private func gradientInline(_ row: Int, _ length: RowLength<E.Value>) -> Row? {
    let x = task.pointee.x.plain(row, E.self, fetchingNext: fetchesNext)
    let dy = task.pointee.dy.plain(row, E.self, fetchingNext: fetchesNext && E.size > 2)
    guard let normalizer = task.pointee.normalizer(row, task.pointee.x.plain(row, E.self), length) else { return nil }
    return Gradient(dy, x, weight, length, normalizer)
  }

  @inline(__always)
  private func write<P: Parameter, C: Choice>(
    _ row: Int, _ gradient: Row, _ weight: P, _ streaming: C.Type, rowsAhead: Int, inPairs: Bool
  )
  where P.Value == E.Value {
    SinglePass<PlainRow<E>, PlainRow<E>, PlainTarget<E, C>, P, Wanted>(
      gradient: gradient, weight: weight, dx: task.pointee.dx.plain(row, streaming: streaming, edges), sums: sums,
      ahead: ahead(x: fetchesNext ? row : row &+ rowsAhead, dy: fetchesNext && E.size > 2 ? row : row &+ rowsAhead),
      inPairs: inPairs
    ).run(over: task.pointee.features)
  }

  @inline(__always) private func write(_ row: Int, _ one: Row, _ other: Row, inPairs: Bool) {
    let features = task.pointee.features
    if let weight = weight.present {
      if sums != nil {
        pass(row, one, other, weight, Wanted.self, Unwanted.self).runApart(over: features, inPairs: inPairs)
      } else {
        pass(row, one, other, weight, Unwanted.self, Unwanted.self).runApart(over: features, inPairs: inPairs)
      }
    } else {
      pass(row, one, other, weight.otherwise, WantedIfPresent.self, Unwanted.self)
        .runApart(over: features, inPairs: inPairs)
    }
  }

  @inline(__always)
  private func pass<P: Parameter, C: Choice, S: Choice>(
    _ row: Int, _ one: Row, _ other: Row, _ weight: P, _ parameters: C.Type, _ streaming: S.Type
  ) -> PairPass<PlainRow<E>, PlainRow<E>, PlainTarget<E, S>, P, C> {
    let dx = task.pointee.dx
    return PairPass(
      one: one, other: other, weight: weight, dx: dx.plain(row, streaming: streaming, edges),
      otherDx: dx.plain(row &+ 1, streaming: streaming, edges), sums: sums, ahead: ahead(x: row &+ 44, dy: row &+ 44),
      otherAhead: ahead(x: row &+ 45, dy: row &+ 45))
  }

  /// Rows of x and dy that are read later.
  @inline(__always) private func ahead(x: Int, dy: Int) -> InputsAhead {
    InputsAhead(
      x: Ahead(p: task.pointee.x.plain(x, E.self).p, size: E.size),
      dy: Ahead(p: task.pointee.dy.plain(dy, E.self).p, size: E.size))
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
    // Of NaNs, none but this one is known to survive every rounding.
    return Normalizer(mean: mean.isNaN ? .nan : mean, rstd: rstd.isNaN ? .nan : rstd, shift: 0)
  }

  /// The same from `row` on, and the rows that need rescaling.
  @inline(__always)
  func given<Value: Compute>(
    _ value: Value.Type, _ row: Int, _ extent: some Extent
  ) -> (LaneNormalizer<Value>, LaneMask) {
    typealias Wide = Value.WideLanes
    let offset = row &* Value.size
    let mean = Value.Exact.load(mean.unsafelyUnwrapped + offset, extent)
    let rstd = Value.Exact.load(rstd.unsafelyUnwrapped + offset, extent)
    let range = Value.safeRstd
    let unsafe = (Wide(rstd) < Wide(all: Value.Wide(range.lowerBound)))
      .union(Wide(all: Value.Wide(range.upperBound)) < Wide(rstd))
      .union(Wide(rstd).isNotFinite).union(Wide(mean).isNotFinite)
    return (LaneNormalizer(mean: mean, rstd: rstd), unsafe.first(extent.count))
  }
}

import CPlanishKernels

/// The sums of dweight and dbias over rows, in memory: see planish_parameter_sums.
///
/// A panel of a few rows is summed in `Value`, so that no sum is long enough to lose much; panels are added to their
/// block in the wide type.
struct ParameterSums<Value: Compute> {
  private typealias Exact = Value.Exact
  private let memory: planish_parameter_sums
  private let features: Int
  @inline(__always) private var dweight: UnsafeMutableRawPointer { memory.dweight.unsafelyUnwrapped }
  @inline(__always) private var dbias: UnsafeMutableRawPointer { memory.dbias.unsafelyUnwrapped }

  @inline(__always) init(_ memory: planish_parameter_sums, features: Int) {
    self.memory = memory
    self.features = features
  }

  /// dweight and dbias of 16 features.
  struct Vector {
    var dweight: SIMD16<Value>
    var dbias: SIMD16<Value>

    @inline(__always) mutating func add(_ terms: GradientTerms<Value>) {
      dweight = Value.fma(terms.dy, terms.normalized, dweight)
      dbias += terms.dy
    }
  }

  @inline(__always) func load(_ i: Int, _ extent: some Extent) -> Vector {
    let offset = i &* Value.size
    return Vector(dweight: Exact.load(dweight + offset, extent), dbias: Exact.load(dbias + offset, extent))
  }

  @inline(__always) func store(_ v: Vector, _ i: Int, _ extent: some Extent) {
    let offset = i &* Value.size
    Exact.store(v.dweight, dweight + offset, extent)
    Exact.store(v.dbias, dbias + offset, extent)
  }

  @inline(__always) func add(_ i: Int, _ extent: some Extent, _ terms: GradientTerms<Value>) {
    var sum = load(i, extent)
    sum.add(terms)
    store(sum, i, extent)
  }

  /// Those of two rows.
  @inline(__always)
  func add(_ i: Int, _ extent: some Extent, _ one: GradientTerms<Value>, _ other: GradientTerms<Value>) {
    var sum = load(i, extent)
    sum.add(one)
    sum.add(other)
    store(sum, i, extent)
  }

  // While features are kept as `Pair` has them, 32 by 32.

  @inline(__always) func add(_ i: Int, _ terms: TermsPair<Value>) {
    add(i, Full(), terms.even)
    add(i &+ 16, Full(), terms.odd)
  }

  @inline(__always) func add(_ i: Int, _ one: TermsPair<Value>, _ other: TermsPair<Value>) {
    add(i, Full(), one.even, other.even)
    add(i &+ 16, Full(), one.odd, other.odd)
  }

  /// From the features' order to pairs, or back.
  @inline(never) func reorder(toPairs: Bool) {
    Value.reorder(dweight, features, toPairs: toPairs)
    Value.reorder(dbias, features, toPairs: toPairs)
  }

  /// Goes through rows panel by panel: `body` adds the rows that it is given to the panel.
  @inline(__always) func forEachPanel(_ first: Int, _ count: Int, _ body: (Int, Int) -> Void) {
    var done = 0
    repeat {  // also without rows: then the sums are zeros
      let rows = Swift.min(Int(PLANISH_PANEL_ROWS), count &- done)
      beginPanel()
      body(first &+ done, rows)
      endPanel()
      done &+= rows
    } while done < count
  }

  @inline(__always) func endPanel() {
    if let block = memory.block { addPanel(to: block) }
  }

  /// If the row is the last one of its panel; then the next one begins, if there is one.
  @inline(__always) func endPanel(after row: Int, _ panels: Panels) {
    guard panels.end(after: row) else { return }
    endPanel()
    if row &+ 1 < panels.end { beginPanel() }
  }

  /// `endPanel` for the sums of features i ..< i + 16 alone; gives those that the next panel begins with.
  @inline(__always) func endPanel(_ sum: Vector, _ i: Int) -> Vector {
    guard let block = memory.block else { return sum }
    let size = Value.WideLanes.size
    Value.add(sum.dweight, to: block + i &* size)
    Value.add(sum.dbias, to: block + (planish_padded(features) &+ i) &* size)
    return Vector(dweight: Value.splat(0), dbias: Value.splat(0))
  }

  /// Of the only panel, whose sums are the result in `Value`.
  @_optimize(size) @inline(never) func finish() {
    Exact.round(dweight, to: dweight, features, narrow: true)
    Exact.round(dbias, to: dbias, features, narrow: true)
  }

  @inline(never) func beginPanel() {
    let bytes = (memory.block == nil ? features : planish_padded(features)) &* Value.size
    dweight.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    dbias.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
  }

  @inline(never) private func addPanel(to block: UnsafeMutableRawPointer) {
    let size = Value.WideLanes.size
    var i = 0
    while i < features {
      Value.add(Value.load(dweight + i &* Value.size), to: block + i &* size)
      Value.add(Value.load(dbias + i &* Value.size), to: block + (planish_padded(features) &+ i) &* size)
      i &+= 16
    }
  }
}

/// Which of the rows first ..< end are the last ones of their panels.
struct Panels {
  let first: Int
  let end: Int
  @inline(__always) func end(after row: Int) -> Bool {
    (row &+ 1 &- first) % Int(PLANISH_PANEL_ROWS) == 0 || row &+ 1 == end
  }
}

extension Compute {
  /// 16 sums of a panel.
  @inline(__always) fileprivate static func add(_ panel: SIMD16<Self>, to block: UnsafeMutableRawPointer) {
    var sum = WideLanes(block)
    sum.add(panel)
    sum.store(block)
  }

  /// total += block, `count` sums of each, a multiple of 16.
  @inline(never) static func addSums(_ total: UnsafeMutableRawPointer, _ block: UnsafeRawPointer, _ count: Int) {
    var i = 0
    while i < count {
      let offset = i &* WideLanes.size
      var sum = WideLanes(total + offset)
      sum.add(WideLanes(block + offset))
      sum.store(total + offset)
      i &+= 16
    }
  }
}

/// Writes sums to a gradient: the one rounding that they get.
struct RoundingPass<E: Element>: Pass {
  let gradient: UnsafeMutableRawPointer
  let total: UnsafeRawPointer
  @inline(__always) func run(_ i: Int, _ extent: some Extent) {
    let sums = E.Value.WideLanes(total + i &* E.Value.WideLanes.size)
    E.store(E.dtype == E.Exact.dtype ? sums.narrowed : sums.narrowedToOdd, gradient + i &* E.size, extent)
  }
}

/// The same for the sums of a panel, which may be the gradient itself. From 0, as sums of panels are: none is -0.
struct NarrowRoundingPass<E: Element>: Pass {
  let gradient: UnsafeMutableRawPointer
  let total: UnsafeRawPointer
  @inline(__always) func run(_ i: Int, _ extent: some Extent) {
    let sums = E.Exact.load(total + i &* E.Value.size, extent)
    E.store(E.Value.splat(0) + sums, gradient + i &* E.size, extent)
  }
}

extension Element {
  @inline(__always)
  static func round(_ total: UnsafeRawPointer, to gradient: UnsafeMutableRawPointer, _ features: Int, narrow: Bool) {
    if narrow {
      NarrowRoundingPass<Self>(gradient: gradient, total: total).run(over: features)
    } else {
      RoundingPass<Self>(gradient: gradient, total: total).run(over: features)
    }
  }
}

import CPlanishKernels

/// The sums of dweight and dbias over rows, in working memory.
///
/// A panel of a few rows is summed in `Value`, so that no sum is long enough to lose much; panels are added to their
/// block in the wide type. Both are arrays over the features, padded to whole vectors: dweight's, then dbias's.
struct ParameterSums<Value: Compute> {
  private let memory: planish_parameter_sums
  private let padded: Int
  @inline(__always) private var panel: UnsafeMutableRawPointer { memory.panel.unsafelyUnwrapped }

  /// Without memory where no sums are wanted: then nothing here is called.
  @inline(__always) init(_ memory: UnsafePointer<planish_parameter_sums>?, features: Int) {
    self.memory = memory?.pointee ?? planish_parameter_sums()
    padded = planish_padded(features)
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

  @inline(__always) func load(_ i: Int) -> Vector {
    Vector(dweight: Value.load(panel + i &* Value.size), dbias: Value.load(panel + (padded &+ i) &* Value.size))
  }

  @inline(__always) func store(_ v: Vector, _ i: Int) {
    Value.store(v.dweight, panel + i &* Value.size)
    Value.store(v.dbias, panel + (padded &+ i) &* Value.size)
  }

  /// Goes through a block of rows panel by panel: `body` adds the rows that it is given to the panel. Without sums, all
  /// rows are one panel.
  @inline(__always)
  func forEachPanel<C: Choice>(_ first: Int, _ count: Int, _ wanted: C.Type, _ body: (Int, Int) -> Void) {
    guard C.isWanted else { return body(first, count) }
    var done = 0
    while done < count {
      let rows = Swift.min(Int(PLANISH_PANEL_ROWS), count &- done)
      panel.initializeMemory(as: UInt8.self, repeating: 0, count: 2 &* padded &* Value.size)
      body(first &+ done, rows)
      addPanelToBlock()
      done &+= rows
    }
  }

  @inline(__always) private func addPanelToBlock() {
    var i = 0
    while i < 2 &* padded {
      let place = memory.block.unsafelyUnwrapped + i &* Value.WideLanes.size
      var sum = Value.WideLanes(place)
      sum.add(Value.load(panel + i &* Value.size))
      sum.store(place)
      i &+= 16
    }
  }
}

extension Compute {
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

import CPlanishKernels

/// A long row that threads share, chunk by chunk: see planish_shared_row.
struct SharedRow<Value: Compute> {
  private let row: UnsafeMutablePointer<planish_shared_row>
  private let length: RowLength<Value>

  @inline(__always) init(_ row: UnsafeMutablePointer<planish_shared_row>, _ features: Int) {
    self.row = row
    length = RowLength(features)
  }

  /// What one pass over the row leaves for the next one.
  private struct State {
    var pivot: Value
    var isSecondPass = false
    var projection: Projection<Value>

    @inline(__always) init(_ normalizer: Normalizer<Value>) {
      pivot = normalizer.mean
      projection = Projection(normalizer: normalizer, average: 0, remainder: 0, slope: 0)
    }
  }

  @inline(__always) private var state: UnsafeMutablePointer<State> {
    row.pointee.state.unsafelyUnwrapped.assumingMemoryBound(to: State.self)
  }
  @inline(__always) private var totals: UnsafeMutablePointer<Totals<Value.Wide>> {
    row.pointee.totals.unsafelyUnwrapped.assumingMemoryBound(to: Totals<Value.Wide>.self)
  }

  /// The sums go around its pivot.
  @inline(__always) func begin(_ x: AnyRow<Value>) -> Int32 {
    go(on: Int32(PLANISH_SHARED_SUM), Normalizer(mean: x.firstPivot(length.features), rstd: 0, shift: 0))
  }

  /// With a step that takes this.
  @inline(__always) func go(on step: Int32, _ normalizer: Normalizer<Value>) -> Int32 {
    state.initialize(to: State(normalizer))
    return step
  }

  @inline(__always) var pivot: Value { state.pointee.pivot }
  @inline(__always) var projection: Projection<Value> { state.pointee.projection }
  @inline(__always) func set(_ chunk: Int, _ sums: Totals<Value.Wide>) { totals[chunk] = sums }

  /// Over all chunks, in their order.
  @inline(__always) private var total: Totals<Value.Wide> {
    var total = Totals<Value.Wide>()
    for chunk in 0..<planish_chunks(length.features) { total.add(totals[chunk]) }
    return total
  }

  /// The moments, from the sums of deviations; or what comes next where there are none.
  @inline(__always) func settle(eps: Double) -> (Moments<Value>?, Int32) {
    let spread = Spread(total, length, pivot: pivot)
    if spread.cancels && !state.pointee.isSecondPass {
      state.pointee.pivot = spread.mean.narrowed
      state.pointee.isSecondPass = true
      return (nil, Int32(PLANISH_SHARED_SUM))
    }
    return (spread.moments(eps: eps), Int32(PLANISH_SHARED_ALONE))
  }

  /// From those of products.
  @inline(__always) func settleProducts() -> Int32 {
    state.pointee.projection = Projection(total, length, projection.normalizer)
    return Int32(PLANISH_SHARED_WRITE)
  }
}

/// The sums of a chunk's deviations.
struct SharedSum: ElementWork {
  let x: planish_input
  let features: Int
  let row: UnsafeMutablePointer<planish_shared_row>
  let chunk: Int

  @inline(__always) func run<E: Element>(_ element: E.Type) {
    let shared = SharedRow<E.Value>(row, features)
    let spread = x.plain(0, E.self).spread(RowLength(sumsOver: features), around: shared.pivot)
    var sums = Totals<E.Value.Wide>()
    sums.first = spread.shift
    sums.second = spread.square
    shared.set(chunk, sums)
  }
}

// Where a part of a row lies, that begins with element `start`.

extension planish_input {
  @inline(__always) func part(_ row: Int, _ start: Int, _ size: Int) -> planish_input {
    planish_input(data: data + (row &* stride &+ start &* size), stride: stride, step: step)
  }
}

extension planish_output {
  @inline(__always) func part(_ row: Int, _ start: Int, _ size: Int) -> planish_output {
    planish_output(data: data.map { $0 + (row &* stride &+ start &* size) }, stride: stride, step: step)
  }
}

extension planish_parameter {
  @inline(__always) func part(_ start: Int) -> planish_parameter {
    planish_parameter(data: data.map { $0 + start &* planish_element_size(dtype) }, dtype: dtype)
  }
}

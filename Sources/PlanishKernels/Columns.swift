import CPlanishKernels

/// Up to 16 rows whose elements lie apart, but side by side with each other: lane l of a vector belongs to row l. Images
/// that are normalized over their channels at each pixel look like this.
///
/// The order of operations within each row is that of a row whose elements lie together, so the bits are the same.
struct Columns<Value: Compute> {
  let p: UnsafeRawPointer
  let step: Int
  let count: Int
  let dtype: planish_task_dtype

  /// Element i of every row; zeros in the lanes that have none.
  @inline(__always) func load(_ i: Int) -> SIMD16<Value> {
    let p = p + i &* step
    return count == 16
      ? Value.loadFull(p, dtype) : Value.loadAny(p, planish_element_size(dtype), count, dtype)
  }
}

struct ColumnTarget<Value: Compute> {
  let p: UnsafeMutableRawPointer
  let step: Int
  let count: Int
  let dtype: planish_task_dtype

  @inline(__always) func store(_ v: SIMD16<Value>, _ i: Int) {
    let p = p + i &* step
    if count == 16 {
      Value.storeFull(v, p, dtype)
    } else {
      Value.storeAny(v, p, planish_element_size(dtype), count, dtype)
    }
  }
}

extension planish_input {
  @inline(__always)
  func columns<Value: Compute>(
    _ row: Int, _ count: Int, inner: Int, _ dtype: planish_task_dtype, _ value: Value.Type
  ) -> Columns<Value> {
    Columns(p: data + offset(of: row, inner: inner, dtype, stride), step: step, count: count, dtype: dtype)
  }
}

extension planish_output {
  @inline(__always)
  func columns<Value: Compute>(
    _ row: Int, _ count: Int, inner: Int, _ dtype: planish_task_dtype, _ value: Value.Type
  ) -> ColumnTarget<Value> {
    ColumnTarget(p: data + offset(of: row, inner: inner, dtype, stride), step: step, count: count, dtype: dtype)
  }
}

/// Goes through rows in groups of at most 16 that lie side by side.
@inline(__always)
func forEachColumns(_ first: Int, _ count: Int, inner: Int, _ body: (Int, Int) -> Void) {
  var row = first
  while row < first &+ count {
    let side = Swift.min(Swift.min(inner &- row % inner, first &+ count &- row), 16)
    body(row, side)
    row &+= side
  }
}

/// The terms that are summed over each of 16 rows.
protocol ColumnTerms {
  associatedtype Value: Compute
  /// Adds the terms of element i of every row.
  func add(_ i: Int, to sums: inout Sums<Value>)
}

/// The sums of 16 rows.
typealias ColumnTotals<Value: Compute> = InlineArray<16, Totals<Value.Wide>>

extension ColumnTerms {
  /// `Terms.total`, for 16 rows at a time.
  @inline(__always) func total(over features: Int) -> ColumnTotals<Value> {
    var totals = ColumnTotals<Value>(repeating: Totals())
    var start = 0
    while start < features {
      chunk(start, Swift.min(start &+ chunkSize, features), &totals)
      start &+= chunkSize
    }
    return totals
  }

  @inline(__always) private func chunk(_ start: Int, _ end: Int, _ totals: inout ColumnTotals<Value>) {
    var wide = InlineArray<16, WideSums<Value>>(repeating: WideSums())
    var i = start
    while i < end {
      let blockEnd = Swift.min(i &+ blockSize, end)
      for lane in 0..<16 { wide[lane].add(fold(i &+ lane, blockEnd)) }
      i &+= blockSize
    }
    var half = 8
    while half > 0 {
      for lane in 0..<half { wide[lane].merge(wide[lane &+ half]) }
      half /= 2
    }
    for row in 0..<16 { wide[0].add(to: &totals[row], row: row) }
  }

  /// The lanes i, i + 16, i + 32 and i + 48 of a block, summed and folded.
  @inline(never) private func fold(_ i: Int, _ end: Int) -> Sums<Value> {
    (lane(i, end) + lane(i &+ 32, end)) + (lane(i &+ 16, end) + lane(i &+ 48, end))
  }

  @inline(__always) private func lane(_ first: Int, _ end: Int) -> Sums<Value> {
    var sums = Sums<Value>()
    var i = first
    while i < end {
      add(i, to: &sums)
      i &+= 64
    }
    return sums
  }
}

/// One wide lane of 16 rows.
private struct WideSums<Value: Compute> {
  var first = Value.WideLanes()
  var second = Value.WideLanes()
  var third = Value.WideLanes()
  @inline(__always) init() {}

  @inline(__always) mutating func add(_ sums: Sums<Value>) {
    first.add(sums.first)
    second.add(sums.second)
    third.add(sums.third)
  }

  @inline(__always) mutating func merge(_ other: Self) {
    first.merge(other.first)
    second.merge(other.second)
    third.merge(other.third)
  }

  @inline(__always) func add(to totals: inout Totals<Value.Wide>, row: Int) {
    totals.first = totals.first + first.lane(row)
    totals.second = totals.second + second.lane(row)
    totals.third = totals.third + third.lane(row)
  }
}

import CPlanishKernels

/// Up to 16 rows whose elements lie apart, but side by side with each other: lane l of a vector belongs to row l. Images
/// that are normalized over their channels at each pixel look like this.
///
/// The order of operations within each row is that of a row whose elements lie together, so the bits are the same.
struct Columns<E: Element> {
  let p: UnsafeRawPointer
  let step: Int
  let side: Side

  /// Element i of every row; zeros in the lanes that have none.
  @inline(__always) func load(_ i: Int) -> SIMD16<E.Value> { E.load(p + i &* step, side) }

  /// The same, while the rows after these are fetched.
  @inline(__always) func loadAhead(_ i: Int) -> SIMD16<E.Value> {
    planish_prefetch(p + i &* step + 16 &* E.size)
    return load(i)
  }
}

struct ColumnTarget<E: Element> {
  let p: UnsafeMutableRawPointer
  let step: Int
  let side: Side

  /// While the place of the rows after these is fetched.
  @inline(__always) func store(_ v: SIMD16<E.Value>, _ i: Int) {
    let p = p + i &* step
    E.store(v, p, side)
    planish_prefetch_to_write(p + 16 &* E.size)
  }
}

/// How many rows lie side by side, as a run-time matter.
struct Side: Extent {
  let count: Int
  @inline(__always) var isFull: Bool {
    #if PLANISH_AVX512
      false  // masks cost nothing there
    #else
      count == 16
    #endif
  }
}

extension planish_input {
  @inline(__always)
  func columns<E: Element>(_ row: Int, _ count: Int, inner: Int, _ element: E.Type) -> Columns<E> {
    Columns(p: data + offset(of: row, inner: inner, E.dtype, stride), step: step, side: Side(count: count))
  }
}

extension planish_output {
  @inline(__always)
  func columns<E: Element>(_ row: Int, _ count: Int, inner: Int, _ element: E.Type) -> ColumnTarget<E> {
    ColumnTarget(p: data + offset(of: row, inner: inner, E.dtype, stride), step: step, side: Side(count: count))
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

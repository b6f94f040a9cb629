import CPlanishKernels

/// Up to 16 rows whose elements lie apart, but side by side with each other: lane l of a vector belongs to row l. Images
/// that are normalized over their channels at each pixel look like this.
///
/// The order of operations within each row is that of a row whose elements lie together, so the bits are the same.
struct Columns<E: Element> {
  let p: UnsafeRawPointer
  let step: Int
  let side: Side
  /// From there on, 16 elements reach beyond the last one of all.
  let end: UnsafeRawPointer

  /// Another group of the same strip.
  @inline(__always) func group(_ group: Int, _ strip: Strip) -> Self {
    Self(p: p + 16 &* group &* E.size, step: step, side: strip.side(group), end: end)
  }

  /// Every 16th element from i on.
  @inline(__always) func lane(_ i: Int) -> Self {
    Self(p: planish_settled(p + i &* step).unsafelyUnwrapped, step: 16 &* step, side: side, end: end)
  }

  /// Element i of every row. In the lanes that have none, anything: they are looked at nowhere.
  @inline(__always) func load(_ i: Int) -> SIMD16<E.Value> {
    let p = p + i &* step
    if E.masksLoads { return E.load(p, First(count: side.count)) }
    return p < end ? E.load(p, Full()) : E.load(p, side)
  }
}

/// Where they go; past the caches, if so wanted.
struct ColumnTarget<E: Element, Streaming: Choice> {
  let p: UnsafeMutableRawPointer
  let step: Int
  let side: Side

  /// Another group of the same strip.
  @inline(__always) func group(_ group: Int, _ strip: Strip) -> Self {
    Self(p: p + 16 &* group &* E.size, step: step, side: strip.side(group))
  }

  @inline(__always) func store(_ v: SIMD16<E.Value>, _ i: Int) {
    let p = p + i &* step
    if Streaming.isWanted(()) {
      E.stream(v, p)
    } else if E.masksStores {
      E.store(v, p, First(count: side.count))
    } else {
      E.store(v, p, side)
    }
  }
}

/// How many rows lie side by side, as a run-time matter.
struct Side: Extent {
  let count: Int
  @inline(__always) var isFull: Bool { count == 16 }
}

/// Rows that lie side by side, in groups of 16. Each of their features is a few cache lines on a page of its own, so that it
/// pays to take several groups at once, where they are whole lines.
struct Strip {
  let row: Int
  let count: Int
  @inline(__always) func row(_ group: Int) -> Int { row &+ 16 &* group }
  @inline(__always) func side(_ group: Int) -> Side { Side(count: Swift.min(16, count &- 16 &* group)) }

  /// Goes through rows in strips of at most so many rows.
  @inline(__always)
  static func forEach(_ first: Int, _ count: Int, inner: Int, most: Int, _ body: (Strip) -> Void) {
    var row = first
    while row < first &+ count {
      let side = Swift.min(Swift.min(inner &- row % inner, first &+ count &- row), most)
      body(Strip(row: row, count: side))
      row &+= side
    }
  }

  /// So few that they had better come one by one.
  @inline(__always) var isThin: Bool {
    #if PLANISH_AVX512
      false
    #else
      count == 1
    #endif
  }

  @inline(__always) func forEachGroup(_ body: (Strip) -> Void) {
    var done = 0
    while done < count {
      body(Strip(row: row &+ done, count: Swift.min(16, count &- done)))
      done &+= 16
    }
  }
}

extension planish_input {
  /// The strip's first group.
  @inline(__always)
  func columns<E: Element>(_ strip: Strip, inner: Int, features: Int, _ element: E.Type) -> Columns<E> {
    let p = data + offset(of: strip.row, inner: inner, E.dtype, stride)
    // Between features that lie apart, nothing is read.
    let reach = step == inner &* E.size ? (features &- 1) &* step &+ (strip.count &- 16) &* E.size : -1
    return Columns(p: p, step: step, side: strip.side(0), end: p + (reach &+ 1))
  }
}

extension planish_output {
  @inline(__always)
  func columns<E: Element, C: Choice>(
    _ strip: Strip, inner: Int, streaming: C.Type, _ element: E.Type
  ) -> ColumnTarget<E, C> {
    ColumnTarget(p: data + offset(of: strip.row, inner: inner, E.dtype, stride), step: step, side: strip.side(0))
  }

  /// Whether the strip has so many rows, and each of its features whole cache lines.
  @inline(__always) func isWhole<E: Element>(_ strip: Strip, rows: Int, inner: Int, _ element: E.Type) -> Bool {
    let p = Int(bitPattern: data) &+ offset(of: strip.row, inner: inner, E.dtype, stride)
    return strip.count == rows && (p | step) % 64 == 0
  }
}

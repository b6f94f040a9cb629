import CPlanishKernels

/// The ends of rows that are stored past the caches: cache lines that two rows share. Stored by halves, such a line would
/// have to be read first, and everything behind it would wait; so the end of a row waits for the beginning of the next one.
struct Edges<E: Element> {
  /// The beginning of a line, or of half of one: of what is stored past the caches at once.
  private var bytes = InlineArray<8, UInt64>(repeating: 0)
  private var place: UnsafeMutableRawPointer?
  private var count = 0
  @inline(__always) private init() {}

  /// For the time that `body` stores rows: all of them are in memory, for other threads to see, after it.
  @inline(__always)
  static func during(streams: Bool, _ body: (UnsafeMutablePointer<Self>) -> Void) {
    var edges = Self()
    withUnsafeMutablePointer(to: &edges, body)
    if streams {
      edges.flush()
      planish_end_stream()
    }
  }

  /// The first `count` elements of v, which are the beginning of a row or its end.
  @inline(never) mutating func store(_ v: SIMD16<E.Value>, _ p: UnsafeMutableRawPointer, _ count: Int) {
    let unit = E.streamAlignment
    let start = Int(bitPattern: p) & (unit &- 1)
    let size = count &* E.size
    let follows = place.map { $0 + self.count == p } ?? false
    if !follows { flush() }
    if start &+ size > unit || start != 0 && !follows {
      // More than a line, or the line began with something else.
      flush()
      return E.store(v, p, First(count: count))
    }
    bytes.withAddress { E.store(v, $0 + start, First(count: count)) }
    place = p - start
    self.count = start &+ size
    if self.count == unit {
      bytes.withAddress { planish_stream_bytes(p - start, $0, unit) }
      place = nil
    }
  }

  /// What is left, before others write to the same line.
  @inline(never) mutating func flush() {
    guard let place else { return }
    let count = count
    bytes.withAddress { planish_copy_few(place, $0, count) }
    self.place = nil
  }
}

import CPlanishKernels

/// Rows that are written together, past the caches: a segment of each feature.
let columnBlockSize = 256

/// `Normalizer`s of so many rows.
struct ColumnNormalizers<Value: Compute> {
  private var means = InlineArray<256, Value>(repeating: 0)
  private var rstds = InlineArray<256, Value>(repeating: 0)
  private var shifts = InlineArray<256, Value>(repeating: 0)

  @inline(__always) init() {}

  @inline(__always) mutating func set(_ i: Int, _ lanes: LaneNormalizer<Value>) {
    let offset = i &* Value.size
    means.withAddress { Value.store(lanes.mean, $0 + offset) }
    rstds.withAddress { Value.store(lanes.rstd, $0 + offset) }
    shifts.withAddress { Value.store(lanes.shift, $0 + offset) }
  }

  /// Those of rows from i on.
  @inline(__always)
  static func load(_ normalizers: UnsafePointer<Self>, _ i: Int, _ extent: some Extent) -> LaneNormalizer<Value> {
    let (p, size) = (UnsafeRawPointer(normalizers) + i &* Value.size, columnBlockSize &* Value.size)
    return LaneNormalizer(
      mean: Value.Exact.load(p, extent), rstd: Value.Exact.load(p + size, extent),
      shift: Value.Exact.load(p + 2 &* size, extent))
  }
}

/// One feature of rows that lie side by side.
struct ColumnOutput<E: Element>: Pass {
  let x: PlainRow<E>
  let y: PlainTarget<E, Wanted>
  let weight: SIMD16<E.Value>
  let bias: SIMD16<E.Value>
  let normalizers: UnsafePointer<ColumnNormalizers<E.Value>>
  let ahead: Ahead

  @inline(__always) func run(over count: Int) {
    let head = Swift.min(y.head, count)
    if head > 0 { run(0, First(count: head)) }
    run(from: head, over: count)
  }

  @inline(__always) func run(_ i: Int, _ extent: some Extent) {
    ahead.fetch(i)
    let normalizer = ColumnNormalizers.load(normalizers, i, extent)
    y.store(E.Value.fma(normalizer(x.load(i, extent)), weight, bias), i, extent)
  }
}

import CPlanishKernels

/// Up to three sums of one vector of lanes. Sums that nobody adds to cost nothing.
struct Sums<Value: Compute> {
  var first = Value.splat(0)
  var second = Value.splat(0)
  var third = Value.splat(0)
  @inline(__always) init() {}

  @inline(__always) static func + (a: Self, b: Self) -> Self {
    var sum = Self()
    sum.first = a.first + b.first
    sum.second = a.second + b.second
    sum.third = a.third + b.third
    return sum
  }

  @inline(__always) fileprivate init(foldedEven even: Self, odd: Self) {
    first = Value.foldedPair(even.first, odd.first)
    second = Value.foldedPair(even.second, odd.second)
    third = Value.foldedPair(even.third, odd.third)
  }
}

/// Sums of sums, by lanes.
struct WideSums<Value: Compute> {
  fileprivate(set) var first = Value.WideLanes()
  fileprivate(set) var second = Value.WideLanes()
  fileprivate(set) var third = Value.WideLanes()
  @inline(__always) init() {}

  @inline(__always) fileprivate init(_ sums: Sums<Value>) {
    first = Value.WideLanes(first: sums.first)
    second = Value.WideLanes(first: sums.second)
    third = Value.WideLanes(first: sums.third)
  }

  @inline(__always) fileprivate mutating func add(_ sums: Sums<Value>) {
    first.add(sums.first)
    second.add(sums.second)
    third.add(sums.third)
  }

  @inline(__always) fileprivate var total: Totals<Value.Wide> {
    var total = Totals<Value.Wide>()
    total.first = first.total
    total.second = second.total
    total.third = third.total
    return total
  }
}

/// The same three sums over a whole row.
struct Totals<Wide: WideNumber> {
  var first = Wide(count: 0)
  var second = Wide(count: 0)
  var third = Wide(count: 0)
  @inline(__always) init() {}

  @inline(__always) mutating func add(_ sums: Self) {
    first = first + sums.first
    second = second + sums.second
    third = third + sums.third
  }
}

/// What 16 elements add to the sums, as long as products are not yet taken.
protocol Factors {
  associatedtype Value: Compute
  static var zero: Self { get }
  /// Whether they add to a third sum.
  static var hasThird: Bool { get }
  var sums: Sums<Value> { get }
  /// Of two; a product is added to another one with one rounding.
  func sums(with other: Self) -> Sums<Value>
}

/// What is summed over a row.
protocol Terms {
  associatedtype Element: Factors
  typealias Value = Element.Value
  /// For rows that are rare: less code rather than speed.
  static var isCompact: Bool { get }
  /// As `Element` has them: the sums of elements at even places, and at odd ones.
  static var comesInPairs: Bool { get }
  func loadPair(_ i: Int) -> (Element, Element)
  /// Those of elements i ..< i + 16, zeros where there are none.
  func load(_ i: Int, _ extent: some Extent) -> Element
  /// What is read later, while the block from i on is summed.
  func fetch(_ i: Int)
}

extension Terms {
  @inline(__always) func fetch(_ i: Int) {}
}

/// Element i of a block goes to lane i mod 64: four terms to a lane, which are added as (0 + 1) + (2 + 3). Such short sums
/// keep rounding errors small; then sums go on wide. The last block may be shorter.
let blockSize = 256
/// A row's chunks are summed on their own and added in their order, so that threads can share a long row.
let chunkSize = Int(PLANISH_CHUNK)

extension Terms {
  @inline(__always) func total(over features: Int) -> Totals<Value.Wide> {
    var total = Totals<Value.Wide>()
    var start = 0
    repeat {
      let end = Swift.min(start &+ chunkSize, features)
      total.add(chunk(start, end).total)
      start = end
    } while start < features
    return total
  }

  /// The sums of a row of one chunk, not yet halved.
  @inline(__always) func lanes(over features: Int) -> WideSums<Value> { chunk(0, features) }

  /// The same of a row of 64.
  @inline(__always) var lanesOf64: WideSums<Value> {
    WideSums(sixtyFour(0))
  }

  @inline(__always) private func chunk(_ start: Int, _ end: Int) -> WideSums<Value> {
    var wide = WideSums<Value>()
    var i = start
    while i &+ blockSize <= end {
      fetch(i)
      wide.add(block(i))
      i &+= blockSize
    }
    if i < end {
      wide.add(Self.isCompact ? rest(i, end) : tail(i, end))
    }
    return wide
  }

  // 64 lanes are four vectors, folded to one: lane i and i + 32, then i and i + 16.

  /// Two vectors at a time are few enough sums for the registers of any level.
  @inline(__always) private func block(_ i: Int) -> Sums<Value> {
    if Self.isCompact { return rest(i, i &+ blockSize) }
    return Self.comesInPairs ? pairs(i) : half(i) + half(i &+ 16)
  }

  /// The same from sums of elements at even places and at odd ones, whose halves are 16 elements apart.
  @inline(__always) private func pairs(_ i: Int) -> Sums<Value> {
    let (near, far) = (pairOfLanes(i), pairOfLanes(i &+ 32))
    return Sums(foldedEven: near.0 + far.0, odd: near.1 + far.1)
  }

  @inline(__always) private func pairOfLanes(_ i: Int) -> (Sums<Value>, Sums<Value>) {
    let (a, b, c, d) = (loadPair(i), loadPair(i &+ 64), loadPair(i &+ 128), loadPair(i &+ 192))
    return (a.0.sums(with: b.0) + c.0.sums(with: d.0), a.1.sums(with: b.1) + c.1.sums(with: d.1))
  }

  /// A block that ends early.
  @inline(__always) private func tail(_ start: Int, _ end: Int) -> Sums<Value> {
    #if PLANISH_AVX512
      return (lane(start, start, end) + lane(start &+ 32, start, end))
        + (lane(start &+ 16, start, end) + lane(start &+ 48, start, end))
    #else
      if !Element.hasThird && start &+ 64 == end { return sixtyFour(start) }
      // The same in a loop: with fewer registers there is nothing to be had from more code.
      var (first, sum) = (Sums<Value>(), Sums<Value>())
      for k in 0..<4 {
        let lane = lane(start &+ 32 &* (k & 1) &+ 16 &* (k &>> 1), start, end)
        if k & 1 == 0 { first = sum }
        sum = k & 1 == 0 ? lane : sum + lane
      }
      return first + sum
    #endif
  }

  @inline(__always) private func sixtyFour(_ i: Int) -> Sums<Value> {
    (load(i, Full()).sums + load(i &+ 32, Full()).sums) + (load(i &+ 16, Full()).sums + load(i &+ 48, Full()).sums)
  }

  /// Of its lanes i ..< i + 16.
  @inline(__always) private func lane(_ i: Int, _ start: Int, _ end: Int) -> Sums<Value> {
    var i = i
    var sums = Sums<Value>()
    if end &- start >= 128 {
      sums = load(i, Full()).sums(with: load(i &+ 64, Full()))
      i &+= 128
    }
    var term = Element.zero
    if (end &- start) & 64 != 0 {
      term = load(i, Full())
      i &+= 64
    }
    return i < end ? sums + term.sums(with: upTo(end, i)) : sums + term.sums
  }

  /// Any block, lanes beyond its end being zeros. Less code rather than speed: one load stands for all. Not optimized for
  /// size, though: the compiler would then share its arrays' initializer between the CPU levels.
  @inline(never) private func rest(_ start: Int, _ end: Int) -> Sums<Value> {
    var lanes = InlineArray<4, Sums<Value>>(repeating: Sums())
    for vector in 0..<Swift.min(4, (end &- start &+ 15) / 16) {
      var pairs = InlineArray<2, Sums<Value>>(repeating: Sums())
      for half in 0..<2 {
        var terms = InlineArray<2, Element>(repeating: Element.zero)
        for k in 0..<2 {
          let i = start &+ 16 &* vector &+ 128 &* half &+ 64 &* k
          if i < end { terms[k] = load(i, First(count: Swift.min(16, end &- i))) }
        }
        pairs[half] = terms[0].sums(with: terms[1])
      }
      lanes[vector] = pairs[0] + pairs[1]
    }
    return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
  }

  @inline(__always) private func half(_ i: Int) -> Sums<Value> { lanes(i) + lanes(i &+ 32) }

  @inline(__always) private func lanes(_ i: Int) -> Sums<Value> {
    load(i, Full()).sums(with: load(i &+ 64, Full()))
      + load(i &+ 128, Full()).sums(with: load(i &+ 192, Full()))
  }

  @inline(__always) private func upTo(_ end: Int, _ i: Int) -> Element {
    #if PLANISH_AVX512
      return i < end ? load(i, First(count: Swift.min(16, end &- i))) : Element.zero
    #else
      if i &+ 16 <= end { return load(i, Full()) }
      return i < end ? load(i, First(count: end &- i)) : Element.zero
    #endif
  }
}

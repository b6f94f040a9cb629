/// Up to three running sums of one vector of lanes. Sums that nobody adds to cost nothing.
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
}

/// The same three sums over a whole row.
struct Totals<Wide: WideNumber> {
  var first = Wide(count: 0)
  var second = Wide(count: 0)
  var third = Wide(count: 0)
  @inline(__always) init() {}
}

/// The terms that are summed over a row.
protocol Terms {
  associatedtype Value: Compute
  func add(_ i: Int, _ extent: some Extent, to sums: inout Sums<Value>)
}

/// Element i of a block goes to lane i mod 64. Short blocks keep the rounding errors of a lane small; then sums go on
/// wide. The last block may be shorter.
let blockSize = 256
/// A row's chunks are summed on their own and added in their order, so that threads can share a long row.
let chunkSize = 16384

extension Terms {
  @inline(__always) func total(over features: Int) -> Totals<Value.Wide> {
    var total = Totals<Value.Wide>()
    var start = 0
    while start < features {
      let sums = chunk(start, Swift.min(start &+ chunkSize, features))
      total.first = total.first + sums.first
      total.second = total.second + sums.second
      total.third = total.third + sums.third
      start &+= chunkSize
    }
    return total
  }

  @inline(__always) private func chunk(_ start: Int, _ end: Int) -> Totals<Value.Wide> {
    var first = Value.WideLanes()
    var second = Value.WideLanes()
    var third = Value.WideLanes()
    var i = start
    while i < end {
      let sums = block(i, Swift.min(i &+ blockSize, end))
      first.add(sums.first)
      second.add(sums.second)
      third.add(sums.third)
      i &+= blockSize
    }
    var total = Totals<Value.Wide>()
    total.first = first.total
    total.second = second.total
    total.third = third.total
    return total
  }

  /// 64 lanes as four vectors, folded to one: lane i and i + 32, then i and i + 16.
  @inline(__always) private func block(_ start: Int, _ end: Int) -> Sums<Value> {
    half(start, end) + half(start &+ 16, end)
  }

  /// Every other vector of lanes: few enough sums at a time for the registers of any level.
  @inline(__always) private func half(_ start: Int, _ end: Int) -> Sums<Value> {
    var near = Sums<Value>()
    var far = Sums<Value>()
    var i = start
    while i &+ 48 <= end {
      add(i, Full(), to: &near)
      add(i &+ 32, Full(), to: &far)
      i &+= 64
    }
    while i < end {
      add(i, First(count: Swift.min(16, end &- i)), to: &near)
      if i &+ 32 < end { add(i &+ 32, First(count: Swift.min(16, end &- i &- 32)), to: &far) }
      i &+= 64
    }
    return near + far
  }
}

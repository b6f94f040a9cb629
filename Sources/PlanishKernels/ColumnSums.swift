/// What is summed over each of 16 rows.
protocol ColumnTerms {
  associatedtype Element: Factors
  typealias Value = Element.Value
  /// Those of element i of every row.
  func load(_ i: Int) -> Element
}

/// Up to three sums of 16 rows, a row to a lane.
struct ColumnTotals<Value: Compute> {
  var first = Value.WideLanes()
  var second = Value.WideLanes()
  var third = Value.WideLanes()
  @inline(__always) init() {}

  @inline(__always) fileprivate mutating func add(_ sums: Sums<Value>) {
    first.add(sums.first)
    second.add(sums.second)
    third.add(sums.third)
  }

  @inline(__always) fileprivate mutating func merge(_ other: Self) {
    first.merge(other.first)
    second.merge(other.second)
    third.merge(other.third)
  }

  /// The sums of a chunk, added to those of the chunks before it.
  @inline(__always) fileprivate mutating func add(chunk: Self) {
    first = first + chunk.first.settled
    second = second + chunk.second.settled
    third = third + chunk.third.settled
  }
}

extension ColumnTerms {
  /// `Terms.total`, for 16 rows at a time.
  @inline(__always) func total(over features: Int) -> ColumnTotals<Value> {
    var totals = ColumnTotals<Value>()
    var start = 0
    while start < features {
      totals.add(chunk: chunk(start, Swift.min(start &+ chunkSize, features)))
      start &+= chunkSize
    }
    return totals
  }

  /// What are 16 lanes of one row there is 16 vectors here.
  @inline(__always) private func chunk(_ start: Int, _ end: Int) -> ColumnTotals<Value> {
    var lanes = InlineArray<16, ColumnTotals<Value>>(repeating: ColumnTotals())
    for lane in 0..<16 {
      var sums = ColumnTotals<Value>()
      var block = start
      while block < end {
        sums.add(folded(block &+ lane, Swift.min(block &+ blockSize, end)))
        block &+= blockSize
      }
      lanes[lane] = sums
    }
    var half = 8
    while half > 0 {
      for lane in 0..<half { lanes[lane].merge(lanes[lane &+ half]) }
      half /= 2
    }
    return lanes[0]
  }

  /// The lanes i, i + 16, i + 32 and i + 48 of a block.
  @inline(__always) private func folded(_ i: Int, _ end: Int) -> Sums<Value> {
    var lanes = InlineArray<4, Sums<Value>>(repeating: Sums())
    for vector in 0..<4 { lanes[vector] = lane(i &+ 16 &* vector, end) }
    return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
  }

  /// Up to four terms.
  @inline(__always) private func lane(_ i: Int, _ end: Int) -> Sums<Value> {
    let near = term(i, end).sums(with: term(i &+ 64, end))
    return i &+ 128 < end ? near + term(i &+ 128, end).sums(with: term(i &+ 192, end)) : near
  }

  @inline(__always) private func term(_ i: Int, _ end: Int) -> Element { i < end ? load(i) : Element.zero }
}

/// What is summed over each of 16 rows.
protocol ColumnTerms {
  associatedtype Element: Factors
  typealias Value = Element.Value
  /// Those of element i of every row.
  func load(_ i: Int) -> Element
  /// Every 16th element from i on, up to 16 of them.
  func lane(_ i: Int, _ count: Int) -> Self
}

extension ColumnTerms {
  /// `Terms.total`, for 16 rows at a time.
  @inline(__always) func total(over features: Int) -> LaneTotals<Element> {
    var totals = LaneTotals<Element>()
    var start = 0
    while start < features {
      totals.add(chunk: chunk(start, Swift.min(start &+ chunkSize, features)))
      start &+= chunkSize
    }
    return totals
  }

  /// What are 16 lanes of one row there is 16 vectors here.
  @inline(__always) private func chunk(_ start: Int, _ end: Int) -> LaneTotals<Element> {
    var halving = Halving<LaneTotals<Element>>()
    while let lane = halving.lane {
      var sums = LaneTotals<Element>()
      var block = start &+ lane
      while block < end {
        let count = (Swift.min(block &+ blockSize, end) &- block &+ 15) / 16
        sums.add(self.lane(block, count).folded(count))
        block &+= blockSize
      }
      halving.add(sums)
    }
    return halving.total
  }

  /// Up to 16 terms that belong to the lanes l, l + 16, l + 32 and l + 48 in turn.
  @inline(__always) private func folded(_ count: Int) -> Sums<Value> {
    (few(0, count) + few(2, count)) + (few(1, count) + few(3, count))
  }

  /// Those of one lane.
  @inline(__always) private func few(_ i: Int, _ count: Int) -> Sums<Value> {
    let near = term(i, count).sums(with: term(i &+ 4, count))
    return i &+ 8 < count ? near + term(i &+ 8, count).sums(with: term(i &+ 12, count)) : near
  }

  @inline(__always) private func term(_ i: Int, _ count: Int) -> Element { i < count ? load(i) : Element.zero }
}

protocol Mergeable {
  init()
  mutating func merge(_ other: Self)
}

/// 16 sums added up by halving: lanes l and l + 8, then l and l + 4, and so on. They come in bit-reversed order, so that few of
/// them wait for their other half.
struct Halving<Sum: Mergeable> {
  private var waiting = InlineArray<5, Sum>(repeating: Sum())
  private var turn = 0
  @inline(__always) init() {}

  /// Whose sum comes next.
  @inline(__always) var lane: Int? {
    turn == 16 ? nil : (turn & 1) &<< 3 | (turn & 2) &<< 1 | (turn & 4) &>> 1 | (turn & 8) &>> 3
  }

  @inline(__always) mutating func add(_ sum: Sum) {
    var sum = sum
    var step = 0
    while turn &>> step & 1 == 1 {
      var half = waiting[step]
      half.merge(sum)
      sum = half
      step &+= 1
    }
    waiting[step] = sum
    turn &+= 1
  }

  @inline(__always) var total: Sum { waiting[4] }
}

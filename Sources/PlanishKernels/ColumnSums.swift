/// What is summed over each of 16 rows.
protocol ColumnTerms {
  associatedtype Element: Factors
  typealias Value = Element.Value
  /// Those of element i of every row.
  func load(_ i: Int) -> Element
}

extension ColumnTerms {
  /// `Terms.total`, for 16 rows at a time.
  @inline(__always) func total(over features: Int) -> LaneTotals<Value> {
    var totals = LaneTotals<Value>()
    var start = 0
    while start < features {
      totals.add(chunk: chunk(start, Swift.min(start &+ chunkSize, features)))
      start &+= chunkSize
    }
    return totals
  }

  /// What are 16 lanes of one row there is 16 vectors here.
  @inline(__always) private func chunk(_ start: Int, _ end: Int) -> LaneTotals<Value> {
    var lanes = InlineArray<16, LaneTotals<Value>>(repeating: LaneTotals())
    for lane in 0..<16 {
      var sums = LaneTotals<Value>()
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

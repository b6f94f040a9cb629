/// How many features a row has, and one over it.
struct RowLength<Value: Compute> {
  let features: Int
  let count: Value.Wide
  let inverse: Value.Wide

  @inline(__always) init(_ features: Int) {
    self.features = features
    count = Value.Wide(count: features)
    inverse = Value.Wide(count: 1) / count
  }

  /// Averages over it are the sums.
  @inline(__always) init(sumsOver features: Int) {
    self.features = features
    count = Value.Wide(count: 1)
    inverse = count
  }
}

/// The mean of a row, as a number close to it and the rest, and the reciprocal of its standard deviation.
struct Moments<Value: Compute> {
  let pivot: Value
  let shift: Value.Wide
  let rstd: Value.Wide
  /// Of a row that had to be rescaled.
  private let isRescaled: Bool

  @inline(__always) init(pivot: Value, shift: Value.Wide, rstd: Value.Wide, isRescaled: Bool) {
    self.pivot = pivot
    self.shift = shift
    self.rstd = rstd
    self.isRescaled = isRescaled
  }

  /// It overflows only in rescaled rows, beside deviations of 0, which it must leave at 0.
  @inline(__always) var narrowRstd: Value {
    let narrow = rstd.narrowed
    return isRescaled && narrow == .infinity && rstd.isFinite ? .greatestFiniteMagnitude : narrow
  }

  @inline(__always) var mean: Value.Wide { Value.Wide(pivot) + shift }

  /// rstd where the variance is nothing beside eps.
  @inline(__always) static func rstd(ofEps eps: Double) -> Value.Wide {
    Value.Wide(count: 1) / Value.Wide(eps: eps).squareRoot()
  }
}

/// Deviations from a pivot, and their squares.
struct Deviation<Value: Compute>: Factors {
  let d: SIMD16<Value>

  @inline(__always) init(_ d: SIMD16<Value>) { self.d = d }
  @inline(__always) static var zero: Self { Self(Value.splat(0)) }
  @inline(__always) static var hasThird: Bool { false }

  @inline(__always) var sums: Sums<Value> {
    var sums = Sums<Value>()
    sums.first = d
    sums.second = d * d
    return sums
  }

  @inline(__always) func sums(with other: Self) -> Sums<Value> {
    var sums = Sums<Value>()
    sums.first = d + other.d
    sums.second = Value.fma(other.d, other.d, d * d)
    return sums
  }
}

struct Deviations<S: Source>: Terms {
  let row: S
  let pivot: S.Value
  @inline(__always) static var isCompact: Bool { S.isCompact }

  @inline(__always) static var comesInPairs: Bool { S.comesInPairs }
  @inline(__always) func fetch(_ i: Int) { row.fetch(i) }
  @inline(__always) func loadPair(_ i: Int) -> (Deviation<S.Value>, Deviation<S.Value>) {
    let pair = row.loadPair(i)
    return (Deviation(pair.even - pivot), Deviation(pair.odd - pivot))
  }

  @inline(__always) func load(_ i: Int, _ extent: some Extent) -> Deviation<S.Value> {
    let d = row.load(i, extent) - pivot
    return Deviation(extent.isFull ? d : S.Value.first(extent.count, of: d))
  }
}

/// avg(d) and avg(d²) of the deviations d from a pivot.
struct Spread<Value: Compute> {
  let pivot: Value
  let shift: Value.Wide
  let square: Value.Wide

  /// Of no row.
  @inline(__always) static var none: Self { Self(Totals(), RowLength(1), pivot: 0) }

  @inline(__always) init(_ totals: Totals<Value.Wide>, _ length: RowLength<Value>, pivot: Value) {
    self.pivot = pivot
    // Divided, so that constant rows have no deviations left in any rounding mode.
    shift = totals.first / length.count
    square = totals.second * length.inverse
  }

  @inline(__always) var mean: Value.Wide { Value.Wide(pivot) + shift }
  @inline(__always) var variance: Value.Wide { square - shift * shift }
  /// The pivot was so far from the mean that the variance is a difference of larger numbers.
  @inline(__always) var cancels: Bool { square < Value.Wide(count: 7) * (shift * shift) }

  /// Itself, or after a second pass over the row around the mean that the first one found. The mean rounded to one number
  /// is always close enough.
  @inline(__always)
  func close<S: Source>(to row: S, _ length: RowLength<Value>) -> Self where S.Value == Value {
    cancels ? row.spread(length, around: mean.narrowed) : self
  }

  /// nil if the row must be rescaled first, because squares have overflowed or underflowed.
  @inline(__always) func moments(eps: Double) -> Moments<Value>? {
    let variance = variance + Value.Wide(eps: eps)
    if !square.isInRange || variance < Value.Wide(Value.safeVariance) { return nil }
    return moments(rstd: Value.Wide(count: 1) / variance.squareRoot(), isRescaled: false)
  }

  @inline(__always) func moments(rstd: Value.Wide, isRescaled: Bool) -> Moments<Value> {
    Moments(pivot: pivot, shift: shift, rstd: rstd, isRescaled: isRescaled)
  }
}

extension Compute {
  /// `firstPivot` of 16 rows, from the totals of `pivotSum`.
  @inline(__always) static func pivots(ofTotals totals: SIMD16<Self>, _ features: Int) -> SIMD16<Self> {
    shortened(features >= 64 ? totals * (1 / 64) : totals / Self(features))
  }
}

extension Source {
  /// The moments of the row; nil if it must be rescaled first.
  @inline(never) func moments(_ length: RowLength<Value>, eps: Double) -> Moments<Value>? {
    spread(length).moments(eps: eps)
  }

  /// The moments of a row that is 2^-exponent times another one, eps being added to the other one's variance; nil if all
  /// elements are the same.
  @_optimize(size) @inline(never) func moments(_ length: RowLength<Value>, eps: Double, exponent: Int) -> Moments<
    Value
  >? {
    let spread = spread(length)
    guard Value.Wide(count: 0) < spread.square else { return nil }
    let scaledEps = Value.Wide(eps: eps).scaled(by: -2 &* exponent)
    // Beyond the range, eps is all that counts.
    guard scaledEps.isFinite else {
      return spread.moments(rstd: Moments<Value>.rstd(ofEps: eps).scaled(by: exponent), isRescaled: true)
    }
    let variance = spread.variance + scaledEps
    return spread.moments(rstd: Value.Wide(count: 1) / variance.squareRoot(), isRescaled: true)
  }

  @inline(__always) private func spread(_ length: RowLength<Value>) -> Spread<Value> {
    spread(length, around: nil).close(to: self, length)
  }

  /// Around this pivot, or else around a first guess of the mean.
  @inline(never) func spread(_ length: RowLength<Value>, around pivot: Value?) -> Spread<Value> {
    let pivot = pivot ?? firstPivot(length.features)
    return Spread(Deviations(row: self, pivot: pivot).total(over: length.features), length, pivot: pivot)
  }

  /// The mean of 64 elements from all over the row, or of all if there are no more. Shortened, so that deviations from it
  /// are exact where the elements are short themselves: 16-bit numbers, integers.
  @inline(__always) func firstPivot(_ features: Int) -> Value {
    let total = Value.total(pivotSum(features))
    return (features >= 64 ? total * (1 / 64) : total / Value(features)).shortened
  }

  /// Whose lanes are to be added up.
  @inline(__always) func pivotSum(_ features: Int) -> SIMD16<Value> {
    if features < 64 { return fewSum(features) }
    let step = features / 64 &* 16
    return (load(0, Full()) + load(2 &* step, Full())) + (load(step, Full()) + load(3 &* step, Full()))
  }

  @_optimize(size) @inline(never) private func fewSum(_ features: Int) -> SIMD16<Value> {
    var sum = few(0, features) + few(32, features)
    if features > 16 { sum += few(16, features) + few(48, features) }
    return sum
  }

  @inline(__always) private func few(_ i: Int, _ features: Int) -> SIMD16<Value> {
    if i &+ 16 <= features { return load(i, Full()) }
    return i < features ? Value.first(features &- i, of: load(i, First(count: features &- i))) : Value.splat(0)
  }
}

/// The mean of a row and the reciprocal of its standard deviation.
struct Moments<Value: Compute> {
  let mean: Value.Wide
  let rstd: Value.Wide

  @inline(__always) init(mean: Value.Wide, rstd: Value.Wide) {
    self.mean = mean
    self.rstd = rstd
  }

  /// rstd where the variance is nothing beside eps.
  @inline(__always) static func rstd(ofEps eps: Double) -> Value.Wide {
    Value.Wide(count: 1) / Value.Wide(eps: eps).squareRoot()
  }

  /// Those of the elements times 2^exponent.
  @inline(__always) func scaled(by exponent: Int) -> Self {
    Moments(mean: mean.scaled(by: exponent), rstd: rstd.scaled(by: -exponent))
  }
}

/// Deviations from a pivot close to the row's values, and their squares.
private struct Deviations<S: Source>: Terms {
  let row: S
  let pivot: S.Value

  @inline(__always) func add(_ i: Int, _ extent: some Extent, to sums: inout Sums<S.Value>) {
    var d = row.load(i, extent) - pivot
    if !extent.isFull { d = S.Value.first(extent.count, of: d) }
    sums.first += d
    sums.second = S.Value.fma(d, d, sums.second)
  }
}

/// avg(d) and avg(d²) of the deviations d from a pivot.
struct Spread<Value: Compute> {
  let pivot: Value
  let shift: Value.Wide
  let square: Value.Wide

  @inline(never) init<S: Source>(_ row: S, _ features: Int, pivot: Value) where S.Value == Value {
    self.init(Deviations(row: row, pivot: pivot).total(over: features), features, pivot: pivot)
  }

  @inline(__always) init(_ totals: Totals<Value.Wide>, _ features: Int, pivot: Value) {
    let count = Value.Wide(count: features)
    self.pivot = pivot
    shift = totals.first / count
    square = totals.second / count
  }

  @inline(__always) var mean: Value.Wide { Value.Wide(pivot) + shift }
  @inline(__always) var variance: Value.Wide { square - shift * shift }
  /// The pivot was far from the mean, so that the variance is a difference of numbers much larger than it.
  @inline(__always) var cancels: Bool { square < Value.Wide(count: 3) * (shift * shift) }

  /// nil if the row must be rescaled first, because squares have overflowed or underflowed.
  @inline(__always) func moments(eps: Double) -> Moments<Value>? {
    let variance = variance + Value.Wide(eps: eps)
    if !square.isFinite || variance < Value.Wide(Value.safeVariance) { return nil }
    return Moments(mean: mean, rstd: Value.Wide(count: 1) / variance.squareRoot())
  }
}

extension Source {
  /// The moments of the row; nil if it must be rescaled first.
  @inline(never) func moments(_ features: Int, eps: Double) -> Moments<Value>? { spread(features).moments(eps: eps) }

  /// The moments of a row that is 2^-exponent times another one, eps being added to the other one's variance; nil if all
  /// elements are the same.
  @inline(never) func moments(_ features: Int, eps: Double, exponent: Int) -> Moments<Value>? {
    let spread = spread(features)
    guard Value.Wide(count: 0) < spread.square else { return nil }
    let scaledEps = Value.Wide(eps: eps).scaled(by: -2 &* exponent)
    // Beyond the range, eps is all that counts.
    guard scaledEps.isFinite else {
      return Moments(mean: spread.mean, rstd: Moments<Value>.rstd(ofEps: eps).scaled(by: exponent))
    }
    let variance = spread.variance + scaledEps
    return Moments(mean: spread.mean, rstd: Value.Wide(count: 1) / variance.squareRoot())
  }

  /// One pass over the row with the mean of its first 16 elements as pivot; a second one around the mean that the first
  /// one found, where the pivot was not close enough. The mean rounded to one number is always close enough.
  @inline(__always) private func spread(_ features: Int) -> Spread<Value> {
    let pivot: Value
    if features >= 16 {
      pivot = Value.total(load(0, Full())) / 16
    } else {
      pivot = Value.total(Value.first(features, of: load(0, First(count: features)))) / Value(features)
    }
    let spread = Spread(self, features, pivot: pivot)
    return spread.cancels ? Spread(self, features, pivot: spread.mean.narrowed) : spread
  }
}

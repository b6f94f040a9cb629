/// The values of one result.
///
/// Each is a sum of terms; `terms` is the sum of their absolute values, which says how much rounding to expect: a
/// rounding step is 2^-24 of it (Float has 24 bits).
struct Expectation {
  var values: [Double]
  var terms: [Double]

  init(count: Int) {
    values = Array(repeating: 0, count: count)
    terms = values
  }

  /// The largest difference as it is, and in rounding steps of its element; infinite for not-a-number.
  func compare(_ results: [Float]) -> (largest: Double, steps: Double) {
    var largest = 0.0
    var steps = 0.0
    for i in results.indices {
      var distance = abs(Double(results[i]) - values[i])
      if distance.isNaN { distance = .infinity }
      largest = max(largest, distance)
      if distance > 0 { steps = max(steps, distance / (terms[i] * 0x1p-24)) }
    }
    return (largest, steps)
  }
}

/// Layer normalization as a textbook has it, in double precision: what Planish's results are compared with.
struct Textbook {
  var y, mean, rstd, dx, dweight, dbias: Expectation

  /// Forward and backward for the gradient dy.
  init(_ e: Embeddings, dy: [Float]) {
    y = Expectation(count: e.x.count)
    mean = Expectation(count: e.tokens)
    rstd = Expectation(count: e.tokens)
    dx = Expectation(count: e.x.count)
    dweight = Expectation(count: e.features)
    dbias = Expectation(count: e.features)
    for row in 0..<e.tokens {
      let first = row * e.features
      let elements = first..<first + e.features
      let xHat = forward(e, row: row, x: e.x[elements].map(Double.init), first: first)
      backward(xHat, dy: dy[elements].map(Double.init), weight: e.weight, row: row, first: first)
    }
  }

  /// One row of y, which begins at `first`, and its statistics; the answer is (x - mean) · rstd.
  private mutating func forward(_ e: Embeddings, row: Int, x: [Double], first: Int) -> [Double] {
    let mean = average(x)
    let rstd = 1 / (average(x.map { ($0 - mean) * ($0 - mean) }) + e.eps).squareRoot()
    self.mean.values[row] = mean
    self.mean.terms[row] = average(x.map(abs))
    self.rstd.values[row] = rstd
    self.rstd.terms[row] = rstd

    let xHat = x.map { ($0 - mean) * rstd }
    for i in x.indices {
      let weight = Double(e.weight[i])
      let bias = Double(e.bias[i])
      y.values[first + i] = xHat[i] * weight + bias
      y.terms[first + i] = size(of: xHat[i]) * abs(weight) + abs(bias)
    }
    return xHat
  }

  /// One row of dx, which begins at `first`, and its share of dweight and dbias.
  private mutating func backward(_ xHat: [Double], dy: [Double], weight: [Float], row: Int, first: Int) {
    let rstd = self.rstd.values[row]
    let g = zip(dy, weight).map { $0 * Double($1) }
    let gx = zip(g, xHat).map { $0 * $1 }
    let averageG = average(g)
    let averageGX = average(gx)
    let absoluteG = average(g.map(abs))
    let absoluteGX = average(gx.map(abs))
    for i in g.indices {
      dx.values[first + i] = rstd * (g[i] - averageG - xHat[i] * averageGX)
      dx.terms[first + i] = rstd * (abs(g[i]) + absoluteG + size(of: xHat[i]) * absoluteGX)
      dweight.values[i] += dy[i] * xHat[i]
      dweight.terms[i] += abs(dy[i]) * size(of: xHat[i])
      dbias.values[i] += dy[i]
      dbias.terms[i] += abs(dy[i])
    }
  }
}

private func average(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

/// How far rounding can reach into (x - mean) · rstd: the error of the mean is the same for the whole row, about a
/// rounding step of 1, so an element close to 0 is no more exact than that.
private func size(of xHat: Double) -> Double { max(1, abs(xHat)) }

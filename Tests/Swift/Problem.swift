/// What a call of forward and one of backward are given.
struct Problem: Sendable {
  var rows: Int
  var features: Int
  var eps = 1e-5
  var x: [Float]
  var dy: [Float]
  var weight: [Float]?
  var bias: [Float]?

  /// One row of it.
  func row(_ row: Int) -> Problem {
    let elements = row * features..<(row + 1) * features
    var alone = self
    alone.rows = 1
    alone.x = Array(x[elements])
    alone.dy = Array(dy[elements])
    return alone
  }
}

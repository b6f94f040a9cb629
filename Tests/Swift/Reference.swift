import CReference
import Testing

/// What the reference loops in C make of a problem.
struct Reference {
  private let problem: Problem
  private var y: [Double]
  private var xhat: [Double]
  private var mean: [Double]
  private var rstd: [Double]
  private var std: [Double]
  private var dx: [Double]
  private var dxScale: [Double]
  private var dweight: [Double]
  private var dweightScale: [Double]
  private var dbias: [Double]
  private var dbiasScale: [Double]

  init(_ problem: Problem) {
    self.problem = problem
    y = [Double](repeating: 0, count: problem.x.count)
    (xhat, dx, dxScale) = (y, y, y)
    mean = [Double](repeating: 0, count: problem.rows)
    (rstd, std) = (mean, mean)
    dweight = [Double](repeating: 0, count: problem.features)
    (dweightScale, dbias, dbiasScale) = (dweight, dweight, dweight)
    let shape = reference_shape(rows: Int64(problem.rows), features: Int64(problem.features))
    reference_forward(shape, problem.eps, problem.x, 0, problem.weight, problem.bias, &y, &xhat, &mean, &rstd, &std)
    reference_backward(
      shape, problem.dy, 0, problem.weight, xhat, rstd, &dx, &dxScale, &dweight, &dweightScale, &dbias, &dbiasScale)
  }

  /// Every element within the bound for it in bounds.h.
  func expectNear(_ got: Results, at level: String) {
    let affine = problem.weight != nil || problem.bias != nil
    expectNear(got.y, y, "y at \(level)") { i in
      y_bound(y[i], xhat[i], problem.weight.map { Double($0[i % problem.features]) } ?? 1, affine)
    }
    expectNear(got.mean, mean, "mean at \(level)") { mean_bound(mean[$0], std[$0]) }
    expectNear(got.rstd, rstd, "rstd at \(level)") { rstd_bound(rstd[$0]) }
    expectNear(got.dx, dx, "dx at \(level)") { dx_bound(dxScale[$0]) }
    expectNear(got.dweight, dweight, "dweight at \(level)") { dweight_bound(dweight[$0], dweightScale[$0]) }
    expectNear(got.dbias, dbias, "dbias at \(level)") { dbias_bound(dbias[$0], dbiasScale[$0]) }
  }

  /// Reports the first element that is too far off.
  private func expectNear(_ got: [Float], _ expected: [Double], _ what: String, bound: (Int) -> Double) {
    #expect(got.count == expected.count, "\(what)")
    for i in expected.indices {
      let error = abs(Double(got[i]) - expected[i])
      // Not "error > bound": a NaN is never near.
      guard error <= bound(i) else {
        Issue.record("\(what)[\(i)] is \(got[i]), expected \(expected[i]), off by \(error), allowed are \(bound(i))")
        return
      }
    }
  }
}

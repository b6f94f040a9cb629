internal import CPlanishSystem
internal import PlanishCore

/// A layer norm whose types are values. What is generic is made into this in the caller's module, where the types are
/// known, so that a call on a small array does not have to look them up.
@usableFromInline
struct UntypedLayerNorm {
  let features: Int
  let inner: Int
  let eps: Double
  let element: Any.Type
  let weight: Any.Type
  let bias: Any.Type

  @usableFromInline
  init(features: Int, inner: Int, eps: Double, element: Any.Type, weight: Any.Type, bias: Any.Type) {
    self.features = features
    self.inner = inner
    self.eps = eps
    self.element = element
    self.weight = weight
    self.bias = bias
  }

  @usableFromInline
  func forward(
    x: Argument, weight: Argument?, bias: Argument?, y: MutableArgument, mean: MutableArgument?, rstd: MutableArgument?
  ) throws(LayerNormError) {
    var problem = ForwardProblem(shape: try shape(of: "x", count: x.count))
    let samples = problem.shape.rows * inner
    problem.x = x.address
    problem.y = try y.address("y", count: x.count)
    problem.weight = try weight?.address("weight", count: features)
    problem.bias = try bias?.address("bias", count: features)
    problem.mean = try mean?.address("mean", count: samples)
    problem.rstd = try rstd?.address("rstd", count: samples)
    try LayerNormError.translating { () throws(Fault) in try problem.run() }
  }

  @usableFromInline
  func backward(
    dy: Argument, x: Argument, weight: Argument?, mean: Argument?, rstd: Argument?, dx: MutableArgument?,
    dweight: MutableArgument?, dbias: MutableArgument?
  ) throws(LayerNormError) {
    var problem = BackwardProblem(shape: try shape(of: "dy", count: dy.count))
    let samples = problem.shape.rows * inner
    problem.dy = dy.address
    problem.dx = try dx?.address("dx", count: dy.count)
    problem.x = try x.address("x", count: dy.count)
    problem.weight = try weight?.address("weight", count: features)
    problem.mean = try mean?.address("mean", count: samples)
    problem.rstd = try rstd?.address("rstd", count: samples)
    problem.dweight = try dweight?.address("dweight", count: features)
    problem.dbias = try dbias?.address("dbias", count: features)
    try LayerNormError.translating { () throws(Fault) in try problem.run() }
  }

  /// How many samples an array of so many elements has; throws if they are no whole number.
  @usableFromInline
  func samples(of argument: String, count: Int) throws(LayerNormError) -> Int {
    guard count % (features * inner) == 0 else {
      throw .partialRow(argument: argument, count: count, features: features, inner: inner)
    }
    return count / features
  }

  /// Throws if there is no memory for an element a feature: an array of Swift's would end the process.
  @usableFromInline
  func requireMemory(for argument: String, size: Int) throws(LayerNormError) {
    let (bytes, overflow) = features.multipliedReportingOverflow(by: size)
    let memory = overflow ? nil : planish_allocate(bytes)
    guard memory != nil else { throw .outOfMemory(argument: argument, byteCount: overflow ? .max : bytes) }
    planish_release(memory)
  }

  private func shape(of argument: String, count: Int) throws(LayerNormError) -> Shape {
    let rows = try samples(of: argument, count: count) / inner
    var shape = Shape(dtype: try Dtype(element), rows: rows, features: features, eps: eps)
    shape.inner = inner
    shape.weightDtype = try Dtype(weight)
    shape.biasDtype = try Dtype(bias)
    return shape
  }
}

extension LayerNorm {
  @inlinable
  var untyped: UntypedLayerNorm {
    UntypedLayerNorm(
      features: features, inner: inner, eps: eps, element: Element.self, weight: Weight.self, bias: Bias.self)
  }
}

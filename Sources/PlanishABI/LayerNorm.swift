import CPlanish
import PlanishCore

@_cdecl("planish_layer_norm_forward")
public func layerNormForward(
  _ norm: UnsafePointer<planish_layer_norm>?, _ x: UnsafeRawPointer?, _ weight: UnsafeRawPointer?,
  _ bias: UnsafeRawPointer?, _ y: UnsafeMutableRawPointer?, _ mean: UnsafeMutableRawPointer?,
  _ rstd: UnsafeMutableRawPointer?
) -> planish_status {
  status { () throws(Fault) in
    var problem = ForwardProblem(shape: try Shape(norm))
    problem.x = x
    problem.weight = weight
    problem.bias = bias
    problem.y = y
    problem.mean = mean
    problem.rstd = rstd
    try problem.run()
  }
}

@_cdecl("planish_layer_norm_backward")
public func layerNormBackward(
  _ norm: UnsafePointer<planish_layer_norm>?, _ dy: UnsafeRawPointer?, _ x: UnsafeRawPointer?,
  _ weight: UnsafeRawPointer?, _ mean: UnsafeRawPointer?, _ rstd: UnsafeRawPointer?, _ dx: UnsafeMutableRawPointer?,
  _ dweight: UnsafeMutableRawPointer?, _ dbias: UnsafeMutableRawPointer?
) -> planish_status {
  status { () throws(Fault) in
    var problem = BackwardProblem(shape: try Shape(norm))
    problem.dy = dy
    problem.x = x
    problem.weight = weight
    problem.mean = mean
    problem.rstd = rstd
    problem.dx = dx
    problem.dweight = dweight
    problem.dbias = dbias
    try problem.run()
  }
}

@_cdecl("planish_layer_norm_f32")
public func layerNormF32(
  _ rows: Int64, _ features: Int64, _ x: UnsafePointer<Float>?, _ weight: UnsafePointer<Float>?,
  _ bias: UnsafePointer<Float>?, _ eps: Double, _ y: UnsafeMutablePointer<Float>?
) -> planish_status {
  status { () throws(Fault) in
    let shape = Shape(dtype: .float32, rows: Int(rows), features: Int(features), eps: eps)
    var problem = ForwardProblem(shape: shape)
    problem.x = UnsafeRawPointer(x)
    problem.weight = UnsafeRawPointer(weight)
    problem.bias = UnsafeRawPointer(bias)
    problem.y = UnsafeMutableRawPointer(y)
    try problem.run()
  }
}

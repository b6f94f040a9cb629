import CPlanishKernels

/// What is done in code of its own for each dtype: from a number at run time to a type that the compiler knows.
protocol ElementWork {
  associatedtype Result
  func run<E: Element>(_ element: E.Type) -> Result
}

extension ElementWork {
  @inline(__always) func run(_ dtype: planish_task_dtype) -> Result {
    switch Int(dtype) {
    case PLANISH_TASK_F64: run(Float64.self)
    case PLANISH_TASK_BF16: run(Brain16.self)
    case PLANISH_TASK_F16: run(Half16.self)
    default: run(Float32.self)
    }
  }
}

import CPlanishKernels

/// What is done in code of its own for each dtype: from a number at run time to a type that the compiler knows.
protocol ElementWork {
  func run<E: Element>(_ element: E.Type)
}

extension ElementWork {
  @inline(__always) func run(_ dtype: planish_task_dtype) {
    switch Int(dtype) {
    case PLANISH_TASK_F64: run(Float64.self)
    case PLANISH_TASK_BF16: run(Brain16.self)
    case PLANISH_TASK_F16: run(Half16.self)
    default: run(Float32.self)
    }
  }
}

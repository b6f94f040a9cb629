import CPlanish
import CPlanishSystem

/// What is wrong with a call. The sentence that says so is made in one place for all languages.
package struct Fault: Error {
  package private(set) var record = planish_fault()

  private init(
    _ status: planish_status, _ argument: StaticString, other: UnsafePointer<CChar>? = nil, number: Int = 0,
    limit: Int = 0,
    value: Double = 0
  ) {
    record.status = status
    record.argument = argument.text
    record.other = other
    record.number = Int64(number)
    record.limit = Int64(limit)
    record.value = value
  }

  package static func null(_ argument: StaticString) -> Fault { Fault(PLANISH_NULL_POINTER, argument) }

  package static func badSize(_ argument: StaticString, _ size: Int, atLeast limit: Int) -> Fault {
    Fault(PLANISH_BAD_SIZE, argument, number: size, limit: limit)
  }

  package static func sizeOverflow(_ argument: StaticString, rows: Int, stride: Int) -> Fault {
    Fault(PLANISH_SIZE_OVERFLOW, argument, number: rows, limit: stride)
  }

  package static func badStride(_ argument: StaticString, _ stride: Int, atLeast limit: Int) -> Fault {
    Fault(PLANISH_BAD_STRIDE, argument, number: stride, limit: limit)
  }

  /// Features that lie apart need an `inner` that lies together.
  package static func badFeatureStride(_ argument: StaticString, _ stride: Int) -> Fault {
    Fault(PLANISH_BAD_STRIDE, argument, number: stride)
  }

  package static func badEps(_ eps: Double) -> Fault { Fault(PLANISH_BAD_EPS, "eps", value: eps) }

  package static func overlap(_ argument: StaticString, _ other: StaticString, bytesFromStart: Int) -> Fault {
    Fault(PLANISH_OVERLAP, argument, other: other.text, number: bytesFromStart)
  }

  package static func badStruct(_ argument: StaticString, size: Int, known: Int) -> Fault {
    Fault(PLANISH_BAD_STRUCT, argument, number: size, limit: known)
  }

  package static func badReserved(_ argument: StaticString, _ value: Int) -> Fault {
    Fault(PLANISH_BAD_STRUCT, argument, number: value)
  }

  package static func badDtype(_ argument: StaticString, _ dtype: Int) -> Fault {
    Fault(PLANISH_BAD_DTYPE, argument, number: dtype)
  }

  /// A dtype that exists, but not together with that of x.
  package static func badDtype(_ argument: StaticString, _ dtype: Int, with x: Int) -> Fault {
    Fault(PLANISH_BAD_DTYPE, argument, number: dtype, limit: x)
  }

  package static func badCPU(_ argument: StaticString, _ name: UnsafePointer<CChar>) -> Fault {
    var fault = Fault(PLANISH_BAD_CPU, argument)
    planish_fault_set_text(&fault.record, name)
    return fault
  }

  package static func badThreads(_ argument: StaticString, _ threads: Int) -> Fault {
    Fault(PLANISH_BAD_THREADS, argument, number: threads)
  }

  package static func badThreads(_ argument: StaticString, _ text: UnsafePointer<CChar>) -> Fault {
    var fault = Fault(PLANISH_BAD_THREADS, argument)
    planish_fault_set_text(&fault.record, text)
    return fault
  }

  package static func outOfMemory(_ argument: StaticString, bytes: Int) -> Fault {
    Fault(PLANISH_OUT_OF_MEMORY, argument, number: bytes)
  }
}

extension StaticString {
  /// For C. Literals are zero-terminated.
  fileprivate var text: UnsafePointer<CChar> { UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}

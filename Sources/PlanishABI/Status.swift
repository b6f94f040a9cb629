import CPlanish
import CPlanishSystem
import PlanishCore

/// What `body` came to. Its fault is kept for planish_error_message.
func status(_ body: () throws(Fault) -> Void) -> planish_status {
  do {
    try body()
    return PLANISH_OK
  } catch {
    var record = error.record
    planish_fault_remember(&record)
    return record.status
  }
}

@_cdecl("planish_error_message")
public func errorMessage() -> UnsafePointer<CChar>? { planish_fault_last() }

@_cdecl("planish_status_string")
public func statusString(_ status: planish_status) -> UnsafePointer<CChar>? {
  let text: StaticString =
    switch status {
    case PLANISH_OK: "success"
    case PLANISH_NULL_POINTER: "an argument that is needed is NULL"
    case PLANISH_BAD_SIZE: "rows or inner is negative, or features is less than 1"
    case PLANISH_SIZE_OVERFLOW: "an array would not fit into the address space"
    case PLANISH_BAD_STRIDE: "a stride is shorter than what it spans"
    case PLANISH_BAD_EPS: "eps is negative, infinite or not a number"
    case PLANISH_OVERLAP: "an output shares memory with another argument"
    case PLANISH_BAD_STRUCT: "a struct has a size or a field that this library does not know"
    case PLANISH_BAD_DTYPE: "the dtype is not one that this library knows"
    case PLANISH_BAD_CPU: "the CPU level does not exist, or this CPU lacks it"
    case PLANISH_OUT_OF_MEMORY: "working memory could not be had"
    case PLANISH_BAD_THREADS: "the number of threads is negative, or no number"
    default: "unknown status"
    }
  return UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

@_cdecl("planish_version")
public func version() -> Int32 {
  Int32(PLANISH_VERSION_MAJOR * 10000 + PLANISH_VERSION_MINOR * 100 + PLANISH_VERSION_PATCH)
}

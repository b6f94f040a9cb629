import CPlanish
import PlanishCore

@_cdecl("planish_cpu")
public func cpu() -> UnsafePointer<CChar>? {
  do throws(Fault) {
    return try Level.current().name
  } catch {
    return nil
  }
}

@_cdecl("planish_cpu_level")
public func cpuLevel(_ index: Int32) -> UnsafePointer<CChar>? { Level(index: Int(index))?.name }

@_cdecl("planish_set_cpu")
public func setCPU(_ level: UnsafePointer<CChar>?) -> planish_status {
  status { () throws(Fault) in try Level.choose(level) }
}

import CPlanish
import PlanishCore

@_cdecl("planish_cpu")
public func cpu() -> UnsafePointer<CChar>? {
  var name: UnsafePointer<CChar>?
  _ = status { () throws(Fault) in name = try Level.current().name }
  return name
}

@_cdecl("planish_cpu_level")
public func cpuLevel(_ index: Int32) -> UnsafePointer<CChar>? { Level(index: Int(index))?.name }

@_cdecl("planish_set_cpu")
public func setCPU(_ level: UnsafePointer<CChar>?) -> planish_status {
  status { () throws(Fault) in try Level.choose(level) }
}

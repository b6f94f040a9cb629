import CPlanish
import CPlanishSystem
import PlanishCore

@_cdecl("planish_set_num_threads")
public func setNumThreads(_ threads: Int32) -> planish_status {
  status { () throws(Fault) in try Threads.choose(Int(threads)) }
}

@_cdecl("planish_get_num_threads")
public func getNumThreads() -> Int32 {
  var threads = 0
  _ = status { () throws(Fault) in threads = try Threads.current() }
  return Int32(threads)
}

@_cdecl("planish_set_executor")
public func setExecutor(_ run: planish_parallel_for?, _ context: UnsafeMutableRawPointer?) {
  planish_executor_set(planish_executor(run: run, context: context))
}

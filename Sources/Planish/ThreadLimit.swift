internal import PlanishCore

/// How many threads a call may use. A call that is worth it uses several: about ten microseconds of work for each. The
/// results have the same bits whatever the limit is.
///
/// ```swift
/// try ThreadLimit(1).use()   // calls stay on the thread that makes them
/// ```
///
/// Without a limit chosen, it is the environment variable `PLANISH_NUM_THREADS`, or else the number of CPUs that the
/// calling thread may run on, as far as its control group grants their time. More than 64 threads are never used.
public struct ThreadLimit: Hashable, Sendable, CustomStringConvertible {
  /// The number of threads, that of the caller among them: 1 or more.
  public let count: Int
  public var description: String { "\(count)" }

  /// Throws if `count` is less than 1.
  public init(_ count: Int) throws(LayerNormError) {
    guard count >= 1 else { throw .threads(count) }
    self.count = count
  }

  /// The limit in force. Throws if it would be that in `PLANISH_NUM_THREADS`, and that is no number from 1 on.
  public static func current() throws(LayerNormError) -> ThreadLimit {
    try ThreadLimit(try LayerNormError.translating { () throws(Fault) in try Threads.current() })
  }

  /// Uses at most so many threads from now on, in every call of this process.
  public func use() { try? Threads.choose(count) }  // only a negative number is refused

  /// Goes back to what the limit is when none is chosen.
  public static func useDefault() { try? Threads.choose(0) }
}

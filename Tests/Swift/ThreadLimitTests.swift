import Planish
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The limit belongs to the whole process, so each test has one of its own.
@Suite struct ThreadLimits {
  @Test func useChangesCurrent() async {
    await #expect(processExitsWith: .success) {
      unsetenv("PLANISH_NUM_THREADS")
      let usual = try ThreadLimit.current()
      try ThreadLimit(3).use()
      let chosen = try ThreadLimit.current()
      ThreadLimit.useDefault()
      let again = try ThreadLimit.current()
      #expect(chosen.count == 3 && "\(chosen)" == "3" && again == usual && usual.count >= 1)
    }
  }

  @Test(arguments: [0, -1, Int.min]) func refused(_ count: Int) {
    let error = LayerNormError.threads(count)
    #expect(throws: error) { try ThreadLimit(count) }
    #expect("\(error)" == "threads is \(count); it must be 1 or more")
  }

  @Test func manyAreFine() async {
    await #expect(processExitsWith: .success) {
      try ThreadLimit(.max).use()
      let count = try ThreadLimit.current().count
      #expect(count >= 64)
      _ = try LayerNorm(features: 1 << 10).forward([Float](repeating: 1, count: 1 << 20))
    }
  }

  @Test func theEnvironment() async {
    await #expect(processExitsWith: .success) {
      setenv("PLANISH_NUM_THREADS", "5", 1)
      let limit = try ThreadLimit.current()
      #expect(limit.count == 5)
    }
    await #expect(processExitsWith: .success) {
      setenv("PLANISH_NUM_THREADS", "five", 1)
      let error = LayerNormError.threadsInEnvironment("five")
      #expect(throws: error) { try ThreadLimit.current() }
      #expect(throws: error) {
        try LayerNorm(features: 1 << 10).forward([Float](repeating: 1, count: 1 << 20))
      }
      #expect("\(error)" == "PLANISH_NUM_THREADS is \"five\"; it must be a whole number from 1 on")
    }
  }
}

/// How much of a vector's 16 elements lies inside the row. One definition of the arithmetic serves both cases.
protocol Extent {
  var isFull: Bool { get }
  var count: Int { get }
}

/// All 16.
struct Full: Extent {
  @inline(__always) var isFull: Bool { true }
  @inline(__always) var count: Int { 16 }
}

/// The first few, at the end of a row.
struct First: Extent {
  let count: Int
  @inline(__always) var isFull: Bool { false }
}

/// What is done to each vector of a row.
protocol Pass {
  func run(_ i: Int, _ extent: some Extent)
}

extension Pass {
  /// Runs over the elements from `start` on, 16 at a time, then what is left.
  @inline(__always) func run(from start: Int = 0, over features: Int) {
    var i = start
    while i &+ 16 <= features {
      run(i, Full())
      i &+= 16
    }
    if i < features { run(i, First(count: features &- i)) }
  }

  /// The same, four vectors to a turn: for little work, where the turns would cost as much as it.
  @inline(__always) func runUnrolled(from start: Int = 0, over features: Int) {
    var i = start
    while i &+ 64 <= features {
      run(i, Full())
      run(i &+ 16, Full())
      run(i &+ 32, Full())
      run(i &+ 48, Full())
      i &+= 64
    }
    run(from: i, over: features)
  }
}
